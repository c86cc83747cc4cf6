#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run --textfile: the results as metrics, with the engine that replays. What is in the file is what is
# in results.json, in Prometheus' format, and a reader never sees half of it.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
limit=100

check() { # check FILE: valid; its samples in samples.json
	assert_true "$1 is in the text format" python3 "$FALCOTUNE_SOURCE/tests/promcheck.py" "$1" >samples.json
	! command -v promtool >/dev/null || assert_true "promtool" promtool check metrics <"$1"
}
sample() { # sample NAME CASE: its value
	json samples.json "[s['value'] for s in d if s['name'] == 'falcotune_$1' and s['labels'].get('case') == ${2:+'$2' or }None]"
}

run_expect 0 "$ft" run --engine "$fake" --cases open --cases repair --duration 1s --warmup 1s --repeats 1 --load quick \
	--out r1 --textfile out.prom
check out.prom
assert_eq "$(ls -A | grep -c 'out.prom')" 1 "nothing but the file"
assert_eq "$(stat -c %a out.prom)" 644 "readable by node_exporter"
for key in open repair; do
	for pair in drop_ratio:drop_rate events_per_second:evts_per_s drop_upper_ratio:drop_hi resident_bytes:rss_bytes; do
		want=$(json r1/results.json "case('$key')['summary'].get('${pair#*:}')")
		[[ $want != None ]] || continue
		assert_eq "$(json samples.json "[abs(s['value'] - $want) <= 1e-9 * abs($want) for s in d if s['name'] == 'falcotune_case_${pair%:*}' and s['labels']['case'] == '$key']")" \
			"[True]" "${pair%:*} of $key"
	done
	assert_eq "$(sample case_rank "$key")" "[$(json r1/results.json "float([i for i, k in enumerate(d['ranking'], 1) if (k if isinstance(k, str) else k.get('key', k.get('case'))) == '$key'][0])")]" \
		"rank of $key"
done
assert_eq "$(sample run_complete)" "[1.0]" "complete"
started=$(json r1/results.json "d['started'] if 'started' in d else d['configuration']['started']")
assert_eq "$(sample run_started_timestamp_seconds)" "[$(date -d "$started" +%s).0]" "when"
assert_eq "$(json samples.json "[s['labels']['embedded'] for s in d if s['name'] == 'falcotune_run_info']")" "['false']" "the engine"

# Only what is known: a dry run measures nothing. The file of before is replaced.
run_expect 0 "$ft" run --engine "$fake" --dry-run-only --cases open --out r2 --textfile out.prom
check out.prom
assert_eq "$(sample case_drop_ratio open) $(sample case_events_per_second open)" "[] []" "unknown is no zero"
assert_eq "$(sample case_dry_run_agrees open)" "[1.0]" "what the dry run showed"

# Refused before anything is run, and the file of before stays.
before=$(cat out.prom)
run_expect 2 "$ft" run --engine "$fake" --textfile out.txt --out r3
assert_match "$err" "does not end in .prom" "a name that node_exporter does not read"
run_expect 2 "$ft" run --engine "$fake" --textfile nowhere/out.prom --out r3
assert_match "$err" "no folder 'nowhere'" "a folder that is not there"
[[ ! -e r3 ]] || fail "a run was begun"
assert_eq "$(cat out.prom)" "$before" "the file of before"
finish
