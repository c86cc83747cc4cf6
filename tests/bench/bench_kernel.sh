#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the kernel side costs: nanoseconds a run of the sys_exit program, by the kernel's own
# statistics (which themselves cost what the empty program shows), and what a tight loop is slowed
# down by with the statistics off.
. "$(dirname "$0")/lib.sh"
need_root
loop=$FALCOTUNE_BIN/bench-loop
stats=$FALCOTUNE_BIN/bench-stats

# ns_per_run FILE PROGRAM: of the engine's own program, should another engine run too.
ns_per_run() {
	local ids
	ids=$(cat /proc/"$engine_pid"/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p' | tr '\n' ' ')
	awk -v p="$2" -v ids=" $ids" '
		$1 == p && (p == "empty" || index(ids, " " $4 " ")) { print $3 / $2; exit }' "$1"
}

for engine in $(engines); do
	label=$(engine_label "$engine")
	unselected=() empty=() collected=() storm=()
	bare=() bare_open=() with=() with_open=()
	for _ in $(seq "$BENCH_RUNS"); do
		bare+=("$("$loop" getppid 2000000)")
		bare_open+=("$("$loop" open 500000)")
		start_engine "$engine" 6 2 "$TEST5_NAMES" "$TEST5_NUMBERS"
		with+=("$("$loop" getppid 2000000)")
		with_open+=("$("$loop" open 500000)")
		# Nothing else may run in the first window: its calls would be collected ones.
		"$stats" --empty "$loop" getppid 2000000 >"$tmp/stats"
		unselected+=("$(ns_per_run "$tmp/stats" sys_exit)")
		empty+=("$(ns_per_run "$tmp/stats" empty)")
		"$stats" "$loop" open 500000 >"$tmp/stats"
		collected+=("$(ns_per_run "$tmp/stats" sys_exit)")
		"$stats" "$loop" open 250000 4 >"$tmp/stats"
		storm+=("$(ns_per_run "$tmp/stats" sys_exit)")
		stop_engine
	done
	added() {
		local -n a=$1 b=$2
		local out=()
		for i in "${!a[@]}"; do out+=("$(echo "${a[$i]} ${b[$i]}" | awk '{ print $1 - $2 }')"); done
		echo "${out[@]}"
	}
	result "kernel.empty_program.$label" ns/call "beside the next" "${empty[@]}"
	result "kernel.uncollected.$label" ns/call "anchor: Falco 40 to 44; target 40" "${unselected[@]}"
	result "kernel.collected_open_close.$label" ns/event "anchor: Falco 333; target 300" "${collected[@]}"
	result "kernel.collected_4_loops.$label" ns/event "anchor: Falco 430 to 470" "${storm[@]}"
	result "slowdown.getppid_uncollected.$label" ns/call "anchor: Falco 23" $(added with bare)
	result "slowdown.open_close_pair.$label" ns/pair "anchor: Falco 522" $(added with_open bare_open)
done
