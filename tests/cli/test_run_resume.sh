#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Interrupted and killed runs, with the engine that replays: what is complete is ranked, --resume
# finishes the rest, and the next start removes what was left.
# Runs alone: the start of any other run would clean up what it leaves behind.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=100
args=(--engine "$fake" --cases open --cases repair --duration 1s --warmup 1s --repeats 1 --load quick)

pid=
stray=
stop_all() { kill ${pid:+$pid} ${stray:+$stray} 2>/dev/null; }
at_exit stop_all

# wait_for FILE REGEX: until a line of the file matches (30 s at most).
wait_for() {
	local i
	for ((i = 0; i < 600; i++)); do
		grep -qsE "$2" "$1" && return
		sleep 0.05
	done
	die "$1 never had a line '$2'"
}

# ---- SIGINT and SIGTERM, after the first case ----
for sig in INT TERM; do
	"$ft" run "${args[@]}" --out "i$sig" >"o$sig" 2>"e$sig" &
	pid=$!
	wait_for "i$sig/journal.jsonl" '"event":"repeat",'
	SECONDS=0
	kill -$sig $pid
	wait $pid
	code=$?
	assert_eq $code $((128 + $(kill -l $sig))) "exit code after SIG$sig"
	assert_true "stops at once ($SECONDS s)" test $SECONDS -le 5
	assert_eq "$(json "i$sig/results.json" 'd["configuration"]["interrupted"]')" True "interrupted"
	assert_eq "$(json "i$sig/results.json" 'len(d["ranking"])')" 1 "what is complete is ranked"
	assert_match "$(cat "e$sig")" "finish them with --resume" "hint"
	nothing_left "SIG$sig"
done
run_expect 0 "$ft" run --resume iINT
assert_match "$err" "resuming: 1 live runs are left" "resume"
assert_eq "$(json iINT/results.json 'len(d["ranking"])')" 2 "full result"
assert_eq "$(json iINT/results.json 'd["configuration"]["interrupted"]')" False "no longer interrupted"
assert_eq "$(grep -c '"event":"repeat",' iINT/journal.jsonl)" 2 "no repeat runs twice"

# ---- a finished run: the report again, nothing is run ----
before=$(wc -l <iINT/journal.jsonl)
run_expect 0 "$ft" run --resume iINT --format csv
assert_eq "$(grep -c '"event":"repeat-start"' iINT/journal.jsonl)" "$(grep -c repeat-start iINT/journal.jsonl)" "no new live run"
assert_true "the journal only grows" test "$(wc -l <iINT/journal.jsonl)" -gt "$before"

# ---- SIGKILL with a cut last line: the next start removes what was left ----
"$ft" run "${args[@]}" --out k >ok 2>ek &
pid=$!
wait_for k/journal.jsonl '"event":"repeat-start"'
load_pid() { json "$(our_records | head -1)" 'd.get("load", {}).get("pid", 0)'; }
until [[ $(load_pid) != 0 ]]; do sleep 0.05; done
load=$(load_pid)
kill -KILL $pid
wait $pid 2>/dev/null
assert_true "a record is there" test -n "$(our_records)"
# What the kernel does not kill with its parent: a stand-in for an engine in a place without
# PR_SET_PDEATHSIG. The load's folder stays behind in any case.
sleep 1000 &
stray=$!
disown $stray
start=$(awk '{ sub(/.*\) /, ""); print $20 }' /proc/$stray/stat)
record=$(our_records | head -1)
folder=$TMPDIR/falcotune-load.$load.stray
mkdir -p "$folder"
python3 - "$record" $stray "$start" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
d["engine"] = {"pid": int(sys.argv[2]), "start": int(sys.argv[3])}
json.dump(d, open(sys.argv[1], "w"))
P
printf '{"event":"repeat","case":"op' >>k/journal.jsonl
run_expect 0 "$ft" run --resume k
assert_match "$err" "removed what an earlier run left behind: engine $stray \(killed\)" "engine removed"
assert_match "$err" "folder of a load $folder" "folder of the load removed"
assert_true "it is gone" test ! -e /proc/$stray
assert_eq "$(json k/results.json 'sum(r["status"] == "ok" for c in d["cases"] for r in c["repeats"])')" 2 "full result"
run_expect 0 python3 -c 'import json; [json.loads(l) for l in open("k/journal.jsonl")]'
nothing_left "SIGKILL"

# ---- two at once in one folder ----
"$ft" run "${args[@]}" --out two >o2 2>e2 &
pid=$!
wait_for two/journal.jsonl '"event":"repeat-start"'
run_expect 3 "$ft" run --resume two
assert_match "$err" "another falcotune is running in this folder" "one owner"
assert_match "$err" "another run is measuring on this host: falcotune $pid" "a live run is named"
kill -INT $pid
wait $pid
nothing_left "two at once"
finish
