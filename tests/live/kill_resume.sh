#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill_resume.sh N: N times, a run of the embedded engine with 1 s windows is killed (SIGKILL), at a random
# moment of each N-th of its time, then --resume must give the full result, with nothing left behind.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
kills=${1:?how many kills}
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=120
RANDOM=${SEED:-$$}
echo "seed ${SEED:-$$}"
args=(--engine embedded --cases open --cases repair --duration 1s --warmup 1s --repeats 1 --load quick)

run_expect 0 "$ft" run "${args[@]}" --out whole
grep -q "nothing could run" "$tmp/err" && skip "$(tail -1 "$tmp/err")"
stats=$(cat /proc/sys/kernel/bpf_stats_enabled 2>/dev/null)
took=$(python3 - <<'P'
import json
t = [json.loads(l).get("t") for l in open("whole/journal.jsonl")]
t = [x for x in t if x]
print(int((t[-1] - t[0]) / 1e6) + 300)
P
)
echo "an undisturbed run takes $took ms"
for ((n = 1; n <= kills; n++)); do
	dir=run-$n
	"$ft" run "${args[@]}" --out $dir >/dev/null 2>killed.err &
	pid=$!
	disown $pid
	# From its first moment to its end; before there is a journal there is nothing to resume.
	ms=$((took * (n - 1) / kills + RANDOM % (took / kills)))
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	kill -KILL $pid 2>/dev/null
	while [[ -e /proc/$pid ]] && ! grep -qs '^State:.Z' /proc/$pid/status; do sleep 0.01; done
	if [[ -e $dir/journal.jsonl ]]; then
		run_expect 0 "$ft" run --resume $dir --format json
	else
		run_expect 0 "$ft" run "${args[@]}" --out $dir --format json
	fi
	assert_eq "$(json $dir/results.json 'sorted(d["ranking"])')" "['open', 'repair']" "kill $n after $ms ms: full result"
	assert_eq "$(json $dir/results.json '[r["status"] for c in d["cases"] for r in c["repeats"]]')" "['ok', 'ok']" \
		"kill $n after $ms ms: every repeat"
	nothing_left "kill $n after $ms ms"
	assert_eq "$(cat /proc/sys/kernel/bpf_stats_enabled 2>/dev/null)" "$stats" "bpf_stats_enabled"
	echo "kill $n after $ms ms: $(grep -c '"event":"repeat",' $dir/journal.jsonl) repeats in the journal, $(grep -c '"event":"repeat-start"' $dir/journal.jsonl) starts"
	rm -rf "$dir"
done
finish
