#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A recording of live events: replayed, it gives the same alerts, byte for byte; the profile of the
# live run adds up.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
engine=$FALCOTUNE_BIN/falcotune-engine
[[ -x $engine ]] || skip "the embedded engine was not built"
[[ $(id -u) = 0 ]] || skip "needs root"
[[ -r /sys/kernel/btf/vmlinux ]] || skip "needs BTF"

cat >"$tmp/rules.yaml" <<'END'
- rule: Marked file
  desc: a file of the test is opened
  condition: evt.type in (open, openat, openat2) and fd.name startswith MARK and proc.name != nobody
  output: file %fd.name of %proc.cmdline from %proc.pname %proc.exepath %user.uid %evt.num
  priority: NOTICE
- rule: Marked process
  desc: the test's own program starts
  condition: evt.type in (execve, execveat) and proc.name = marked-cat
  output: start %proc.cmdline from %proc.pname
  priority: WARNING
- rule: Marked file closed
  desc: a file of the test is closed
  condition: evt.type = close and fd.name startswith MARK
  output: closed %fd.name of %proc.cmdline %proc.pid
  priority: INFO
END
sed -i "s|MARK|$tmp/mark|" "$tmp/rules.yaml"
cp "$(command -v cat)" "$tmp/marked-cat"
echo x >"$tmp/mark-1"
exec 7<"$tmp/mark-1" # open before the engine looks at /proc

"$engine" -r "$tmp/rules.yaml" -o engine.embedded.record="$tmp/a.rec" -M 60 \
	-o engine.embedded.profile="$tmp/live.json" -o json_output=true >"$tmp/live" 2>"$tmp/live.err" &
pid=$!
stop_engine() { kill "$pid" 2>/dev/null; }
at_exit stop_engine
for _ in $(seq 600); do
	"$tmp/marked-cat" "$tmp/mark-1" >/dev/null
	grep -q 'Marked process' "$tmp/live" && break
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.05
done
exec 7<&-
for _ in 1 2 3 4 5; do "$tmp/marked-cat" "$tmp/mark-1" >/dev/null; done
kill -INT "$pid"
wait "$pid"
rc=$?
if [[ $rc = 3 ]] && ! grep -q 'Recording events' "$tmp/live.err"; then
	skip "$(tail -1 "$tmp/live.err")"
fi
assert_eq "$rc" 0 'the live run ends well'
assert_match "$(cat "$tmp/live.err")" "[0-9]+ events recorded in $tmp/a.rec" 'says how much'
assert_no_match "$(cat "$tmp/live.err")" 'could not be recorded' 'nothing is missing'
assert_match "$(cat "$tmp/live")" "Marked file closed.*$tmp/mark-1 of (bash|test_record)" 'a file from before the start'

for i in 1 2 3; do
	run_expect 0 "$engine" -r "$tmp/rules.yaml" -o engine.kind=replay -o json_output=true \
		-o engine.replay.capture_file="$tmp/a.rec" -o engine.embedded.profile="$tmp/p.json"
	assert_true "replay $i gives the live alerts" cmp -s "$tmp/out" "$tmp/live"
done
for f in live p; do
	python3 "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/profile.schema.json" \
		"$tmp/$f.json" >"$tmp/faults" || [[ $? = 77 ]] || fail "$f.json: $(cat "$tmp/faults")"
done
assert_eq "$(python3 - "$tmp/live.json" "$tmp/p.json" <<'END'
import json, sys
live, again = (json.load(open(p, encoding="utf-8")) for p in sys.argv[1:])
window = sum(c["sum_ns"] for c in live["tree"]["children"])
assert abs(window - live["window_ns"]) < 1e-6 * window, window
phase = {p["id"]: p["time"] for p in live["phases"]}
assert phase["empty_poll"]["count"] == phase["sleep"]["count"] > 0, phase["sleep"]
assert phase["read"]["count"] == phase["state"]["count"] == live["events"]["seen"]
assert live["events"]["kernel_drops"] == 0 and live["source"]["kind"] == "live"
for key in ("seen", "own", "without_rules", "evaluated", "broken"):
    assert live["events"][key] == again["events"][key], key
assert [r["totals"]["checks"] for r in live["rules"]] == [r["totals"]["checks"] for r in again["rules"]]
print("fine")
END
)" fine 'the live profile adds up and has the counts of the replay'
finish
