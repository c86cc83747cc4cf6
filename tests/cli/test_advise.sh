#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune advise on made metrics, on recorded ones, and on what it must refuse.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command advise
cd "$tmp" || exit 99

# A second each: 10,000 events, of which second 5 loses 30,000 of 60,000; a tenth of a core.
python3 - >burst.jsonl <<'P'
import json
start = 1795200000 * 10**9
evts = drops = 0
for i in range(1, 11):
    evts += 60000 if i == 5 else 10000
    drops += 30000 if i == 5 else 0
    print(json.dumps({"sample": i, "output_fields": {
        "evt.time": start + i * 10**9, "evt.source": "syscall", "falco.start_ts": start,
        "falco.cpu_usage_perc": 10.0, "falco.host_num_cpus": 2, "falco.host_procs_running": 1,
        "falco.num_evts": evts - drops, "scap.n_evts": evts, "scap.n_drops": drops}}))
P
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
run_expect 0 python3 - <<'P'
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
# The line that Falco is just writing does not count; a broken one in the middle does.
{ cat quiet.jsonl; printf '{"sample": 5, "outp'; } >half.jsonl
run_expect 0 "$ft" advise --from half.jsonl
{ head -2 quiet.jsonl; echo "no json"; tail -1 quiet.jsonl; } >broken.jsonl
run_expect 2 "$ft" advise --from broken.jsonl
assert_match "$err" "broken.jsonl:3: not JSON" "place"

run_expect 2 "$ft" advise
run_expect 2 "$ft" advise results --from burst.jsonl
run_expect 2 "$ft" advise --from nothing.jsonl
: >empty.jsonl
run_expect 2 "$ft" advise --from empty.jsonl
assert_match "$err" "no metrics snapshot" "empty file"
run_expect 2 "$ft" advise nowhere
echo '{"schema": 1, "cases": 3}' >results.json
run_expect 2 "$ft" advise .
assert_match "$err" "cases: expected an array" "a broken results.json"
run_expect 2 "$ft" advise results.json -c falco.yaml
run_expect 0 "$ft" advise --help

if [[ -d ${FALCOTUNE_SHARED-}/recorded/metrics ]]; then
	run_expect 0 "$ft" advise --from "$FALCOTUNE_SHARED/recorded/metrics/metrics-drops-p1-n4.jsonl"
	assert_match "$out" "1\. STARVED" "a real Falco under a storm"
	run_expect 0 "$ft" advise --from "$FALCOTUNE_SHARED/recorded/metrics/metrics-drops-p4-n1.jsonl"
	assert_match "$out" "Nothing to change" "a real Falco without drops"
fi
finish
