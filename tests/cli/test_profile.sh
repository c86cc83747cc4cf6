#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune profile without a kernel: of profiles that were taken, and of replays of a recording.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command profile
small=$FALCOTUNE_SOURCE/tests/data/profile/small.json

# folded_sum FILE: of its lines, each of which must be one
folded_sum() {
	python3 - "$1" <<'END'
import re, sys
total = 0
for line in open(sys.argv[1], encoding="utf-8"):
    m = re.fullmatch(r"(engine(?:;[^;]+)+) (\d+)\n", line)
    if not m:
        sys.exit(f"not a folded line: {line!r}")
    total += int(m.group(2))
print(total)
END
}

# check_dot FILE: Graphviz renders it, where there is one; tests/unit/test_profile_cost.c reads it in any case
check_dot() {
	if ! command -v dot >/dev/null; then
		echo "not rendered: Graphviz is not installed"
		return
	fi
	dot -Tsvg "$1" -o "$tmp/dot.svg" 2>"$tmp/dot.err"
	assert_eq "$? $(cat "$tmp/dot.err")" "0 " "Graphviz takes $1"
	assert_eq "$(grep -c 'class="node"' "$tmp/dot.svg")" "$(grep -cE '^	n[0-9]+ \[' "$1")" 'a node each'
}

# --- what was taken before
run_expect 0 "$ft" profile --from "$small" --folded "$tmp/f.folded" --dot "$tmp/f.dot" --format json
cp "$tmp/out" "$tmp/small.json"
valid profile-report.schema.json "$tmp/small.json"
of "$tmp/small.json" 'json.dump(d["profile"], open(sys.argv[1] + ".engine", "w"))' >/dev/null
valid profile.schema.json "$tmp/small.json.engine"
assert_eq "$(of "$tmp/small.json" '[(r["rank"], r["cpu_share"]["lo"], r["ns_per_event"]["mean"], r["matches"]) for r in d["rules"]]')" \
	'[(1, None, 310.0, 2), (2, None, 50.0, 0), (3, None, None, 0)]' 'the ranking'
assert_eq "$(of "$tmp/small.json" 'd["runs"], d["same_counts"], d["cpu_ns"], d["profiling"]["of_window"]')" \
	'(1, None, 5500.0, 0.05)' 'the figures'
assert_eq "$(folded_sum "$tmp/f.folded")" 5500 'folded lines add up to the CPU time'
check_dot "$tmp/f.dot"
run_expect 0 "$ft" profile --from "$small" --from "$small" --format json
cp "$tmp/out" "$tmp/twice.json"
valid profile-report.schema.json "$tmp/twice.json"
of "$tmp/twice.json" 'json.dump(d["profile"], open(sys.argv[1] + ".engine", "w"))' >/dev/null
valid profile.schema.json "$tmp/twice.json.engine"
assert_eq "$(of "$tmp/twice.json" 'd["runs"], d["same_counts"], d["cpu_ns"], d["rules"][0]["offered"], len(d["each_run"])')" \
	'(2, True, 11000.0, 20, 2)' 'two runs'
run_expect 0 "$ft" profile --from "$small" --format md
assert_match "$out" '\| 1 \| Reads &#60;b&#62;' 'Markdown is escaped'
run_expect 0 "$ft" profile --from "$small" --format csv
assert_eq "$(python3 -c 'import csv,sys; print([len(r) for r in csv.reader(open(sys.argv[1], newline=""))])' "$tmp/out")" \
	'[21, 21, 21, 21]' 'a row a rule'
run_expect 0 "$ft" profile --from "$small" --top 1
assert_match "$out" '1 more rules; --top 0 shows all' 'rows are left out by name'

# --- the page: pictures are XML of their own, names are text in them
run_expect 0 "$ft" profile --from "$small" --format html
assert_eq "$(python3 - "$tmp/out" <<'END'
import re, sys, xml.etree.ElementTree as ET
page = open(sys.argv[1], encoding="utf-8").read()
svgs = re.findall(r"<svg.*?\n</svg>|<svg.*?</svg>", page, re.S)
titles = set()
for svg in svgs:
    root = ET.fromstring(svg)
    titles |= {t.text for t in root.iter("{http://www.w3.org/2000/svg}title")}
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
name = 'Reads <b>&amp; ; "x" \\n </svg>'
print(len(svgs), sum(name in t for t in titles), "Flame graph of the engine" in titles)
END
)" '3 3 True' 'pictures of the page'

# --- bad input
run_expect 2 "$ft" profile --from /nonexistent.json
assert_match "$err" '/nonexistent\.json' 'no such file'
sed 's/"seen": 20/"seen": 21/' "$small" >"$tmp/bad.json"
run_expect 2 "$ft" profile --from "$tmp/bad.json" --folded "$tmp/none.folded"
assert_match "$err" 'bad\.json: the profile does not add up: events\.seen: 21, expected 20' 'a wrong sum'
assert_true 'nothing half-written' test ! -e "$tmp/none.folded"
head -c 3000 "$small" >"$tmp/cut.json"
run_expect 2 "$ft" profile --from "$tmp/cut.json"
assert_match "$err" 'cut\.json:[0-9]+:[0-9]+: ' 'a cut one'
run_expect 2 "$ft" profile --from "$small" --load mixed
assert_match "$err" '--from shows profiles that were taken' 'what goes with --from'
run_expect 2 "$ft" profile --events x.rec --load mixed
assert_match "$err" '--events replays a recording as a whole' 'what goes with --events'
run_expect 2 "$ft" profile --events /nonexistent.rec
assert_match "$err" '/nonexistent\.rec: cannot be read' 'no recording'
run_expect 2 "$ft" profile --record x.rec --runs 2
assert_match "$err" 'one run is recorded' 'one recording'
run_expect 2 "$ft" profile --runs 0
run_expect 2 "$ft" profile --warmup 1s
run_expect 2 "$ft" profile --folded "$tmp/x" --dot "$tmp/x" --from "$small"
run_expect 3 "$ft" profile --from "$small" --dot /nonexistent/x.dot
assert_match "$err" '/nonexistent/x\.dot: cannot be written' 'a place that is not there'
echo '- rule: [' >"$tmp/broken.yaml"
run_expect 2 "$ft" profile -r "$tmp/broken.yaml"
assert_match "$err" 'broken\.yaml:[0-9]+:[0-9]+: ' 'bad rules have their place'

# --- replays
engine=$FALCOTUNE_BIN/falcotune-engine
maker=$FALCOTUNE_BIN/../tests/make-recording
cat >"$tmp/rules.yaml" <<'END'
- rule: Sensitive; "file" <x>
  desc: a sensitive file is read
  condition: evt.type in (open, openat) and evt.is_open_read = true and fd.name in (/etc/shadow, /etc/gshadow)
  output: file %fd.name by %proc.cmdline
  priority: WARNING
- rule: Cat
  desc: a cat starts
  condition: evt.type = execve and proc.name = cat
  output: cat %proc.cmdline %evt.num
  priority: NOTICE
END
if [[ ! -x $engine || ! -x $maker ]]; then
	echo "replays: the embedded engine was not built"
	finish
fi
"$maker" "$tmp/a.rec" 200 || die "no recording"
run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --runs 10 --out "$tmp/ten" --format json \
	--folded "$tmp/r.folded" --dot "$tmp/r.dot"
cp "$tmp/out" "$tmp/ten.json"
assert_true 'the report is kept' cmp -s "$tmp/ten.json" "$tmp/ten/profile.json"
valid profile-report.schema.json "$tmp/ten.json"
of "$tmp/ten.json" 'json.dump(d["profile"], open(sys.argv[1] + ".engine", "w"))' >/dev/null
valid profile.schema.json "$tmp/ten.json.engine"
assert_eq "$(of "$tmp/ten.json" 'd["runs"], d["same_counts"], sorted(r["matches"] for r in d["rules"]), d["warnings"][:0]')" \
	'(10, True, [2000, 2000], [])' 'ten replays count the same'
assert_eq "$(of "$tmp/ten.json" 'set((r["events"], r["evaluated"], r["matches"]) for r in d["each_run"])')" \
	'{(2400, 1200, 400)}' 'each of them'
assert_eq "$(of "$tmp/ten.json" 'all(r["cpu_share"]["lo"] <= r["cpu_share"]["mean"] <= r["cpu_share"]["hi"] for r in d["rules"])')" \
	True 'intervals'
assert_eq "$(folded_sum "$tmp/r.folded")" "$(of "$tmp/ten.json" 'round(d["cpu_ns"])')" 'folded lines add up'
check_dot "$tmp/r.dot"
run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --detail rules --out "$tmp/rules"
assert_match "$out" 'Sensitive; "file" <x> .*%' 'ranked'
assert_match "$out" 'an event, .* of the window, .* on top of the engine' 'what profiling costs is said'
run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --print-commands
assert_match "$out" "falcotune-engine -c .*/run-1/falco.yaml .*engine\.kind=replay" 'the command'
printf '\x0a\x0d\x0d\x0a%64s' '' >"$tmp/x.scap"
run_expect 2 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/x.scap" --out "$tmp/scap"
assert_match "$err" 'x\.scap: is a scap or pcapng capture' 'what the engine says of another file'

# --- a calibration: by rules of its own, held against these
run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --calibrate "$tmp/cal.json" --runs 2 \
	--out "$tmp/cal" --format json
cp "$tmp/out" "$tmp/shown.json"
valid calibration.schema.json "$tmp/cal.json"
valid calibration.schema.json "$tmp/shown.json"
assert_eq "$(of "$tmp/cal.json" 'all(r["runs"] == 2 and r["lowest_ns"] <= r["ns_per_event"] <= r["highest_ns"] for r in d["runs"]), [r["rules"] for r in d["runs"] if not r["fit"]]')" \
	"(True, ['yours'])" 'runs of the calibration'
assert_eq "$(of "$tmp/cal.json" 'd["whole_error"] < 0.5, {p["engine"] for p in d["parameters"]}')" "(True, {'embedded'})" \
	'the model is near what it was fit to'
run_expect 0 "$ft" rules -r "$tmp/rules.yaml" --cost --calibration "$tmp/cal.json"
assert_match "$out" 'calibrated on' 'the calibration is used'
run_expect 0 "$ft" profile --events "$tmp/a.rec" --calibrate "$tmp/cal.json" --runs 1 --out "$tmp/cal2"
assert_match "$out" 'base +[0-9]+ .*%' 'the runs are shown'
run_expect 2 "$ft" profile --events "$tmp/a.rec" --calibrate "$tmp/cal.json" --dot "$tmp/x.dot"
assert_match "$err" '--calibrate runs rules of its own' 'no graph of a calibration'

# --- the events of some processes: of a shell with its cats, of one cat, of a process that comes later
run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --format json --out "$tmp/everyone"
all=$(of "$tmp/out" '{k: d["profile"]["events"][k] for k in ("seen", "own")}')
rounds=$(of "$tmp/out" 'd["profile"]["events"]["own"]')
for case in "10 $((10 * rounds))" "1000 8" "77,1001 $((rounds + 8))" "5 0"; do
	run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --pid "${case% *}" --format json \
		--folded "$tmp/pid.folded" --out "$tmp/pid-${case% *}"
	cp "$tmp/out" "$tmp/pid.json"
	assert_eq "$(of "$tmp/pid.json" 'd["profile"]["source"]["pids"], d["profile"]["events"]["seen"], d["profile"]["events"]["seen"] + d["profile"]["events"]["others"]')" \
		"('${case% *}', ${case#* }, $((12 * rounds)))" "events of ${case% *} ($all in all)"
	of "$tmp/pid.json" 'json.dump(d["profile"], open(sys.argv[1] + ".engine", "w"))' >/dev/null
	valid profile.schema.json "$tmp/pid.json.engine"
	[[ ${case#* } = 0 ]] || assert_eq "$(folded_sum "$tmp/pid.folded")" "$(of "$tmp/pid.json" 'round(d["cpu_ns"])')" \
		"others' time is in no line"
done
run_expect 2 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --pid 10,
assert_match "$err" "option --pid: '10,', expected process ids with commas" 'no process ids'
run_expect 3 "$ft" profile -r "$tmp/rules.yaml" --pid 2147483600
assert_match "$err" 'option --pid: there is no process 2147483600' 'no such process'
run_expect 1 "$engine" -r "$tmp/rules.yaml" --dry-run -o engine.embedded.pids=1,x
assert_match "$err" 'engine.embedded.pids is 1,x, expected process ids' 'the engine looks too'

# --- an engine whose replays differ, one that is not ours, one that never ends
cat >"$tmp/fickle" <<'END'
#!/bin/bash
here=${0%/*}
[[ $1 != --version ]] || exec "$here/real" --version
for a; do [[ $a != engine.embedded.profile=* ]] || to=${a#*=}; done
n=$(cat "$here/n" 2>/dev/null || echo 0)
echo $((n + 1)) >"$here/n"
[[ $n != 2 ]] || sed=(-e 's/"own": 1,/"own": 2,/' -e 's/"seen": 20/"seen": 21/' -e 's/"events": 20/"events": 21/')
[[ ! -e $here/sleep ]] || exec sleep 600
sed "${sed[@]-}" "$here/small.json" >"$to"
END
chmod +x "$tmp/fickle"
ln -s "$engine" "$tmp/real"
cp "$small" "$tmp/small.json"
run_expect 4 "$ft" profile --engine "$tmp/fickle" -r "$tmp/rules.yaml" --events "$tmp/a.rec" --runs 3 --out "$tmp/fick"
assert_match "$err" 'replay 3 of the recording counted differently from replay 1: events: 20, then 21' 'named'
touch "$tmp/sleep"
run_expect 3 "$ft" profile --engine "$tmp/fickle" -r "$tmp/rules.yaml" --events "$tmp/a.rec" --timeout 1s --out "$tmp/slow"
assert_match "$err" 'the replay did not end within 1 s' 'a time limit'
printf '#!/bin/sh\necho "Falco version: 0.44.1 (x86_64)"\n' >"$tmp/falco"
chmod +x "$tmp/falco"
run_expect 2 "$ft" profile --engine "$tmp/falco" -r "$tmp/rules.yaml" --events "$tmp/a.rec"
assert_match "$err" 'is not falcotune-engine, the only engine that writes a profile' 'another engine'
finish
