#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune survey on the running kernel: its counts are the load's truth, call by call, and the
# embedded engine's n_evts; by process, control group and path; ended early; nothing stays behind.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
[[ $(id -u) == 0 ]] || skip "needs root"
[[ -x $FALCOTUNE_BIN/falcotune-survey ]] || skip "built without the embedded engine"
# Under a name of its own: other loads may run on this host.
mkdir "$tmp/bin"
load=$tmp/bin/ft-load-$$
cp "$FALCOTUNE_BIN/falcotune-load" "$load"
cp "$FALCOTUNE_BIN/falcotune-true" "$tmp/bin/"
engine=$FALCOTUNE_BIN/falcotune-engine
python=/usr/bin/python3
export TMPDIR=$tmp
survey_pid= engine_pid= group= wrap=()

stop_all() {
	[[ -z $survey_pid ]] || kill -INT "$survey_pid" 2>/dev/null
	[[ -z $engine_pid ]] || kill -INT "$engine_pid" 2>/dev/null
	wait
	[[ -z $group ]] || rmdir "$group" 2>/dev/null
}
at_exit stop_all

# survey_begin OPTIONS...: counting when it returns; survey_end: ends it, $tmp/host.json is there.
survey_begin() {
	rm -f "$tmp/host.json"
	: >"$tmp/survey.err"
	"${wrap[@]}" "$ft" survey --duration 60s --out "$tmp/host.json" "$@" >"$tmp/survey.out" \
		2>"$tmp/survey.err" &
	survey_pid=$!
	until grep -q counting "$tmp/survey.err"; do
		if ! kill -0 $survey_pid 2>/dev/null; then
			survey_pid=
			grep -q 'no BPF\|no BTF\|no CAP\|did not take' "$tmp/survey.err" &&
				skip "$(head -1 "$tmp/survey.err")"
			die "the survey did not begin: $(cat "$tmp/survey.err")"
		fi
		sleep 0.02
	done
}
survey_end() {
	local rc
	kill -INT $survey_pid
	wait $survey_pid
	rc=$?
	survey_pid=
	assert_eq "$rc" 0 "exit code after SIGINT"
}

cat >"$tmp/p.yaml" <<'YAML'
id: t
title: t
workers:
  - {operation: spawn, rate: 300}
  - {operation: open, rate: 20000}
  - {operation: connect, rate: 1000}
  - {operation: readwrite, rate: 20000}
YAML

# ---- by process and path, against the load's own count ----
survey_begin --by process --by path
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 3s --report "$tmp/report"
survey_end
"$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/host.schema.json" \
	"$tmp/host.json" >&2
case $? in 0 | 77) ;; *) fail "the profile is not what its schema says" ;; esac
checks=$((checks + 1))
"$python" - "$tmp" "$(basename "$load")" <<'PY' || fail "survey and load differ"
import json, sys
host = json.load(open(sys.argv[1] + "/host.json"))
end = json.loads(open(sys.argv[1] + "/report").read().splitlines()[-1])
groups = {g["name"]: g for g in host["by_process"]["groups"]}
seconds = host["seconds"]
assert host["interrupted"] and 3 <= seconds < 30, seconds
calls = lambda name: {c["name"]: c["per_s"] * seconds for c in groups[name]["calls"]}
load, child = calls(sys.argv[2]), calls("falcotune-true")
bad = False
# The child's own, which has the name of its program, may be others' too: at least as many.
for name in ("openat", "close", "read", "write", "connect", "clone3", "execve", "procexit"):
    sent = end["syscalls"][name]
    others = name in ("clone3", "execve", "procexit")
    seen = load.get(name, 0) + (child.get(name, 0) if others else 0)
    print(f"note: {name}: sent {sent}, counted {seen:.0f} ({seen / sent - 1:+.2%})")
    # Its set-up and its end make a few dozen more.
    bad |= seen < sent * 0.995 or (seen > sent * 1.005 + 100 and not others)
    # The host as a whole cannot have made fewer.
    whole = next(c for c in host["calls"] if c["name"] == name)["per_s"] * seconds
    bad |= whole < seen * 0.999
assert groups["falcotune-true"]["processes"] >= end["syscalls"]["execve"] * 0.95, groups["falcotune-true"]
assert host["by_process"]["other_per_s"] == 0
# Bins add up to the whole, so far as whole seconds go.
for c in host["calls"][:5]:
    total, binned = c["per_s"] * seconds, sum(c["bins"]) * host["bin_s"]
    assert binned <= total * 1.01 + 10, (c["name"], total, binned)
paths = {g["name"]: g["per_s"] * seconds for g in host["by_path"]["groups"]}
mine = sum(n for p, n in paths.items() if p.startswith(sys.argv[1].rsplit("/", 1)[0]))
assert mine >= end["syscalls"]["openat"] * 0.99, paths
sys.exit(bad)
PY

# ---- failed calls, paths that cannot be read, the 32-bit entry ----
cat >"$tmp/odd.py" <<'PY'
import ctypes, mmap, os
libc = ctypes.CDLL(None)
libc.prctl(15, b"ft-odd", 0, 0, 0)
for _ in range(3000):
    try:
        os.rmdir("/nonexistent/falcotune")
    except OSError:
        pass
for _ in range(500):
    libc.syscall(257, -100, ctypes.c_void_p(8), 0)  # openat of an address that is not there
# mov eax, 20 (getpid of the 32-bit table; writev of the other); int 0x80; ret
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
pids = {call() for _ in range(700)}
print("int80" if pids == {os.getpid()} else "none")
PY
survey_begin --by process --by path
entry=$("$python" "$tmp/odd.py" 2>/dev/null) || entry=none
survey_end
"$python" - "$tmp" "$entry" <<'PY' || fail "failed calls and odd ones"
import json, sys
host = json.load(open(sys.argv[1] + "/host.json"))
seconds = host["seconds"]
odd = next(g for g in host["by_process"]["groups"] if g["name"] == "ft-odd")
calls = {c["name"]: c["per_s"] * seconds for c in odd["calls"]}
failed = odd["failed_per_s"] * seconds
print(f"note: rmdir {calls['rmdir']:.0f} of 3000, failed {failed:.0f} of 3500, "
      f"unreadable {host['by_path']['unreadable_per_s'] * seconds:.0f} of 500, "
      f"32-bit entry {host['compat_per_s'] * seconds:.0f} of 700 ({sys.argv[2]})")
assert round(calls["rmdir"]) == 3000 and round(calls["openat"]) >= 500
assert 3500 <= round(failed) <= 3600, failed
rmdir = next(c for c in host["calls"] if c["name"] == "rmdir")
assert rmdir["failed_per_s"] * seconds > 2999
assert 500 <= round(host["by_path"]["unreadable_per_s"] * seconds) <= 600
if sys.argv[2] == "int80":
    assert 700 <= round(host["compat_per_s"] * seconds) <= 800
    assert calls.get("writev", 0) < 700  # not under the number's other meaning
PY

# ---- by control group: as the host has them, and with v2 alone ----
# by_cgroup HIERARCHY FOLDER: where the survey must see it, and where that is mounted.
by_cgroup() {
	group=$2/falcotune-test-$$
	mkdir "$group" 2>/dev/null || {
		group=
		echo "note: no control group can be made in $2"
		return
	}
	survey_begin --by cgroup
	(
		echo "$BASHPID" >"$group/cgroup.procs" &&
			exec "$load" --profile "$tmp/p.yaml" --duration 1s --report "$tmp/report"
	) || fail "the load did not run in its control group"
	survey_end
	rmdir "$group" && group=
	checks=$((checks + 1))
	"$python" - "$tmp" "/falcotune-test-$$" "$1" <<'PY' || fail "by control group of $1"
import json, sys
host = json.load(open(sys.argv[1] + "/host.json"))
end = json.loads(open(sys.argv[1] + "/report").read().splitlines()[-1])
group = next(g for g in host["by_cgroup"]["groups"] if g["name"] == sys.argv[2])
seen = next(c for c in group["calls"] if c["name"] == "openat")["per_s"] * host["seconds"]
sent = end["syscalls"]["openat"]
print(f"note: {host['cgroup_hierarchy']}: openat sent {sent}, counted in the group {seen:.0f}")
assert host["cgroup_hierarchy"] == sys.argv[3], host["cgroup_hierarchy"]
assert sent * 0.995 <= seen <= sent * 1.005 + 100
PY
}
v2=$(findmnt -t cgroup2 -n -o TARGET | head -1)
v1= v1_name=
for name in memory cpu cpuacct pids devices blkio freezer; do
	v1=$(findmnt -t cgroup -n -o TARGET,OPTIONS | grep -w "$name" | head -1 | cut -d' ' -f1)
	[[ -z $v1 ]] || { v1_name="v1 $name"; break; }
done
[[ -z $v1 ]] || by_cgroup "$v1_name" "$v1"
if [[ -n $v1 ]] && unshare -m true 2>/dev/null; then
	# The v1 controllers are out of sight in a mount namespace of its own.
	# shellcheck disable=SC2016
	wrap=(unshare -m bash -c 'for m in $(findmnt -t cgroup -n -o TARGET); do umount -l "$m"; done
		exec "$0" "$@"')
fi
[[ -z $v2 || (-n $v1 && ${#wrap[@]} == 0) ]] || by_cgroup v2 "$v2"
wrap=()

# ---- against the embedded engine: n_evts of its set over the same load ----
cat >"$tmp/rules.yaml" <<'YAML'
- rule: Never
  desc: Matches nothing
  condition: evt.type in (openat, close, connect, execve, read) and proc.name=iShouldNeverAlert
  output: never
  priority: DEBUG
YAML
cat >"$tmp/engine.yaml" <<YAML
engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 5, cpus_for_each_buffer: 2}}
base_syscalls: {custom_set: [clone, clone3, openat, close, connect, execve, procexit], repair: false}
load_plugins: []
stdout_output: {enabled: false}
metrics: {enabled: true, interval: 1s, output_rule: false, output_file: $tmp/metrics,
          kernel_event_counters_enabled: true}
YAML
# n_evts at the last snapshot, once there is one that is younger than now.
snapshot() {
	local from
	touch "$tmp/metrics"
	from=$(wc -l <"$tmp/metrics")
	for _ in $(seq 1000); do
		/bin/true # an event of its set
		(($(wc -l <"$tmp/metrics") > from)) && return 0
		kill -0 "$engine_pid" 2>/dev/null || die "the engine ended: $(tail -3 "$tmp/engine.log")"
		sleep 0.02
	done
	die "the engine writes no snapshot"
}
# Both series are cumulative; the survey's is read at the times of the engine's snapshots, between the
# ends of its bins. That is exact on a quiet host only: a busy one gets two more chances.
compare() {
	rm -f "$tmp/metrics"
	"$engine" -c "$tmp/engine.yaml" -r "$tmp/rules.yaml" >/dev/null 2>"$tmp/engine.log" &
	engine_pid=$!
	snapshot
	survey_begin
	snapshot
	snapshot
	snapshot
	"$load" --profile "$tmp/p.yaml" --duration 4s --report "$tmp/report" || die "no load"
	snapshot
	snapshot
	snapshot
	survey_end
	kill -INT $engine_pid
	wait $engine_pid
	engine_pid=
	"$python" - "$tmp" <<'PY'
import datetime, json, sys
host = json.load(open(sys.argv[1] + "/host.json"))
report = open(sys.argv[1] + "/report").read().splitlines()
load_start, load_end = (next(json.loads(l)["t"] for l in report if json.loads(l)["type"] == e)
                        for e in ("start", "end"))
names = {"clone", "clone3", "openat", "close", "connect", "execve", "procexit"}
start = datetime.datetime.fromisoformat(host["taken"].replace("Z", "+00:00")).timestamp() * 1e9
total = [0.0]
for i in range(host["n_bins"]):
    total.append(total[-1] + host["bin_s"] * sum(
        c["bins"][i] * (2 if c["name"] == "connect" else 1) for c in host["calls"]
        if c["name"] in names))
def survey(t):
    at = (t - start) / 1e9 / host["bin_s"]
    i = min(int(at), len(total) - 2)
    return total[i] + (at - i) * (total[i + 1] - total[i])
shots = [(o["evt.time"], o["scap.n_evts"])
         for o in (json.loads(l)["output_fields"] for l in open(sys.argv[1] + "/metrics"))]
last = start + host["n_bins"] * host["bin_s"] * 1e9
# Within a bin the rate is taken to be even: the load must have no part in the first and last bin.
bin_ns = host["bin_s"] * 1e9
begin_of_bin = lambda t: start + (t - start) // bin_ns * bin_ns
before = max(s for s in shots if start <= s[0] and begin_of_bin(s[0]) + bin_ns < load_start)
after = min(s for s in shots if load_end < begin_of_bin(s[0]) and s[0] <= last)
engine = after[1] - before[1]
survey = survey(after[0]) - survey(before[0])
print(f"note: over the load, n_evts of the engine {engine}, of the survey {survey:.0f} "
      f"({survey / engine - 1:+.3%})")
sys.exit(abs(survey / engine - 1) > 0.005)
PY
}
checks=$((checks + 1))
compare || compare || compare || fail "the survey and the engine differ by more than 0.5 %"

# ---- killed, nothing stays ----
survey_begin
child=$(pgrep -P $survey_pid -x falcotune-surve | head -1)
[[ -n $child ]] || fail "no falcotune-survey below falcotune"
ids=$(cat /proc/"$child"/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p' | sort -u)
[[ -n $ids ]] || fail "no programs found"
kill -9 $survey_pid
wait $survey_pid 2>/dev/null
survey_pid=
gone() { for _ in $(seq 250); do "$@" >/dev/null 2>&1 || return 0; sleep 0.02; done; return 1; }
assert_true "the child ends with falcotune" gone kill -0 "$child"
if command -v bpftool >/dev/null; then
	for id in $ids; do
		assert_true "BPF program $id has gone" gone bpftool prog show id "$id"
	done
fi
finish
