#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A host profile predicts what the embedded engine counts of the same seconds, whatever else the host
# does: three cases within 5 %.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
export FALCOTUNE_BIN
# Counters are read a second apart and interpolated, so that a jump of the host's rate at either end of
# the window shows: then once more.
for _ in 1 2; do
	BENCH_PREDICT=together BENCH_CASES="spawned-process connect default" BENCH_SECONDS=4 BENCH_RUNS=1 \
		bash "$FALCOTUNE_SOURCE/tests/bench/bench_predict.sh" >"$tmp/out" 2>&1
	rc=$?
	[[ $rc == 0 || $rc == 77 ]] && break
done
[[ $rc == 77 ]] && skip "$(tail -1 "$tmp/out")"
grep -E "^predict" "$tmp/out" | sed 's/^/note: /'
[[ $rc == 0 ]] || cat "$tmp/out"
assert_eq "$rc" 0 "every residual is within 5 %"
assert_eq "$(grep -cE '^predict\.together\.[a-z-]+ ' "$tmp/out")" 3 "cases"
finish
