#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune check: exit codes, formats and their schemas, releases.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command check
command -v python3 >/dev/null || skip "no python3"

cd "$tmp" || die "no $tmp"
mkdir -p rules 'odd dir'
head_of_rule='- rule: R
  desc: d
  output: o
  priority: INFO
'
good="$head_of_rule  condition: evt.type=openat and fd.name=/x
"
printf '%s' "$good" >rules/good.yaml
printf '%s' "$good" >rules/ignored.txt
printf -- '- list: spare\n  items: [a]\n- macro: m\n  condition: evt.type=open\n' >rules/spare.yaml
printf '%s  condition: evt.type=openat and fd.nosuch=/x\n' "$head_of_rule" >'odd dir/bad [1].yaml'
printf -- '- rule: [\n' >noyaml.yaml
printf -- '- rule: "A<b>&\\"c\\u0001"\n  desc: d\n  output: o\n  priority: INFO\n  condition: nope\n' >escape.yaml

# Exit codes.
run_expect 0 "$ft" check rules/good.yaml
assert_match "$out" 'would accept this file: 0 errors, 0 warnings' "summary"
assert_match "$out" 'Field lists are those of Falco 0\.44\.1' "field lists are named"
run_expect 0 "$ft" check rules
assert_match "$out" 'LOAD_UNUSED_LIST: list spare' "a folder gives its rules files"
assert_eq "$(grep -c LOAD_UNUSED_LIST "$tmp/out")" 1 "a warning that Falco repeats is printed once"
run_expect 0 "$ft" check -r rules/good.yaml rules/spare.yaml
run_expect 1 "$ft" check rules/spare.yaml --fail-on warning
run_expect 1 "$ft" check 'odd dir/bad [1].yaml'
assert_match "$out" 'bad \[1\]\.yaml:5:34: error LOAD_ERR_COMPILE_CONDITION: rule R: there is no field fd\.nosuch' \
	"place, code, item, message"
run_expect 1 "$ft" check 'odd dir/bad [1].yaml' --fail-on none
run_expect 1 "$ft" check noyaml.yaml
assert_match "$out" 'LOAD_ERR_YAML_PARSE' "no YAML is a finding"
run_expect 0 "$ft" check - </dev/null
run_expect 2 "$ft" check nowhere.yaml
run_expect 2 "$ft" check 'odd dir/bad [1].yaml' nowhere.yaml
run_expect 2 "$ft" check -r nowhere.yaml
run_expect 2 "$ft" check -c nowhere.yaml rules/good.yaml
run_expect 2 "$ft" check --format xml rules/good.yaml
run_expect 2 "$ft" check --fail-on maybe rules/good.yaml
run_expect 2 "$ft" check --falco 0.1.2 rules/good.yaml
assert_match "$err" '0\.38\.2.*0\.44\.1' "the known releases are named"
run_expect 0 "$ft" check --help
if [[ $(id -u) != 0 ]]; then
	chmod 0 rules/good.yaml
	run_expect 2 "$ft" check rules/good.yaml
	chmod 644 rules/good.yaml
fi

# Settings with which Falco does not start are lints, with what to write instead; the rules are
# looked at all the same.
printf 'stdout_output: {enabled: true}\nrules: {enabled: [R]}\n' >style.yaml
run_expect 1 "$ft" check -c style.yaml rules/good.yaml
assert_match "$out" 'style\.yaml:2:18: error FT068: .*rules.enabled' "a list under enabled"
assert_match "$out" 'mend: write rules: \[\{disable: ' "what to write"
assert_match "$out" 'FT060: .*rules\.enabled' "and the key"
assert_match "$out" 'would accept this file: 0 errors' "the rules themselves"
run_expect 0 "$ft" check -c style.yaml --fail-on none rules/good.yaml
printf 'stdout_output: {enabled: true}\nrules: [R]\n' >style.yaml
run_expect 1 "$ft" check -c style.yaml rules/good.yaml
assert_match "$out" "style\.yaml:2:9: error FT068: .*text 'R', expected" "a plain name"
printf 'stdout_output: {enabled: true}\nengine: {kind: ebpf}\n' >style.yaml
run_expect 1 "$ft" check -c style.yaml rules/good.yaml
assert_match "$out" 'FT068: .*ebpf went with Falco 0\.44' "an engine that went"
run_expect 0 "$ft" check -c style.yaml --falco 0.43.1 rules/good.yaml
printf 'json_output: true\n' >style.yaml
run_expect 0 "$ft" check -c style.yaml rules/good.yaml
assert_no_match "$out" 'FT068' "no output is none of these"

# Findings come again with each file that Falco loads; JSON keeps that, and says when.
run_expect 0 "$ft" check --format json rules/spare.yaml rules/good.yaml
python3 - "$tmp/out" <<'END' || fail "JSON of two files"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["successful"] is True and d["errors"] == [] and isinstance(d["lints"], list), d
w = [(x["code"], x["while_loading"], x["file"], x["line"], x["column"], x["item"]) for x in d["warnings"]]
a, b = "rules/spare.yaml", "rules/good.yaml"
assert w == [(c, f, a, l, 3, i) for f in (a, b)
             for c, l, i in (("LOAD_UNUSED_MACRO", 3, "m"), ("LOAD_UNUSED_LIST", 1, "spare"))], w
assert d["falco"] == d["fields"] == "0.44.1" and d["rules_engine"] == "0.62.0", d
END
run_expect 1 "$ft" check --format json 'odd dir/bad [1].yaml'
python3 - "$tmp/out" <<'END' || fail "JSON of a rejected file"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["successful"] is False and len(d["errors"]) == 1, d
e = d["errors"][0]
assert {"code", "message", "file", "line", "column", "item"} <= set(e), e
assert (e["code"], e["line"], e["column"], e["item"]) == ("LOAD_ERR_COMPILE_CONDITION", 5, 34, "R"), e
END

# Releases: the engine's version decides, field lists stay.
printf -- '- required_engine_version: 0.62.0\n' >newest.yaml
run_expect 0 "$ft" check newest.yaml
for release in 0.38.2 0.39.2 0.40.0 0.41.3 0.42.1 0.43.1; do
	run_expect 1 "$ft" check --falco "$release" newest.yaml
	assert_match "$out" "LOAD_ERR_VALIDATE.*Falco $release has" "refused by $release"
	assert_match "$out" 'Field lists are those of Falco 0\.44\.1 for every release' "fields of $release"
done
printf '%s  condition: evt.type=openat and evt.dir=<\n' "$head_of_rule" >dir.yaml
run_expect 0 "$ft" check dir.yaml
assert_match "$out" 'LOAD_DEPRECATED_ITEM' "evt.dir is deprecated"
run_expect 0 "$ft" check --falco 0.41.3 dir.yaml
assert_no_match "$out" 'LOAD_DEPRECATED_ITEM|FT00[678]' "evt.dir was not deprecated before 0.42"
printf '%s  condition: evt.type=openat and evt.dir=> and evt.latency > 5\n' "$head_of_rule" >dir.yaml
run_expect 0 "$ft" check dir.yaml
for lint in FT006 FT007 FT009; do
	assert_match "$out" "$lint" "nothing enters since 0.42"
done
run_expect 0 "$ft" check --falco 0.41.3 dir.yaml
assert_no_match "$out" 'FT00[679]' "enter events were there before 0.42"

# The container plugin's fields are there when the configuration loads it.
printf '%s  condition: evt.type=openat and container.id=host\n' "$head_of_rule" >container.yaml
output='stdout_output: {enabled: true}\n'
printf "$output"'load_plugins: []\nplugins: []\n' >none.yaml
printf "$output"'load_plugins: [container]\nplugins:\n  - name: container\n    library_path: libcontainer.so\n' >with.yaml
run_expect 0 "$ft" check container.yaml
run_expect 1 "$ft" check -c none.yaml container.yaml
assert_match "$out" 'no field container\.id' "no container plugin, no field"
run_expect 0 "$ft" check -c with.yaml container.yaml

# SARIF and JUnit, against their schemas. Paths are relative, places count from 1.
mkdir -p sub
cp escape.yaml "$tmp/sub/"
for file in rules 'odd dir/bad [1].yaml' noyaml.yaml escape.yaml "$tmp/sub/escape.yaml" newest.yaml; do
	"$ft" check "$file" --format sarif >s.sarif 2>/dev/null
	"$ft" check "$file" --format junit --fail-on warning >j.xml 2>/dev/null
	python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/tests/data/schema/sarif-2.1.0.json" s.sarif
	got=$?
	[[ $got == 0 || $got == 77 ]] || fail "SARIF of $file"
	python3 - s.sarif j.xml <<'END' || fail "SARIF or JUnit of $file"
import json, sys
import xml.etree.ElementTree as ET
run = json.load(open(sys.argv[1]))["runs"][0]
rules = run["tool"]["driver"]["rules"]
n = len(run["results"])
for r in run["results"]:
    assert rules[r["ruleIndex"]]["id"] == r["ruleId"]
    for l in r["locations"]:
        assert not l["physicalLocation"]["artifactLocation"]["uri"].startswith("/"), l
root = ET.parse(sys.argv[2]).getroot()
assert root.tag == "testsuites"
cases = 0
for s in root:
    assert s.tag == "testsuite" and int(s.get("id")) >= 0
    c = s.findall("testcase")
    assert len(c) == int(s.get("tests")), s.attrib
    assert sum(x.find("failure") is not None for x in c) == int(s.get("failures")), s.attrib
    assert all(not x.get("classname").startswith("/") for x in c)
    cases += len(c) - 1
assert cases == n, (cases, n)
END
	if command -v xmllint >/dev/null; then
		checks=$((checks + 1))
		xmllint --noout --schema "$FALCOTUNE_SOURCE/tests/data/schema/junit.xsd" j.xml \
			>xml.err 2>&1 || fail "JUnit of $file: $(cat xml.err)"
	fi
done
run_expect 1 "$ft" check "$tmp/sub/escape.yaml" --format sarif
assert_match "$out" '"uri": "sub/escape\.yaml"' "a path below the folder is relative to it"
cd sub || die "no sub"
run_expect 1 "$ft" check "$tmp/escape.yaml" --format sarif
assert_match "$out" '"uri": "\.\./escape\.yaml"' "a path beside the folder, too"
cd ..
run_expect 1 "$ft" check 'odd dir/bad [1].yaml' --format sarif
assert_match "$out" '"uri": "odd%20dir/bad%20%5B1%5D\.yaml"' "a path is a URI"

finish
