#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What run and advise recommend is run once more as it is printed, and what that shows: passed, not
# live, another set, an engine that ends, more drops than the limit.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
[[ -x $FALCOTUNE_BIN/falcotune-load ]] || skip "falcotune-load is not built"
cd "$tmp" || exit 99
export FAKE_LOGS=$tmp/logs
fake_logs "$FAKE_LOGS"
limit=150
run=("$ft" run --engine "$fake" --load quick --duration 1s --warmup 1s --timeout 3s --seed 5 --repeats 1
	--cases spawned-process)
validate() {
	cp "$2" "$1.json"
	run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/$1.schema.json" "$1.json"
}
of() { json "$1/results.json" "d['verification']['$2']"; }

run_expect 0 "${run[@]}" --out a
assert_match "$out" "Verification: dry run with" "the report"
assert_match "$(of a text)" "^dry run with .*fake-engine: taken, 7 syscalls traced, as predicted; live run of .* s under load quick: 0% of [0-9.k]+ kernel events/s dropped, within the limit of 1.00% .one repeat: indicative.$" "the results"
assert_eq "$(of a state) $(of a live)" "passed ok" "the results: state"
assert_match "$(of a settings)" "base_syscalls=\{custom_set: .*engine.modern_ebpf.buf_size_preset=4" "the settings"
assert_eq "$(grep -c '"event":"verification"' a/journal.jsonl)" 1 "the journal"
validate results a/results.json
# What is there already is not run again; without its event --resume does it.
run_expect 0 "$ft" run --resume a
assert_eq "$(of a state) $(grep -c '"event":"verification"' a/journal.jsonl)" "passed 1" "a resumed run"
grep -v '"event":"verification"' a/journal.jsonl >journal && mv journal a/journal.jsonl
run_expect 0 "$ft" run --resume a
assert_eq "$(of a state) $(grep -c '"event":"verification"' a/journal.jsonl)" "passed 1" "by --resume"

run_expect 0 "${run[@]}" --no-verify --out b
assert_match "$(of b text)" "as predicted; not verified live: --no-verify$" "--no-verify"
assert_eq "$(of b state)" dry-only "--no-verify in the results"
run_expect 0 "${run[@]}" --max-time 6s --out c
assert_match "$(of c text)" "not verified live: no time is left of --max-time" "--max-time"

FAKE_FAULT=recommended:extra run_expect 1 "${run[@]}" --no-verify --out d
assert_match "$out" "Verification FAILED: dry run" "another set"
assert_match "$(of d text)" "OTHER THAN PREDICTED: 0 of the predicted ones are missing, 1 are there besides" "another set"
assert_eq "$(of d state)" failed "another set in the results"
validate results d/results.json
FAKE_FAULT=recommended:killed run_expect 1 "${run[@]}" --out f
assert_match "$(of f text)" "^dry run .* as predicted; live run FAILED: " "an engine that ends"
FAKE_FAULT=recommended:env run_expect 0 "${run[@]}" --out g
assert_match "$(of g state) $(of g text)" "^dry-only dry run .* as predicted; not verified live: " \
	"what the environment cannot do is no failure"
echo "1000 0.05" >logs/recommended.rate
run_expect 1 "${run[@]}" --out h
assert_match "$(of h text)" "% of [0-9.k]+ kernel events/s dropped, ABOVE the limit of 1.00%" "more drops than the limit"
rm logs/recommended.rate

# ---- a signal meanwhile; live runs after it make it one of an older recommendation ----
FAKE_FAULT=recommended:hang-start "${run[@]}" --timeout 60s --out i >out 2>err &
pid=$!
for ((n = 0; n < 600; n++)); do
	[[ -e i/verification/run/cases/recommended/repeat-1/engine.out ]] && break
	sleep 0.05
done
kill -INT $pid
wait $pid
assert_eq $? 130 "SIGINT in the verification"
assert_match "$(cat err)" "results are in .*/i; finish them with --resume" "what is left to do"
assert_eq "$(of i state) $(of i text)" "not-verified not verified: interrupted" "SIGINT in the results"
run_expect 0 "$ft" run --resume i
assert_eq "$(of i state)" passed "resumed"
nothing_left "SIGINT in the verification"
FAKE_FAULT=spawned-process:env run_expect 1 "$ft" run --engine "$fake" --load quick --duration 1s --warmup 1s \
	--timeout 3s --seed 2 --repeats 2 --cases spawned-process,open --out j
assert_match "$out" "open .* 1 of 2 repeats skipped" "skipped repeats are said"
assert_eq "$(grep -c '"event":"verification"' j/journal.jsonl)" 1 "verified with one case"
run_expect 1 "$ft" run --resume j --format json
assert_eq "$(grep -c '"event":"verification"' j/journal.jsonl) $(of j state)" "2 passed" "verified again after more live runs"
run_expect 1 "$ft" run --resume j
assert_eq "$(grep -c '"event":"verification"' j/journal.jsonl)" 2 "and not once more"

# ---- advise: on results under their load, on metrics with --load ----
said() { json out '" ".join(f["verification"]["state"] + ": " + f["verified"] for f in d["findings"])'; }
run_expect 0 "$ft" advise a --format json
assert_match "$(said)" "^passed: .* under load quick: .*within the limit of 1.00%" "from results"
validate advice out
FAKE_FAULT=recommended:exit run_expect 1 "$ft" advise a --format json
assert_match "$(said)" "^failed: dry run with .* FAILED: " "from results, an engine that refuses it"
burst_metrics >burst.jsonl
metrics=("$ft" advise --from burst.jsonl -o engine.modern_ebpf.buf_size_preset=1 --engine "$fake")
run_expect 0 "${metrics[@]}" --format json
assert_match "$(said)" "^dry-only: .*as predicted; not verified live: no load is known, give --load$" "metrics without a load"
validate advice out
run_expect 0 "${metrics[@]}" --load quick --format json
assert_match "$(said)" "^passed: .*live run of .* under load quick .this host and this engine, not the Falco that the metrics are of.: .* dropped .one repeat" "metrics with a load"
nothing_left "verification"
finish
