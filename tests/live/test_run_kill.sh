#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Three kills of the runner; `make soak` does twenty.
exec bash "${FALCOTUNE_SOURCE:?}/tests/live/kill_resume.sh" 3
