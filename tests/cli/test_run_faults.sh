#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Live runs of an engine that only replays recorded metrics: ranking, the samples' windows, and faults
# of every kind, each of which harms its own case alone.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=150
short=(--duration 1s --warmup 1s --repeats 1 --timeout 3s --load quick --no-verify)

# ---- recorded metrics with drops, and even ones without ----
recorded=${FALCOTUNE_SHARED-}/recorded/metrics/metrics-drops-p1-n4.jsonl
if [[ -r $recorded ]]; then
	export FAKE_METRICS=$recorded
else
	echo "60000 0.1" >logs/open.rate
fi
echo "4000 0" >logs/spawned-process.rate
echo "9000 0" >logs/repair.rate
run_expect 0 "$ft" run --engine "$fake" --cases open --cases repair --cases spawned-process \
	"${short[@]}" --duration 2s --repeats 2 --seed 5 --out r1 --format json
assert_match "$err" "idle: [0-9]+ events/s" "idle window"
assert_match "$err" "the background of .* is .* of the load's events" "background warning"
assert_eq "$(json r1/results.json 'd["ranking"][0]')" spawned-process "ranking"
assert_eq "$(json r1/results.json 'case("repair")["summary"]["drop_rate"]')" 0.0 "no drops"
# Over 12 recorded seconds 5 to 30 % of the events were dropped.
assert_true "drops" test "$(json r1/results.json '0.05 < case("open")["summary"]["drop_rate"] < 0.3')" = True
assert_eq "$(json r1/results.json 'case("open")["repeats"][0]["buffer_bytes"]')" 8388608 "proof of the buffer"
assert_eq "$(json r1/results.json 'case("open")["repeats"][0]["cpus_per_buffer"]')" 2 "proof of the CPUs"
# Windows begin and end at samples; differences are those of the file.
run_expect 0 python3 - <<'P'
import json
d = json.load(open("r1/results.json"))
for c in d["cases"]:
    assert len(c["repeats"]) == 2, c["key"]
    for r in c["repeats"]:
        assert r["status"] == "ok", r["reason"]
        file = {}
        for line in open("r1/" + r["dir"] + "/metrics.jsonl"):
            o = json.loads(line)["output_fields"]
            file[o["evt.time"]] = o
        a, b = file[r["t0_ns"]], file[r["t1_ns"]]
        assert r["n_evts"] == b["scap.n_evts"] - a["scap.n_evts"]
        assert r["n_drops"] == b["scap.n_drops"] - a["scap.n_drops"]
        assert r["startup_drops"] == a["scap.n_drops"]
        assert 1.9e9 < r["t1_ns"] - r["t0_ns"] < 4e9, r["t1_ns"] - r["t0_ns"]
        assert [s["t_ns"] for s in r["samples"]] == sorted(t for t in file if r["t0_ns"] <= t <= r["t1_ns"])
        load = [json.loads(l) for l in open("r1/" + r["dir"] + "/load.jsonl")]
        start = next(x for x in load if x["type"] == "start")
        end = next(x for x in load if x["type"] == "end")
        assert start["t"] + 0.9e9 <= r["t0_ns"] and r["t1_ns"] <= end["t"], "window within the load"
        assert r["workers"] and all(w["ops"] > 0 for w in r["workers"])
        assert r["reconciliation"]["sent"] > 0
P
run_expect 0 python3 - <<'P'
import json
# The same seed, the same order; rounds are complete.
order = [(e["case"], e["repeat"]) for e in map(json.loads, open("r1/journal.jsonl")) if e["event"] == "repeat-start"]
assert sorted(c for c, r in order[:3]) == ["open", "repair", "spawned-process"], order
assert [r for c, r in order] == [1, 1, 1, 2, 2, 2], order
P
nothing_left "a good run"

# ---- no case within --max-drop is a finding, some case is none ----
run_expect 1 "$ft" run --engine "$fake" --cases open "${short[@]}" --max-drop 0.1% --out r2
assert_match "$out" "0.10?%" "limit in the report"

# ---- each case its own fault; the sixth is well, and the matrix goes on ----
FAKE_FAULT="open:killed repair:truncated accept:no-metrics connect:hang-start spawned-process:backwards" \
	run_expect 1 "$ft" run --engine "$fake" "${short[@]}" --out r3
while read -r case regex; do
	assert_eq "$(json r3/results.json "case('$case')['repeats'][0]['status']")" failed "$case"
	assert_match "$(json r3/results.json "case('$case')['repeats'][0]['reason']")" "$regex" "$case"
done <<'T'
open was killed by signal 9 .* in the measured window
repair broken metrics: metrics.jsonl, line 4: not JSON
accept counted no event within 3 s of its start \(no metrics\)
connect counted no event within 3 s of its start \(no metrics\)
spawned-process broken metrics
T
assert_eq "$(json r3/results.json 'case("default")["repeats"][0]["status"]')" ok "the others go on"
assert_match "$(json r3/results.json 'case("open")["repeats"][0]["log_tail"][-1]')" "One ring buffer" "log lines kept"
assert_eq "$(json r3/results.json 'd["ranking"]')" "['default']" "failed cases are not ranked"
nothing_left "faults"

# ---- what takes longer to notice ----
FAKE_FAULT="open:silent repair:hang-stop accept:no-counters default:buffer" \
	run_expect 1 "$ft" run --engine "$fake" --cases open --cases repair --cases accept --cases default \
	"${short[@]}" --out r4
assert_match "$(json r4/results.json 'case("open")["repeats"][0]["reason"]')" "no metrics for 15 s" "silent"
assert_match "$(json r4/results.json 'case("repair")["repeats"][0]["reason"]')" "did not end within 10 s of SIGINT" "hang at the end"
assert_match "$(json r4/results.json 'case("accept")["repeats"][0]["reason"]')" "no scap.n_evts" "no counters"
assert_match "$(json r4/results.json 'd["warnings"]')" \
	"case default asked for buffers of 8388608 bytes, the engine chose 1048576" "a setting without effect"
nothing_left "slow faults"

# ---- nothing could run ----
FAKE_FAULT=env run_expect 3 "$ft" run --engine "$fake" "${short[@]}" --out r5
assert_match "$err" "nothing could run: Error: no BPF here" "the engine's own reason"
assert_match "$out" "skipped: Error: no BPF here" "the reason stands with the cases"
assert_true "one attempt is enough" test ! -e r5/cases/open/repeat-1
FAKE_FAULT=truncated run_expect 3 "$ft" run --engine "$fake" --cases open "${short[@]}" --out r6
assert_match "$err" "nothing could run: broken metrics" "all failed"

# ---- another Falco on the host is noticed ----
cp "$(command -v sleep)" falco
./falco 100 &
other=$!
run_expect 0 "$ft" run --engine "$fake" --cases open --dry-run-only --out r7
kill $other
assert_match "$err" "another engine runs on this host already: $other falco" "another Falco"
assert_match "$(json r7/results.json 'd["engine"]["other_falcos"]')" "$other falco" "in the results"
finish
