#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune capacity over an engine whose knee is known (tests/fake/fake_engine.c, FAKE_KNEE): levels,
# brackets and bases, a load that saturates first, an engine that ends, usage, and the schema.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
require_command capacity
begin_fake
limit=200
cat >stats.yaml <<'Y'
id: stats
title: 100 file stats a second
workers:
  - operation: stat
    rate: 100
Y
short=(--duration 1s --warmup 500ms --rest 300ms --timeout 10s --cases open --load "$tmp/stats.yaml")
go_first

# ---- usage ----
run_expect 0 "$ft" capacity --help
assert_match "$out" "double until the first drops" "help says what it does"
assert_match "$out" "Examples" "help has examples"
assert_match "$("$ft" --help)" "  capacity " "listed"
run_expect 2 "${first[@]}" "$ft" capacity --cpu-limit 0.5,half
assert_match "$err" "option --cpu-limit: 'half' is not a number of CPUs" "bad CPU limit"
run_expect 2 "${first[@]}" "$ft" capacity --cpu-limit 1,1
assert_match "$err" "twice" "a limit given twice"
run_expect 2 "${first[@]}" "$ft" capacity --memory-limit 512Q
assert_match "$err" "option --memory-limit: '512Q' is not a size" "bad unit"
run_expect 2 "${first[@]}" "$ft" capacity --levels 0,60%
assert_match "$err" "option --levels: '60%' is not a drop rate" "bad level"
run_expect 2 "${first[@]}" "$ft" capacity --duration 100ms
run_expect 2 "${first[@]}" "$ft" capacity --host missing.json
run_expect 2 "${first[@]}" "$ft" capacity --engine "$fake" --cases open --load storm
assert_match "$err" "has no rates to raise" "a load without rates"
run_expect 2 "${first[@]}" "$ft" capacity stray

# ---- commands ----
run_expect 0 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --cpu-limit 0.5,1 --out never --print-commands
assert_match "$out" "fake-engine -c .*/never/cases/open/falco.yaml .*--dry-run" "dry run"
assert_match "$out" "falcotune-load --profile .*stats.yaml .* --scale 1" "load"
assert_match "$err" "open.cpu-0.5: 11 syscalls, 0.5 CPU" "configurations"
assert_true "nothing is written" test ! -e never

# ---- a known knee: 1,000 events/s at scale 1, 5,300 a second taken, room for 800 ----
cat >host.json <<'J'
{"schema": 1, "kind": "host-profile", "hostname": "h", "kernel": "6", "taken": "2026-01-01T00:00:00Z",
 "n_cpus": 2, "seconds": 4, "bin_s": 1, "n_bins": 4,
 "calls": [{"name": "openat", "per_s": 2000, "bins": [2000, 2000, 2000, 2000]},
           {"name": "read", "per_s": 90000, "bins": [90000, 90000, 90000, 90000]}]}
J
export FAKE_KNEE="1000 5300 800"
run_expect 0 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k1 --format json --host host.json
cp "$tmp/out" k1.json
cat >check.py <<'P'
import json
d = json.load(open("k1.json"))
assert d == json.load(open("k1/capacity.json"))
c, = d["capacities"]
assert c["state"] == "measured", c["state"]
rounds, levels = c["rounds"], {l["drop_rate"]: l for l in c["levels"]}
assert sorted(levels) == [0, 0.001, 0.01, 0.05]
# Rates double until the first loss, and not further.
scales = [r["scale"] for r in rounds]
first = next(i for i, r in enumerate(rounds) if r["loss"] > 0)
assert scales[:first + 1] == [2 ** i for i in range(first + 1)], scales
assert all(s < 2 * scales[first] for s in scales[first + 1:])
for level, l in levels.items():
    true = 5300 / (1 - level)
    print(f"note: {level:.1%}: {l['evts_per_s']:.0f} ({l['lo']:.0f}..{l['hi']:.0f}, {l['basis']}), true {true:.0f}")
    assert abs(l["evts_per_s"] / true - 1) < 0.1, (level, l)
    assert l["lo"] <= l["evts_per_s"] <= l["hi"], l
    assert l["hi"] / l["lo"] < 1.2, l
    assert abs(l["headroom"] - l["evts_per_s"] / 2000) < 1e-6, l
    assert l["ops_per_s"] > 0
assert levels[0]["basis"] == "measured"
assert [levels[k]["evts_per_s"] for k in sorted(levels)] == sorted(l["evts_per_s"] for l in levels.values())
# Only windows count: the rest between two rounds is in none of them, so a round's rate is the load's.
for r in rounds:
    assert abs(r["evts_per_s"] / (1000 * r["scale"] + 20) - 1) < 0.1, r
    assert r["t1_ns"] - r["t0_ns"] < 1.6e9
spans = sorted((r["t0_ns"], r["t1_ns"]) for r in rounds)
assert all(a[1] + 300e6 < b[0] for a, b in zip(spans, spans[1:])), "rests"
assert c["resources"]["yaml"].startswith("resources:\n  requests:\n    cpu: "), c["resources"]
journal = [json.loads(l) for l in open("k1/journal.jsonl")]
assert [e["round"] for e in journal if e["event"] == "capacity-round"] == rounds
P
run_expect 0 /usr/bin/python3 check.py
grep '^note: ' <<<"$out"
run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/capacity.schema.json" k1.json
nothing_left "after a capacity run"

# ---- other formats; --max-time; no headroom ----
sed -i 's/2000/900000/g' host.json
run_expect 1 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k2 --levels 1% --max-time 5s --host host.json
reported k2 text
assert_match "$out" "1.00% drops" "table"
assert_match "$out" "max-time ended the search" "says what ended it"
assert_match "$out" "nothing is *extrapolated|>=" "bounds"
assert_match "$out" "0.0[0-9]x" "no headroom"
run_expect 0 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k3 --levels 0,5% --max-time 4s --format csv
reported k3 csv
assert_eq "$(wc -l <"$tmp/out")" 3 "a row a level"
assert_match "$out" "^configuration,case,cpu_limit" "csv head"

# ---- configurations share --max-time: the first does not use it up ----
run_expect 0 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --cases repair --out k10 --levels 1% --max-time 14s
rounds=$(json k10/capacity.json '" ".join(str(len(c["rounds"])) for c in d["capacities"])')
echo "note: rounds of two configurations in 14 s: $rounds"
read -r one two <<<"$rounds"
checks=$((checks + 1))
((one >= 1 && two >= one - 1)) || fail "rounds in an equal part of the time: $rounds"

# ---- the load saturates first: stat 4,000,000 times a second on one thread ----
sed -i 's/rate: 100$/rate: 4000000/' stats.yaml
FAKE_KNEE="1000 1e12 800" run_expect 0 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k4
reported k4 text
assert_match "$out" "the load saturates first" "saturation"
assert_match "$out" "Slowest operation: stat \(stat\): .* of 4M/s" "slowest operation"
assert_match "$out" ">= [0-9]" "a bound only"
assert_eq "$(json k4/capacity.json 'd["capacities"][0]["state"]')" load-saturated "state"
assert_eq "$(json k4/capacity.json 'sorted({l["basis"] for l in d["capacities"][0]["levels"]})')" "['at-least']" "basis"
assert_eq "$(json k4/capacity.json 'len(d["capacities"][0]["rounds"])')" 2 "one more try, then no more"
sed -i 's/rate: 4000000/rate: 100/' stats.yaml

# ---- an engine that ends ----
unset FAKE_KNEE
FAKE_FAULT=killed run_expect 1 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k5 --warmup 2s
assert_match "$out" "killed by signal 9" "why"
assert_eq "$(json k5/capacity.json 'd["capacities"][0]["engine_ended"]')" True "recorded"
FAKE_FAULT=env run_expect 3 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k6
assert_match "$err" "nothing could be measured: .*no BPF here" "nothing runs"
run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/capacity.schema.json" k4/capacity.json k5/capacity.json

# ---- a load that cannot start: nothing was measured, which is no finding ----
cat >missing.yaml <<'Y'
id: missing
title: A program that is not there
workers:
  - operation: stat
    rate: 100
  - exec: [falcotune-no-such-program]
Y
run_expect 3 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --load "$tmp/missing.yaml" --out k8
assert_match "$err" "nothing could be measured: .*no program 'falcotune-no-such-program'" "why"
run_expect 2 "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --max-time 0s --out k9
assert_match "$err" "max-time: expected more than 0s" "no time is not endless time"

# ---- a signal ----
FAKE_KNEE="1000 1e12 800" "${first[@]}" "$ft" capacity --engine "$fake" "${short[@]}" --out k7 >k7.out 2>k7.err &
pid=$!
for _ in {1..400}; do
	grep -qs "round 1" k7.err && break
	sleep 0.05
done
kill -INT "$pid"
wait "$pid"
assert_eq $? 130 "exit code of SIGINT"
assert_match "$(<k7.out)" "Interrupted: what was measured until then" "what there is"
nothing_left "after SIGINT"

finish
