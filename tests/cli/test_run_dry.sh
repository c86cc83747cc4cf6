#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run without live runs: foreign engines by Falco's command line, agreement, command lines,
# usage errors.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake

# ---- six of six ----
run_expect 0 "$ft" run --engine "$fake" --dry-run-only --out r1
assert_match "$out" "6/6 final sets" "agreement"
assert_match "$err" "default +dry run: 65 syscalls, as predicted" "progress"
assert_eq "$(json r1/results.json 'd["engine"]["version"]')" "Falco version: 0.44.1" "version"
assert_eq "$(json r1/results.json 'all(c["agreement"] for c in d["cases"])')" True "agreement in JSON"
assert_eq "$(stat -c %a r1/results.json)" 644 "mode of results.json"
assert_eq "$(stat -c %a r1/cases/open/falco.yaml)" 600 "mode of the generated falco.yaml"
assert_true "log level" grep -q 'log_level: *"\?debug' r1/cases/open/falco.yaml
nothing_left "dry runs"

# The documents are valid by the schema that ships.
if [[ -f $FALCOTUNE_SOURCE/tests/validate.py ]]; then
	run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/results.schema.json" r1/results.json
fi
run_expect 0 "$ft" run --engine "$fake" --dry-run-only --out r2 --format json
assert_true "stdout is results.json" cmp -s "$tmp/out" r2/results.json

# ---- results/TIMESTAMP by default ----
run_expect 0 "$ft" run --engine "$fake" --dry-run-only --cases open
assert_match "$(ls results)" '^[0-9]{8}-[0-9]{6}$' "default folder"

# ---- a falco in PATH is used ----
mkdir bin && ln -s "$fake" bin/falco
PATH=$tmp/bin:$PATH run_expect 0 "$ft" run --dry-run-only --out r3
assert_match "$(json r3/results.json 'd["engine"]["path"]')" "/bin/falco" "engine from PATH"

# ---- disagreement is a finding ----
FAKE_FAULT=open:extra run_expect 1 "$ft" run --engine "$fake" --dry-run-only --out r4
assert_match "$err" "open +dry run: 12 syscalls, NOT as predicted; selected but not predicted: zz_not_predicted" \
	"both sides"
assert_eq "$(json r4/results.json 'case("open")["extra"]')" "['zz_not_predicted']" "extra in JSON"
assert_match "$out" "5/6 final sets" "agreement"

# ---- a dry run that goes wrong ----
while read -r fault regex; do
	FAKE_FAULT=open:$fault run_expect 1 "$ft" run --engine "$fake" --dry-run-only --timeout 2s --out "f-$fault"
	assert_match "$err" "open +dry run: failed: $regex" "$fault"
	assert_eq "$(json "f-$fault/results.json" 'sum(c["dry_status"] == "ok" for c in d["cases"])')" 5 \
		"$fault: the others go on"
	assert_true "$fault: log lines kept" test \
		"$(json "f-$fault/results.json" 'len(case("open")["dry_log_tail"]) <= 20')" = True
done <<'T'
exit the dry run exited with code 1: Error: the fake engine was told to fail
hang-dry the dry run did not end within 2 s
garbage the dry run's log has no line with the final set
cut the dry run's log contradicts itself
T
assert_eq "$(json f-exit/results.json 'case("open")["dry_log_tail"][-1]')" \
	"Error: the fake engine was told to fail" "last log line"
FAKE_FAULT=exit run_expect 3 "$ft" run --engine "$fake" --dry-run-only --out r5
assert_match "$err" "nothing could run: the dry run exited with code 1" "all failed"
nothing_left "faults"

# ---- command lines ----
run_expect 0 "$ft" run --engine "$fake" --print-commands --cases open --cases default --out nothing
assert_eq "$(wc -l <"$tmp/out")" 6 "three command lines a case"
assert_match "$out" "fake-engine -c $tmp/nothing/cases/open/falco.yaml -r [^ ]*dummy.yaml --dry-run" "command line"
assert_match "$out" "falcotune-load --profile mixed " "command line of the load"
assert_true "nothing is made" test ! -e nothing
# What is printed can be pasted.
FAKE_LOGS=$tmp/logs bash -c "$("$ft" run --engine "$fake" --print-commands --cases open --out r1 2>/dev/null | head -1)" \
	2>pasted.log
assert_true "pasted command line" grep -q "(11) syscalls selected" pasted.log

# ---- no engine ----
run_expect 3 "$ft" run --engine /nonexistent --out none
assert_match "$err" "no engine: /nonexistent is not an executable file" "no engine"
printf 'not a program' >noexec && chmod +x noexec
run_expect 3 "$ft" run --engine ./noexec --out none
assert_match "$err" "noexec.*cannot be executed" "no program"

# ---- usage ----
run_expect 2 "$ft" run --resume /nonexistent
assert_match "$err" "nothing to resume" "resume of nothing"
run_expect 2 "$ft" run --resume r1 --quick
assert_match "$err" "--resume finishes a run as it was planned" "resume with others"
run_expect 2 "$ft" run --engine "$fake" --duration 100ms
assert_match "$err" "at least 1s" "too short a window"
run_expect 2 "$ft" run --engine "$fake" --max-drop 5
run_expect 2 "$ft" run --engine "$fake" --repeats 0
run_expect 2 "$ft" run --engine "$fake" --load no-such-load --out none
assert_match "$err" "no-such-load" "load"
run_expect 2 "$ft" run --engine "$fake" --cases no-such-case --out none
run_expect 2 "$ft" run --engine "$fake" operand
run_expect 2 "$ft" run --engine "$fake" --dry-run-only --out r1
assert_match "$err" "exists already" "a folder is not used twice"
printf '{"event":"run-start"' >cut.jsonl && mkdir cutrun && cp cut.jsonl cutrun/journal.jsonl
run_expect 2 "$ft" run --resume cutrun
mkdir noise && echo noise >noise/journal.jsonl
run_expect 2 "$ft" run --resume noise
assert_match "$err" "noise/journal.jsonl:1: is not JSON" "damaged journal"
run_expect 0 "$ft" run --help
assert_true "nothing is made by errors" test ! -e none
finish
