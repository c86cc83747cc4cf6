#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run --ladder with the engine that replays: the rungs are in every round and in the
# journal, results and reports have the slowdown, Test 1 does not run twice, and --resume finishes
# what a signal stopped.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=100
args=(--engine "$fake" --duration 1s --warmup 100ms --repeats 2 --quick --load quick --ladder --seed 3 --no-verify)

# events DIR: what ran, in order, a letter each: n no engine, f floor, c a case; a line a round.
events() {
	python3 - "$1/journal.jsonl" <<'P'
import json, sys
rounds = {}
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] == "rung":
        rounds.setdefault(e["result"]["index"], []).append(e["rung"][0])
    elif e["event"] == "repeat":
        rounds.setdefault(e["result"]["index"], []).append("c")
print(" ".join("".join(rounds[k]) for k in sorted(rounds)))
P
}

# ---- SIGINT in the first bare run, then --resume ----
"$ft" run "${args[@]}" --cases open --out a >oa 2>ea &
pid=$!
at_exit stop
stop() { kill $pid 2>/dev/null; }
for ((i = 0; i < 600; i++)); do
	grep -qs '"event":"rung-start".*"no engine"' a/journal.jsonl && break
	sleep 0.05
done
kill -INT $pid
wait $pid
assert_eq $? 130 "exit code"
nothing_left "SIGINT in a ladder"
run_expect 0 "$ft" run --resume a
assert_match "$out" "Slowdown of the load" "the section"
assert_match "$out" "open +open +time +[0-9.]+ .s +[0-9.]+ .s +[0-9.]+x \[[0-9.]+, [0-9.]+\]" "a row with its interval"
for round in $(events a); do
	assert_eq "$(fold -w1 <<<"$round" | sort | paste -sd '')" cfn "each rung once in round $round"
done
assert_eq "$(events a | wc -w)" 2 "rounds"
assert_eq "$(json a/results.json '[g["kind"] for g in d["ladder"]]')" "['bare', 'floor']" "rungs"
assert_eq "$(json a/results.json 'd["ladder"][1]["uses"]')" "['spawn']" "workers that Test 1's set sees"
assert_eq "$(json a/results.json 'sorted(s["worker"] for s in case("open")["slowdown"])')" \
	"['accept', 'connect', 'open', 'readwrite', 'spawn', 'stat']" "a row for each worker"
assert_eq "$(json a/results.json 'all(s["rounds"] == 2 and s["indicative"] and s["slowdown_lo"] <= s["slowdown"] <= s["slowdown_hi"] for s in case("open")["slowdown"])')" \
	True "two rounds are indicative"
run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/results.schema.json" a/results.json
before=$(grep -c rung-start a/journal.jsonl)
run_expect 0 "$ft" run --resume a --format csv
assert_match "$out" "slowdown_floor" "csv"
assert_eq "$(grep -c rung-start a/journal.jsonl)" "$before" "a finished ladder is not run again"

# ---- where Test 1 is a case it is the floor ----
run_expect 0 "$ft" run "${args[@]}" --repeats 1 --cases open --cases spawned-process --out b
assert_eq "$(events b | fold -w1 | sort | paste -sd '')" ccn "no floor of its own"
assert_eq "$(json b/results.json 'd["ladder"][1]["case"]')" spawned-process "the floor's case"
ran=$(python3 -c 'import json, sys
events = map(json.loads, open(sys.argv[1]))
print(", ".join(e.get("rung") or e["case"] for e in events if e["event"] in ("rung", "repeat")))' b/journal.jsonl)
run_expect 0 "$ft" run --plan "${args[@]}" --repeats 1 --cases open --cases spawned-process --out p
assert_eq "$(sed -n 's/^ *round 1: //p' "$tmp/out")" "$ran" "--plan shows the order that is run"
assert_eq "$(json b/results.json '{s["own"] for s in case("spawned-process")["slowdown"]}')" "{1.0}" "Test 1 over itself"
nothing_left "a ladder"

# ---- with canaries: Test 1 with their rule is no floor, and every load has their programs ----
cat >noexec.yaml <<'Y'
id: noexec
base_syscalls: {custom_set: [openat, close, clone3, "!execve"], repair: false}
Y
run_expect 0 "$ft" run --plan "${args[@]}" --canary --cases open --cases spawned-process --cases noexec.yaml
assert_match "$err" "open +[0-9]+ syscalls, .* load quick, canaries" "a case with canaries"
assert_match "$err" "noexec .* load quick, the load has canaries, the rules not: .*execve" "one whose rules have none"
assert_match "$err" "no engine +ladder, load quick with canaries" "the load without an engine"
assert_match "$err" "floor +ladder, load quick with canaries[^:]" "a floor of its own"
run_expect 0 "$ft" run --print-commands "${args[@]}" --canary --cases open --cases noexec.yaml
assert_eq "$(grep -c 'falcotune-load .*--canary' <<<"$out") $(grep -c 'falcotune-load ' <<<"$out")" "4 4" "the same load for all"

# ---- what cannot be ----
run_expect 2 "$ft" run --ladder --dry-run-only --engine "$fake"
assert_match "$err" "option --ladder" "no live runs, no ladder"
run_expect 0 "$ft" run --print-commands "${args[@]}" --cases open
assert_match "$out" "ladder/floor-1/falco.yaml" "the floor's engine among the commands"
finish
