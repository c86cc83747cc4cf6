#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune report: every kind of results in every format, from stored ones (tests/data/report); pages
# that stand alone and can be read by everyone; comparisons; names with markup; input that is no results.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command report
data=$FALCOTUNE_SOURCE/tests/data/report
page=$FALCOTUNE_SOURCE/tests/page.py
cd "$tmp" || exit 99
"$ft" profile --from "$FALCOTUNE_SOURCE/tests/data/profile/small.json" --format json >profile.json 2>/dev/null ||
	die "a profile's report"
cp "$data"/*.json .
kinds=(after before capacity sweep search profile)

# ---- usage and bad input ----
run_expect 0 "$ft" report --help
assert_match "$out" "Examples" "help has examples"
run_expect 2 "$ft" report
assert_match "$err" "expected RESULTS" "nothing given"
run_expect 2 "$ft" report after.json --anonymise
assert_match "$err" "option --anonymise goes with --bundle" "anonymise alone"
run_expect 2 "$ft" report nowhere
assert_match "$err" "nowhere" "not there"
mkdir empty
run_expect 2 "$ft" report empty
assert_match "$err" "empty: no results in it, expected results.json" "an empty folder"
printf '{"schema": 1,\n "cases": [}' >broken.json
run_expect 2 "$ft" report broken.json
assert_match "$err" "broken.json:2:12: not JSON" "no JSON"
echo '{"schema": 1, "calls": []}' >other.json
run_expect 2 "$ft" report other.json
assert_match "$err" "other.json: no results that can be reported" "another document"
# A member of a wrong type in each kind is found at its place.
damage() { # KIND OLD NEW REGEX
	sed "s/$2/$3/" "$1.json" >bad.json
	cmp -s bad.json "$1.json" && fail "$1: nothing was damaged"
	run_expect 2 "$ft" report bad.json --format html -o bad.html
	assert_match "$err" "bad.json:1:[0-9]+: $4" "$1"
	assert_true "nothing is written" test ! -e bad.html
}
damage after '"n_cpus":2' '"n_cpus":"2"' '\$.host.n_cpus: expected a whole number'
damage capacity '"state":"[a-z-]*"' '"state":"fine"' '\$.capacities\[0\].state: expected one of measured, '
damage capacity '"scale":[0-9.]*' '"scale":"x"' '\$.capacities\[0\].rounds\[0\].scale: expected a number'
damage sweep '"memory_bytes":[0-9]*' '"memory_bytes":[]' '\$.points\[0\].memory_bytes: expected a whole number'
damage search '"kind":"whole"' '"kind":"half"' '\$.steps\[0\].kind: expected one of whole, '

# ---- every kind in every format ----
for k in "${kinds[@]}"; do
	for f in text md csv json html; do
		run_expect 0 "$ft" report "$k.json" --format "$f" -o "out-$k.$f"
		assert_true "$k as $f is not empty" test -s "out-$k.$f"
	done
	assert_eq "$("$ft" report "$k.json" --format md)" "$(cat "out-$k.md")" "standard output is the same"
done
for k in after:results before:results capacity:capacity sweep:sweep search:search profile:profile-report; do
	run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/${k#*:}.schema.json" "out-${k%:*}.json"
done

# ---- outputs that are no file are written into, links stay links ----
: >linked.md
ln -s linked.md link.md
run_expect 0 "$ft" report after.json --format md -o link.md
assert_true "the link is still one" test -L link.md
mkfifo pipe
cat pipe >piped.md &
run_expect 0 timeout 10 "$ft" report after.json --format md -o pipe
wait $!
assert_true "the pipe is still one" test -p pipe
assert_true "all of it came through the pipe" cmp piped.md out-after.md
assert_true "the file of the link" cmp linked.md out-after.md

# ---- pages ----
run_expect 0 python3 "$page" out-*.html || cat "$tmp/out" >&2
assert_match "$out" "out-after.html: svg (1[0-9]|[6-9]) " "figures of a run"
assert_match "$out" "out-capacity.html: svg 1 " "of a capacity"
assert_match "$out" "out-sweep.html: svg 1 " "of a sweep"
assert_match "$out" "out-search.html: svg 1 " "of a search"
for section in "Ranking" "Drop rate against set size" "Verdicts" "Drops and events over time" "Drops by category" \
	"Syscall sets" "Environment" "Every command" "What is not in these results" "What else could be here"; do
	grep -q "<h2 id=\"[a-z-]*\">$section</h2>" out-after.html || fail "no section '$section'"
done
assert_true "why a syscall is in a set" grep -q '<th scope="row">openat</th><td>R' out-after.html
assert_true "a command of the engine" grep -q 'falcotune-engine -c .*--dry-run' out-after.html
assert_true "the limit of a sweep" grep -q -- '--max-drop 1.00%' out-sweep.html
assert_true "the commands that would add the rest" grep -q 'falcotune capacity' out-after.html
# A folder with several documents, and several of several kinds, are one report.
mkdir all
cp after.json all/results.json
cp capacity.json sweep.json search.json profile.json all/
run_expect 0 "$ft" report all --format html -o all.html
run_expect 0 python3 "$page" all.html || cat "$tmp/out" >&2
for what in run capacity sweep search profile; do
	grep -qE "<h2 id=\"[a-z0-9-]*\">all \($what\)</h2>" all.html || fail "no part $what in all.html"
done
assert_true "nothing is missing" test -z "$(grep 'What else could be here' all.html)"

# ---- comparisons ----
run_expect 0 "$ft" report before.json after.json --format json
cp "$tmp/out" compared.json
run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/comparison.schema.json" compared.json
cat >check.py <<'P'
import json
d = json.load(open("compared.json"))
before, after = (json.load(open(f"out-{n}.json")) for n in ("before", "after"))
rate = lambda doc, key: next(c for c in doc["cases"] if c["key"] == key)["summary"]
row = next(r for r in d["rows"] if r["item"] == "open" and r["measure"] == "drop rate")
for name, doc in (("before.json", before), ("after.json", after)):
    got, want = row["values"][name], rate(doc, "open")
    assert abs(got["value"] - want["drop_rate"]) < 1e-9 and got["lo"] == want["drop_lo"], (got, want)
a, b = (row["values"][n] for n in ("before.json", "after.json"))
assert row["told_apart"] == (a["hi"] < b["lo"] or b["hi"] < a["lo"]), row
facts = {x["fact"]: x["values"] for x in d["differences"]}
assert facts["engine version"]["before.json"].startswith("Falco version: 0.43.1"), facts
assert facts["configuration falco release"]["after.json"] == "0.44.1", facts
assert "host kernel" not in facts and "+openat" in facts["case connect set"]["after.json"], facts.keys()
P
run_expect 0 python3 check.py
run_expect 0 "$ft" report before.json after.json
assert_match "$out" "open +drop rate" "text has rows"
assert_match "$out" "engine version" "and what differs"
run_expect 0 "$ft" report before.json after.json --format md
assert_match "$out" '\| open \| drop rate \|' "Markdown too"
run_expect 0 "$ft" report before.json after.json --format csv
assert_match "$out" "run,open,drop rate,share,after.json,0" "a row a value"
assert_eq "$(awk -F, '{print NF}' <<<"$out" | sort -u)" 8 "eight fields in each row"
run_expect 0 "$ft" report before.json after.json --format html -o two.html
run_expect 0 python3 "$page" two.html || cat "$tmp/out" >&2
run_expect 0 "$ft" report after.json after.json --format json
assert_match "$out" '"after.json #2"' "the same twice has two names"
run_expect 0 "$ft" report profile.json capacity.json sweep.json search.json capacity.json --format csv
for what in profile capacity sweep search; do
	assert_true "values of a $what" grep -q "^$what," "$tmp/out"
done

# ---- names with markup, everywhere ----
evil='<script>alert(1)</script>]]>\\"<\/text><img src=x onerror=alert(2)>'
for k in after capacity sweep search profile; do
	sed "s|\"open\"|\"$evil open\"|g; s|open:|$evil open:|g; s|\"name\":\"default|\"name\":\"$evil|g
		s|\"build-host-7\"|\"$evil\"|; s|\"name\":\"p1-c0|\"name\":\"$evil|g; s|Private key read|$evil|g
		s|\"Spawns\"|\"$evil\"|g; s|\"warnings\":\[|\"warnings\":[\"$evil\",|" "$k.json" >"evil-$k.json"
	# The list is empty in some.
	sed -i 's|",\]|"]|' "evil-$k.json"
	run_expect 0 "$ft" report "evil-$k.json" --format html -o "evil-$k.html"
	run_expect 0 python3 "$page" "evil-$k.html" || cat "$tmp/out" >&2
	assert_true "$k: the name is there, as text" grep -q '&lt;script&gt;alert(1)' "evil-$k.html"
	assert_true "$k: no script" test -z "$(grep -iE '<script|<img|\]\]>' "evil-$k.html")"
	run_expect 0 "$ft" report "evil-$k.json" --format md
	# In code blocks it stays as it is; elsewhere it must not.
	assert_eq "$(awk '/^```/ {code = !code} !code' <<<"$out" | grep -c '<script')" 0 "$k: Markdown"
done
run_expect 0 "$ft" report evil-after.json after.json --format html -o evil-two.html
run_expect 0 python3 "$page" evil-two.html || cat "$tmp/out" >&2

finish
