#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune survey without counting: usage, printing and converting an existing profile,
# anonymising it, and what is said where the host cannot be counted.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command survey
python=/usr/bin/python3

run_expect 0 "$ft" survey --help
assert_match "$out" "--by=WHAT" "help"
assert_match "$out" "host.json" "help"
run_expect 2 "$ft" survey --by colour
assert_match "$err" "'colour' is none of syscall, process, cgroup, path" "bad --by"
run_expect 2 "$ft" survey --duration 1ms
assert_match "$err" "100ms to 168h" "short duration"
run_expect 2 "$ft" survey --duration 0
run_expect 2 "$ft" survey --format html
run_expect 2 "$ft" survey here
assert_match "$err" "unexpected operand 'here'" "operand"
run_expect 2 "$ft" survey --from x.json --duration 2s
run_expect 0 "$ft" survey --print-commands --duration 2s --by process --by path
assert_match "$out" "falcotune-survey --duration 2000000000ns --process --path" "--print-commands"
run_expect 2 "$ft" survey --from "$tmp/none.json"
assert_match "$err" "none.json" "missing file"

"$python" - "$tmp/host.json" <<'PY'
import json, sys
group = lambda name, per_s, **k: dict({"name": name, "processes": None, "pid": None, "per_s": per_s,
                                       "failed_per_s": 0, "calls": []}, **k)
json.dump({
    "schema": 1, "hostname": "secret-host", "kernel": "6.1.0", "taken": "2026-01-02T03:04:05Z",
    "falcotune_version": "0.1.0", "n_cpus": 4, "seconds": 2, "interrupted": False,
    "anonymised": False, "bin_s": 1, "n_bins": 2, "cpu_per_s": [100, 100, 100, 112],
    "compat_per_s": 0, "unknown_per_s": 0, "missed_per_s": 0, "cost_ns": 60, "empty_ns": 37,
    "cgroup_hierarchy": "v2",
    "calls": [
        {"name": "openat", "per_s": 300, "failed_per_s": 30, "bins": [200, 400]},
        {"name": "=cmd", "per_s": 12, "failed_per_s": None, "bins": [12, 12]},
        {"name": "close", "per_s": 100, "failed_per_s": 0, "bins": [100, 100]}],
    "by_process": {"other_per_s": 7, "unreadable_per_s": None, "groups": [
        group("secret-shell", 12), group("secret\x1b[31m-daemon", 400, processes=1, pid=47110815,
            calls=[{"name": "openat", "per_s": 300}])]},
    "by_cgroup": {"other_per_s": 0, "unreadable_per_s": None,
                  "groups": [group("/secret.slice/secret.service", 412)]},
    "by_path": {"other_per_s": 0, "unreadable_per_s": 3, "groups": [group("/home/secret", 300)]},
}, open(sys.argv[1], "w"))
PY

# ---- text, md, csv, json ----
run_expect 0 "$ft" survey --from "$tmp/host.json"
assert_match "$out" "secret-host, kernel 6.1.0, 4 CPUs" "host"
assert_match "$out" "412/s, 103/s per CPU" "totals"
assert_match "$out" "60 ns a call; an empty program at the same place: 37 ns" "own cost"
assert_match "$out" "openat +300 +72.8% +10.0% +75 +300 +398" "row of openat"
assert_no_match "$out" "by leading path|secret-shell" "only what was asked for"
"$ft" survey --from "$tmp/host.json" >/dev/full 2>"$tmp/full"
assert_eq $? 3 "a full device"
assert_eq "$(grep -c "standard output cannot be written" "$tmp/full")" 1 "is said once"
run_expect 0 "$ft" survey --from "$tmp/host.json" --top 1
assert_match "$out" "2 more system calls make 112 events/s" "--top"
run_expect 0 "$ft" survey --from "$tmp/host.json" --by process --by cgroup --by path
assert_match "$out" "pid 47110815" "one process"
assert_match "$out" "7 calls/s are in no group because a table was full" "overflow"
assert_match "$out" "3 calls/s have a path that could not be read" "unreadable paths"
assert_no_match "$out" $'\x1b' "no control characters"
run_expect 0 "$ft" survey --from "$tmp/host.json" --format md
assert_match "$out" $'\\| openat \\| 300 \\|' "Markdown"
run_expect 0 "$ft" survey --from "$tmp/host.json" --format csv --by syscall --by path
checks=$((checks + 1))
"$python" - "$tmp/out" <<'PY' || fail "CSV"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [r["kind"] for r in rows] == ["syscall"] * 3 + ["path"] + ["case"] * 6, rows
assert rows[0]["name"] == "openat" and float(rows[0]["max_per_s"]) == 400, rows[0]
assert rows[2]["name"] == "'=cmd" and rows[2]["failed_per_s"] == "", rows[2]
PY

# What is written is what was read, and the schema holds.
same() { # A B
	checks=$((checks + 1))
	"$python" -c 'import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
key = lambda c: c["name"]
for d in a, b:
    d.pop("predicted", None)
    d["calls"].sort(key=key)
    for g in "process", "cgroup", "path":
        d["by_" + g]["groups"].sort(key=key)
assert a == b' "$1" "$2" || fail "$1 and $2 differ"
}
valid() {
	"$python" "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/host.schema.json" "$@" >&2
	case $? in 0 | 77) ;; *) fail "not valid: $*" ;; esac
	checks=$((checks + 1))
}
tr -d '\033' <"$tmp/host.json" | sed 's/\\u001b\[31m//' >"$tmp/plain.json"
run_expect 0 "$ft" survey --from "$tmp/plain.json" --format json --out "$tmp/again.json"
same "$tmp/plain.json" "$tmp/out"
same "$tmp/plain.json" "$tmp/again.json"
valid "$tmp/plain.json" "$tmp/again.json"
run_expect 2 "$ft" survey --from - # nothing on standard input
assert_match "$("$ft" survey --from - --format csv <"$tmp/host.json")" "openat,300," "standard input"

# ---- predicted event rates: of every case, and of the own rules ----
cat >"$tmp/r.yaml" <<'YAML'
- rule: Opens A
  desc: d
  condition: evt.type=openat and fd.name=/never
  output: o
  priority: INFO
- rule: Opens B
  desc: d
  condition: evt.type in (open, openat) and fd.name=/never
  output: o
  priority: INFO
YAML
run_expect 0 "$ft" survey --from "$tmp/host.json"
assert_match "$out" "case +syscalls +events/s +per CPU" "table of cases"
assert_match "$out" $'\n'"open +11 +400 +100 +" "openat and close of Test 5"
assert_match "$out" $'\n'"connect +11 +100 +25 +" "close alone in Test 4"
assert_match "$out" "before release 0.42" "what the rules of thumb are from"
assert_no_match "$out" "as configured" "no own rules were given"
run_expect 0 "$ft" survey --from "$tmp/host.json" -r "$tmp/r.yaml" --cases open
assert_match "$out" "as configured\) +[0-9]+ +400 +100 +124 +125 +below 1K +openat 75.0%, close 25.0%" "own rules"
assert_match "$out" "openat is 75.0% of it \(300/s\): rules 'Opens A', 'Opens B'; Falco's state engine" "reasons"
run_expect 0 "$ft" survey --from "$tmp/host.json" -r "$tmp/r.yaml" --cases open \
	-o engine.modern_ebpf.drop_failed_exit=true
assert_match "$out" "as configured\) +[0-9]+ +370 " "failed exits dropped"
run_expect 0 "$ft" survey --from "$tmp/host.json" --falco 0.41.3 --cases open
assert_match "$out" $'\n'"open +11 +800 +200 " "enter events"
run_expect 0 "$ft" survey --from "$tmp/host.json" --format json -r "$tmp/r.yaml"
cp "$tmp/out" "$tmp/predicted.json"
valid "$tmp/predicted.json"
run_expect 0 "$ft" survey --from "$tmp/predicted.json" # what was printed can be read
run_expect 0 "$ft" survey --from "$tmp/host.json" --format csv
assert_match "$out" "case,open,400,,,100,400,[0-9.]+,500,," "CSV row of a case"
run_expect 2 "$ft" survey --from "$tmp/host.json" --cases nosuch
run_expect 2 "$ft" survey --from "$tmp/host.json" -r "$tmp/none.yaml"
run_expect 2 "$ft" survey --from "$tmp/host.json" --falco 0.1.0

run_expect 0 "$ft" matrix --host "$tmp/host.json"
assert_match "$out" "events/s +per CPU +p99 per CPU"$'\n' "matrix: columns"
assert_match "$out" $'\n'"open .* 400 +100 +124"$'\n' "matrix: row"
run_expect 0 "$ft" matrix --host "$tmp/host.json" --format csv
assert_match "$out" "predicted_events_per_s,predicted_per_cpu_per_s" "matrix: CSV"
run_expect 0 "$ft" matrix --host "$tmp/host.json" --format json
assert_match "$out" '"predicted_events_per_s": 400' "matrix: JSON"
run_expect 0 "$ft" matrix --format csv
assert_no_match "$out" "predicted_events" "matrix without a profile"
run_expect 2 "$ft" matrix --host "$tmp/none.json"
run_expect 2 "$ft" run --host "$tmp/none.json" --dry-run-only --out "$tmp/none"

# ---- anonymised: nothing of any name is left, in the file and on the screen ----
for format in text md csv json; do
	run_expect 0 "$ft" survey --from "$tmp/host.json" --anonymise --format $format --by process \
		--by cgroup --by path --out "$tmp/anon.json"
	if grep -q 'secret\|47110815' "$tmp/out" "$tmp/anon.json"; then
		fail "names are left in $format: $(grep -h 'secret\|47110815' "$tmp/out" "$tmp/anon.json")"
	fi
	assert_match "$out" "process-1" "placeholder in $format"
done
valid "$tmp/anon.json"
run_expect 0 "$ft" survey --from "$tmp/anon.json" --anonymise --out "$tmp/anon2.json"
cmp -s "$tmp/anon2.json" "$tmp/anon.json" || fail "anonymising twice changes the profile"

# ---- bad profiles ----
bad() { # TEXT MESSAGE
	printf '%s' "$1" >"$tmp/bad.json"
	run_expect 2 "$ft" survey --from "$tmp/bad.json"
	assert_match "$err" "bad.json(:[0-9]+:[0-9]+)?: ?$2|bad.json:$2" "bad profile"
}
bad '' '.*expected a host profile'
bad $'{"schema": 1,\n"x"}' '2:4: '
bad '{"schema": 2}' '\$\.schema: expected 1'
bad '{"schema": 1, "seconds": "1"}' '\$\.seconds: expected a number'
bad '{"schema": 1, "seconds": 1, "n_bins": 1, "calls": [{"name": "x", "per_s": -1, "bins": [1]}]}' \
	'\$\.calls\[0\]\.per_s: expected'
bad '{"schema": 1, "host": {}, "engine": {}, "cases": []}' '\$\.seconds'

# ---- where the host cannot be counted: 3 and the reason ----
if [[ ! -x $FALCOTUNE_BIN/falcotune-survey ]]; then
	run_expect 3 "$ft" survey --duration 100ms
	assert_match "$err" "built without BPF" "built without BPF"
elif command -v setpriv >/dev/null && [[ $EUID == 0 ]]; then
	chmod 755 "$tmp"
	mkdir "$tmp/bin"
	cp "$ft" "$FALCOTUNE_BIN/falcotune-survey" "$tmp/bin/"
	export FALCOTUNE_DATADIR=$FALCOTUNE_SOURCE
	run_expect 3 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
		"$tmp/bin/falcotune" survey --duration 100ms
	assert_match "$err" "no root: the survey needs root" "no root"
	rm "$tmp/bin/falcotune-survey"
	run_expect 3 env PATH=/usr/bin "$tmp/bin/falcotune" survey --duration 100ms
	assert_match "$err" "built without BPF" "built without BPF"
fi
finish
