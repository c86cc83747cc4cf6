#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run --search over an engine that takes so many events a second and makes some for each
# call of its set (tests/fake/fake_engine.c, FAKE_CALLS): which rules go, which come back, weights,
# UNFIXABLE, limits, usage, the schema.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=200
cat >rules.yaml <<'Y'
- rule: Program started
  desc: costs nothing beyond what is always traced
  condition: evt.type in (execve, execveat)
  output: started %proc.name
  priority: NOTICE
- rule: "File opened: below etc"
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name startswith /etc/none
  output: opened %fd.name
  priority: NOTICE
- rule: Sensitive file read
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name=/etc/nothing
  output: read %fd.name
  priority: CRITICAL
- rule: Directory made
  desc: d
  condition: evt.type in (mkdir, mkdirat)
  output: made %evt.args
  priority: NOTICE
- rule: Outbound connection
  desc: d
  condition: evt.type=connect
  output: connected %proc.name
  priority: WARNING
Y
cat >load.yaml <<'Y'
id: opens
title: what the order of the candidates is made from
workers:
  - operation: open
    rate: 400
  - operation: connect
    rate: 20
Y
cat >host.json <<'J'
{"schema": 1, "kind": "host-profile", "hostname": "h", "kernel": "6", "taken": "2026-01-01T00:00:00Z",
 "n_cpus": 2, "seconds": 4, "bin_s": 1, "n_bins": 1,
 "calls": [{"name": "openat", "per_s": 5000, "bins": [5000]}, {"name": "close", "per_s": 5000, "bins": [5000]},
           {"name": "mkdir", "per_s": 3000, "bins": [3000]}, {"name": "connect", "per_s": 100, "bins": [100]}]}
J
search=(run --search --engine "$fake" -r rules.yaml --load "$tmp/load.yaml" --timeout 10s --warmup 500ms
	--duration 1s --repeats 1)
# What a Falco prints for the rules as they are configured: its state engine's set is part of it.
"$ft" syscalls -r rules.yaml --format json >set.json 2>/dev/null || die "falcotune syscalls"
python3 - >"$FAKE_LOGS/own.log" <<'P'
import json
final = json.load(open("set.json"))["final"]
print("Falco version: 0.44.1 (x86_64)")
print(f"({len(final)}) syscalls selected in total (final set): {', '.join(final)}")
P
rates="openat=5000 close=5000 mkdir=3000 connect=200 socket=100"

# ---- usage ----
run_expect 0 "$ft" run --search --help
assert_match "$out" "largest set of your rules" "help says what it does"
assert_match "$out" "Examples" "help has examples"
assert_match "$("$ft" run --help)" "--search" "run says that there is one"
run_expect 2 "$ft" run --search -r missing.yaml
run_expect 2 "$ft" run --search -r rules.yaml --max-steps 1
run_expect 2 "$ft" run --search -r rules.yaml --cases open
run_expect 2 "$ft" run --search -r rules.yaml stray
run_expect 2 "$ft" "${search[@]}" --host missing.json
printf 'Sensitive file read: 1\nSensitive file: 2\n' >bad.yaml
run_expect 2 "$ft" "${search[@]}" --weights bad.yaml
assert_match "$err" "bad.yaml:2:1: no rule that is evaluated is called 'Sensitive file'" "place of a bad name"
printf 'Sensitive file read: heavy\n' >bad.yaml
run_expect 2 "$ft" "${search[@]}" --weights bad.yaml
assert_match "$err" "bad.yaml:1:22: " "place of a bad weight"

# ---- commands ----
run_expect 0 "$ft" "${search[@]}" --out never --print-commands
assert_match "$out" "never/steps/whole/cases/own/falco.yaml .*--dry-run" "the whole"
assert_match "$out" "steps/give-up-1/" "a step"
assert_match "$out" "falcotune-load --profile" "load"
assert_true "nothing is written" test ! -e never

# ---- nothing to give up ----
FAKE_CALLS="1000000 $rates" run_expect 0 "$ft" "${search[@]}" --out q1 --format json
assert_eq "$(json q1/search.json 'd["state"], len(d["steps"]), d["result"]["yaml"], d["result"]["verified"]')" \
	"('nothing-to-give-up', 1, None, True)" "the whole is within"

# ---- 9,000 a second: the rules on opened files must go, and only these ----
# By rate for each unit of weight mkdir is the first candidate (3,000 / 3), then the opens (5,000 / 9;
# close goes only with the rule on connections): 13,300, 10,300, 5,300. Then mkdir fits again: 8,300.
FAKE_CALLS="9000 $rates" run_expect 0 "$ft" "${search[@]}" --host host.json --out q2 --format json
cp "$tmp/out" q2.json
cat >check.py <<'P'
import json
d = json.load(open("q2.json"))
assert d == json.load(open("q2/search.json"))
assert d["state"] == "found" and d["complete"], d["state"]
first = d["order"][0]
assert first["rules"] == ["Directory made"] and first["evts_per_s_before"] - first["evts_per_s_after"] == 3000, first
opens = next(o for o in d["order"] if "Sensitive file read" in o["rules"])
assert opens["rules"] == ["File opened: below etc", "Sensitive file read"], "both go at once"
assert "openat" in opens["syscalls_gone"] and "close" not in opens["syscalls_gone"], "close is the connection's"
kinds = [s["kind"] for s in d["steps"]]
assert kinds[:3] == ["whole", "least-state", "smallest"], kinds
assert "take-back" in kinds, kinds
assert all(s["dry_run_agrees"] for s in d["steps"])
for s in d["steps"]:
    rate = s["measured"]["drop_rate"]
    assert (s["outcome"] == "within") == (rate <= 0.01), s
r = d["result"]
assert r["disabled"] == ["File opened: below etc", "Sensitive file read"], r["disabled"]
assert r["rules_kept"] == 3 and r["weight_kept"] == 10, r
assert "mkdir" in r["custom_set"] and "openat" not in r["custom_set"] and "close" in r["custom_set"]
lost = {l["rule"]: l for l in r["ledger"]["rules"]}
assert sorted(lost) == r["disabled"]
assert lost["Sensitive file read"] == {"rule": "Sensitive file read", "priority": "Critical", "weight": 6.0,
    "disabled": True, "blind": True, "lost": ["open", "openat", "openat2"]}, lost
assert "openat" in r["ledger"]["state_missing"]
assert r["verified"] and "predicted" in r["verification"]
assert sum(s["result"] for s in d["steps"]) == 1
best = max((s for s in d["steps"] if s["outcome"] == "within"), key=lambda s: s["weight_kept"])
assert best["result"], "the heaviest set that is within"
print("note: search of 5 rules:", len(d["steps"]), "steps:", ", ".join(f'{s["kind"]} {s["measured"]["drop_rate"]:.0%}' for s in d["steps"]))
open("block.yaml", "w").write(r["yaml"])
P
run_expect 0 /usr/bin/python3 check.py
grep '^note: ' <<<"$out"
nothing_left "after a search"
# The printed block, on top of the shipped values, selects the printed set.
run_expect 0 "$ft" syscalls -c block.yaml -r rules.yaml --format json
cp "$tmp/out" block.json
assert_eq "$(json block.json '"openat" in d["final"], "mkdir" in d["final"], sorted(set(d["final"]) - {"procexit"}) == sorted(__import__("json").load(open("q2.json"))["result"]["custom_set"])')" \
	"(False, True, True)" "the block as a falco.yaml"

# ---- weights turn the choice: the opens are what matters, so the rest goes ----
cat >weights.yaml <<'Y'
Sensitive file read: 100
Directory made: 0
Y
FAKE_CALLS="11000 $rates" run_expect 0 "$ft" "${search[@]}" --host host.json --weights weights.yaml --out q3
reported q3 text
assert_match "$out" "4 of 5 rules, weight 110 of 110" "weights"
assert_match "$out" "disable:"$'\n'" *rule: \"Directory made\"" "block"
assert_match "$out" "Verified: a last dry run" "verified"
assert_match "$out" "No longer watched" "ledger"
assert_match "$out" "Directory made +Notice +0 +given up +mkdir" "what is lost"
assert_match "$out" "-o 'rules\[\].disable.rule=Directory made' -o 'base_syscalls=\{custom_set: " "as options"

# ---- only the state engine's set is too much: all rules stay ----
FAKE_CALLS="17000 $rates fcntl=90000" run_expect 0 "$ft" "${search[@]}" --out q4 --format csv
reported q4 csv
assert_match "$out" "2,least-state,5,19,.*,within,1,1," "no rule is lost"
assert_eq "$(wc -l <"$tmp/out")" 3 "a row a step"

# ---- even the smallest set drops; limits ----
FAKE_CALLS="1000 $rates clone=5000" run_expect 1 "$ft" "${search[@]}" --out q5
assert_match "$out" "UNFIXABLE by giving up rules: even the smallest set \([12] of 5 rules" "UNFIXABLE"
assert_match "$out" "Next: more CPU for the engine" "next step"
assert_match "$out" "largest-buffers +" "with the largest buffers too"
# ... and where these are not allowed it is judged by what there is; where they would do, buffers are
# what to change first.
FAKE_CALLS="1000 $rates clone=5000" run_expect 1 "$ft" "${search[@]}" --max-buffer-memory 1Mi --out q10
reported q10 text
assert_match "$out" "UNFIXABLE by giving up rules" "UNFIXABLE within the memory that is allowed"
assert_match "$out" "These are the largest buffers within 1 MiB .--max-buffer-memory." "which that is"
assert_no_match "$out" "largest-buffers +[0-9]" "no step with larger ones"
FAKE_FITS=5 FAKE_CALLS="1000 $rates clone=5000" run_expect 1 "$ft" "${search[@]}" --max-buffer-memory 64Gi --out q11
reported q11 text
assert_match "$out" "Buffers first: with the present ones" "larger buffers would do"
assert_eq "$(json q11/search.json 'd["state"], d["result"], d["steps"][-1]["kind"], d["steps"][-1]["buf_size_preset"], d["steps"][-1]["outcome"]')" \
	"('larger-buffers', None, 'largest-buffers', 10, 'within')" "larger buffers would do"
FAKE_CALLS="9000 $rates" run_expect 1 "$ft" "${search[@]}" --host host.json --max-steps 3 --out q6 --format md
reported q6 md
assert_match "$out" "The search ended early" "said"
assert_match "$out" "--max-steps ended the search after 3 steps" "by what"
assert_eq "$(json q6/search.json 'd["state"], d["complete"], d["result"]["rules_kept"]')" "('found', False, 1)" "the smallest is known to be within"
FAKE_CALLS="9000 $rates" run_expect 1 "$ft" "${search[@]}" --max-time 1s --out q7
assert_eq "$(json q7/search.json 'd["state"], d["result"], len(d["steps"])')" "('unfinished', None, 1)" "no time"
FAKE_FAULT=env run_expect 3 "$ft" "${search[@]}" --out q8
assert_match "$err" "nothing could be measured: .*no BPF here" "nothing runs"
run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/search.schema.json" q{1,2,3,4,5,6,7,8,10,11}/search.json

# ---- a signal ----
FAKE_CALLS="9000 $rates" "$ft" "${search[@]}" --out q9 >q9.out 2>q9.err &
pid=$!
for _ in {1..400}; do
	grep -qs "least-state: " q9.err && break
	sleep 0.05
done
kill -INT "$pid"
wait "$pid"
assert_eq $? 130 "exit code of SIGINT"
assert_match "$(<q9.out)" "Interrupted: what was measured until then" "what there is"
nothing_left "after SIGINT"

finish
