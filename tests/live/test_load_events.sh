#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What falcotune-load says it sent is what the capture core counts: every event of every operation,
# less those of the same load stopped before its start.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
core=$FALCOTUNE_BIN/bench-capture
[[ $(id -u) == 0 ]] || skip "needs root"
[[ -x $core ]] || skip "built without the embedded engine"
export TMPDIR=$tmp/t
mkdir "$TMPDIR"
# Executables of its own, by which it is told apart from another load on this host.
mkdir "$tmp/bin"
cp "$FALCOTUNE_BIN/falcotune-load" "$FALCOTUNE_BIN/falcotune-true" "$tmp/bin/"
load=$tmp/bin/falcotune-load
pid=
stop_core() { [[ -z $pid ]] || kill -INT $pid 2>/dev/null; }
at_exit stop_core

# x86_64 numbers; 511 is procexit.
set=56,435,59,257,3,41,42,288
begin() {
	: >"$tmp/core"
	"$core" --preset 7 --set $set --under "$tmp/bin/" >"$tmp/core" 2>"$tmp/core.err" &
	pid=$!
	until grep -q ready "$tmp/core"; do
		if ! kill -0 $pid 2>/dev/null; then
			pid=
			grep -q 'no BPF\|no BTF\|no CAP\|did not take' "$tmp/core.err" &&
				skip "$(head -1 "$tmp/core.err")"
			die "$(cat "$tmp/core.err")"
		fi
		sleep 0.02
	done
}
end() {
	kill -INT $pid
	wait $pid
	pid=
	tail -1 "$tmp/core" >"$1"
}

printf 'id: t\ntitle: t\nworkers: [{operation: spawn, rate: 100}, {operation: open, rate: 20000},
	{operation: accept, rate: 300}, {operation: connect, rate: 500, threads: 2}]\n' >"$tmp/p.yaml"
idle() { # set up, and stopped before the start
	"$load" --profile "$tmp/p.yaml" --wait-start --report "$tmp/idle" &
	local p=$!
	until grep -q ready "$tmp/idle" 2>/dev/null; do sleep 0.02; done
	kill -TERM $p
	wait $p
	rm "$tmp/idle"
}

begin
idle
end "$tmp/base"
begin
run_expect 0 "$load" --profile "$tmp/p.yaml" --duration 2s --report "$tmp/report"
end "$tmp/full"

checks=$((checks + 1))
python3 - "$tmp" <<'PY' || fail "events sent and seen differ"
import json, sys

NAMES = {"56": "clone", "435": "clone3", "59": "execve", "257": "openat", "3": "close",
         "41": "socket", "42": "connect", "288": "accept4", "511": "procexit"}
base, full = (json.load(open(f"{sys.argv[1]}/{w}")) for w in ("base", "full"))
end = json.loads(open(f"{sys.argv[1]}/report").read().splitlines()[-1])
assert full["n_drops"] == 0, "the capture dropped events: not comparable"
bad = False
for nr, name in NAMES.items():
    seen = full["seen"].get(nr, 0) - base["seen"].get(nr, 0)
    said = end["syscalls"].get(name, 0)
    if seen != said:
        bad = True
        print(f"{name}: said {said}, seen {seen}", file=sys.stderr)
sys.exit(bad)
PY
finish
