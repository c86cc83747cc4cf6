#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune diff --measure with the embedded engine: a rule that brings in a busy call is seen and
# breaks its budget, rules in other clothes are not, and a signal leaves nothing behind.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
require_command diff
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=180

cat >opens.yaml <<'Y'
id: opens
title: Opens and closes at a given rate
workers:
  - name: opener
    operation: open
    rate: 20000
Y
rule() { # NAME CONDITION
	printf -- '- rule: %s\n  desc: d\n  condition: %s\n  output: o %%proc.name\n  priority: INFO\n' "$1" "$2"
}
rule Starts 'evt.type = execve and proc.name in (no-such-a, no-such-b)' >old.yaml
rule Starts '(evt.type = execve) and proc.name in ("no-such-b", no-such-a)' >same.yaml
{
	cat old.yaml
	rule Opens 'evt.type in (open, openat) and fd.name = /no/such/file'
} >new.yaml
args=(--measure --engine embedded --load "$tmp/opens.yaml" --duration 1s --warmup 300ms
	-o base_syscalls.repair=true)

# ---- a change that costs ----
run_expect 1 "$ft" diff old.yaml new.yaml "${args[@]}" --repeats 4 --seed 1 --out r --format json \
	--budget 'syscalls=+50,evt_rate=+100%,drop=+20pp'
grep -q "nothing could" "$tmp/err" && skip "$(grep "nothing could" "$tmp/err" | tail -1)"
assert_match "$err" "budget evt_rate=\+100% is broken: .*, measured; by rule 'Opens' \(added\)" "names the rule"
assert_no_match "$err" "budget (drop|syscalls)" "the others are kept"
cp "$tmp/out" new.json
run_expect 0 python3 - <<'P'
import json
d = json.load(open("new.json"))
rows = {r["key"]: r for r in d["measured"]["rows"]}
e = rows["evts_per_s"]
assert e["seen"] and e["rounds"] == 4 and e["lo"] > 0, e
# Every open is an event on one side only, and the loop makes 20,000 a second.
assert e["after"] - e["before"] > 15000, e
assert d["measured"]["runs_before"] == d["measured"]["runs_after"] == 4
assert any(r["key"] == "operation" and "opener" in r["name"] for r in d["measured"]["rows"])
# Rounds hold one run of each side, in a shuffled order.
order = [json.loads(l)["case"] for l in open("r/journal.jsonl") if '"event":"repeat"' in l.replace('": "', '":"')]
assert len(order) == 8 and all({order[i], order[i + 1]} == {"old", "new"} for i in range(0, 8, 2)), order
P
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/diff.schema.json" new.json
fi
nothing_left "after a measurement"

# ---- one that does not ----
run_expect 0 "$ft" diff old.yaml same.yaml "${args[@]}" --repeats 3 --seed 2 --out s \
	--host "$FALCOTUNE_SOURCE/tests/data/cost/host.json" --budget 'syscalls=+0,drop=+20pp'
assert_match "$out" "No overhead change" "the same by meaning"
assert_match "$out" "median time of an operation of opener" "the load's own time"
assert_match "$out" "no difference seen" "what is not seen is said"
assert_match "$(tr '\n' ' ' <"$tmp/out")" "predictions over what was measured: kernel events/s [0-9.]+ before and [0-9.]+ after; engine's CPU [0-9.]+ before" \
	"the model's error"
grep -E "differs|no difference seen" "$tmp/out" | sed 's/^/note: other clothes: /'

# ---- a signal ----
"$ft" diff old.yaml new.yaml "${args[@]}" --repeats 20 --out k >k.out 2>k.err &
pid=$!
for ((i = 0; i < 1200; i++)); do
	[[ $(grep -cs '"repeat"' k/journal.jsonl) -ge 2 ]] && break
	kill -0 $pid 2>/dev/null || break
	sleep 0.05
done
kill -INT $pid
wait $pid
assert_eq $? 130 "exit code after SIGINT"
assert_match "$(cat k.out)" "Measured" "what was measured until then"
nothing_left "after SIGINT"
finish
