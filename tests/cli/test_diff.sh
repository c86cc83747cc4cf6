#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune diff: pairs of rule sets with what is expected of each (tests/data/diff), formats and the
# schema, the budget and its exit codes, git revisions, and bad input.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command diff
python=/usr/bin/python3
data=$FALCOTUNE_SOURCE/tests/data/diff
schema=$FALCOTUNE_SOURCE/templates/diff.schema.json
cd "$data" || die "no $data"

# ---- the pairs ----
# expect.json is a part of the JSON output: objects may have more members, arrays have no more and no
# fewer elements. "args" are further arguments.
cat >"$tmp/match.py" <<'PY'
import json, sys
def differences(want, got, where):
    if isinstance(want, dict) and isinstance(got, dict):
        for k in want:
            if k not in got:
                yield f"{where}.{k}: missing"
            else:
                yield from differences(want[k], got[k], f"{where}.{k}")
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield f"{where}: {len(got)} elements, expected {len(want)}: {json.dumps(got)[:300]}"
        for i, (w, g) in enumerate(zip(want, got)):
            yield from differences(w, g, f"{where}[{i}]")
    elif isinstance(want, float) and isinstance(got, (int, float)):
        if abs(want - got) > 1e-6 * max(1, abs(want)):
            yield f"{where}: {got}, expected {want}"
    elif want != got or isinstance(want, bool) != isinstance(got, bool):
        yield f"{where}: {got!r}, expected {want!r}"
want = json.load(open(sys.argv[1]))
want.pop("args", None)
faults = list(differences(want, json.load(open(sys.argv[2])), "$"))
print("\n".join(faults))
sys.exit(bool(faults))
PY
pairs=0
for dir in "$data"/[0-9]*; do
	name=${dir##*/}
	pairs=$((pairs + 1))
	mapfile -t args < <("$python" -c 'import json, sys
print("\n".join(json.load(open(sys.argv[1])).get("args", [])))' "$dir/expect.json" | grep .)
	run_expect 0 "$ft" diff "$dir/old.yaml" "$dir/new.yaml" "${args[@]}" --format json || continue
	cp "$tmp/out" "$tmp/pair-$name.json"
	faults=$("$python" "$tmp/match.py" "$dir/expect.json" "$tmp/out") || fail "$name: $faults"
	run_expect 0 "$ft" diff "$dir/old.yaml" "$dir/new.yaml" "${args[@]}"
	if grep -q '"overhead_change": true' "$tmp/pair-$name.json"; then
		assert_match "$out" "Overhead changes" "$name in text"
	else
		assert_match "$out" "No overhead change" "$name in text"
	fi
	# There and back: what one side gains the other loses.
	run_expect 0 "$ft" diff "$dir/new.yaml" "$dir/old.yaml" "${args[@]}" --format json
	checks=$((checks + 1))
	"$python" - "$tmp/pair-$name.json" "$tmp/out" <<'PY' || fail "$name: not the reverse of itself"
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
assert a["overhead_change"] == b["overhead_change"]
assert len(a["changes"]) == len(b["changes"]) and a["before"]["set"] == b["after"]["set"]
for r in a["changes"]:
    other = [s for s in b["changes"] if r["old_name"] in (s["rule"], None) or s["rule"] == r["rule"]]
    assert any(sorted(s["event_types"]["gained"]) == sorted(r["event_types"]["lost"]) for s in other), r
PY
done
assert_true "at least 12 pairs" test "$pairs" -ge 12

# ---- formats ----
faults=$("$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$schema" "$tmp"/pair-*.json)
case $? in
0) checks=$((checks + 1)) ;;
77) echo "note: $faults" ;;
*) fail "schema: $faults" ;;
esac
old=$data/07-read-traced/old.yaml new=$data/07-read-traced/new.yaml all=base_syscalls.all=true
run_expect 0 "$ft" diff "$old" "$new" -o $all --host host.json
assert_match "$(tr '\n' ' ' <"$tmp/out")" "Most expensive change: 'Reader'.*which brings read, alone \+100k/s" "headline"
assert_match "$out" "defaults, not calibrated" "the prices are said to be defaults"
assert_match "$out" "\+read +100k/s +rule 'Reader'" "why read is traced"
run_expect 0 "$ft" diff "$data"/15-output-only/{old,new}.yaml --format md
assert_match "$out" "fields of the output:\*\* \+1: fd.name; -1: proc.name" "fields of an output"
run_expect 0 "$ft" diff "$data"/11-removed-last/{old,new}.yaml --host host.json
assert_match "$(tr '\n' ' ' <"$tmp/out")" "No change costs anything; the largest saving: 'Two' \(removed\), which takes away unlinkat" "a saving is no expense"
run_expect 0 "$ft" diff "$data"/11-removed-last/{old,new}.yaml
assert_match "$(tr '\n' ' ' <"$tmp/out")" "the largest saving: 'Two'" "nor without rates"
run_expect 0 "$ft" diff "$old" "$new" -o $all --host host.json
assert_no_match "$out" "These are means" "one price of checks is none of many"
run_expect 0 "$ft" diff "$old" "$new" -o $all --host host.json --calibration ../cost/calibration.json
assert_match "$(tr '\n' ' ' <"$tmp/out")" "These are means: what is added up here is the price of each kind of check" "calibrated prices are by kind"
# A profile says how often checks are true and rules match; a list in another order is the same check of it.
sed 's/(true, ls, cat)/(ls, cat, true)/' ../cost/profiled.yaml >"$tmp/reordered.yaml"
cpu() { "$python" -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(d["before"]["engine_cpu"] == d["after"]["engine_cpu"], round(1e9 * d["before"]["engine_cpu"]))' "$tmp/out"; }
priced=(diff ../cost/profiled.yaml "$tmp/reordered.yaml" --host ../cost/host.json --calibration ../cost/calibration.json)
run_expect 0 "$ft" "${priced[@]}" --format json
stated=$(cpu)
run_expect 0 "$ft" "${priced[@]}" --profile ../cost/profile.json --format json
counted=$(cpu)
assert_match "$stated" "^True" "the order of a list costs nothing"
assert_match "$counted" "^True" "nor with a profile"
assert_true "alerts that were counted cost more than none: $counted, $stated" test "${counted#* }" -gt "$((2 * ${stated#* }))"
run_expect 0 "$ft" "${priced[@]}" --profile ../cost/profile.json
assert_match "$(tr '\n' ' ' <"$tmp/out")" "How often checks are true and rules match was counted by profiles" "where likelihoods are from"
run_expect 2 "$ft" diff "$old" "$new" --profile ../cost/profile.json
assert_match "$err" "option --profile has no meaning without --calibration" "likelihoods without prices"
run_expect 0 "$ft" diff "$old" "$new" -o $all
assert_match "$out" "Event rates and CPU are unknown" "no host profile"
assert_no_match "$out" "rules tried  |engine.s CPU" "no rates without a profile"
run_expect 0 "$ft" diff "$old" "$new" -o $all --host host.json --format md
assert_match "$out" "^## Rules: " "Markdown heading"
assert_match "$out" $'\n\\| 1 \\| \'Reader\' \\(changed: condition\\) \\|' "Markdown table"
run_expect 0 "$ft" diff "$old" "$new" --format html
assert_match "$out" "^<!doctype html>.*</html>" "a whole page"
"$ft" diff "$old" "$new" >/dev/full 2>"$tmp/full"
assert_eq $? 3 "a full device"
run_expect 2 "$ft" diff "$old" "$new" --format csv

# A side may be a folder, standard input, or come on top of common rules.
mkdir "$tmp/rules"
cp "$old" "$tmp/rules/a.yaml"
run_expect 0 "$ft" diff "$tmp/rules" - <"$old"
assert_match "$out" "0 changed|Rules: 2 the same" "folder against standard input"
cat >"$tmp/local.yaml" <<'Y'
- rule: Maker
  enabled: false
  override:
    enabled: replace
Y
echo "- list: empty
  items: []" >"$tmp/empty.yaml"
run_expect 0 "$ft" diff -r "$old" "$tmp/empty.yaml" "$tmp/local.yaml"
assert_match "$out" "'Maker' \(disabled\)" "-r is read before both sides"

# ---- the budget ----
run_expect 0 "$ft" diff "$old" "$old" --host host.json --budget 'syscalls=+0,evt_rate=+5%,cpu=+3%'
assert_match "$out" "kept, predicted" "a budget that is kept"
run_expect 1 "$ft" diff "$old" "$new" -o $all --host host.json --budget 'syscalls=+9,evt_rate=+5%'
assert_match "$err" "budget evt_rate=\+5% is broken: .*; by rule 'Reader' \(changed: condition\) alone" "names the rule"
assert_no_match "$err" "budget syscalls" "not the one that is kept"
run_expect 1 "$ft" diff "$old" "$new" -o $all --budget syscalls=+0
assert_match "$err" "budget syscalls=\+0 is broken: \+3.*'Added'" "syscalls need no profile"
run_expect 1 "$ft" diff "$old" "$new" -o $all --host host.json --budget cpu=+0.1pp --format json
checks=$((checks + 1))
"$python" -c 'import json, sys
f = json.load(open(sys.argv[1]))["budget"]
assert len(f) == 1 and f[0]["broken"] and f[0]["rules"][0] == "Reader" and not f[0]["measured"], f' "$tmp/out" ||
	fail "budget in JSON"
# Neither of two changes alone is over it, both together are: the larger one is named.
cat >"$tmp/two.yaml" <<'Y'
- rule: R
  desc: d
  condition: evt.type = mkdirat and proc.name = a
  output: o
  priority: INFO
Y
{
	cat "$tmp/two.yaml"
	printf -- '- rule: S%d\n  desc: d\n  condition: evt.type in (%s) and proc.name = a\n  output: o\n  priority: INFO\n' \
		1 ptrace 2 "unlinkat, setns"
} >"$tmp/two_new.yaml"
run_expect 1 "$ft" diff "$tmp/two.yaml" "$tmp/two_new.yaml" --budget syscalls=+2
assert_match "$err" "broken: \+3, from [0-9]+ to [0-9]+, predicted; by rule 'S2' \(added\), which contributes most" "contributes most"
# A saving may be asked for.
run_expect 0 "$ft" diff "$tmp/two_new.yaml" "$tmp/two.yaml" --budget syscalls=-3
run_expect 1 "$ft" diff "$tmp/two_new.yaml" "$tmp/two.yaml" --budget syscalls=-4

bad_budget() { # TEXT MESSAGE
	run_expect 2 "$ft" diff "$old" "$new" --budget "$1"
	assert_match "$err" "option --budget: $2" "budget '$1'"
	assert_eq "$out" "" "nothing printed for '$1'"
}
bad_budget "syscalls=+0,evt_rat=+5%" "column 13: unknown key 'evt_rat', expected syscalls, evt_rate, cpu or drop"
bad_budget "syscalls=+0,cpu=+3" "column 17: wrong unit of '\+3', expected \+3% or \+0.5pp"
bad_budget "syscalls=x" "column 10: bad limit 'x', expected \+0 or \+5%"
bad_budget "syscalls" "column 1: no limit in 'syscalls'"
bad_budget "" "column 1"
bad_budget "syscalls=+0," "column 13"
bad_budget "syscalls=+-1" "column 10: bad limit"
bad_budget "syscalls=" "column 10: bad limit"
bad_budget "syscalls=nan" "column 10: bad limit"
bad_budget "syscalls=+0,syscalls=+1" "column 13: second limit on 'syscalls'"
bad_budget "evt_rate=+5%" "without a host profile there is no evt_rate; .*--host FILE.*or --measure"
bad_budget "cpu=+5%" "without a host profile there is no cpu"
bad_budget "drop=+0.1pp" "a drop rate is not predicted; a limit on drop needs --measure"
bad_budget "drop=+1%" "column 6: wrong unit"

# ---- git ----
if type git >/dev/null 2>&1; then
	git=(git -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false)
	mkdir -p "$tmp/repo/rules" "$tmp/gittmp"
	(
		cd "$tmp/repo" && git init -q -b main . &&
			cp "$old" rules/a.yaml && echo text >rules/README && ln -s a.yaml rules/link.yaml &&
			git add . && "${git[@]}" commit -qm one && git tag v1 &&
			cp "$new" rules/a.yaml && "${git[@]}" commit -qam two && rm rules/link.yaml
	) || fail "cannot make a repository"
	cd "$tmp/repo" || die "no repository"
	export TMPDIR=$tmp/gittmp
	run_expect 0 "$ft" diff v1:rules/ main:rules -o $all --host "$data/host.json" --format json
	cp "$tmp/out" "$tmp/git.json"
	assert_match "$err" "v1:rules/link.yaml is a symbolic link" "a link is said"
	checks=$((checks + 1))
	"$python" - "$tmp/git.json" "$tmp/pair-07-read-traced.json" <<'PY' || fail "git against files"
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
assert a["changes"] == b["changes"]
assert a["before"]["files"] == ["v1:rules/a.yaml"] and a["after"]["files"] == ["main:rules/a.yaml"], a["before"]["files"]
PY
	run_expect 0 "$ft" diff v1:rules/a.yaml rules/a.yaml
	assert_match "$out" "'Added' \(added\)" "a file of a revision against the work tree"
	run_expect 0 "$ft" diff -r v1:rules/a.yaml "$tmp/empty.yaml" "$tmp/local.yaml"
	assert_match "$out" "'Maker' \(disabled\)" "-r from a revision"
	run_expect 2 "$ft" diff v9:rules rules
	assert_match "$err" "v9:rules: fatal: .*'?v9'?" "unknown revision: git's own words"
	run_expect 2 "$ft" diff main:nowhere rules
	assert_match "$err" "main:nowhere: fatal: path 'nowhere' does not exist in 'main'" "unknown path"
	run_expect 2 "$ft" diff main: rules
	assert_match "$err" "main:: no rules there" "a tree without rules"
	run_expect 2 "$ft" diff -- --upload-pack=x:y rules
	assert_match "$err" "no such rules file" "an option is no revision"
	# Errors are at the place in the revision.
	echo "- rule: [" >rules/bad.yaml
	git add rules/bad.yaml && "${git[@]}" commit -qm bad
	rm rules/bad.yaml
	run_expect 2 "$ft" diff main:rules rules
	assert_match "$err" "main:rules/bad.yaml:[0-9]+:[0-9]+: " "place of an error"
	mkdir "$tmp/nobin"
	run_expect 3 env "PATH=$tmp/nobin" "$ft" diff v1:rules rules
	assert_match "$err" "git is needed to read a revision" "no git"
	assert_eq "$(ls -A "$tmp/gittmp")" "" "nothing left in TMPDIR"
	unset TMPDIR
	cd "$data" || die "no $data"
else
	echo "note: git is not installed: revisions are not tested"
fi

# ---- bad input ----
run_expect 0 "$ft" diff --help
assert_match "$out" "--budget=LIMITS" "help"
run_expect 2 "$ft" diff "$old"
assert_match "$err" "expected two sides, OLD and NEW, not 1" "one side"
run_expect 2 "$ft" diff "$old" "$new" "$old"
run_expect 2 "$ft" diff - -
run_expect 2 "$ft" diff "$old" "$tmp/none.yaml"
assert_match "$err" "none.yaml: no such rules file or folder, and no git revision" "missing file"
run_expect 2 "$ft" diff "$old" "$new" --load mixed
assert_match "$err" "no meaning without --measure" "--load alone"
run_expect 2 "$ft" diff "$old" "$new" --host "$tmp/none.json"
run_expect 2 "$ft" diff "$old" "$new" -c "$tmp/none.yaml"
run_expect 2 "$ft" diff "$old" "$new" --falco 0.1
run_expect 0 "$ft" diff "$old" "$new" --falco 0.38.2 --host host.json
assert_match "$out" "Predicted for Falco 0.38.2" "another release"
printf -- '- rule: A\n  desc: d\n  condition: evt.type = open and nosuch.field = 1\n  output: o\n  priority: INFO\n' >"$tmp/bad.yaml"
run_expect 2 "$ft" diff "$old" "$tmp/bad.yaml"
assert_match "$err" "bad.yaml:3:[0-9]+: " "place of an error"
assert_eq "$out" "" "nothing half-written"
printf '\033[31mx\n' >"$tmp/esc.yaml"
run_expect 2 "$ft" diff "$tmp/esc.yaml" "$old"
assert_no_match "$err" $'\033' "no control characters"

# ---- the CI examples ----
# They are YAML, and what they ask of falcotune exists.
if "$python" -c 'import yaml' 2>/dev/null; then
	run_expect 0 "$ft" diff --help
	cp "$tmp/out" "$tmp/help"
	checks=$((checks + 1))
	"$python" - "$tmp/help" "$FALCOTUNE_SOURCE"/templates/ci/*.yml <<'PY' || fail "CI examples"
import re, sys, yaml
help_text = open(sys.argv[1]).read()
def texts(node):
    if isinstance(node, dict):
        for v in node.values():
            yield from texts(v)
    elif isinstance(node, list):
        for v in node:
            yield from texts(v)
    elif isinstance(node, str):
        yield node
assert len(sys.argv) == 4
for path in sys.argv[2:]:
    doc = yaml.safe_load(open(path))
    scripts = [t.replace("\\\n", " ") for t in texts(doc)]
    lines = [l for t in scripts for l in t.split("\n") if l.strip().startswith("falcotune diff")]
    assert len(lines) == 1, (path, lines)
    for option in re.findall(r"(--[a-z]+)", lines[0]):
        assert option + "=" in help_text, (path, option)
    # A workflow runs on something and has steps; YAML 1.1 reads the key `on` as true.
    if "jobs" in doc:
        assert "pull_request" in doc.get("on", doc.get(True)), path
        assert all("steps" in j and "runs-on" in j for j in doc["jobs"].values()), path
        # Text from outside never stands inside a script.
        assert not any("${{" in s.get("run", "") for j in doc["jobs"].values() for s in j["steps"]), path
    else:
        assert all("script" in j for j in doc.values()), path
PY
	for file in "$FALCOTUNE_SOURCE"/templates/ci/*.yml; do
		budget=$(grep -oE 'BUDGET: .*' "$file" | cut -d' ' -f2)
		run_expect 0 "$ft" diff "$old" "$old" --host host.json --budget "$budget"
	done
else
	echo "note: python3-yaml is not installed: the CI examples are not read"
fi

# ---- upstream: stable against stable and incubating ----
if [[ -f ${FALCOTUNE_SHARED-}/upstream/falco-incubating_rules.yaml ]]; then
	mkdir "$tmp/both"
	cp "$FALCOTUNE_SHARED"/upstream/falco{,-incubating}_rules.yaml "$tmp/both"
	stable=$FALCOTUNE_SHARED/upstream/falco_rules.yaml
	run_expect 1 "$ft" diff "$stable" "$tmp/both" --host host.json --budget syscalls=+0 --format json
	checks=$((checks + 1))
	"$python" - "$tmp/out" <<'PY' || fail "upstream"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["before"]["active_rules"] == 25 and d["unchanged_rules"] == 25
assert {c["kind"] for c in d["changes"]} == {"added"}
names = lambda side: {s["name"] for s in d[side]["set"]}
gained = names("after") - names("before")
assert {"chmod", "fchmod", "fchmodat", "setns", "unlinkat", "rename"} <= gained and not names("before") - names("after"), gained
assert d["after"]["syscalls"] - d["before"]["syscalls"] == len(gained)
# By set: what no other change brings is lost with the change that brings it.
for c in d["changes"]:
    assert set(c["syscalls_traced"]["gained"]) <= gained and c["alone"]["syscalls"] == len(c["syscalls_traced"]["gained"]), c
    assert c["in_the_whole"]["syscalls"] <= c["alone"]["syscalls"], c
PY
	# The same sets as falcotune syscalls predicts.
	"$ft" syscalls -r "$tmp/both" --format json >"$tmp/predicted.json" 2>/dev/null
	checks=$((checks + 1))
	"$python" -c 'import json, sys
d, p = (json.load(open(f)) for f in sys.argv[1:])
assert [s["name"] for s in d["after"]["set"]] == p["final"]' "$tmp/out" "$tmp/predicted.json" || fail "set of upstream"
	# And the same rate as falcotune survey predicts.
	"$ft" survey --from host.json -r "$tmp/both" --format json >"$tmp/survey.json" 2>/dev/null
	checks=$((checks + 1))
	"$python" -c 'import json, sys
d, p = (json.load(open(f)) for f in sys.argv[1:])
own = next(c for c in p["predicted"] if c["own"])
assert abs(d["after"]["evts_per_s"] - own["events_per_s"]) < 0.01, own
assert abs(d["after"]["evts_p99_per_s"] - own["p99_per_s"]) < 0.01, own' "$tmp/out" "$tmp/survey.json" || fail "rate of upstream"
else
	echo "note: the upstream rules are not here"
fi
finish
