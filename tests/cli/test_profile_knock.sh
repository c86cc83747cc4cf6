#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune profile --knock-out: an engine with Falco's command line whose rules cost what they are told to, and
# replays of a recording by the embedded engine.
# Runs alone: prices of some hundred ns are told apart from few runs.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command profile
fake=$FALCOTUNE_BIN/../tests/fake-engine
[[ -x $fake ]] || skip "the fake engine was not built"

# until_told EXPRESSION|PATTERN COMMAND...: a difference where there is none is seen in up to 5 % of runs, and the
# host may be busy in one: up to three runs, each into the new folder that is the last word, until the expression
# over the document (JSON) or the pattern holds.
until_told() {
	local want=$1
	shift
	for _ in 1 2 3; do
		rm -rf "${!#}"
		run_expect 0 "$@"
		case $want in
		d[[]*) [[ $(of "$tmp/out" "$want") != True ]] || return 0 ;;
		*) ! grep -qE "$want" "$tmp/out" || return 0 ;;
		esac
	done
}

rule() { # NAME CALL
	printf -- '- rule: %s\n  desc: any\n  condition: evt.type = %s\n  output: any\n  priority: NOTICE\n' "$1" "$2"
}

# --- twelve rules, two of which cost something: halving finds these two, and says of no other one
for i in {1..12}; do
	case $i in
	3) rule "Dear one" unlinkat ;;
	11) rule 'Dear "two"' renameat ;;
	*) rule "Cheap $i" close ;;
	esac
done >"$tmp/rules.yaml"
: >"$tmp/a.scap"
cp "$tmp/rules.yaml" "$tmp/before"
export FAKE_COSTS='30000 300 Dear one=700;Dear \"two\"=400'
limit=300 # some fifty processes on a host that may be busy
until_told 'd["stopped"] is False and sorted(r["name"] for r in d["rules"] if r["alone"] and r["ns"]["mean"] > 200) == ["Dear \"two\"", "Dear one"] and all(abs(r["ns"]["mean"] - (700 if "one" in r["name"] else 400)) < 100 for r in d["rules"] if r["alone"] and r["ns"]["mean"] > 200)' \
	"$ft" profile --engine "$fake" -r "$tmp/rules.yaml" --events "$tmp/a.scap" --knock-out --runs 4 --seed 1 \
	--format json --out "$tmp/many"
cp "$tmp/out" "$tmp/many.json"
valid knock-out.schema.json "$tmp/many.json"
assert_true 'the rules file is as it was' cmp -s "$tmp/rules.yaml" "$tmp/before"
assert_eq "$(of "$tmp/many.json" 'd["engine"]["is_falco"], d["engine"]["embedded"], d["measured"], d["unit"], d["stopped"]')" \
	"(True, False, 'replay', 'ns/event', False)" 'whose numbers'
assert_eq "$(of "$tmp/many.json" '[(r["name"], r["verdict"]) for r in d["rules"] if r["alone"] and r["ns"]["mean"] > 200]')" \
	"[('Dear one', 'difference'), ('Dear \"two\"', 'difference')]" 'the dear ones are found'
assert_eq "$(of "$tmp/many.json" 'all(abs(r["ns"]["mean"] - n) < 0.25 * n for r, n in zip([r for r in d["rules"] if r["alone"] and r["ns"]["mean"] > 200], (700, 400)))')" \
	True "what they cost: $(of "$tmp/many.json" '[r["ns"] for r in d["rules"] if r["alone"]]')"
assert_eq "$(of "$tmp/many.json" 'sorted({i for g in d["groups"] for i in g["rules"] if g["verdict"] == "difference" and len(g["rules"]) == 12})[0], max(g["level"] for g in d["groups"]) <= 5')" \
	"('Cheap 1', True)" 'from all of them on'
assert_eq "$(of "$tmp/many.json" '[g["calls_gone"] for g in d["groups"] if g["rules"] == ["Dear one"]], [g["other_events"] for g in d["groups"] if g["rules"] == ["Dear one"]]')" \
	"([['unlinkat']], [False])" 'calls that a live engine would save'
of "$tmp/many.json" '[g["id"] for g in d["groups"] if g["rules"] == ["Dear \"two\""]][0]' >"$tmp/id"
assert_eq "$(cat "$tmp/many/without-$(cat "$tmp/id").yaml")" "# Made by falcotune profile --knock-out: to be read behind the other rules files.
- rule: \"Dear \\\"two\\\"\"
  enabled: false
  override:
    enabled: replace" 'the overlay'
assert_eq "$(of "$tmp/many.json" 'd["runs"]')" "$(grep -c knock-out-run "$tmp/many/journal.jsonl")" 'each run is in the journal'

# --- few rules: each alone, at once; the other formats
{ rule Dear unlinkat; rule Free openat; } >"$tmp/two.yaml"
export FAKE_COSTS='20000 300 Dear=700'
until_told 'Free .* no difference seen' \
	"$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --runs 3 --out "$tmp/two"
assert_match "$out" 'The numbers are those of this engine, which says that it is Falco' 'only because it says so'
assert_match "$out" 'Dear +[5-9][0-9][0-9] +\[[0-9]+, [0-9]+\] .* seen' 'seen'
assert_match "$out" 'Free .* no difference seen \(< [0-9.]+ ns/event\)' 'not seen: less than'
assert_match "$out" 'A replay has all events whatever the rules are' 'what a replay does not have'
for format in csv md html; do
	run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --runs 2 \
		--format "$format" --out "$tmp/$format"
	cp "$tmp/out" "$tmp/r.$format"
done
assert_eq "$(python3 -c 'import csv,sys; print([len(r) for r in csv.reader(open(sys.argv[1], newline=""))])' "$tmp/r.csv")" \
	'[17, 17, 17, 17]' 'a row a group'
assert_match "$(cat "$tmp/r.md")" '\| Dear \|' 'Markdown'
assert_match "$(cat "$tmp/r.html")" '<title>falcotune profile --knock-out' 'HTML'

# --- an engine that does not say how many events there were
FAKE_FAULT=no-counters run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out \
	--runs 2 --format json --out "$tmp/uncounted"
valid knock-out.schema.json "$tmp/out"
assert_eq "$(of "$tmp/out" 'd["unit"], d["groups"][1]["ns"]["mean"] > 5e6, d["groups"][1]["events_per_s"]["with"]')" \
	"('ns/replay', True, None)" 'by replay'

# --- the time is over
run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/rules.yaml" --events "$tmp/a.scap" --knock-out --max-time 0s --out "$tmp/none"
assert_match "$out" 'Nothing was measured: the time was over' 'no time at all'
export FAKE_COSTS='200000 300 Dear one=700'
run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/rules.yaml" --events "$tmp/a.scap" --knock-out --max-time 1500ms \
	--format json --out "$tmp/short"
valid knock-out.schema.json "$tmp/out"
assert_eq "$(of "$tmp/out" 'd["stopped"], d["runs"] > 0, d["rules"][0]["name"]')" "(True, True, 'Cheap 1')" 'what there is so far is shown'
assert_match "$err" 'stopped by --max-time' 'and said'

# --- live, with Falco's command line
export FAKE_COSTS='0 20000 Dear=60000'
rule Dear unlinkat >"$tmp/one.yaml"
run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/one.yaml" --duration 1s --knock-out --runs 2 --format json --out "$tmp/live"
valid knock-out.schema.json "$tmp/out"
assert_eq "$(of "$tmp/out" 'd["measured"], d["groups"][0]["other_events"], d["groups"][0]["calls_gone"]')" \
	"('live', True, ['unlinkat'])" 'live, and fewer calls'
assert_eq "$(of "$tmp/out" '30000 < d["groups"][0]["ns"]["mean"] < 90000')" True \
	"what it costs: $(of "$tmp/out" 'd["groups"][0]["ns"]')"

# --- command lines, and what makes no sense
run_expect 0 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --print-commands --out "$tmp/p"
assert_match "$out" "-r $tmp/two.yaml -r $tmp/p/without-2.yaml -v -o engine.kind=replay -o engine.replay.capture_file=$tmp/a.scap" \
	'the same options take a capture of Falco'
assert_true 'nothing is written' test ! -e "$tmp/p"
run_expect 2 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --folded "$tmp/f"
assert_match "$err" 'have no meaning with it' 'no call tree'
run_expect 2 "$ft" profile -r "$tmp/two.yaml" --each
assert_match "$err" 'go with --knock-out' 'without it'
run_expect 2 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --runs 1
assert_match "$err" 'one round has no interval' 'one round'
printf 'rules:\n  - enable:\n      rule: Dear\n' >"$tmp/falco.yaml"
run_expect 2 "$ft" profile --engine "$fake" -c "$tmp/falco.yaml" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out \
	--out "$tmp/enabled"
assert_match "$err" "rule 'Dear' cannot be left out: rules: of falco.yaml enables it" 'an overlay that would do nothing'
FAKE_FAULT=exit run_expect 2 "$ft" profile --engine "$fake" -r "$tmp/two.yaml" --events "$tmp/a.scap" --knock-out --out "$tmp/exit"
assert_match "$err" 'run 1, with.* the engine: the fake engine was told to fail' 'an engine that refuses'

# --- the embedded engine over a recording
maker=$FALCOTUNE_BIN/../tests/make-recording
if [[ -x $FALCOTUNE_BIN/falcotune-engine && -x $maker ]]; then
	"$maker" "$tmp/a.rec" 4000 || die "no recording"
	cat >"$tmp/own.yaml" <<'END'
- rule: Every open
  desc: any
  condition: evt.type in (open, openat) and fd.name != ""
  output: file %fd.name by %proc.cmdline of %proc.pname at %evt.time
  priority: WARNING
- rule: Never offered
  desc: none
  condition: evt.type = mount and proc.name = nobody
  output: none
  priority: NOTICE
END
	run_expect 0 "$ft" profile -r "$tmp/own.yaml" --events "$tmp/a.rec" --knock-out --runs 4 --format json --out "$tmp/own"
	valid knock-out.schema.json "$tmp/out"
	assert_eq "$(of "$tmp/out" 'd["engine"]["embedded"], d["engine"]["is_falco"], d["unit"], [g["verdict"] for g in d["groups"] if g["rules"] == ["Every open"]]')" \
		"(True, False, 'ns/event', ['difference'])" "the embedded engine: $(of "$tmp/out" '[(g["rules"], g["ns"]) for g in d["groups"]]')"
fi
finish
