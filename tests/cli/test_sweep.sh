#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run --sweep buffers over an engine that drops what it is told to for each setting
# (tests/fake/fake_engine.c, CASE.rate): rounds, front, reasons, prices, limits, usage, the schema.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=200
cat >stats.yaml <<'Y'
id: stats
title: 100 file stats a second
workers:
  - operation: stat
    rate: 100
Y
sweep=(run --sweep buffers --engine "$fake" --cases open --load "$tmp/stats.yaml" --timeout 10s --warmup 500ms
	-o metrics.interval=1s)
six=(--presets 1,3,5 --cpus-for-each-buffer 1,0)

# ---- usage ----
run_expect 0 "$ft" run --sweep buffers --help
assert_match "$out" "successive halving" "help says what it does"
assert_match "$out" "Examples" "help has examples"
assert_match "$("$ft" run --help)" "--sweep" "run says that there is one"
run_expect 2 "$ft" run --sweep rules
assert_match "$err" "option --sweep: 'rules' cannot be swept, expected buffers" "what to sweep"
run_expect 2 "$ft" run --sweep buffers --presets 1,11
assert_match "$err" "option --presets: '11' is not a number from 1 to 10" "preset"
run_expect 2 "$ft" run --sweep buffers --presets 1,1
assert_match "$err" "twice" "twice"
run_expect 2 "$ft" run --sweep buffers --cpus-for-each-buffer x
run_expect 2 "$ft" run --sweep buffers --max-buffer-memory 5Q
run_expect 2 "$ft" run --sweep buffers --cpus 0
run_expect 2 "$ft" run --sweep buffers --duration 100ms
run_expect 2 "$ft" run --sweep buffers stray
run_expect 2 "$ft" run --sweep buffers --repeats 3
run_expect 2 "$ft" "${sweep[@]}" --presets 5 --max-buffer-memory 1Mi --out never
assert_match "$err" "no buffer setting can be run: .*more than 1 MiB \(--max-buffer-memory\)" "nothing fits"

# ---- commands: nothing is written, one price for each host ----
run_expect 0 "$ft" "${sweep[@]}" "${six[@]}" --out never --print-commands
n=$(grep -c -- --dry-run <<<"$out")
cpus=$(nproc)
((cpus > 1)) || skip "one CPU makes p1-c1 and p1-c0 the same"
assert_eq "$n" 6 "six settings, a dry run each"
assert_match "$out" "cases/open.p5-c0/falco.yaml" "names"
assert_true "nothing is written" test ! -e never

# ---- six settings: small buffers drop, and one of the CPUs alone is as good at twice the memory ----
for c in 1 0; do
	echo "1000 0.4" >"$FAKE_LOGS/open.p1-c$c.rate"
	echo "1000 0.05" >"$FAKE_LOGS/open.p3-c$c.rate"
	echo "1000 0" >"$FAKE_LOGS/open.p5-c$c.rate"
	for p in 1 3 5; do cp "$FAKE_LOGS/open.log" "$FAKE_LOGS/open.p$p-c$c.log"; done
done
# 64 CPUs: one buffer for each costs 64 of them.
run_expect 0 "$ft" "${sweep[@]}" "${six[@]}" --duration 5s --max-duration 5s --cpus 64 --seed 7 --out s1 --format json
cp "$tmp/out" s1.json
cat >check.py <<'P'
import json, os
d = json.load(open("s1.json"))
assert d == json.load(open("s1/sweep.json"))
cpus = int(os.environ["CPUS"])
assert [(r["settings"], r["done"]) for r in d["rounds"]] == [(6, True), (3, True), (2, True)], d["rounds"]
p = {q["name"]: q for q in d["points"]}
assert sorted(p) == ["p1-c0", "p1-c1", "p3-c0", "p3-c1", "p5-c0", "p5-c1"]
mib = 1 << 20
for name, q in p.items():
    each = mib << (q["buf_size_preset"] - 1)
    assert q["buffer_bytes"] == each
    alone = name.endswith("c1")
    assert q["memory_bytes"] == each * (cpus if alone else 1), q
    assert q["target_memory_bytes"] == each * (64 if alone else 1), q
    assert q["state"] == "measured"
    assert abs(q["measured"]["drop_rate"] - {1: .4, 3: .05, 5: 0}[q["buf_size_preset"]]) < .01, q
# One buffer for all CPUs is on the front for each preset, and a buffer for each CPU never is.
assert sorted(n for n in p if p[n]["front"]) == ["p1-c0", "p3-c0", "p5-c0"], {n: p[n]["why"] for n in p}
assert [n for n in p if p[n]["chosen"]] == ["p5-c0"]
assert p["p5-c1"]["why"].startswith("dominated by p5-c0: no drops either, 16 MiB against 1 GiB"), p["p5-c1"]["why"]
assert "dominated by" in p["p3-c1"]["why"] and p["p5-c0"]["why"] is None
assert "buf_size_preset: 5" in p["p5-c0"]["yaml"] and "cpus_for_each_buffer: 0" in p["p5-c0"]["yaml"]
rounds = sorted((q["rounds"] for q in p.values()), reverse=True)
assert rounds == [3, 3, 2, 1, 1, 1], rounds
print("note: six settings,", sum(rounds), "live runs,", "%.0f s of windows" % sum(q["window_seconds"] for q in p.values()))
journal = [json.loads(l) for l in open("s1/journal.jsonl")]
assert sum(e["event"] == "repeat" for e in journal) == 11
P
run_expect 0 env CPUS="$cpus" /usr/bin/python3 check.py
grep '^note: ' <<<"$out"
run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/sweep.schema.json" s1.json
nothing_left "after a sweep"

# ---- a limit of memory, text and csv; none within --max-drop ----
run_expect 1 "$ft" "${sweep[@]}" --presets 1,3,5 --cpus-for-each-buffer 0 --duration 1s --max-time 1s \
	--max-buffer-memory 4Mi --out s2
assert_match "$out" "at most 4 MiB \(--max-buffer-memory\)" "limit"
assert_match "$out" "p5-c0 .*its buffers take 16 MiB here, more than 4 MiB" "left out"
assert_match "$out" "No setting within the memory limit keeps the drop rate within 1.00%" "none within"
# A second does not tell 40 % of drops from none; what was seen to be within the limit is named nevertheless.
run_expect 0 "$ft" "${sweep[@]}" --presets 1,5 --cpus-for-each-buffer 0 --duration 1s --max-time 1s --out few
reported few text
assert_match "$out" "p5-c0 .*dominated by p1-c0: .*; the least memory within --max-drop" "seen to be within"
assert_match "$out" "p5-c0: the least memory within a drop rate of 1.00%.*measure for longer" "with too few seconds"
FAKE_FAULT="open.p3-c0:exit" run_expect 1 "$ft" "${sweep[@]}" --presets 3,5 --cpus-for-each-buffer 0 --duration 1s \
	--out s3 --format csv
reported s3 csv
assert_eq "$(wc -l <"$tmp/out")" 3 "a row a setting"
assert_match "$out" "^setting,buf_size_preset" "csv head"
assert_match "$out" "p3-c0.*,failed,0,0,failed: " "a failed one says why"
run_expect 1 "$ft" "${sweep[@]}" --presets 1 --cpus-for-each-buffer 0 --duration 1s --out s4 --format md
reported s4 md
assert_match "$out" "\| p1-c0" "markdown"
FAKE_FAULT=env run_expect 3 "$ft" "${sweep[@]}" --presets 1,5 --cpus-for-each-buffer 0 --duration 1s --out s5
assert_match "$err" "nothing could be measured: failed: .*no BPF here" "nothing runs"
assert_eq "$(json s5/sweep.json 'sum(p["rounds"] for p in d["points"])')" 1 "and nothing more is tried"
run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/sweep.schema.json" s2/sweep.json s3/sweep.json s5/sweep.json

# ---- a signal ----
"$ft" "${sweep[@]}" "${six[@]}" --duration 1s --out s6 >s6.out 2>s6.err &
pid=$!
for _ in {1..400}; do
	grep -qs "open/p.* 1/3" s6.err && break
	sleep 0.05
done
kill -INT "$pid"
wait "$pid"
assert_eq $? 130 "exit code of SIGINT"
assert_match "$(<s6.out)" "Interrupted: what was measured until then" "what there is"
nothing_left "after SIGINT"

finish
