# SPDX-License-Identifier: Apache-2.0
# Shared by the benchmark scripts. They print lines
#   name value unit (min..max of N) [anchor: Falco VALUE; target VALUE]
# value being the median of N runs. Environment: FALCOTUNE_BIN (folder of the executables),
# BENCH_RUNS (7), BENCH_RULES (a file of rules to evaluate: Falco's stable ones when they are in
# $FALCOTUNE_SHARED/upstream), BENCH_ENGINE (an engine that speaks Falco's command line; the capture core alone
# when empty), BENCH_FALCO (a real Falco to measure in the same run).
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
FALCOTUNE_BIN=${FALCOTUNE_BIN:-$here/../../build/bin}
BENCH_RUNS=${BENCH_RUNS:-7}
BENCH_ENGINE=${BENCH_ENGINE:-}
BENCH_FALCO=${BENCH_FALCO:-}
BENCH_RULES=${BENCH_RULES:-${FALCOTUNE_SHARED:-$here/../../../shared}/upstream/falco_rules.yaml}
export FALCOTUNE_BIN BENCH_RUNS BENCH_ENGINE BENCH_FALCO
tmp=$(mktemp -d)
engine_pid=
cleanup() {
	if [ -n "$engine_pid" ]; then
		kill -CONT "$engine_pid" 2>/dev/null
		kill -INT "$engine_pid" 2>/dev/null
		wait "$engine_pid" 2>/dev/null
	fi
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

skip() { echo "skipped: $*"; exit 77; }
need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

# result NAME UNIT NOTE VALUES...: one line with the median.
result() {
	local name=$1 unit=$2 note=$3
	shift 3
	printf '%s\n' "$@" | sort -g | awk -v name="$name" -v unit="$unit" -v note="$note" '
		{ v[NR] = $1 }
		END {
			m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
			printf "%-44s %10.4g %-8s (%.4g..%.4g of %d)%s\n", name, m, unit, v[1], v[NR], NR,
				note == "" ? "" : " [" note "]"
		}'
}

# The engines to measure: "core" is the capture core alone, anything else an executable.
engines() {
	if [ -n "$BENCH_ENGINE" ]; then echo "$BENCH_ENGINE"; else echo core; fi
	[ -z "$BENCH_FALCO" ] || echo "$BENCH_FALCO"
}

engine_label() { if [ "$1" = core ]; then echo capture-core; else basename "$1"; fi; }

# start_engine ENGINE PRESET CPUS NAMES NUMBERS [RULES]: collects those syscalls with the dummy rule,
# or those and what a file of rules needs.
start_engine() {
	local engine=$1 preset=$2 cpus=$3 names=$4 numbers=$5 rules=${6:-$tmp/rules.yaml}
	rm -f "$tmp/metrics"
	: >"$tmp/out"
	if [ "$engine" = core ]; then
		"$FALCOTUNE_BIN/bench-capture" --preset "$preset" --cpus "$cpus" --set "$numbers" \
			>"$tmp/out" 2>"$tmp/log" &
		engine_pid=$!
		wait_for "grep -q ready '$tmp/out'"
		return
	fi
	cat >"$tmp/rules.yaml" <<-'RULES'
		- rule: Never
		  desc: Matches nothing
		  condition: evt.type in (execve, execveat) and proc.name=iShouldNeverAlert
		  output: never
		  priority: DEBUG
	RULES
	cat >"$tmp/engine.yaml" <<-CONFIG
		engine:
		  kind: modern_ebpf
		  modern_ebpf: {buf_size_preset: $preset, cpus_for_each_buffer: $cpus}
		base_syscalls: {custom_set: [$names], repair: false}
		load_plugins: []
		stdout_output: {enabled: false}
		syslog_output: {enabled: false}
		webserver: {enabled: false}
		metrics:
		  enabled: true
		  interval: 1s
		  output_rule: false
		  output_file: $tmp/metrics
		  rules_counters_enabled: true
		  resource_utilization_enabled: true
		  state_counters_enabled: true
		  kernel_event_counters_enabled: true
		  include_empty_values: true
	CONFIG
	"$engine" -c "$tmp/engine.yaml" -r "$rules" >"$tmp/out" 2>"$tmp/log" &
	engine_pid=$!
	# The first snapshot is written with the first event: make some.
	wait_for "/bin/true; test -s '$tmp/metrics'"
}

# Up to 30 s; the engine must live.
wait_for() {
	for _ in $(seq 1500); do
		if eval "$1"; then return 0; fi
		kill -0 "$engine_pid" 2>/dev/null || break
		sleep 0.02
	done
	echo "the engine did not start:" >&2
	tail -5 "$tmp/log" >&2
	exit 1
}

stop_engine() {
	kill -INT "$engine_pid"
	wait "$engine_pid"
	engine_pid=
}

# CPU nanoseconds used by all threads of the engine.
engine_cpu() { cat /proc/"$engine_pid"/task/*/schedstat 2>/dev/null | awk '{ s += $1 } END { print s + 0 }'; }

# Field of the last metrics line, or of the core's report.
metric() {
	if [ -s "$tmp/metrics" ]; then
		tail -1 "$tmp/metrics" | grep -o "\"scap.$1\":[ ]*[0-9.]*" | head -1 | sed 's/.*://'
	else
		grep -o "\"$1\": [0-9]*" "$tmp/out" | head -1 | sed 's/.*: //'
	fi
}

TEST5_NAMES="clone, clone3, fork, vfork, execve, execveat, open, openat, openat2, close"
TEST5_NUMBERS=56,435,57,58,59,322,2,257,437,3
