#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune explain as a user sees it: terms, lists, formats, suggestions and exit codes.
set -u
bin=$FALCOTUNE_BIN/falcotune
failed=0

# expect CODE PATTERN ARGUMENT...
expect()
{
	local code=$1 pattern=$2 out rc
	shift 2
	out=$("$bin" explain "$@" 2>&1)
	rc=$?
	[ $rc -eq "$code" ] || { echo "FAILED: $*: exit $rc, expected $code: $out"; failed=1; }
	grep -q -- "$pattern" <<< "$out" || { echo "FAILED: $*: no '$pattern' in: $out"; failed=1; }
}

expect 0 '^scap.n_drops (metric)' scap.n_drops
expect 0 '8 MiB (8388608 bytes)' preset 4
expect 0 'repair  *always added' execve
expect 0 'evt.type selects  *none' pread64
expect 0 '^FT001 (lint, no-event-type)' FT001
expect 0 '^FC301 (trap)' FC301
expect 0 'severity  *error' fc104
expect 0 '^LOAD_NO_EVTTYPE (code)' LOAD_NO_EVTTYPE
expect 0 'lever' UNFIXABLE
expect 0 '"kind": "syscall"' openat --format json
expect 0 '^verdict  *HEALTHY' --list verdict
expect 0 '^exit  *143' --list
expect 2 'did you mean openat' opennat
expect 2 "unknown term 'nosuch'" nosuch
expect 2 'expected a TERM' # nothing
expect 2 "no kind 'nosuch'" --list nosuch
expect 2 'one too many' --list lint metric

# Every code that a command can print has an entry.
n=0
for code in $(grep -ohE '"(LOAD_[A-Z_]+[A-Z]|F[CT][0-9]{3})"' "$FALCOTUNE_SOURCE"/src/{rules,lint,config}/*.[ch] | tr -d '"' | sort -u); do
	n=$((n + 1))
	"$bin" explain "$code" > /dev/null 2>&1 || { echo "FAILED: no entry for $code"; failed=1; }
done
[ $n -gt 80 ] || { echo "FAILED: only $n codes found"; failed=1; }
for verdict in HEALTHY SUSTAINED BURST OUTPUT THROTTLED STARVED START-UP STATE PLUGIN UNFIXABLE; do
	expect 0 "^$verdict (verdict)" $verdict
done
expect 0 "^headroom (option)" headroom
echo "note: falcotune explain knows all $n codes of findings, lints and traps"

# Answers are on standard output, and JSON is whole.
[ -z "$("$bin" explain openat 2>&1 >/dev/null)" ] || { echo "FAILED: text on stderr"; failed=1; }
if command -v python3 > /dev/null; then
	"$bin" explain --list --format json | python3 -c '
import json, sys
rows = json.load(sys.stdin)
kinds = {r["kind"] for r in rows}
assert kinds == {"metric", "drop", "syscall", "option", "preset", "lint", "trap", "code", "verdict", "term", "exit"}, kinds
assert all(r["term"] and r["summary"] for r in rows)' || failed=1
fi
exit $failed
