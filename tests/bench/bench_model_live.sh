#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost model against measurement, live: the CPU share of the embedded engine under one load, for six rule sets.
# Model: the host's rates of calls counted under that load, prices calibrated live by the rule sets of
# rulesets/calibrate, none of which is one of the six, and how often checks are true as a profile counted it.
# Measured: falcotune diff --measure. Needs root; takes a quarter of an hour.
. "$(dirname "$0")/lib.sh"
need_root
engine=${BENCH_ENGINE:-$FALCOTUNE_BIN/falcotune-engine}
[ -x "$engine" ] || skip "the embedded engine was not built"
load=${BENCH_LOAD:-mixed}
seconds=${BENCH_SECONDS:-4}
. "$(dirname "$0")/model_rules.sh"
ft=$FALCOTUNE_BIN/falcotune
quietly() { "$@" 2>"$tmp/log" || { tail -3 "$tmp/log" >&2; exit 1; }; }

"$FALCOTUNE_BIN/falcotune-load" --profile "$load" --duration "$((seconds + 6))s" >/dev/null 2>&1 &
sleep 2 # of warm-up
quietly "$ft" survey --duration "$((seconds + 2))s" --out "$tmp/host.json" >/dev/null
wait $!
quietly "$ft" profile --load "$load" --calibrate "$tmp/cal.json" --out "$tmp/calibration" --format json >/dev/null
for set in "${sets[@]}"; do
	quietly "$ft" profile -r "$rules/$set.yaml" --load "$load" --duration "${seconds}s" --out "$tmp/profile-$set" >/dev/null
done
for ((i = 0; i < ${#sets[@]}; i += 2)); do
	pair=("${sets[@]:i:2}")
	quietly "$ft" diff "$rules/${pair[0]}.yaml" "$rules/${pair[1]}.yaml" --host "$tmp/host.json" --calibration "$tmp/cal.json" \
		--profile "$tmp/profile-${pair[0]}/run-1/profile.json" --profile "$tmp/profile-${pair[1]}/run-1/profile.json" \
		--measure --load "$load" --repeats "${BENCH_RUNS:-5}" --duration "${seconds}s" --warmup 1s --out "$tmp/diff-$i" \
		--format json >"$tmp/$i.json"
	python3 - "$tmp/$i.json" "${pair[@]}" <<'PY' >"$tmp/rows"
import json, sys
d = json.load(open(sys.argv[1]))
row = next(r for r in d["measured"]["rows"] if r["key"] == "engine_cpu")
for set, side in ((sys.argv[2], "before"), (sys.argv[3], "after")):
    print(set, row[side], d[side]["engine_cpu"])
PY
	while read -r set measured model; do
		result "model-live.$set.measured" "share of a core" "median of ${BENCH_RUNS:-5} runs of ${seconds} s under $load" "$measured"
		result "model-live.$set.calibrated-on-others" ratio \
			"model over measured; target 0.85 to 1.15; load $(cut -d' ' -f1 /proc/loadavg)" \
			"$(awk "BEGIN { print $model / $measured }")"
	done <"$tmp/rows"
done
