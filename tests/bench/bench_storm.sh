#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The share of events dropped under 4 unpaced open/close threads, Test 5's set, preset 1.
. "$(dirname "$0")/lib.sh"
need_root
PAIRS=${BENCH_STORM_PAIRS:-1000000}

for engine in $(engines); do
	values=()
	rates=()
	for _ in $(seq "$BENCH_RUNS"); do
		start_engine "$engine" 1 2 "$TEST5_NAMES" "$TEST5_NUMBERS"
		ns=$("$FALCOTUNE_BIN/bench-loop" open "$PAIRS" 4)
		if [ "$engine" != core ]; then
			sleep 1.2
			/bin/true
			sleep 0.3
		fi
		stop_engine
		evts=$(metric n_evts)
		drops=$(metric n_drops)
		values+=("$(echo "${drops:-0} $evts" | awk '{ print 100 * $1 / $2 }')")
		rates+=("$(echo "$ns" | awk '{ print 4 * 2 / $1 * 1000 }')")
	done
	label=$(engine_label "$engine")
	result "storm.share_dropped.$label" % "anchor: Falco 9.6; target below 9.6" "${values[@]}"
	result "storm.offered.$label" Mevts/s "anchor: Falco 1.3 to 1.4" "${rates[@]}"
done
