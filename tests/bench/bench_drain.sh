#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The consumer's speed: stop the engine, let 3 M open/close events fill large buffers, let it go on,
# and measure the CPU time it takes until the buffers are empty. Independent of the load's speed.
. "$(dirname "$0")/lib.sh"
need_root
PAIRS=${BENCH_PAIRS:-1500000}
loop=$FALCOTUNE_BIN/bench-loop

# Until the engine is at rest: five looks in a row in which it used less than a fifth of a core.
wait_drained() {
	local last now calm=0 from to
	last=$(engine_cpu)
	from=$(date +%s%N)
	while [ $calm -lt 5 ]; do
		sleep 0.02
		now=$(engine_cpu)
		to=$(date +%s%N)
		if [ $((now - last)) -lt $(((to - from) / 5)) ]; then calm=$((calm + 1)); else calm=0; fi
		last=$now
		from=$to
	done
}

# drain ENGINE LABEL NOTE [RULES]
drain() {
	local engine=$1 label=$2 note=$3 rules=${4:-} values=() before after drops
	for _ in $(seq "$BENCH_RUNS"); do
		start_engine "$engine" 10 2 "$TEST5_NAMES" "$TEST5_NUMBERS" $rules
		wait_drained
		kill -STOP "$engine_pid"
		"$loop" open "$PAIRS" >/dev/null
		before=$(engine_cpu)
		kill -CONT "$engine_pid"
		wait_drained
		after=$(engine_cpu)
		sleep 1.1
		/bin/true
		if [ "$engine" != core ]; then sleep 0.3; fi
		stop_engine
		drops=$(metric n_drops)
		[ "${drops:-0}" = 0 ] || echo "warning: $drops drops, the buffers were too small" >&2
		values+=("$(((after - before) * 10 / (2 * PAIRS)))e-1")
	done
	result "$label.$(engine_label "$engine")" ns/event "$note" "${values[@]}"
}

for engine in $(engines); do
	drain "$engine" drain "anchor: Falco 190; target 120"
	if [ "$engine" = core ]; then continue; fi
	if [ ! -r "$BENCH_RULES" ]; then
		echo "skipped: drain.rules, BENCH_RULES names no file of rules"
		continue
	fi
	# Rules that are not evaluated cost nothing: say how many.
	not=$("$engine" -r "$BENCH_RULES" --dry-run 2>&1 | grep -c 'is not evaluated')
	drain "$engine" drain.rules "$not rules not evaluated; anchor: Falco 860; target 430" \
		"$BENCH_RULES"
done
