#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune profile on the real kernel: a load that breaks a rule, its recording, and replays of that.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command profile
[[ $EUID = 0 ]] || skip "not root"
[[ -e /sys/kernel/btf/vmlinux ]] || skip "the kernel has no BTF"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "the embedded engine was not built"

cat >"$tmp/rules.yaml" <<'END'
- rule: Opens for writing
  desc: any
  condition: evt.type in (open, openat) and evt.is_open_write = true
  output: write %fd.name
  priority: NOTICE
- rule: Programs
  desc: any
  condition: evt.type in (execve, execveat) and proc.name in (true, falcotune-true)
  output: program %proc.name
  priority: NOTICE
- rule: Nobody
  desc: none
  condition: evt.type = openat and fd.name = /nowhere/at/all
  output: none
  priority: NOTICE
END

limit=120 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --load files --duration 2s --record "$tmp/a.rec" \
	--out "$tmp/live" --format json
cp "$tmp/out" "$tmp/live.json"
assert_eq "$(of "$tmp/live.json" 'd["profile"]["source"]["kind"], d["runs"], d["same_counts"]')" "('live', 1, None)" 'live'
assert_eq "$(of "$tmp/live.json" '[r["offered"] > 0 for r in d["rules"]]')" '[True, True, True]' 'each rule has its events'
assert_eq "$(of "$tmp/live.json" '{r["name"]: r["matches"] > 0 for r in d["rules"]}["Programs"]')" True 'the heartbeat is seen'
assert_eq "$(of "$tmp/live.json" '{r["name"]: r["matches"] for r in d["rules"]}["Nobody"]')" 0 'never broken'
assert_eq "$(of "$tmp/live.json" 'd["profile"]["events"]["kernel_events"] >= d["profile"]["events"]["seen"]')" True \
	'the kernel counts at least what is seen'
assert_match "$(of "$tmp/live.json" '"%.1f ns/event of profiling, %.2f%% of the window" % (d["profiling"]["per_event_ns"], 100 * d["profiling"]["of_window"])')" \
	'ns/event' 'the overhead is measured'
echo "$(of "$tmp/live.json" '"%.1f ns/event of profiling, %.2f%% of the window" % (d["profiling"]["per_event_ns"], 100 * d["profiling"]["of_window"])')"

# --- the recording, three times: the same counts, and those of the live run where nothing was left out
limit=300 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --events "$tmp/a.rec" --runs 3 --out "$tmp/replay" --format json
cp "$tmp/out" "$tmp/replay.json"
assert_eq "$(of "$tmp/replay.json" 'd["same_counts"]')" True 'replays'
if [[ $(of "$tmp/replay.json" 'd["profile"]["source"]["events_not_recorded"]') = 0 ]]; then
	assert_eq "$(of "$tmp/replay.json" '{r["name"]: (r["offered"] // 3, r["checks"] // 3, r["matches"] // 3) for r in sorted(d["rules"], key=lambda r: r["name"])}')" \
		"$(of "$tmp/live.json" '{r["name"]: (r["offered"], r["checks"], r["matches"]) for r in sorted(d["rules"], key=lambda r: r["name"])}')" \
		'the replays count what the live run counted'
else
	echo "not compared with the live run: some events could not be recorded"
fi

# --- prices of a live engine, by three of the rule sets that ship
mkdir -p "$tmp/data/rulesets/calibrate"
cp "$FALCOTUNE_SOURCE"/rulesets/calibrate/{base,mix,wide}.yaml "$tmp/data/rulesets/calibrate"
ln -s "$FALCOTUNE_SOURCE"/{templates,testcases} "$tmp/data"
FALCOTUNE_DATADIR=$tmp/data limit=300 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --load files --calibrate "$tmp/cal.json" \
	--runs 2 --duration 1s --out "$tmp/calibration"
assert_match "$(tr '\n' ' ' <"$tmp/out")" 'live under the load files, for 1 s after 1 s.*Looking for events takes [0-9.]+% of a core' 'live prices'
assert_eq "$(of "$tmp/cal.json" '[r["rules"] for r in d["runs"]], [r["fit"] for r in d["runs"]]')" \
	"(['base', 'mix', 'wide', 'yours'], [True, True, True, False])" 'three sets, and the rules that are held against them'
assert_eq "$(of "$tmp/cal.json" 'all(r["ns_per_event"] > 0 and r["model_ns"] > 0 for r in d["runs"])')" True 'a price of each'
assert_match "$(of "$tmp/cal.json" '[p["source"] for p in d["parameters"] if p["id"] == "wake"][0]')" '^calibrated: ' 'looking for events is measured'
valid calibration.schema.json "$tmp/cal.json"
run_expect 2 "$ft" profile --calibrate "$tmp/cal.json" --out "$tmp/calibration"
assert_match "$err" 'needs the same events again and again: expected --load, or --events' 'neither a load nor a recording'

# --- the host as it is, without a load
limit=60 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --duration 2s --out "$tmp/host"
assert_match "$out" 'this host as it is, for 2 s' 'no load'

# --- events of one process and its children; samples of the engine that sees them
cat >"$tmp/busy" <<'END'
#!/bin/bash
while :; do : >"$1"; /bin/true; done
END
chmod +x "$tmp/busy"
"$tmp/busy" "$tmp/touched" &
busy=$!
limit=60 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --pid "$busy" --duration 2s --out "$tmp/pid" --format json
cp "$tmp/out" "$tmp/pid.json"
assert_eq "$(of "$tmp/pid.json" 'd["profile"]["events"]["seen"] > 0, d["profile"]["events"]["others"] > 0, {r["name"]: r["matches"] > 0 for r in d["rules"]}')" \
	"(True, True, {'Opens for writing': True, 'Programs': True, 'Nobody': False})" 'of the shell and of what it starts'
"$FALCOTUNE_BIN/falcotune-engine" -r "$tmp/rules.yaml" -o engine.embedded.pids="$busy" >"$tmp/alerts" 2>"$tmp/engine.log" &
engine=$!
for _ in $(seq 200); do
	[[ -s $tmp/alerts ]] && break
	read -rt 0.1 <> <(:) || true
done
limit=60 run_expect 0 "$ft" profile --sample --pid "$engine" --duration 2s --folded "$tmp/s.folded" --out "$tmp/sample" --format json
cp "$tmp/out" "$tmp/sample.json"
kill -INT "$engine"
kill "$busy"
wait "$engine"
wait "$busy" 2>/dev/null
assert_eq "$(of "$tmp/sample.json" 'd["samples"] > 0 and d["tree"]["samples"] == d["samples"] and any(m["name"] == "falcotune-engine" for m in d["modules"])')" \
	True "samples of the engine: $(of "$tmp/sample.json" 'd["samples"], d["samples_without_symbol"], [f["name"] for f in d["functions"]][:4]')"
assert_eq "$(awk '{n += $NF} END {printf "%d\n", n}' "$tmp/s.folded")" "$(of "$tmp/sample.json" 'round(d["tree"]["ns"])')" 'folded lines are all samples'
assert_eq "$(grep -vc touched "$tmp/alerts" | head -1)" "$(grep -c 'program true' "$tmp/alerts")" 'no alert of another process'

# --- what a rule costs from outside, live: one that all events go through, one that brings a call of its own
cat >"$tmp/knock.yaml" <<'END'
- rule: Everything
  desc: any
  condition: evt.type in (open, openat, close) and (fd.name regex "^(.*/)+[a-z]+[0-9]{40}$" or proc.cmdline regex "(x+y+)+z{9}")
  output: none
  priority: NOTICE
- rule: Removes
  desc: any
  condition: evt.type = unlinkat and proc.name = nobody
  output: none
  priority: NOTICE
END
limit=120 run_expect 0 "$ft" profile -r "$tmp/knock.yaml" --load files --duration 1s --warmup 0s --knock-out --runs 2 \
	--max-time 30s --out "$tmp/knock" --format json
cp "$tmp/out" "$tmp/knock.json"
assert_eq "$(of "$tmp/knock.json" 'd["measured"], d["unit"], [(g["rules"], g["calls_gone"], g["other_events"]) for g in d["groups"]][1:]')" \
	"('live', 'ns/event', [(['Everything'], [], False), (['Removes'], ['unlinkat'], True)])" 'calls that go with a rule'
assert_eq "$(of "$tmp/knock.json" 'd["stopped"] or all(g["pairs"] == 2 and g["events_per_s"]["with"] > 0 for g in d["groups"])')" \
	True "measured: $(of "$tmp/knock.json" '[(g["rules"], g["ns"]) for g in d["groups"]]')"

# --- a signal ends it, and nothing stays
"$ft" profile -r "$tmp/rules.yaml" --load files --duration 60s --out "$tmp/int" 2>"$tmp/int.err" >/dev/null &
pid=$!
for _ in $(seq 200); do
	[[ -s $tmp/int/run-1/metrics.jsonl ]] && break
	read -rt 0.1 <> <(:) || true
done
kill -TERM "$pid"
wait "$pid"
assert_eq "$?" 143 'ended by the signal'
assert_eq "$(pgrep -f "$tmp/int/run-1" | wc -l)" 0 'no engine stays'
finish
