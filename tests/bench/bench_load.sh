#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Is falcotune-load fast and exact? For each operation, the rate in max mode over that of a bare
# loop of the same operation (medians of interleaved pairs, at least 0.95 by the wall clock or by
# CPU time), and the rate error of paced workers (below 1 %).
#
#   FALCOTUNE_BIN=build/bin tests/bench/bench_load.sh [PAIRS] [SECONDS]
#
# Exit 1 when a figure misses its mark. Needs a quiet machine to mean anything.
set -u
source_dir=${FALCOTUNE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${FALCOTUNE_BIN:-$source_dir/build/bin}
pairs=${1:-7}
seconds=${2:-1}
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
command -v jq >/dev/null || { echo "bench_load: needs jq" >&2; exit 3; }
${CC:-cc} -O2 -D_GNU_SOURCE -o "$dir/bare" "$source_dir/tests/bench/bench_load_bare.c" || exit 3

profile() { # OPERATION RATE
	printf 'id: bench\ntitle: bench\nworkers:\n  - operation: %s\n    rate: %s\n' "$1" "$2"
}

load() { # OPERATION RATE: the report
	profile "$1" "$2" >"$dir/p.yaml"
	"$bin/falcotune-load" --profile "$dir/p.yaml" --duration "$seconds" --interval 0
}

bare() { # OPERATION: operations a second, and operations
	"$dir/bare" "$1" "$seconds" "$bin/falcotune-true"
}

# The report's operations a second, and operations.
achieved() { jq -r 'select(.type == "end").workers[0] | "\(.achieved_per_s) \(.ops)"' "$@"; }

# COMMAND...: operations a second, and operations per second of CPU time, children included. Other
# programs on the machine take wall-clock time from one of a pair and not from the other.
per_cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$dir/out"; } 2>"$dir/time"
	if [ "$1" = load ]; then achieved "$dir/out" >"$dir/out2" && mv "$dir/out2" "$dir/out"; fi
	awk 'NR == FNR { rate = $1; ops = $2; next } { print rate, ops / ($1 + $2) }' \
		"$dir/out" "$dir/time"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

bad=0
echo "max mode over a bare loop, medians of $pairs interleaved pairs of $seconds s; at least 0.95"
printf '%-10s %14s %14s %8s %8s\n' operation 'bare ops/s' 'load ops/s' ratio 'per CPU'
for op in ${OPERATIONS:-spawn open accept connect readwrite stat}; do
	: >"$dir/bare.txt" >"$dir/load.txt" >"$dir/ratio.txt" >"$dir/cpu.txt"
	for ((i = 0; i < pairs; i++)); do
		# Alternate which of the two goes first.
		if ((i % 2)); then
			a=$(per_cpu bare $op) b=$(per_cpu load $op max)
		else
			b=$(per_cpu load $op max) a=$(per_cpu bare $op)
		fi
		echo "$a" >>"$dir/bare.txt"
		echo "$b" >>"$dir/load.txt"
		echo "$a $b" | awk '{ print $3 / $1 }' >>"$dir/ratio.txt"
		echo "$a $b" | awk '{ print $4 / $2 }' >>"$dir/cpu.txt"
	done
	awk -v op=$op -v a="$(median <"$dir/bare.txt")" -v b="$(median <"$dir/load.txt")" \
		-v r="$(median <"$dir/ratio.txt")" -v c="$(median <"$dir/cpu.txt")" \
		'BEGIN { low = r < 0.95 && c < 0.95
		printf "%-10s %14.0f %14.0f %8.3f %8.3f%s\n", op, a, b, r, c, low ? "   below 0.95" : ""
		exit low }' || bad=1
done

echo
printf '%-10s %14s %14s %9s\n' operation 'asked ops/s' 'load ops/s' 'error'
for pair in 'spawn 1' 'spawn 1000' 'open 100' 'open 50000' 'accept 2000' 'connect 5000' 'readwrite 100000' 'stat 100000'; do
	read -r op rate <<<"$pair"
	b=$(seconds=4 load $op $rate | achieved | cut -d' ' -f1)
	awk -v op=$op -v a=$rate -v b="$b" 'BEGIN { e = b / a - 1; if (e < 0) e = -e
		printf "%-10s %14.0f %14.1f %8.3f%%%s\n", op, a, b, 100 * e, e < 0.01 ? "" : "   above 1 %"; exit e >= 0.01 }' || bad=1
done
exit $bad
