#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every verdict that a host can provoke, provoked on the embedded engine and recognised: a slow consumer,
# a burst, others that take the CPU, a control group's limit, a full alert queue, a small thread table,
# drops at the start only, and Test 1 at the largest buffer. PLUGIN is proved on made metrics
# (unit.test_verdict).
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=60
only=${1-} # one of the names below, for a look at it alone

# Calls that hardly anyone else makes, so that what the host does besides is not in the counters: failed
# unlinks (or execs with long arguments) of 200 bytes. RATE a second for ON of each PERIOD seconds until second
# END, 500 a second otherwise. A late call never moves the ones after it: their number is given, and a slow host
# makes a burst longer, not smaller.
cat >calls.py <<'P'
import os, sys, time
rate, on, period, end = (float(a) for a in sys.argv[1:5])
path = "/nonexistent/" + "x" * 187
def call():
    try:
        if sys.argv[5] == "exec":
            os.execv(path, ["x" * 4000])
        else:
            os.unlink(path)
    except OSError:
        pass
def due(t):
    until = min(t, end)
    busy = until // period * on + min(until % period, on)
    return rate * busy + 500 * (t - busy)
start = time.monotonic()
sent = 0
while True:
    t = time.monotonic() - start
    for _ in range(int(due(t)) - sent):
        call()
        sent += 1
    time.sleep(max(0.0, start + t + 0.001 - time.monotonic()))
P
# measure()'s runs are before what else this host does, the calls before the engine: with few CPUs, too, it is
# the engine that cannot follow. Runner and engine take turns, should there be one CPU.
before=(chrt -r 5)
load_before='/usr/bin/chrt, -f, "6", '
"${before[@]}" true 2>/dev/null || { before=(nice -n -20) load_before=; }
calls() { # ID RATE [ON PERIOD END CALL]
	printf 'id: %s\ntitle: for a verdict\nduration: 60s\nworkers:\n  - exec: [%s/usr/bin/python3, %s/calls.py, "%s", "%s", "%s", "%s", "%s"]\n' \
		"$1" "$load_before" "$tmp" "$2" "${3-1}" "${4-1}" "${5-1000}" "${6-unlink}" >"$1.yaml"
	[[ -z ${7-} ]] || printf '  - {operation: spawn, rate: %s}\n' "$7" >>"$1.yaml"
}
calls steady 5000
calls flood 40000
# 16,000 at once every 4 s. A record has 200 bytes: 1 MiB holds 5,200 of them, 2 MiB 10,500, 4 MiB all.
calls bursts 1600000 0.01 4
calls early 40000 1 1 1
calls spawns 500 1 1 1000 unlink 100
calls execs 10000 1 1 1000 exec
# a_case ID LOAD PRESET
a_case() {
	cat >"$1.yaml" <<Y
id: $1
title: for a verdict
base_syscalls:
  custom_set: [unlink, unlinkat, clone, clone3, fork, vfork, execve, execveat, procexit]
engine:
  modern_ebpf: {buf_size_preset: $3, cpus_for_each_buffer: 0}
load: $2.yaml
Y
}
a_case healthy steady 4
a_case sustained flood 1
a_case burst bursts 1
a_case start-up early 1
a_case starved flood 1
a_case throttled steady 1
a_case output steady 4
a_case state spawns 4
cat >alerts.yaml <<'Y'
- rule: Every unlink
  desc: an alert for each unlink
  condition: evt.type in (unlink, unlinkat)
  output: unlinked (proc=%proc.name cmd=%proc.cmdline exe=%proc.exepath parent=%proc.pname)
  priority: WARNING
Y

# measure ARGS...: one repeat of each case. Fills found[CASE]: verdict names, primary first, a tab, evidence and
# next step.
declare -A found
measured= # something could be: what cannot later is a failure
measure() {
	local key text
	rm -rf out
	timeout -k 5 "$limit" "${before[@]}" "$ft" run --engine embedded --quick --repeats 1 --warmup 1s \
		--duration 2s --seed 1 --out out "$@" >stdout 2>stderr </dev/null
	if [[ $? == 3 && -z $measured ]]; then
		grep -q "nothing could run" stderr && skip "$(tail -1 stderr)"
	fi
	[[ -s out/results.json ]] || { tail -5 stderr >&2; return; }
	measured=yes
	while IFS=$'\t' read -r key text; do
		found[$key]=$text
	done < <(/usr/bin/python3 - <<'P'
import json
for c in json.load(open("out/results.json"))["cases"]:
    v, reps = c["verdict"], c["repeats"]
    if not v:
        print(c["id"].upper(), "none", reps[0]["reason"], sep="\t")
        continue
    print(c["id"].upper(), " ".join([v["name"]] + [o["name"] for o in v["others"]]),
          "; ".join(v["evidence"]) + " NEXT " + v["next_step"], sep="\t")
P
	)
}

# Does the case's primary verdict have the case's name, with this in its evidence or next step?
is_right() { # CASE VERDICT REGEX
	[[ ${found[$1]-} =~ ^$2[[:space:]] && ${found[$1]} =~ $3 ]]
}

# provoke FUNCTION VERDICT REGEX [VERDICT REGEX]...: the function measures cases named by their verdicts, those
# in ${wanted[@]}; up to three times, since a busy host can spoil one.
provoke() {
	local do=$1 try v
	shift
	[[ -z $only || " $* " == *" $only "* ]] || return 0
	local -A regex
	while (($#)); do
		regex[$1]=$2
		shift 2
	done
	wanted=("${!regex[@]}")
	for try in 1 2 3; do
		for v in "${wanted[@]}"; do found[$v]=nothing; done
		"$do"
		wanted=()
		for v in "${!regex[@]}"; do
			is_right "$v" "$v" "${regex[$v]}" || wanted+=("$v")
			[[ ! ${said[$v]-} ]] && echo "note: $v, attempt $try: ${found[$v]}"
			is_right "$v" "$v" "${regex[$v]}" && said[$v]=yes
		done
		((${#wanted[@]})) || break
	done
	for v in "${!regex[@]}"; do
		assert_match "${found[$v]}" "^$v[[:space:]].*${regex[$v]}" "verdict $v"
	done
}
declare -A said

pace=engine.embedded.consumer_ns_per_event
# 60 us an event: a core does 16,000/s.
by_pace() {
	local v cases=()
	for v in "${wanted[@]}"; do cases+=(--cases "${v,,}.yaml"); done
	measure "${cases[@]}" --warmup 2s --duration 3s -o $pace=60000
}
# The kernel lets no real-time process into a group of version 1.
by_limit() {
	local before=(nice -n -15)
	rm -rf out
	with_engine throttled first_in_line &
	measure --cases throttled.yaml -o $pace=70000 --cpu-limit 0.1
	wait
}
by_alerts() { measure -r alerts.yaml --cases output.yaml -o outputs_queue.capacity=1; }
by_table() { measure --cases state.yaml -o falco_libs.thread_table_size=8; }
# 28 MiB for the engine, which takes about 16: a quarter of it allows one buffer of 4 MiB.
by_all() {
	measure --cases spawned-process --load execs.yaml --memory-limit 28Mi --warmup 2s -o $pace=2000000 \
		-o engine.modern_ebpf.buf_size_preset=3 -o engine.modern_ebpf.cpus_for_each_buffer=0
	found[UNFIXABLE]=${found[SPAWNED-PROCESS]-}
}
# with_engine CASE COMMAND: once the case's engine counts, COMMAND PID; it leaves real time, which neither
# niceness nor a CPU limit touches. The load keeps it.
with_engine() {
	local p i
	for ((i = 0; i < 400; i++)); do
		[[ -s out/cases/$1/repeat-1/metrics.jsonl ]] && break
		sleep 0.05
	done
	for p in $(pgrep -x falcotune-engin); do
		[[ $(readlink "/proc/$p/cwd") == "$tmp"/* ]] || continue
		chrt -o -p 0 "$p"
		"$2" "$p"
	done
}
# Behind loops on every CPU, which last for the window and end by themselves: it must be able to end too.
last_in_line() {
	local cpu
	for cpu in $(seq $((2 * $(nproc)))); do
		timeout 6 sh -c 'while :; do :; done' &
	done
	renice -n 19 -p "$1" >/dev/null
	wait
}
# Its control group before all others, so that its limit alone holds it back.
first_in_line() {
	local path d
	path=$(sed -nE 's/^[0-9]+:([^:]*,)?cpu(,[^:]*)?://p' "/proc/$1/cgroup")
	if [[ -n $path ]]; then
		for d in /sys/fs/cgroup/cpu /sys/fs/cgroup/cpu,cpuacct; do
			[[ -e $d$path/cpu.shares ]] && echo 262144 >"$d$path/cpu.shares"
		done
	else
		path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
		[[ $path == */falcotune-* ]] && echo 10000 >"/sys/fs/cgroup$path/cpu.weight"
	fi 2>/dev/null
}
by_loops() {
	rm -rf out
	with_engine starved last_in_line &
	measure --cases starved.yaml -o $pace=8000
	wait
}

SECONDS=0
provoke by_pace HEALTHY "no drop in [0-9]+ events" \
	SUSTAINED "would take [1-9][.0-9]* CPUs.*fewer events" \
	BURST "1 of [0-9] intervals dropped.*buf_size_preset=3" \
	START-UP "[0-9]+ events were dropped before the window, none of"
if [[ -z $only || $only == BURST ]]; then
	# The preset that it names holds the same bursts, even if nothing is taken meanwhile.
	preset=${found[BURST]-}
	preset=${preset##*buf_size_preset=}
	preset=${preset%% *}
	a_case burst bursts "${preset:-1}"
	found[BURST]=nothing
	measure --cases burst.yaml --warmup 2s --duration 3s -o $pace=60000
	echo "note: BURST with the preset it named, $preset: ${found[BURST]-nothing}"
	assert_match "${found[BURST]-nothing}" "^HEALTHY" "bursts with preset $preset"
fi
provoke by_loops STARVED "waited for a CPU for [0-9.]+%.*niceness"
provoke by_limit THROTTLED "stopped it for [0-9.]+% of the window"
provoke by_alerts OUTPUT "[0-9]+ alerts were lost"
provoke by_table STATE "[0-9]+ threads found no room.*thread_table_size"
provoke by_all UNFIXABLE "the largest buffer allowed: 4 MiB each"
nothing_left "verdicts"
echo "note: all of it took $SECONDS s"
finish
