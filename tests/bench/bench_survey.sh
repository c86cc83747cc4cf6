#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What falcotune survey costs the host: nanoseconds a call of its program beside an empty one's (the
# kernel's own statistics are in both); the mixed load's throughput with the survey over that without,
# in interleaved pairs; and the CPU time of that load's operations made without a pause, which shows
# what the throughput of a paced load hides. BENCH_SURVEY_ROUNDS (100).
. "$(dirname "$0")/lib.sh"
need_root
survey=$FALCOTUNE_BIN/falcotune-survey
load=$FALCOTUNE_BIN/falcotune-load
[ -x "$survey" ] || skip "built without BPF"

field() { tail -1 "$tmp/survey" | grep -o "\"$1\":[0-9.]*" | sed 's/.*://'; }
# Operations that 2 s of the mixed load achieve.
throughput() {
	"$load" --profile mixed --duration 2s --interval 0 --report "$tmp/report" || exit 1
	tail -1 "$tmp/report" | grep -o '"ops": *[0-9]*' | awk -F: '{ s += $2 } END { print s }'
}

for by in syscall process cgroup path; do
	own=() empty=() option=() group=()
	[ $by = syscall ] || option=(--$by) group=("$by")
	for _ in $(seq "$BENCH_RUNS"); do
		"$survey" --duration 100ms "${option[@]}" >"$tmp/survey" || exit 1
		own+=("$(field cost_ns)")
		empty+=("$(field empty_ns)")
	done
	result "survey.program.by_$by" ns/call "beside the next" "${own[@]}"
	result "survey.empty_program.by_$by" ns/call "" "${empty[@]}"
	"$FALCOTUNE_BIN/bench-survey" "${BENCH_SURVEY_ROUNDS:-100}" "$FALCOTUNE_BIN/falcotune-true" \
		"${group[@]}" >"$tmp/ratios" || exit 1
	# shellcheck disable=SC2046
	result "survey.cpu_unpaced.by_$by" ratio "without over with" $(cut -d' ' -f1 "$tmp/ratios")
	# shellcheck disable=SC2046
	result "survey.cpu_unpaced_beyond_empty.by_$by" ratio "an empty program over with" \
		$(cut -d' ' -f2 "$tmp/ratios")
done

pairs=()
for _ in $(seq "$BENCH_RUNS"); do
	before=$(throughput)
	: >"$tmp/out"
	"$survey" --duration 60s >"$tmp/out" 2>"$tmp/log" &
	engine_pid=$!
	wait_for "grep -q ready '$tmp/out'"
	with=$(throughput)
	stop_engine
	after=$(throughput)
	pairs+=("$(echo "$before $with $after" | awk '{ print 2 * $2 / ($1 + $3) }')")
done
result survey.throughput_mixed ratio "target: above 0.98" "${pairs[@]}"
