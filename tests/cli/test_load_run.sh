#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-load: short real runs. The records, the rates, stopping, and what is left behind.
# Runs alone: another load would clean up the folder of a killed one.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
load=$FALCOTUNE_BIN/falcotune-load
export TMPDIR=$tmp/t
mkdir "$TMPDIR"
go_first

# check NAME PYTHON: the expression must hold; r is the list of records, end the last one, w its
# workers by name.
check() {
	checks=$((checks + 1))
	python3 - "$tmp/report" "$2" <<'PY' || fail "$1"
import json, sys
r = [json.loads(line) for line in open(sys.argv[1])]
end = r[-1]
w = {x["name"]: x for x in end.get("workers", [])}
ok = eval("(" + sys.argv[2] + ")", {"r": r, "end": end, "w": w})
if not ok:
    print(json.dumps(end, indent=1)[:4000], file=sys.stderr)
sys.exit(not ok)
PY
}
clean() { assert_eq "$(ls -A "$TMPDIR")" "" "left behind in TMPDIR after $1"; }
profile() { printf 'id: p\ntitle: p\nworkers: [%s]\n' "$1" >"$tmp/p.yaml"; }

# ---- a paced run of every operation ----
cat >"$tmp/p.yaml" <<-'Y'
	id: every
	title: Every operation
	duration: 3s
	workers:
	  - {operation: spawn, rate: 100}
	  - {operation: open, rate: 10000, threads: 2}
	  - {operation: accept, rate: 500}
	  - {operation: connect, rate: 500}
	  - {operation: readwrite, rate: 10000}
	  - {operation: stat, rate: 333.3}
	  - {name: later, operation: stat, rate: 100, after: 1s, duration: 1s}
Y
run_expect 0 "${first[@]}" "$load" --profile "$tmp/p.yaml" --report "$tmp/report" --interval 500ms
assert_eq "$out$err" "" "said nothing but the report"
check "order of the records" \
	'[x["type"] for x in r][:3] == ["ready", "start", "tick"] and end["type"] == "end" and
	 sum(x["type"] == "tick" for x in r) in (4, 5)'
check "times rise" 'all(a["t"] <= b["t"] for a, b in zip(r, r[1:]))'
check "ready says who" 'r[0]["profile"] == "every" and r[0]["pid"] > 1 and r[0]["duration_s"] == 3'
check "rate error below 1 %" \
	'all(abs(x["achieved_per_s"] / x["requested_per_s"] - 1) < 0.01 for x in end["workers"])'
check "no errors" 'all(x["errors"] == 0 for x in end["workers"])'
check "it lasted as long as asked" '3 <= end["elapsed_s"] < 4 and end["reason"] == "duration"'
check "later worked for its second" 'abs(w["later"]["active_s"] - 1) < 0.03 and w["later"]["ops"] == 100'
check "ticks count up" \
	'(lambda t: all(a["ops"] <= b["ops"] for x, y in zip(t, t[1:])
	  for a, b in zip(x["workers"], y["workers"])) and t[1]["workers"][1]["ops"] > 0)
	 ([x for x in r if x["type"] == "tick"])'
check "totals follow from the operations" \
	'end["syscalls"]["openat"] == w["open"]["ops"] and
	 end["syscalls"]["execve"] == end["syscalls"]["procexit"] == w["spawn"]["ops"] and
	 end["syscalls"]["clone3"] in (2 * w["spawn"]["ops"], w["spawn"]["ops"]) and
	 end["syscalls"]["connect"] == w["accept"]["ops"] + w["connect"]["ops"] and
	 end["syscalls"]["close"] == w["open"]["ops"] + 2 * end["syscalls"]["accept4"] and
	 end["syscalls"]["newfstatat"] == w["stat"]["ops"] + w["later"]["ops"]'
check "response is never below service" \
	'all(x["response_ns"]["mean"] >= x["service_ns"]["mean"] and x["lag_ns_max"] >= 0
	     for x in end["workers"])'
check "truth is known" 'end["truth"] == "known"'
clean "a whole run"

# ---- max mode, scale, report on standard output ----
profile '{operation: open, rate: max, threads: 2}, {operation: stat, rate: 100}'
run_expect 0 "${first[@]}" "$load" --profile "$tmp/p.yaml" --duration 1s --scale 3 --interval 0 --seed 7
cp "$tmp/out" "$tmp/report"
check "no ticks" '[x["type"] for x in r] == ["ready", "start", "end"]'
check "max has no requested rate" \
	'w["open"]["requested_per_s"] is None and w["open"]["response_ns"] is None and
	 w["open"]["lag_ns_max"] is None and w["open"]["ops"] > 20000'
check "scaled" 'w["stat"]["requested_per_s"] == 300 and abs(w["stat"]["ops"] - 300) <= 60'
check "on record" 'end["seed"] == 7 and end["scale"] == 3'
clean "max mode"

# ---- stopping ----
# launch ARGUMENTS: in the background as $pid, its report in $tmp/report.
launch() {
	rm -f "$tmp/report"
	: >"$tmp/report"
	"${first[@]}" "$load" --report "$tmp/report" "$@" 2>"$tmp/err" &
	pid=$!
}
# reached TYPE: wait for that record (not longer than the program lives, or 30 s).
reached() { timeout 30 tail -n +1 -s 0.02 -f --pid="$pid" "$tmp/report" | grep -q -m1 "\"type\":\"$1\""; }
# ended CODE WHAT: wait for its end.
ended() {
	wait "$pid"
	assert_eq $? "$1" "exit code $2"
}

for how in "INT 130" "TERM 143" "HUP 129"; do
	read -r sig code <<<"$how"
	launch --profile quick --duration 0
	reached start
	assert_match "$(ls "$TMPDIR")" "^falcotune-load\.$pid\.[A-Za-z0-9]+$" "name of the folder"
	kill -"$sig" "$pid"
	ended "$code" "after SIG$sig"
	check "end record after SIG$sig" "end['type'] == 'end' and end['reason'] == 'SIG$sig'"
	clean "SIG$sig"
done

# Workers that sleep for long are woken.
profile '{operation: stat, rate: 0.001}, {operation: stat, rate: 1, after: 1h}'
launch --profile "$tmp/p.yaml" --duration 0
reached start
kill -INT "$pid"
ended 130 "of a sleeping load"
check "it stopped at once" 'end["elapsed_s"] < 10 and w["stat-2"]["ops"] == 0'

# ---- --wait-start ----
launch --profile quick --duration 300ms --wait-start
reached ready
kill -USR1 "$pid"
ended 0 "with --wait-start"
check "started by SIGUSR1" '[x["type"] for x in r] == ["ready", "start", "end"]'
launch --profile quick --wait-start
reached ready
kill -TERM "$pid"
ended 143 "when stopped before the start"
check "nothing was done" \
	'[x["type"] for x in r] == ["ready", "end"] and all(x["ops"] == 0 for x in end["workers"])'
clean "--wait-start"

# ---- what a crash left behind ----
launch --profile quick --duration 0
reached start
crashed=$pid
kill -KILL "$crashed"
{ wait "$crashed"; } 2>/dev/null
mkdir "$TMPDIR/falcotune-load.notapid.x" "$TMPDIR/falcotune-load.1.x"
assert_eq "$(ls "$TMPDIR" | grep -c "^falcotune-load\.$crashed\.")" 1 "a crash leaves its folder"
launch --profile quick --duration 0
reached start
assert_eq "$(ls "$TMPDIR" | grep -c "^falcotune-load\.$crashed\.")" 0 "the dead one's folder"
run_expect 0 "$load" --profile quick --duration 100ms --report /dev/null
assert_eq "$(ls "$TMPDIR" | grep -c "^falcotune-load\.$pid\.")" 1 "the live one's folder"
kill -INT "$pid"
ended 130 "beside another load"
rmdir "$TMPDIR/falcotune-load.notapid.x" "$TMPDIR/falcotune-load.1.x" || fail "other folders were touched"
clean "a crash"

# ---- operations that fail ----
profile '{operation: open, rate: 1000}, {operation: stat, rate: 1000}'
launch --profile "$tmp/p.yaml" --duration 1s --wait-start
reached ready
rm "$TMPDIR"/falcotune-load.*/*
kill -USR1 "$pid"
ended 0 "with failing operations"
check "errors are counted apart" \
	'all(x["ops"] == 0 and abs(x["errors"] - 1000) <= 100 for x in end["workers"])'
check "and their calls too" \
	'end["syscalls"]["openat"] == w["open"]["errors"] and "close" not in end["syscalls"] and
	 end["syscalls"]["newfstatat"] == w["stat"]["errors"]'

# ---- external programs ----
cat >"$tmp/prog" <<-'P'
	#!/bin/sh
	sleep 1000 &
	echo $$ $! $(cut -d' ' -f5 /proc/$$/stat) >"$1"
	echo on-stdout
	wait
P
chmod +x "$tmp/prog"
profile "{operation: stat, rate: 100}, {exec: [$tmp/prog, $tmp/pids]},
	{name: no, exec: [/bin/sh, -c, 'exit 3']}"
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 1s --report "$tmp/report"
read -r leader child group <"$tmp/pids" || fail "the program did not run"
assert_eq "$group" "$leader" "a process group of its own"
gone() { [[ ! -d /proc/$1 || $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) == [ZX] ]]; }
assert_true "the program is gone" gone "$leader"
assert_true "and its child" gone "$child"
assert_match "$err" "on-stdout" "its output is on standard error"
check "its system calls are not known" \
	'end["truth"] == "unknown" and w["exec"]["syscalls"] is None and w["exec"]["ops"] is None and
	 w["exec"]["syscalls_per_op"] is None and w["exec"]["errors"] == 0 and w["exec"]["exit"] is None and
	 end["syscalls"]["newfstatat"] == w["stat"]["ops"]'
check "a program that failed is an error" 'w["no"]["errors"] == 1 and w["no"]["exit"] == {"status": 3}'
clean "external programs"

# ---- what a program says of its own throughput ----
cat >"$tmp/bench" <<-'P'
	#!/bin/sh
	trap 'echo "total: 99 things/s" >&2; exit 0' TERM
	echo "round 1: 100 things/s"
	echo "round 2: 200 things/s"
	echo "round 3: lots of things/s"
	while :; do sleep 0.1; done
P
chmod +x "$tmp/bench"
profile "{name: mine, exec: [$tmp/bench], throughput: ': ([0-9.]+) things/s', unit: things/s},
	{name: mute, exec: [sleep, '60'], throughput: '(x[0-9]+)'}, {operation: stat, rate: 100}"
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 1s --interval 500ms --report "$tmp/report"
assert_match "$err" "round 3: lots" "the output is passed on"
check "its word, on the way and at the end, and both of its outputs" \
	'w["mine"]["said"] == {"n": 3, "last": 99, "mean": 133, "unreadable": 0} and
	 w["mine"]["achieved_per_s"] == 133 and w["mine"]["unit"] == "things/s" and
	 w["mine"]["ops"] is None and w["mine"]["errors"] == 0 and
	 [x["workers"][0]["said_per_s"] for x in r if x["type"] == "tick"][-1] == 200'
check "one that says nothing" \
	'w["mute"]["achieved_per_s"] is None and w["mute"]["said"]["n"] == 0 and
	 w["mute"]["unit"] == "operations/s" and "said" not in w["stat"]'
clean "programs that are asked"
if command -v stress-ng >/dev/null; then
	profile "{exec: [stress-ng, --pipe, '1', --metrics-brief], unit: bogo ops/s,
		throughput: '[]] pipe +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +([0-9.]+)'}"
	run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 3s --report "$tmp/report"
	check "stress-ng says what it did" 'w["exec"]["said"]["n"] == 1 and w["exec"]["achieved_per_s"] > 1000'
	clean "stress-ng"
else
	echo "note: stress-ng is not here, its throughput was not read"
fi

# One that does not heed SIGTERM is killed after 5 s.
profile "{exec: [/bin/sh, -c, 'trap \"\" TERM; echo \$\$ >$tmp/pids; while :; do sleep 1; done']}"
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 500ms --report "$tmp/report"
assert_true "a stubborn program is gone" gone "$(cat "$tmp/pids")"
check "it was given its time" '(r[-1]["t"] - r[1]["t"]) / 1e9 > 5'

# ---- a reader that goes away ----
"$load" --profile quick --duration 20s --interval 20ms 2>"$tmp/err" | head -n 3 >/dev/null
assert_eq "${PIPESTATUS[0]}" 3 "exit code without a reader"
clean "a reader that went away"

finish
