#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Twenty kills of the runner at random moments, each followed by --resume to a full result.
exec bash "$FALCOTUNE_SOURCE/tests/live/kill_resume.sh" 20
