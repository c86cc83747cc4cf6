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
                 r"quick, one repeat: .*%? of .* kernel events/s dropped", f["verified"]), f["verified"]
for line in ("custom_set:", "buf_size_preset: 4", "drop_failed_exit: true", "capture_file: x"):
    assert line in f["yaml"], (line, f["yaml"])
P
run_expect 0 python3 check.py
run_expect 0 "$ft" advise res --no-verify
assert_match "$out" "not verified live: --no-verify|not.verified live:" "--no-verify"

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
