#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune fleet collect and report on a made fleet: every dropper with its made cause, every deviant, the classes,
# tails equal to a computation from the raw lines, and what is broken named.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command fleet
python=/usr/bin/python3
cd "$tmp" || exit 99

# ---- usage ----
for part in collect report; do
	run_expect 0 "$ft" fleet $part --help
	run_expect 2 "$ft" fleet $part
	run_expect 2 "$ft" fleet $part none
	assert_match "$err" "none: cannot be read" "a path that is not there"
	mkdir -p empty
	run_expect 2 "$ft" fleet $part empty
	assert_match "$err" "no host in empty" "a folder without files"
done
run_expect 2 "$ft" fleet report . --format xml
run_expect 2 "$ft" fleet report . -c none.yaml

# ---- the made fleet ----
"$python" "$FALCOTUNE_SOURCE/tests/bench/make_fleet.py" made 200 40 || die "no fleet"
run_expect 0 "$ft" fleet collect made/files --out fleet.jsonl
assert_eq "$out" "" "standard output"
assert_match "$err" "200 hosts from 204 files, 8000 samples" "what was read"
assert_match "$err" "4 files could not be read" "what was not"
run_expect 0 "$ft" fleet report made/files --format json
cp out dir.json
run_expect 0 "$ft" fleet report fleet.jsonl --format json
cp out merged.json
cat >check.py <<'P'
import glob, json, math, sys
made = json.load(open("made/expect.json"))
r = json.load(open("dir.json"))
assert r["hosts"] == made["hosts"] == 200, r["hosts"]

# Classes, droppers, deviants.
key = lambda c: (c["n_cpus"], c["driver"], c["kernel"], c["band"], c["hosts"])
assert sorted(map(key, r["classes"])) == sorted(map(key, made["classes"])), list(map(key, r["classes"]))
assert {d["host"]: d["verdict"] for d in r["drops"]} == made["drops"], r["drops"]
assert all(d["evidence"] and d["next_step"] for d in r["drops"])
assert [d["drop_rate"] for d in r["drops"]] == sorted((d["drop_rate"] for d in r["drops"]), reverse=True)
said = {"typically": "rate", "runs": "version"}
got = {d["host"]: said[d["why"].split()[0]] for d in r["deviants"] if d["why"].split()[0] in said}
assert got == made["deviants"], (got, made["deviants"])
unfit = {d["host"] for d in r["deviants"] if d["why"].startswith("drops")}
assert unfit == {h for h, c in made["drops"].items() if c == "SUSTAINED"}, unfit
assert {b["file"].split("files/")[1] for b in r["broken"]} == set(made["broken"]), r["broken"]
why = {b["file"].split("/")[-1]: b for b in r["broken"]}
assert why["empty.jsonl"]["why"] == "empty" and why["cut.jsonl"]["lines"] == 1, why
assert "cut.jsonl:1: cut off" in why["cut.jsonl"]["why"], why

# One profile a class: the largest preset that a burst in it asks for, and what it covers.
for c in r["classes"]:
    mine = [d for d in r["drops"] if d["class"] == c["class"]]
    assert len(mine) == c["drop"] and c["covered"] + c["no_setting"] == len(mine), c
    asked = [int(s.split("=")[1]) for d in mine for s in d["change"]]
    assert [int(s.split("=")[1]) for s in c["settings"]] == ([max(asked)] if asked else []), (c, asked)
    assert bool(c["helm"]) == bool(c["settings"]) and ("bufSizePreset: %d" % max(asked) in c["helm"] if asked else True)

# Tails, from the raw lines.
def quantile(v, q):
    v = sorted(v)
    at = q * (len(v) - 1)
    low = math.floor(at)
    return v[low] + (at - low) * (v[min(low + 1, len(v) - 1)] - v[low])
host = {}
for file in glob.glob("made/files/[0-9]*/*.jsonl"):
    f = [json.loads(line)["output_fields"] for line in open(file)]
    steps = [((b["evt.time"] - a["evt.time"]) / 1e9, b["scap.n_evts"] - a["scap.n_evts"],
              b["scap.n_drops"] - a["scap.n_drops"]) for a, b in zip(f, f[1:])]
    rates = [e / s / f[0]["falco.host_num_cpus"] for s, e, d in steps]
    worst = max(steps, key=lambda x: x[2] / x[0])
    host[f[0]["evt.hostname"]] = {
        "rate_p50": quantile(rates, 0.5), "rate_max": max(rates),
        "drop_rate": sum(d for s, e, d in steps) / sum(e for s, e, d in steps),
        "worst_drop_rate": worst[2] / worst[1], "n": f[0]["falco.host_num_cpus"]}
def same(tails, hosts):
    for m in "rate_p50", "rate_max", "drop_rate", "worst_drop_rate":
        v = [h[m] for h in hosts]
        for name, q in ("p50", .5), ("p99", .99), ("p999", .999), ("max", 1):
            want = quantile(v, q)
            assert math.isclose(tails[m][name], want, rel_tol=1e-9, abs_tol=1e-15), (m, name, tails[m], want)
        assert tails[m]["hosts"] == len(v) and tails[m]["p999_hosts"] == len(v) - math.floor(.999 * (len(v) - 1))
same(r["tails"], host.values())
for c in r["classes"]: # the made classes differ in their CPUs
    same(c["tails"], [h for h in host.values() if h["n"] == c["n_cpus"]])

# The merged file says the same.
m = json.load(open("merged.json"))
for d in r, m:
    d.pop("source")
assert r == m, "from the folder and from the merged file"
P
run_expect 0 "$python" check.py
valid() {
	run_expect 0 "$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/$1" "${@:2}" ||
		head -5 "$tmp/out" >&2
}
if "$python" -c 'import jsonschema' 2>/dev/null; then
	valid fleet-report.schema.json dir.json
	mkdir lines
	"$python" -c 'for i, line in enumerate(open("fleet.jsonl")):
    if i % 20 < 2 or i > 198: open("lines/%d.json" % i, "w").write(line)'
	valid fleet.schema.json lines/*.json
fi

# ---- the same whatever the order, the threads and the shape of the files ----
run_expect 0 "$ft" fleet collect made/files -j 1
assert_true "one thread" cmp -s "$tmp/out" fleet.jsonl
run_expect 0 "$ft" fleet collect made/files -j 7
assert_true "seven threads" cmp -s "$tmp/out" fleet.jsonl
table() { "$ft" fleet report "$@" --format csv 2>/dev/null; }
table fleet.jsonl >want.csv
assert_eq "$(wc -l <want.csv)" 201 "one row a host"
head -100 fleet.jsonl | tail -99 >a && tail -n +101 fleet.jsonl >b
"$python" - <<'P'
import json
head, *rest = open("fleet.jsonl").read().splitlines()
h = json.loads(head)
for name, part in ("a", rest[:99]), ("b", rest[99:]):
    h["hosts"] = sum('"broken":' not in line for line in part)
    h["broken"] = len(part) - h["hosts"]
    open(name, "w").write("\n".join([json.dumps(h, separators=(",", ":"))] + part) + "\n")
P
table a b >got.csv
assert_true "two merged files" cmp -s got.csv want.csv
"$ft" fleet collect made/files 2>/dev/null | "$ft" fleet report - --format csv >got.csv
assert_true "standard input" cmp -s got.csv want.csv
# One log of all hosts, their lines mixed; and each host's file in rotated pieces.
cat made/files/0*/*.jsonl | "$python" -c 'import random, sys
rows = {}
for line in sys.stdin: rows.setdefault(line[:80], []).append(line)
rng = random.Random(1)
left = [iter(v) for v in rows.values()]
lines = sorted((line for v in rows.values() for line in v), key=lambda l: l[l.index("evt.time"):][:40])
sys.stdout.writelines(lines)' >mixed.jsonl
table mixed.jsonl >got.csv
assert_true "one log of all hosts" cmp -s got.csv want.csv
gzip -k mixed.jsonl
table mixed.jsonl.gz >got.csv
assert_true "the same compressed" cmp -s got.csv want.csv
mkdir rotated
for f in made/files/000/node-000[0-4]*.jsonl; do
	name=rotated/${f##*/}
	head -15 "$f" >"$name.2"
	sed -n 16,30p "$f" >"$name.1"
	tail -n +31 "$f" >"$name"
done
table rotated >got.csv
table made/files/000/node-000[0-4]*.jsonl >want50.csv
assert_eq "$(wc -l <got.csv)" 51 "rotated files of one host are one host"
assert_true "with the same numbers" cmp -s got.csv want50.csv

# ---- formats, limits ----
run_expect 0 "$ft" fleet report fleet.jsonl --top 2
assert_match "$out" "4 of 200 hosts drop \(2.00%\); 4 classes" "headline"
assert_match "$out" "2 more hosts drop; --top 0 shows all" "--top"
run_expect 0 "$ft" fleet report fleet.jsonl --max-drop 20%
assert_match "$out" "1 of 200 hosts drop .0.5" "--max-drop"
run_expect 0 "$ft" fleet report fleet.jsonl --format md
assert_match "$out" "\| host \| class \|" "Markdown"
run_expect 0 "$ft" fleet report fleet.jsonl --format html
assert_match "$out" "<h2[^>]*>Hosts that drop" "HTML"
printf 'engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 9, cpus_for_each_buffer: 1}}\nstdout_output: {enabled: true}\n' \
	>falco.yaml
run_expect 0 "$ft" fleet report made/files -c falco.yaml --format json
assert_no_match "$out" 'buf_size_preset=[1-8]"' "presets above those that are there"

# ---- a host's other files: what a run recommends, what a survey saw; a container's log ----
mkdir -p other/alpha other/beta
printf 'falcotune-survey: counting for 60s\n' >other/alpha/host.json
"$python" - >>other/alpha/host.json <<'P'
import json
print(json.dumps({
    "schema": 1, "hostname": None, "kernel": "6.1.0-9", "taken": None, "falcotune_version": "0.1.0", "n_cpus": 4,
    "seconds": 2, "interrupted": False, "anonymised": False, "bin_s": 1, "n_bins": 2, "cpu_per_s": None,
    "compat_per_s": 0, "unknown_per_s": 0, "missed_per_s": 0, "cost_ns": 60, "empty_ns": 37, "cgroup_hierarchy": None,
    "calls": [{"name": "openat", "per_s": 4000, "failed_per_s": 0, "bins": [4000, 4000]}],
    "by_process": None, "by_cgroup": None, "by_path": None}, indent=1))
P
sed -n 1,5p made/files/000/node-00000.jsonl | sed 's/^/2026-11-21T10:00:00.000000000Z stdout F /' >other/beta/metrics.jsonl
echo "{" >other/beta/results.json
echo '{"schema": 1, "falcotune_version": "0.1.0", "host": {}' >other/beta/results-2.json
run_expect 0 "$ft" fleet report other --format json
cp out other.json
cat >check.py <<'P'
import json
r = json.load(open("other.json"))
assert r["hosts"] == 2, r["hosts"]
bands = {c["n_cpus"]: c for c in r["classes"]}
assert any(c["band"] == "1K to 1.5K" and c["unjudged"] == 1 for c in r["classes"]), r["classes"]
assert {b["file"] for b in r["broken"]} == {"other/beta/results.json", "other/beta/results-2.json"}, r["broken"]
P
run_expect 0 "$python" check.py
assert_match "$("$ft" fleet report other --format csv 2>/dev/null)" $'\nalpha,' "the folder names the host"

# ---- merged files that are not whole ----
head -50 fleet.jsonl >cut.jsonl
run_expect 2 "$ft" fleet report cut.jsonl
assert_match "$err" "cut.jsonl:50: cut off: 49 hosts" "a merged file that was cut"
sed '3s/"n_cpus":[0-9]*/"n_cpus":"x"/' fleet.jsonl >bad.jsonl
run_expect 2 "$ft" fleet report bad.jsonl
assert_match "$err" "bad.jsonl:3: .\.n_cpus: expected a whole number" "a wrong member"
sed '1s/:1,/:2,/' fleet.jsonl >bad.jsonl
run_expect 2 "$ft" fleet report bad.jsonl
run_expect 3 "$ft" fleet collect made/files --out none/x.jsonl
[[ ! -e none ]] || fail "a folder was made"
finish
