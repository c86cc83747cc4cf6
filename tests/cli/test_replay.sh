#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-engine over a recording: no root, no kernel, the same every time; its profile.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
engine=$FALCOTUNE_BIN/falcotune-engine
maker=$FALCOTUNE_BIN/../tests/make-recording
[[ -x $engine && -x $maker ]] || skip "the embedded engine was not built"
export TZ=UTC
ROUNDS=300

cat >"$tmp/rules.yaml" <<'END'
- rule: Sensitive file
  desc: a sensitive file is read
  condition: evt.type in (open, openat) and evt.is_open_read = true and fd.name in (/etc/shadow, /etc/gshadow)
  output: file %fd.name by %proc.cmdline of %proc.pname at %evt.time
  priority: WARNING
- rule: Cat
  desc: a cat starts
  condition: evt.type = execve and proc.name = cat
  output: cat %proc.cmdline %evt.num
  priority: NOTICE
END
"$maker" "$tmp/a.rec" "$ROUNDS" || die "no recording"
cat >"$tmp/replay" <<END
#!/bin/bash
file=\$1
shift
exec "$engine" -r "$tmp/rules.yaml" -o engine.kind=replay -o engine.replay.capture_file="\$file" "\$@"
END
chmod +x "$tmp/replay"

# --- alerts: all of them, as they were
run_expect 0 "$tmp/replay" "$tmp/a.rec"
assert_match "$err" "Replaying events from the capture file: $tmp/a.rec" 'says what it does'
assert_match "$err" "Events detected: $((2 * ROUNDS))" 'all alerts'
assert_match "$err" "Sensitive file: $ROUNDS" 'alerts of a rule'
assert_eq "$(wc -l <"$tmp/out")" "$((2 * ROUNDS))" 'a line an alert'
assert_match "$(sed -n 2p "$tmp/out")" '^22:13:20\.[0-9]{9}: Warning file /etc/shadow by cat of sh at 22:13:20\.' \
	'times and parents of the recording'
assert_no_match "$err" 'ring buffer' 'nothing about buffers'

# --- ten times the same: alerts byte for byte, counts of the profile
cat >"$tmp/counts.py" <<'END'
import json, sys
TIMED = {"started", "clock", "window_ns", "cpu_ns", "overhead", "rules_ns", "output_ns", "phases_ns",
	 "timed", "sum_ns", "mean_ns", "p50_ns", "p99_ns", "max_ns", "interrupted", "interrupted_ns",
	 "histogram"}
def counts(v):
    if isinstance(v, list):
        return [counts(x) for x in v if not (isinstance(x, dict) and x.get("kind") == "overhead")]
    if isinstance(v, dict):
        return {k: counts(x) for k, x in v.items() if k not in TIMED}
    return v
with open(sys.argv[1], encoding="utf-8") as f:
    print(json.dumps(counts(json.load(f)), sort_keys=True, indent=1))
END
cp "$tmp/out" "$tmp/first"
for i in $(seq 10); do
	run_expect 0 "$tmp/replay" "$tmp/a.rec" -o engine.embedded.profile="$tmp/p$i.json"
	assert_true "replay $i: the same alerts" cmp -s "$tmp/out" "$tmp/first"
	python3 "$tmp/counts.py" "$tmp/p$i.json" >"$tmp/counts$i"
	assert_true "replay $i: the same counts" cmp -s "$tmp/counts$i" "$tmp/counts1"
done
assert_match "$(cat "$tmp/counts1")" '"matches": 300' 'counts are compared'

# --- append_output: for the rules that an entry names, text in the message, fields in JSON alone
sed -i '0,/priority: WARNING/s//tags: [files, etc]\n  &/' "$tmp/rules.yaml"
cat >"$tmp/falco.yaml" <<'END'
json_output: true
stdout_output: {enabled: true}
append_output:
- extra_output: on=%evt.hostname
- match: {source: syscall, tags: [files]}
  extra_output: dir=%fd.directory
  extra_fields: [{place: "${PLACE} in %fd.directory of %proc.pname"}, proc.ppid, fd.sip, {empty: ""}]
- match: {rule: Cat}
  extra_fields: [proc.cmdline, "proc.aname[1]"]
- match: {rule: Cat, tags: [files]}
  extra_output: never
- match: {source: k8s_audit}
  extra_fields: [proc.name]
END
PLACE=here run_expect 0 "$tmp/replay" "$tmp/a.rec" -c "$tmp/falco.yaml"
python3 - "$tmp/out" >"$tmp/faults" <<'END' || fail "append_output: $(cat "$tmp/faults")"
import json, sys
alerts = {}
for line in open(sys.argv[1], encoding="utf-8"):
    a = json.loads(line)
    alerts.setdefault(a["rule"], a)
file, cat = alerts["Sensitive file"], alerts["Cat"]
host = file["output_fields"]["evt.hostname"]
assert file["output"].endswith(f" on={host} dir=/etc"), file["output"]
assert cat["output"].endswith(f" on={host}"), cat["output"]
fields = file["output_fields"]
assert fields["place"] == "here in /etc of sh", fields
assert isinstance(fields["proc.ppid"], int) and fields["fd.sip"] is None, fields
assert not {"empty", "proc.name", "proc.aname[1]"} & set(fields), fields
fields = cat["output_fields"]
assert fields["proc.aname[1]"] == "sh" and fields["proc.cmdline"] == "cat", fields
assert not {"place", "proc.ppid", "fd.directory"} & set(fields), fields
END
run_expect 0 "$tmp/replay" "$tmp/a.rec" -c "$tmp/falco.yaml" -o json_output=false
assert_no_match "$(cat "$tmp/out")" 'here in' 'extra fields are for JSON'
run_expect 1 "$tmp/replay" "$tmp/a.rec" -o 'append_output={"extra_fields": ["proc.nam"]}'
assert_match "$err$out" "rules.yaml:[0-9]+:[0-9]+.*extra_fields: proc.nam" 'a field that does not exist'
run_expect 1 "$tmp/replay" "$tmp/a.rec" -o 'append_output={"extra_fields": [{"a": "x", "b": "y"}]}'
assert_match "$err" 'extra_fields is a mapping, expected a field or one NAME: TEXT' 'two names'

# --- the profile
python3 "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/profile.schema.json" \
	"$tmp/p1.json" >"$tmp/faults"
rc=$?
if [[ $rc = 77 ]]; then
	cat "$tmp/faults"
else
	assert_eq "$rc $(cat "$tmp/faults")" '0 ' 'the profile follows its schema'
fi
run_expect 0 "$tmp/replay" "$tmp/a.rec" -o engine.embedded.profile="$tmp/rules.json" \
	-o engine.embedded.profile_detail=rules -o rule_matching=all
assert_eq "$(of "$tmp/p1.json" 'd["events"]["seen"], d["events"]["own"], d["events"]["broken"], d["source"]["kind"]')" \
	"($((12 * ROUNDS)), $ROUNDS, $((2 * ROUNDS)), 'replay')" 'what was there'
assert_eq "$(of "$tmp/p1.json" '[r["totals"]["matches"] for r in d["rules"]]')" "[$ROUNDS, $ROUNDS]" \
	'matches by rule'
assert_eq "$(of "$tmp/rules.json" 'd["detail"], d["rule_matching"], d["rules"][0]["checks"][1]["time"]')" \
	"('rules', 'all', None)" 'times of rules only'
run_expect 3 "$tmp/replay" "$tmp/a.rec" -o engine.embedded.profile=/nonexistent/p.json
assert_match "$err" '/nonexistent/p.json: a profile cannot be written' 'no place for the profile'
run_expect 2 "$tmp/replay" "$tmp/a.rec" -o engine.embedded.record="$tmp/b.rec"
assert_match "$err" 'a replay is not recorded again' 'no recording of a replay'

# --- metrics of a replay
run_expect 0 "$tmp/replay" "$tmp/a.rec" -o metrics.enabled=true -o metrics.output_file="$tmp/metrics" \
	-o metrics.interval=1s
assert_match "$(tail -1 "$tmp/metrics")" "\"falco.num_evts\":$((12 * ROUNDS))" 'events are counted'
assert_no_match "$(tail -1 "$tmp/metrics")" 'scap.n_drops' 'no drops are made up'

# --- what is no recording
head -c 5000 "$tmp/a.rec" >"$tmp/cut.rec"
run_expect 2 "$tmp/replay" "$tmp/cut.rec"
assert_match "$err" "Error: $tmp/cut.rec: byte [0-9]+: the file ends in this block: it was cut off" 'a cut one'
cp "$tmp/a.rec" "$tmp/bad.rec"
printf 'x' | dd of="$tmp/bad.rec" bs=1 seek=9000 conv=notrunc 2>/dev/null
run_expect 2 "$tmp/replay" "$tmp/bad.rec"
assert_match "$err" "Error: $tmp/bad.rec: byte [0-9]+: the checksum of this block does not hold" 'a damaged one'
printf '\x0a\x0d\x0d\x0a%64s' '' >"$tmp/x.scap"
run_expect 2 "$tmp/replay" "$tmp/x.scap"
assert_match "$err" "Error: $tmp/x.scap: is a scap or pcapng capture, which only Falco reads" 'a scap file'
: >"$tmp/empty"
run_expect 2 "$tmp/replay" "$tmp/empty"
assert_match "$err" "$tmp/empty: is empty" 'an empty one'
run_expect 2 "$tmp/replay" "$tmp"
assert_match "$err" "$tmp: is not a file" 'a folder'
run_expect 2 "$tmp/replay" "$tmp/none.rec"
assert_match "$err" "$tmp/none.rec: cannot be read: No such file" 'none'
run_expect 1 "$engine" -r "$tmp/rules.yaml" -o engine.kind=replay
assert_match "$err" 'expected engine.replay.capture_file to name a capture' 'no name'
run_expect 1 "$engine" -r "$tmp/rules.yaml" --dry-run -o engine.embedded.record_max=12
assert_match "$err" 'record_max is 12, expected a size of at least 1M' 'too small'
run_expect 1 "$engine" -r "$tmp/rules.yaml" --dry-run -o engine.embedded.profile_detail=all
assert_match "$err" 'profile_detail' 'no such detail'

finish
