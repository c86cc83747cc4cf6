#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost model against measurement: CPU time of the embedded engine's thread for each event of one recorded
# load, for six rule sets. Measured: replays without profiling. Model: prices that were calibrated by the rule
# sets of rulesets/calibrate, none of which is one of the six. Needs root to record.
. "$(dirname "$0")/lib.sh"
need_root
engine=${BENCH_ENGINE:-$FALCOTUNE_BIN/falcotune-engine}
[ -x "$engine" ] || skip "the embedded engine was not built"
seconds=${BENCH_SECONDS:-4}
. "$(dirname "$0")/model_rules.sh"

# One load: files, processes, connections.
loop() {
	end=$((SECONDS + seconds))
	while [ $SECONDS -lt $end ]; do
		/bin/true
		cat /etc/hostname /etc/passwd /usr/share/dict/words >/dev/null 2>&1
		(exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null
	done
}
"$engine" -r "$rules/both.yaml" -o stdout_output.enabled=false -o engine.embedded.record="$tmp/a.rec" \
	-M $((seconds + 2)) >/dev/null 2>"$tmp/log" &
engine_pid=$!
wait_for "grep -q 'Recording events' '$tmp/log'"
loop &
"$FALCOTUNE_BIN/falcotune-load" --profile mixed --duration "${seconds}s" --scale 0.2 >/dev/null 2>&1 || true
wait $!
wait "$engine_pid"
engine_pid=
[ -s "$tmp/a.rec" ] || { tail -3 "$tmp/log" >&2; exit 3; }

# For each set a calibration by other rules, in turn with replays of the set: what the model says of it, and
# what it took.
for set in "${sets[@]}"; do
	"$FALCOTUNE_BIN/falcotune" profile -r "$rules/$set.yaml" --events "$tmp/a.rec" --calibrate "$tmp/cal.json" \
		--runs "$BENCH_RUNS" --out "$tmp/out-$set" --format json >"$tmp/$set.json" 2>"$tmp/log" ||
		{ tail -3 "$tmp/log" >&2; exit 1; }
	rm -rf "$tmp/out-$set"
	read -r measured low high model <<<"$(python3 -c 'import json, sys
r = [r for r in json.load(open(sys.argv[1]))["runs"] if not r["fit"]][0]
print(r["ns_per_event"], r["lowest_ns"], r["highest_ns"], r["model_ns"])' "$tmp/$set.json")"
	result "model.$set.measured" ns/event "median of $BENCH_RUNS replays; lowest, highest" \
		"$low" "$measured" "$high"
	result "model.$set.calibrated-on-others" ratio "model over measured; target 0.85 to 1.15; load $(cut -d' ' -f1 /proc/loadavg)" \
		"$(awk "BEGIN { print $model / $measured }")"
done
