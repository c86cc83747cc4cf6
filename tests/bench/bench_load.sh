#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-load: the rate in max mode over that of a bare loop of the same operation, as medians of
# interleaved pairs (at least 0.95), and how far paced workers are off their rate (below 1 %).
#
# Other programs on the machine take wall-clock time from one of a pair and not from the other, so
# each ratio is shown by the wall clock and by CPU time; the better of the two must hold.
# BENCH_SECONDS (1): length of each run. BENCH_OPERATIONS: which.
. "$(dirname "$0")/lib.sh"
seconds=${BENCH_SECONDS:-1}
TIMEFORMAT='%U %S'

# load OPERATION RATE: "achieved/s operations" of a run.
load() {
	printf 'id: bench\ntitle: bench\nworkers:\n  - operation: %s\n    rate: %s\n' "$1" "$2" \
		>"$tmp/p.yaml"
	"$FALCOTUNE_BIN/falcotune-load" --profile "$tmp/p.yaml" --duration "$seconds" --interval 0 \
		>"$tmp/report"
}

bare() { "$FALCOTUNE_BIN/bench-load-bare" "$1" "$seconds" "$FALCOTUNE_BIN/falcotune-true" >"$tmp/report"; }

# field NAME: that number of the only worker's, in the last report.
field() { grep -o "\"$1\":[0-9.]*" "$tmp/report" | tail -1 | cut -d: -f2; }

# measured COMMAND...: "operations/s operations/CPU-second", children included.
measured() {
	local ops rate cpu
	cpu=$({ time "$@"; } 2>&1)
	rate=$(field achieved_per_s)
	ops=$(field ops)
	echo "$rate $ops $cpu" | awk '{ print $1, $2 / ($3 + $4) }'
}

below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

bad=0
for op in ${BENCH_OPERATIONS-spawn open accept connect readwrite stat}; do
	wall=() cpu=()
	for i in $(seq "$BENCH_RUNS"); do
		if ((i % 2)); then # which of the two goes first
			a=$(measured bare "$op") b=$(measured load "$op" max)
		else
			b=$(measured load "$op" max) a=$(measured bare "$op")
		fi
		wall+=("$(echo "$a $b" | awk '{ print $3 / $1 }')")
		cpu+=("$(echo "$a $b" | awk '{ print $4 / $2 }')")
	done
	result "load.max_over_bare.$op.wall" ratio "target 0.95" "${wall[@]}"
	result "load.max_over_bare.$op.cpu" ratio "target 0.95" "${cpu[@]}"
	if below "$(median "${wall[@]}")" 0.95 && below "$(median "${cpu[@]}")" 0.95; then
		echo "load.max_over_bare.$op: below 0.95"
		bad=1
	fi
done

# least_of_3 COMMAND...: of what it prints, as soon as that is below 1: a host that stops the load for
# a while near its end takes operations from it, which says nothing about the pacing.
least_of_3() {
	local best=1000 e i
	for i in 1 2 3; do
		e=$("$@")
		below "$e" "$best" && best=$e
		below "$best" 1 && break
	done
	echo "$best"
}
rate_error() { # OPERATION RATE
	load "$1" "$2"
	field achieved_per_s | awk -v r="$2" '{ e = 100 * ($1 / r - 1); print e < 0 ? -e : e }'
}
pattern_error() { # of the profile that is there
	"$FALCOTUNE_BIN/falcotune-load" --profile "$tmp/p.yaml" --duration "$seconds" --interval 0 \
		>"$tmp/report"
	echo "$(field ops) $(field due)" | awk '{ e = 100 * ($1 / $2 - 1); print e < 0 ? -e : e }'
}

seconds=4
while read -r op rate; do
	error=$(least_of_3 rate_error "$op" "$rate")
	result "load.rate_error.$op.$rate" % "target below 1" "$error"
	below "$error" 1 || bad=1
done <<-RATES
	spawn 1
	spawn 1000
	open 100
	open 50000
	accept 2000
	connect 5000
	readwrite 100000
	stat 100000
RATES

# Arrival patterns: operations done over those that the pattern had due. A Poisson process of 240,000
# arrivals is off by itself: 0.2 % (one standard deviation); the seed is fixed.
while read -r name rate arrival; do
	printf 'id: bench\ntitle: bench\nworkers:\n  - {operation: open, rate: %s, threads: 2, arrival: %s}\n' \
		"$rate" "$arrival" >"$tmp/p.yaml"
	error=$(least_of_3 pattern_error)
	result "load.rate_error.pattern.$name" % "target below 1" "$error"
	below "$error" 1 || bad=1
done <<-PATTERNS
	constant 20000 constant
	poisson 60000 poisson
	bursts 60000 {pattern: bursts, on: 250ms, off: 750ms, off_rate: 1000}
	ramp 40000 {pattern: ramp, from: 0, over: ${seconds}s}
PATTERNS
exit $bad
