#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run ctest in a build folder, then show what it hides of tests that pass: each Check program's closing
# line, what tests counted (lines that begin with "note: ") and the reason of each skipped test.
#   scripts/test.sh BUILD [CTEST-ARGUMENT...]
set -uo pipefail
build=$1
shift
# Most tests wait for an engine or a load rather than compute: several at a time, the live ones alone.
ctest --test-dir "$build" --output-on-failure --parallel "$(($(nproc) * 2))" "$@"
rc=$?
log=$build/Testing/Temporary/LastTest.log
echo
grep -hE '^[0-9]+%: Checks: ' "$log"
grep -hE '^note: ' "$log"
grep -hE '^skipped: ' "$log" | sort | uniq -c
exit $rc
