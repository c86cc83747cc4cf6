#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-load: the command line and wrong profiles. Nothing here starts a load.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
load=$FALCOTUNE_BIN/falcotune-load
export TMPDIR=$tmp/t
mkdir "$TMPDIR"

run_expect 0 "$load" --help
assert_match "$out" '^Usage: falcotune-load' "help"
run_expect 0 "$load" --version
assert_match "$out" '^falcotune-load [0-9]' "version"

run_expect 0 "$load" --list
for id in quick mixed spawn-heavy network files storm bursts; do
	assert_match "$out" "(^|
)$id +[A-Z]" "--list"
	"$load" --profile $id --check >"$tmp/check" 2>&1 || fail "--check of $id: $(cat "$tmp/check")"
done

# mixed is the documented mix.
run_expect 0 "$load" --profile mixed --check
assert_match "$out" 'execve +1000
' "mixed: 1,000 execve"
assert_match "$out" 'openat +50k
' "mixed: 50,000 openat"
assert_match "$out" 'accept4 +2000
' "mixed: 2,000 connections"
assert_match "$out" 'read +100k
' "mixed: 100,000 reads"
run_expect 0 "$load" --profile mixed --scale 0.5 --check
assert_match "$out" 'openat +25k
' "--scale"

# bad PLACE TEXT WORDS: exit 2, the message begins with the file's place and holds the words.
bad() {
	printf '%b' "$2" >"$tmp/p.yaml"
	run_expect 2 "$load" --profile "$tmp/p.yaml" --check
	assert_match "$err" "p.yaml:$1: .*$3" "message"
	assert_eq "$out" "" "nothing on standard output"
	run_expect 2 "$load" --profile "$tmp/p.yaml" --duration 100ms
	assert_match "$err" "p.yaml:$1: .*$3" "message"
}
head='id: a\ntitle: b\nworkers:\n'
bad 1:1 '' 'expected one load profile'
bad '2:[0-9]+' 'id: a\n\ttitle: b\n' ''
bad 3:1 'id: a\ntitle: b\nspeed: 3\n' 'unknown key speed'
bad 3:10 'id: a\ntitle: b\nworkers: []\n' 'at least one worker'
bad 4:5 "$head  - {rate: 3}\n" 'without operation or exec'
bad 4:5 "$head  - {operation: open}\n" 'without rate'
bad 4:16 "$head  - operation: dance\n" 'unknown operation dance, expected one of spawn'
bad 5:11 "$head  - operation: open\n    rate: often\n" 'rate is often'
bad 6:15 "$head  - operation: open\n    rate: 3\n    duration: -3s\n" 'expected a duration'
bad 5:5 "$head  - operation: open\n    colour: 3\n" 'unknown key colour'
bad 4:11 "$head  - exec: ls -l\n" 'expected a list'

# ---- replay of a host's mix ----
cat >"$tmp/host.json" <<'J'
{"schema": 1, "hostname": "a-host", "seconds": 10, "bin_s": 1, "n_bins": 0, "calls": [
 {"name": "openat", "per_s": 500, "failed_per_s": 100, "bins": []},
 {"name": "close", "per_s": 400, "failed_per_s": 0, "bins": []},
 {"name": "io_uring_enter", "per_s": 100, "failed_per_s": 0, "bins": []}]}
J
run_expect 0 "$load" --replay "$tmp/host.json" --scale 2 --check
assert_match "$out" '^replay: Mix of a-host' "replay"
assert_match "$out" 'replay-open-missing open-missing 200/s' "failed opens are opens that fail"
assert_match "$out" 'openat +1000
' "scaled"
assert_match "$out" '10.0% cannot be reproduced' "the share that is missing"
assert_match "$out" 'io_uring_enter +200 asked, 0 made' "which call is missing"
printf 'id: r\ntitle: R\nreplay: host.json\nscale: 0.5\nworkers: [{operation: stat, rate: 7}]\n' >"$tmp/p.yaml"
run_expect 0 "$load" --profile "$tmp/p.yaml" --check
assert_match "$out" 'openat +250
' "replay in a profile, beside workers"
assert_match "$out" 'newfstatat +7
' "its other workers"
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 300ms --interval 0
assert_match "$out" '"replay":\{"file":"[^"]*host.json","hostname":"a-host","scale":0.5' "end record"
bad 3:9 'id: r\ntitle: R\nreplay: none.json\n' 'none.json'
bad 3:8 'id: r\ntitle: R\nscale: 2\nworkers: [{operation: stat, rate: 7}]\n' 'scale without replay'
bad 4:8 'id: r\ntitle: R\nreplay: host.json\nscale: 0\n' 'scale'
run_expect 2 "$load" --replay "$tmp/host.json" --profile quick
assert_match "$err" "cannot be combined" "--replay and --profile"
# The sleeps between the operations are calls of the kind that the mix has too: they are not made twice.
cat >"$tmp/sleepy.json" <<'J'
{"schema": 1, "hostname": "sleepy", "seconds": 10, "bin_s": 1, "n_bins": 0, "calls": [
 {"name": "clock_nanosleep", "per_s": 300, "failed_per_s": 0, "bins": []},
 {"name": "getppid", "per_s": 100, "failed_per_s": 0, "bins": []},
 {"name": "tgkill", "per_s": 100, "failed_per_s": 0, "bins": []}]}
J
run_expect 0 "$load" --replay "$tmp/sleepy.json" --check
assert_match "$out" 'replay-clock-sleep clock-sleep 50/s' "100 sleeps for others, and 50 for 50 of its own"
assert_match "$out" '250/s of clock_nanosleep are the sleeps between its operations' "which of them are the pacing's"
run_expect 0 "$load" --replay "$tmp/sleepy.json" --duration 2s --interval 0
assert_true "sleeps of the mix and of the pacing are those that were asked for" python3 -c '
import json, sys
calls = json.loads(sys.argv[1].splitlines()[-1])["syscalls"]
print("note: 600 sleeps asked for,", calls["clock_nanosleep"], "made")
sys.exit(not 150 < calls["clock_nanosleep"] < 700)' "$out"
echo '{"schema": 1}' >"$tmp/host.json"
run_expect 2 "$load" --replay "$tmp/host.json"
assert_match "$err" 'host.json' "no profile of a host"

run_expect 2 "$load" --profile no-such-profile
assert_match "$err" "no-such-profile.*quick" "unknown id"
run_expect 2 "$load" --profile "$tmp/none.yaml"
assert_match "$err" "none.yaml" "missing file"
run_expect 2 "$load" --profile "$tmp"
run_expect 2 "$load" --duration soon
assert_match "$err" "duration" "bad duration"
run_expect 2 "$load" --scale -1
assert_match "$err" "scale" "bad scale"
run_expect 2 "$load" --interval 1ms
run_expect 2 "$load" --what
run_expect 2 "$load" quick
assert_match "$err" "operand 'quick'" "operand"
run_expect 2 "$load" --report "$tmp/no/where" --duration 100ms
assert_match "$err" "no/where" "unwritable report"

# A program that is not there is the host's fault, not the profile's.
printf "$head"'  - exec: [falcotune-no-such-program]\n' >"$tmp/p.yaml"
run_expect 0 "$load" --profile "$tmp/p.yaml" --check
run_expect 3 "$load" --profile "$tmp/p.yaml" --duration 100ms
assert_match "$err" "falcotune-no-such-program" "missing program"
TMPDIR=$tmp/nowhere run_expect 3 "$load" --duration 100ms
assert_match "$err" "nowhere" "no folder for temporary files"

assert_eq "$(ls -A "$TMPDIR")" "" "left behind in TMPDIR"
finish
