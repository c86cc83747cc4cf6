#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune advise verifies its recommendation by a last dry and live run, and observes a running
# engine by its process without touching it.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
[[ $(id -u) == 0 ]] || skip "needs root"
engine=$FALCOTUNE_BIN/falcotune-engine
[[ -x $engine ]] || skip "built without the embedded engine"
export TMPDIR=$tmp
cd "$tmp" || exit 99
engine_pid=
stop_engine() { [[ -z $engine_pid ]] || kill -INT "$engine_pid" 2>/dev/null; }
at_exit stop_engine

timeout 100 "$ft" run --engine embedded --quick --repeats 1 --cases open --out res >run.out 2>run.err
case $? in
0 | 1) ;;
3) skip "$(tail -1 run.err)" ;;
*) die "$(tail -3 run.err)" ;;
esac
cat >falco.yaml <<'Y'
engine:
  kind: modern_ebpf
  modern_ebpf: {cpus_for_each_buffer: 1, buf_size_preset: 2, drop_failed_exit: true}
  replay: {capture_file: x}
stdout_output: {enabled: true}
Y
run_expect 0 "$ft" advise res -c falco.yaml --format json
cp out advice.json
cat >check.py <<'P'
import json, re
f = [x for x in json.load(open("advice.json"))["findings"] if not x["verdict"]]
assert len(f) == 1, f
f, = f
assert re.search(r"dry run with .*: taken, 11 syscalls traced, as predicted; live run of \d.* under load "
                 r"quick: .*% of .* kernel events/s dropped, within the limit of .*one repeat", f["verified"]), f["verified"]
for line in ("custom_set:", "buf_size_preset: 4", "drop_failed_exit: true", "capture_file: x"):
    assert line in f["yaml"], (line, f["yaml"])
P
run_expect 0 python3 check.py
run_expect 0 "$ft" advise res --no-verify
assert_match "$out" "not verified live: --no-verify|not.verified live:" "--no-verify"

# A host's own mix is the load of what comes from its profile.
cat >host.py <<'P'
import json
calls = {"openat": 2000, "close": 2000, "futex": 500, "stat": 300}
print(json.dumps({
    "schema": 1, "hostname": "h", "kernel": "6.1", "taken": "2026-01-02T03:04:05Z",
    "falcotune_version": "0.1.0", "n_cpus": 4, "seconds": 4, "interrupted": False,
    "anonymised": False, "bin_s": 1, "n_bins": 4, "cpu_per_s": [1, 1, 1, 1], "compat_per_s": 0,
    "unknown_per_s": 0, "missed_per_s": 0, "cost_ns": 60, "empty_ns": 37, "cgroup_hierarchy": "v2",
    "by_process": None, "by_cgroup": None, "by_path": None,
    "calls": [{"name": n, "per_s": r, "failed_per_s": r / 10, "bins": [r, r, r, r]}
              for n, r in calls.items()]}))
P
python3 host.py >host.json
printf -- '- {rule: r, desc: d, condition: "evt.type in (openat, close)", output: o, priority: INFO}\n' >rules.yaml
run_expect 0 "$ft" advise --from host.json -r rules.yaml --engine embedded --format json
cp out host-advice.json
cat >check-host.py <<'P'
import json, re
f = [x["verification"] for x in json.load(open("host-advice.json"))["findings"] if x["verification"]]
assert f, "no finding with a change"
assert all(v["dry"] == "ok" and v["agreement"] for v in f), f
assert f[0]["state"] == "passed" and f[0]["load"] == "replay of host.json (on this host with this engine)", f[0]
assert f[0]["evts_per_s"] > 500 and f[0]["limit"] is None, f[0]
P
run_expect 0 python3 check-host.py

printf 'metrics: {enabled: true, interval: 200ms, output_file: m.jsonl}\nstdout_output: {enabled: true}\n' >own.yaml
"$engine" -c own.yaml -r "$FALCOTUNE_SOURCE/rulesets/dummy.yaml" >engine.out 2>engine.err &
engine_pid=$!
for ((i = 0; i < 500; i++)); do
	[[ -s m.jsonl ]] && break
	kill -0 $engine_pid 2>/dev/null || skip "the engine does not start: $(tail -1 engine.err)"
	/bin/true
	sleep 0.02
done
run_expect 0 "$ft" advise --observe $engine_pid --duration 3s --no-verify
assert_match "$out" "process $engine_pid over 3.* resident" "facts of its process"
assert_match "$out" "[0-9]+ snapshots of .*m.jsonl while it was observed" "its metrics file"
assert_true "the engine still runs" kill -0 $engine_pid
assert_eq "$(ls -d "$tmp"/falcotune-advise.* 2>/dev/null | wc -l)" 0 "folders left behind"
finish
