#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run --search and --sweep buffers on the embedded engine: a consumer that is paced so that
# the rules on opened files are too much for it, and only these are given up; a burst that a small
# buffer loses and a large one bridges.
#
# What is dropped is arithmetic: the pace of the consumer, the size of the buffers and the number of calls are
# given, and every bound is far from what comes, whether the host is fast or slow, quiet or busy. Each part may
# be tried again.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command run
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=200
go_first
json() { /usr/bin/python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$@"; }
valid() {
	run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/$1.schema.json" "$2"
}

# ---- search: 40,000 opens a second, for 20,000 events that the consumer takes at most; without them, 3 % of
# that. An open that fails is an open only, no close. chmod is a call that hardly anything else on a host makes. ----
cat >rules.yaml <<'Y'
- rule: Program started
  desc: d
  condition: evt.type in (execve, execveat) and proc.name=falcotune-none
  output: started %proc.name
  priority: NOTICE
- rule: File opened
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name=/falcotune-none
  output: opened %fd.name
  priority: NOTICE
- rule: Sensitive file read
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name=/falcotune-nothing
  output: read %fd.name
  priority: CRITICAL
- rule: Mode changed
  desc: d
  condition: evt.type=chmod and proc.name=falcotune-none
  output: mode by %proc.name
  priority: WARNING
Y
cat >load.yaml <<'Y'
id: opens
title: 40,000 opens, 500 chmods and 10 processes a second
workers:
  - operation: open-missing
    rate: 40000
  - operation: chmod
    rate: 500
  - operation: spawn
    rate: 10
Y
for try in 1 2; do
	timeout 150 "${first[@]}" "$ft" run --search --engine embedded -r rules.yaml --load ./load.yaml --duration 2s \
		--repeats 1 --warmup 1s --max-drop 5% -o engine.modern_ebpf.buf_size_preset=1 \
		-o engine.modern_ebpf.cpus_for_each_buffer=0 \
		-o engine.embedded.consumer_ns_per_event=50000 --out "q$try" --format json >q.json 2>q.err
	code=$?
	[[ $code != 3 ]] || skip "$(tail -1 q.err)"
	got=$(json q.json 'd["state"], d["result"] and d["result"]["disabled"]')
	echo "note: search: $(json q.json '"; ".join("%s %d rules: %.0f events/s, dropped %.1f%%" % (s["kind"], s["rules_kept"], s["measured"]["evts_per_s"], 100 * s["measured"]["drop_rate"]) for s in d["steps"])')"
	[[ $got == "('found', ['File opened', 'Sensitive file read'])" ]] && break
done
assert_eq "$got" "('found', ['File opened', 'Sensitive file read'])" "just the rules on opened files go"
assert_eq "$code" 0 "exit code"
assert_eq "$(json q.json 'd["result"]["verified"], all(s["dry_run_agrees"] for s in d["steps"])')" "(True, True)" "dry runs"
assert_eq "$(json q.json '"openat" in d["result"]["custom_set"], "chmod" in d["result"]["custom_set"]')" "(False, True)" "custom_set"
assert_eq "$(json q.json 'd["configuration"]["rates_from"]')" "what the load did in the first run" "rates"
assert_eq "$(json q.json 'd["engine"]["embedded"]')" True "marked as the embedded engine's"
valid search q.json

# ---- sweep: each second a burst of 6,000 chmods of a path of 800 bytes: more than 5 MB, for which the consumer
# needs 0.6 s. 1 MiB holds a fifth of them, and while a burst lasts the consumer takes another sixth (if it lasts
# no longer than it should: it may be four times as long before nothing is dropped). 32 MiB hold six of these
# bursts even if none is taken. Seconds without a burst would not tell the settings apart. ----
cat >chmod.yaml <<'Y'
id: chmod
base_syscalls:
  custom_set: [chmod]
Y
cat >bursts.yaml <<'Y'
id: bursts-of-chmods
title: 6,000 chmods in 100 ms of each second
workers:
  - operation: chmod
    rate: 60000
    arrival: {pattern: bursts, on: 100ms, off: 900ms, off_rate: 0}
Y
long=$tmp/$(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..200})/$(printf 'f%.0s' {1..200})/$(printf 'g%.0s' {1..160})
mkdir -p "$long"
for try in 1 2; do
	TMPDIR=$long timeout 100 "${first[@]}" "$ft" run --sweep buffers --engine embedded --cases ./chmod.yaml --load ./bursts.yaml \
		--presets 1,6 --cpus-for-each-buffer 0 --duration 6s --warmup 1s --cpus 64 \
		-o engine.embedded.consumer_ns_per_event=100000 --out "s$try" --format json >s.json 2>s.err
	code=$?
	echo "note: sweep: $(json s.json '"; ".join("%s %.1f%% (%.1f to %.1f)" % (p["name"], *(100 * p["measured"][k] for k in ("drop_rate", "drop_lo", "drop_hi"))) for p in d["points"])')"
	[[ $(json s.json '[p["name"] for p in d["points"] if p["chosen"]]') == "['p6-c0']" ]] && break
done
assert_eq "$code" 0 "exit code of the sweep"
assert_eq "$(json s.json '[p["name"] for p in d["points"] if p["chosen"]]')" "['p6-c0']" "the larger buffer bridges the burst"
assert_true "the small one drops" test "$(json s.json 'next(p["measured"]["drop_rate"] for p in d["points"] if p["name"] == "p1-c0") > 0.1')" = True
assert_eq "$(json s.json 'sorted(p["name"] for p in d["points"] if p["front"])')" "['p1-c0', 'p6-c0']" "both on the front: one drops less, one takes less"
valid sweep s.json

left=
for p in /proc/[0-9]*; do
	[[ $(readlink "$p/exe") == */falcotune-* ]] && tr '\0' ' ' <"$p/cmdline" | grep -q "$tmp" && left+=" ${p#/proc/}"
done
assert_eq "$left" "" "processes"

finish
