#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The dashboard: what Grafana needs is there, every metric in its PromQL is one that Falco exports
# (falcotune explain knows it) or that run --textfile writes, and what its texts refer to exists.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
dashboard=$FALCOTUNE_SOURCE/templates/grafana/falco-drops.json

# Structure; then one line each: "metric NAME", "term NAME".
run_expect 0 python3 - "$dashboard" <<'END'
import json, re, sys

d = json.load(open(sys.argv[1]))
for key, kind in {"title": str, "uid": str, "schemaVersion": int, "panels": list, "templating": dict, "time": dict}.items():
    assert isinstance(d[key], kind), key
assert 1 <= len(d["uid"]) <= 40 and re.fullmatch(r"[A-Za-z0-9_-]+", d["uid"])
variables = {v["name"] for v in d["templating"]["list"]} | {"__rate_interval"}
ids = [p["id"] for p in d["panels"]]
assert len(set(ids)) == len(ids), "ids"
cells = {}
words = {"by", "on", "and", "or", "unless", "without", "ignoring", "group_left", "offset", "bool"}
metrics, terms, opened = set(), set(), 0
for p in d["panels"]:
    g = p["gridPos"]
    assert 0 <= g["x"] and g["x"] + g["w"] <= 24 and g["w"] > 0 and g["h"] > 0, p["title"]
    for x in range(g["x"], g["x"] + g["w"]):
        for y in range(g["y"], g["y"] + g["h"]):
            assert (x, y) not in cells, f"{p['title']} lies on {cells[x, y]}"
            cells[x, y] = p["title"]
    terms |= set(re.findall(r"\b[A-Z]{4,}(?:-UP)?\b", p["title"] if p["type"] == "row" else ""))
    terms |= set(re.findall(r"falcotune explain ([\w.-]+\w)", p.get("description", "")))
    if p["type"] == "row":
        continue
    assert p["type"] in ("timeseries", "stat") and p["targets"] and p["description"], p["title"]
    assert p["fieldConfig"]["defaults"]["unit"], p["title"]
    assert p["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, p["title"]
    assert len({t["refId"] for t in p["targets"]}) == len(p["targets"]), p["title"]
    for t in p["targets"]:
        e = t["expr"]
        assert set(re.findall(r"\$\{?(\w+)", e)) <= variables, e
        for a, b in ("()", "[]", "{}"):
            assert e.count(a) == e.count(b), e
        used = set(re.findall(r"\b(?:by|on) \(([^)]*)\)", e))
        labels = {w for u in used for w in re.split(r",\s*", u)}
        bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|on) \([^)]*\)", " ", e)
        found = {n for n in re.findall(r"\b([a-zA-Z_:][\w:]*)\b(?!\s*\()", bare)} - words
        assert found, e
        assert not re.search(r"\d[a-z]", bare), e
        metrics |= found
        # A legend names labels that the sum has left.
        if "sum by" in e:
            assert set(re.findall(r"\{\{(\w+)\}\}", t["legendFormat"])) <= labels, e
        opened += 1
for v in d["templating"]["list"]:
    if v["type"] == "query":
        metrics |= set(re.findall(r"label_values\((\w+),", v["definition"]))
assert opened >= 20
for m in sorted(metrics):
    print("metric", m)
for t in sorted(terms):
    print("term", t)
END
n=0
while read -r kind name; do
	n=$((n + 1))
	case $kind:$name in
	metric:falcotune_*) grep -q "\"$name\"" "$FALCOTUNE_SOURCE/src/report/textfile.c" || fail "run --textfile writes no $name" ;;
	metric:falcosecurity_*) "$ft" explain "$name" >/dev/null 2>&1 || fail "Falco exports no $name" ;;
	metric:*) fail "whose metric is $name?" ;;
	term:*) "$ft" explain "$name" >/dev/null 2>&1 || fail "the dashboard refers to $name, which nothing explains" ;;
	esac
done <"$tmp/out"
((n > 30)) || fail "only $n names were found"

# Every verdict that is about drops has its row or panel.
for verdict in $("$ft" explain --list verdict | awk '{print $2}'); do
	[[ $verdict == UNDECIDED ]] || grep -q "$verdict" "$dashboard" || fail "nothing is about $verdict"
done
# explain says what a name of the endpoint is, and knows no others.
run_expect 0 "$ft" explain falcosecurity_scap_n_drops_total
assert_match "$out" "^scap.n_drops \(metric\)" "the field of the metrics file"
run_expect 2 "$ft" explain falcosecurity_scap_n_drop_total
run_expect 2 "$ft" explain falcosecurity_
finish
