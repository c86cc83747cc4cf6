#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --plan says what a run will be able to see and runs nothing; --until-decided ends a case when its
# place is decided, also over an interruption; --max-time bounds both.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
echo "60000 0.1" >logs/open.rate
echo "9000 0" >logs/repair.rate
limit=150

# ---- the plan ----
run_expect 0 "$ft" run --plan --engine "$fake" --seed 1 --out nothing
assert_match "$out" "round 1: .*open" "the schedule"
assert_match "$out" "30 live runs of about 15 s each .* about [78]m[0-9]+s in all" "the time"
assert_match "$out" "about 15[.0-9]* s of it to verify the recommendation, by a dry run and a live run" "the verification"
with=$(sed -n 's/.*live runs and one to verify.*, about \(.*\)/\1/p' <<<"$err")
run_expect 0 "$ft" run --plan --engine "$fake" --seed 1 --no-verify
assert_match "$out" "about 100 ms of it to verify the recommendation, by a dry run only \(--no-verify\)" "no live verification"
without=$(sed -n 's/.* live runs, about \(.*\)/\1/p' <<<"$err")
assert_true "its time is in the sum ($with and $without)" awk -v a="$with" -v b="$without" '
	function s(t) { split(t, m, "m"); return 60 * m[1] + m[2] }
	BEGIN { exit !(s(a) - s(b) >= 14 && s(a) - s(b) <= 16) }'
run_expect 0 "$ft" run --plan --engine "$fake" --seed 1
assert_match "$out" "5 repeats are too few for a rank test, which needs 10 for 15 pairs" "few repeats"
assert_match "$out" "drops in every second +a drop rate [0-9.]+ times as high" "the difference"
assert_true "nothing is made" test ! -e nothing
five=$(sed -n 's/.*every second *a drop rate \([0-9.]*\) times.*/\1/p' <<<"$out")
run_expect 0 "$ft" run --plan --engine "$fake" --repeats 20 --duration 30s
assert_match "$out" "signed rank tests over 20 rounds, 5% over all 15 pairs" "enough repeats"
twenty=$(sed -n 's/.*every second *a drop rate \([0-9.]*\) times.*/\1/p' <<<"$out")
assert_true "more data sees more" awk -v a="$five" -v b="$twenty" 'BEGIN { exit !(b < a && b > 1) }'
run_expect 0 "$ft" run --plan --engine "$fake" --until-decided --max-time 10m
assert_match "$out" "at most 120 live runs" "the most"
assert_match "$out" "at most 10m00s in all" "the limit"
run_expect 2 "$ft" run --plan --engine "$fake" --max-time 10s
assert_match "$err" "one repeat of every case takes about" "too short a time"
run_expect 2 "$ft" run --plan --until-decided --repeats 5
run_expect 2 "$ft" run --plan --until-decided --quick
run_expect 2 "$ft" run --plan --resume x
run_expect 2 "$ft" run --plan --max-time 0s
assert_match "$err" "max-time: expected more than 0s" "no time is not endless time"
run_expect 2 "$ft" run --plan --format json
assert_match "$err" "plan prints text" "a plan has one format"

# ---- until decided, over an interruption ----
short=(--engine "$fake" --cases open --cases repair --duration 1s --warmup 1s --timeout 5s --load quick --no-verify)
"$ft" run "${short[@]}" --until-decided --repeats 9 --seed 3 --out d >/dev/null 2>d.err &
pid=$!
for _ in $(seq 400); do
	grep -q '"event":"repeat"' d/journal.jsonl 2>/dev/null && break
	sleep 0.1
done
kill -INT $pid
wait $pid
assert_eq $? 130 "interrupted"
run_expect 0 "$ft" run --resume d
assert_match "$err" "open: its place is decided after 5 repeats" "the case ends"
assert_match "$err" "repair: its place is decided after 5 repeats" "and the other one"
assert_match "$out" "repair drops less than open" "told apart"
cat >check1.py <<'P'
import json
d = json.load(open("d/results.json"))
assert d["configuration"]["until_decided"] is True and d["configuration"]["repeats"] == 9
for c in d["cases"]:
    assert [r["status"] for r in c["repeats"]] == ["ok"] * 5, c["key"]
assert d["ranking"] == ["repair", "open"], d["ranking"]
c, = d["comparisons"]
assert c["told_apart"] and c["a"] == "repair" and c["b"] == "open", c
events = [json.loads(l)["event"] for l in open("d/journal.jsonl")]
assert events.count("case-end") == 2
P
run_expect 0 python3 check1.py 
run_expect 0 "$ft" run --resume d
assert_eq "$(grep -c '"event":"repeat"' d/journal.jsonl)" 10 "nothing more is run"

# ---- a bound on the time ----
from=$SECONDS
run_expect 0 "$ft" run "${short[@]}" --repeats 9 --max-time 16s --seed 3 --out m
assert_match "$err" "max-time: no live run more fits into 16 s" "the limit is said"
assert_true "within the time" test $((SECONDS - from)) -lt 40
n=$(grep -c '"event":"repeat"' m/journal.jsonl)
assert_true "some repeats ($n)" test "$n" -ge 2 -a "$n" -lt 8
finish
