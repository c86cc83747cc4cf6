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
of() {
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}

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

# --- the host as it is, without a load
limit=60 run_expect 0 "$ft" profile -r "$tmp/rules.yaml" --duration 2s --out "$tmp/host"
assert_match "$out" 'this host as it is, for 2 s' 'no load'

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
