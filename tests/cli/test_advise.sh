#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune advise on made metrics, on recorded ones, and on what it must refuse.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command advise
export TMPDIR=$tmp
cd "$tmp" || exit 99

burst_metrics >burst.jsonl
run_expect 0 "$ft" advise --from burst.jsonl -o engine.modern_ebpf.buf_size_preset=1
assert_match "$out" "1\. BURST: burst.jsonl" "the verdict"
assert_match "$out" "Expected gain: up to 21.4%" "gain"
assert_match "$out" "the worst burst lost 30000 of 60000 events in 1 s" "evidence"
# 1 MiB + 30,000 x 96 bytes and a quarter: 4.6 MB, the next is 8 MiB.
assert_match "$out" "-o engine.modern_ebpf.buf_size_preset=4" "the change"
assert_no_match "$out" "falco.yaml" "no block without the own falco.yaml"

# With the own falco.yaml, whole blocks: what stood beside the changed key stays.
cat >falco.yaml <<'Y'
engine:
  kind: modern_ebpf
  modern_ebpf:
    buf_size_preset: 1
    cpus_for_each_buffer: 3
    drop_failed_exit: true
log_level: info
stdout_output: {enabled: true}
Y
run_expect 0 "$ft" advise --from burst.jsonl -c falco.yaml --format json
cp out advice.json
cat >check.py <<'P'
import json
d = json.load(open("advice.json"))
assert d["schema"] == 1 and d["source"] == "burst.jsonl", d
f, = d["findings"]
assert f["rank"] == 1 and f["verdict"] == "BURST" and abs(f["gain"] - 3 / 14) < 1e-9, f
assert f["change"] == ["engine.modern_ebpf.buf_size_preset=4"], f
for line in ("engine:", "kind: modern_ebpf", "buf_size_preset: 4", "cpus_for_each_buffer: 3",
             "drop_failed_exit: true"):
    assert line in f["yaml"], (line, f["yaml"])
assert "log_level" not in f["yaml"], f["yaml"]
P
run_expect 0 python3 check.py
# What it prints is a configuration that stands: as a file of config.d on top of the own one.
mkdir config.d
python3 -c 'import json; print(json.load(open("advice.json"))["findings"][0]["yaml"])' >config.d/zz.yaml
printf 'config_files: [%s/config.d]\n' "$tmp" >>falco.yaml
run_expect 0 "$ft" config -c falco.yaml
assert_match "$out" "buf_size_preset.* 4" "the changed preset"
assert_match "$out" "cpus_for_each_buffer.* 3" "what was beside it"

run_expect 0 "$ft" advise --from burst.jsonl --format md
assert_match "$out" "## 1\. BURST" "Markdown"
grep -v 60000 burst.jsonl | head -4 >quiet.jsonl
run_expect 0 "$ft" advise --from quiet.jsonl
assert_match "$out" "Nothing to change" "nothing to say"
# The line that Falco is just writing does not count, nor does a broken one, which is named.
{ cat quiet.jsonl; printf '{"sample": 5, "outp'; } >half.jsonl
run_expect 0 "$ft" advise --from half.jsonl
{ head -2 quiet.jsonl; echo "no json"; tail -1 quiet.jsonl; } >broken.jsonl
run_expect 0 "$ft" advise --from broken.jsonl
assert_match "$err" "1 broken line, the first: broken.jsonl:3: garbage" "place"
# Every kind of data that import reads will do, and standard input.
run_expect 0 "$ft" advise --from "$FALCOTUNE_SOURCE/tests/data/import/stats.json" --no-verify --format json
assert_match "$out" "365,099 events/s" "the supported rate of a stats file"
assert_match "$out" '"BURST"' "its verdict"
run_expect 0 "$ft" advise --from "$FALCOTUNE_SOURCE/tests/data/import/bench-slow.log"
assert_match "$(tr '\n' ' ' <<<"$out")" "limited by the load" "a benchmark"
assert_no_match "$out" "Nothing to change" "what was not judged"
run_expect 0 sh -c '"$0" advise --from - --no-verify <burst.jsonl' "$ft"
assert_match "$out" "1\. BURST" "standard input"

run_expect 2 "$ft" advise
run_expect 2 "$ft" advise results --from burst.jsonl
run_expect 2 "$ft" advise --from nothing.jsonl
: >empty.jsonl
run_expect 2 "$ft" advise --from empty.jsonl
assert_match "$err" "empty.jsonl: nothing of Falco" "empty file"
run_expect 2 "$ft" advise nowhere
run_expect 2 "$ft" advise --from burst.jsonl --load no-such-load
assert_match "$err" "no-such-load" "a load that is not there"
echo '{"schema": 1, "cases": 3}' >results.json
run_expect 2 "$ft" advise .
assert_match "$err" "results.json:1:24: \\$.cases: expected an array" "a broken results.json"
run_expect 0 "$ft" advise --help

# ---- a host profile: before any run ----
python3 - >host.json <<'P'
import json
calls = {"futex": 90000, "read": 40000, "openat": 30000, "close": 25000, "stat": 6000, "execve": 50}
print(json.dumps({
    "schema": 1, "hostname": "h", "kernel": "6.1", "taken": "2026-01-02T03:04:05Z",
    "falcotune_version": "0.1.0", "n_cpus": 4, "seconds": 4, "interrupted": False,
    "anonymised": False, "bin_s": 1, "n_bins": 4, "cpu_per_s": [1, 1, 1, 1], "compat_per_s": 0,
    "unknown_per_s": 0, "missed_per_s": 0, "cost_ns": 60, "empty_ns": 37, "cgroup_hierarchy": "v2",
    "by_process": None, "by_cgroup": None, "by_path": None,
    "calls": [{"name": n, "per_s": r, "failed_per_s": r / 10, "bins": [r, r * 2, r / 2, r / 2]}
              for n, r in calls.items()]}))
P
rule() { printf -- '- {rule: %s, desc: d, condition: "%s", output: o, priority: INFO}\n' "$1" "$2"; }
{
	rule "'spawn it'" "evt.type in (execve, execveat)"
	rule '"it'"'"'s a \"stat\""' "evt.type = stat"
	rule wide "evt.type in (futex, openat)"
	rule other "evt.type = openat"
} >rules.yaml
cat >own.yaml <<'Y'
engine:
  kind: modern_ebpf
  modern_ebpf: {buf_size_preset: 1, cpus_for_each_buffer: 3}
rules:
  - disable: {rule: nothing}
base_syscalls: {custom_set: [], repair: true, all: false}
stdout_output: {enabled: true}
config_files: [config.d]
Y
advise_host() { run_expect 0 "$ft" advise --from host.json -c own.yaml -r rules.yaml --no-verify "$@"; }
rm -rf config.d
advise_host
assert_match "$out" "151k/s, 37.8k/s per CPU" \
	"the rate"
advise_host --format json
cp out advice.json
cat >check.py <<'P'
import json
d = json.load(open("advice.json"))
f = d["findings"]
gain = {x["what"].split(",")[0]: x["gain_per_s"] for x in f}
# futex is asked for by one rule only, openat by two.
assert gain["disable rule 'wide'"] == 90000, gain
assert gain["disable rule 'it's a \"stat\"'"] == 6000, gain
assert gain["disable or rewrite the 2 rules that ask for openat: 'wide'"] == 120000, gain
assert abs(gain["drop failed calls in the kernel"] - 15105) < 1, gain
assert [x["gain"] or 0 for x in f] == sorted((x["gain"] or 0 for x in f), reverse=True), gain
buf, = [x for x in f if x["what"].startswith("larger ring buffers")]
assert buf["gain"] is None and buf["change"][0].startswith("engine.modern_ebpf.buf_size_preset="), buf
for x in f:
    assert x["yaml"] and x["flags"] and x["helm"] and not x["no_dropin"] and x["evidence"], x
# Every file of config.d, one by one on top of the user's: what it says, and what was there before.
import os, subprocess, re
ft = os.environ["FALCOTUNE_BIN"] + "/falcotune"
def show(*more):
    r = subprocess.run([ft, "config", "-c", "own.yaml", "--format", "json", *more],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    rows = json.loads(r.stdout)
    rows = rows if isinstance(rows, list) else rows.get("values", rows.get("keys"))
    return {v["key"]: v["value"] for v in rows if not v["key"].startswith("config_files")}
before = show()
os.mkdir("config.d")
for x in f:
    open("config.d/zz.yaml", "w").write(x["yaml"])
    dropin = show()
    os.remove("config.d/zz.yaml")
    options = show(*[a for c in x["change"] for a in ("-o", c)])
    assert dropin == options and dropin != before, (x["what"], dropin, options)
    touched = {k for k in dropin if dropin[k] != before.get(k)}
    assert len(touched) <= 12, touched
P
run_expect 0 python3 check.py
# The same through the words of a shell, as they are printed.
flags=$(python3 -c 'import json; print([x["flags"] for x in json.load(open("advice.json"))["findings"] if "stat" in x["what"] and "disable rule" in x["what"]][0])')
eval "set -- $flags"
run_expect 0 "$ft" syscalls -c own.yaml -r rules.yaml --format json "$@"
assert_no_match "$out" '"stat"' "the disabled rule's call is gone"

# A setting that no file of config.d can bring about is said: the user's own -o wins over it.
advise_host -o engine.modern_ebpf.buf_size_preset=1
assert_match "$out" "No file of config.d: no file of config_files brings this about: engine" "own -o"
# Content tells, not the name.
cp host.json metrics.jsonl
run_expect 0 "$ft" advise --from metrics.jsonl -c own.yaml -r rules.yaml --no-verify
assert_match "$out" "predicted kernel event rate" "by content"
run_expect 2 "$ft" advise --from host.json -r nowhere.yaml

# ---- verification ----
said() { python3 -c 'import json; [print(f["verified"]) for f in json.load(open("out"))["findings"]]'; }
run_expect 0 "$ft" advise --from burst.jsonl --engine "$tmp/none" --format json
assert_match "$(said)" "^not verified: .*none" "no engine"
fake=$FALCOTUNE_BIN/../tests/fake-engine
if [[ -x $fake ]]; then
	export FAKE_LOGS=$tmp FAKE_FAULT=exit
	run_expect 1 "$ft" advise --from burst.jsonl --engine "$fake" --format json
	assert_match "$(said)" "dry run with .*fake-engine FAILED: " "an engine that refuses it"
	unset FAKE_FAULT
fi
if [[ -x $FALCOTUNE_BIN/falcotune-engine ]]; then
	run_expect 0 "$ft" advise --from host.json -c own.yaml -r rules.yaml --engine embedded --no-verify --format json
	assert_eq "$(said | grep -c "taken, [0-9]* syscalls traced, as predicted; not verified live: --no-verify$")" \
		"$(said | wc -l)" "dry runs of all findings"
	run_expect 0 "$ft" advise --from burst.jsonl --engine embedded --format json
	assert_match "$(said)" "as predicted; not verified live: no load is known, give --load$" "metrics name no load"
fi
assert_eq "$(ls -d "$tmp"/falcotune-advise.* 2>/dev/null | wc -l)" 0 "folders left behind"

if [[ -d ${FALCOTUNE_SHARED-}/recorded/metrics ]]; then
	run_expect 0 "$ft" advise --from "$FALCOTUNE_SHARED/recorded/metrics/metrics-drops-p1-n4.jsonl"
	assert_match "$out" "1\. STARVED" "a real Falco under a storm"
	run_expect 0 "$ft" advise --from "$FALCOTUNE_SHARED/recorded/metrics/metrics-drops-p4-n1.jsonl"
	assert_match "$out" "Nothing to change" "a real Falco without drops"
fi
finish
