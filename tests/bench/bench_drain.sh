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

for engine in $(engines); do
	values=()
	for _ in $(seq "$BENCH_RUNS"); do
		start_engine "$engine" 10 2 "$TEST5_NAMES" "$TEST5_NUMBERS"
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
	result "drain.$(engine_label "$engine")" ns/event "anchor: Falco 190; target 120" "${values[@]}"
done
