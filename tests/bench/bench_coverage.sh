#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Coverage of the 95 % interval of a drop rate by simulation, 2,000 series of each kind and design.
"${FALCOTUNE_BIN:?}/bench-coverage" "${BENCH_SERIES:-2000}"
