# SPDX-License-Identifier: Apache-2.0
# Run the commands of README.md and templates/docs in a prepared folder; sourced after tests/lib.sh and run_lib.sh.

# doc_folder: everything that the documents name is in the working folder, $tmp/docs.
doc_folder() {
	local data=$FALCOTUNE_SOURCE/tests/data f d
	mkdir -p docs/rules docs/ci docs/collected docs/bin && cd docs || exit 99
	ln -s "$fake" bin/falco
	PATH=$tmp/docs/bin:$FALCOTUNE_BIN:$PATH
	cp "$data/cost/rules.yaml" my_rules.yaml
	cp my_rules.yaml falco_rules.yaml
	cp my_rules.yaml rules/
	cp "$data/diff/host.json" .
	cp host.json ci/
	printf '%s\n' 'rules_files: [falco_rules.yaml]' 'engine: {kind: modern_ebpf}' 'stdout_output: {enabled: true}' >falco.yaml
	for d in 20260101-120000 before after; do
		f=$data/report/before.json # which recommends something
		[[ $d != after ]] || f=$data/report/after.json
		mkdir -p "results/$d" && cp "$f" "results/$d/results.json"
	done
	burst_metrics >metrics.jsonl
	cp metrics.jsonl collected/node1.jsonl
	# Files that the documents show: blocks of YAML that begin with their name.
	for f in "$FALCOTUNE_SOURCE"/templates/docs/*.md; do
		awk '/^```yaml/ { getline; if ($1 == "#" && NF == 2) name = $2; next } /^```/ { name = "" } name { print >name }' "$f"
	done
	[[ ! -x ${fake%/*}/make-recording ]] || { "${fake%/*}/make-recording" mixed.rec 50 && cp mixed.rec a.rec; } ||
		die "no recording"
	# main:rules/ is the state before the change.
	git init -q -b main . && git add rules && git -c user.name=t -c user.email=t@example.org commit -qm rules ||
		die "git"
	printf '%s\n' '- rule: Added' '  desc: one more' '  condition: evt.type=ptrace and proc.name=gdb' \
		'  output: "%proc.name"' '  priority: WARNING' >>rules/my_rules.yaml
}

# doc_commands MODE: run all of them.
doc_commands() {
	local place codes how command got n=0
	while IFS=$'\t' read -r place codes how command; do
		if [[ $how == excluded* ]]; then
			[[ -z ${DOC_VERBOSE-} ]] || echo "not run: $place: $command ($how)"
			continue
		fi
		n=$((n + 1))
		checks=$((checks + 1))
		timeout -k 5 60 bash -c "$command" >"$tmp/out" 2>"$tmp/err"
		got=$?
		[[ ${DOC_VERBOSE-} ]] && echo "$SECONDS s: $place: $got: $command ($how)"
		if [[ ,$codes, != *,$got,* ]]; then
			fail "$place: exit code $got, the document has $codes: $command ($how): $(tail -3 "$tmp/err")"
		elif [[ ! -s $tmp/out && ! -s $tmp/err && $command != *" -o "* && $command != *">"* ]]; then
			fail "$place: not a word: $command"
		fi
	done < <(/usr/bin/python3 "$FALCOTUNE_SOURCE/tests/doc_commands.py" "$1" \
		"$FALCOTUNE_SOURCE/README.md" "$FALCOTUNE_SOURCE"/templates/docs/*.md)
	echo "note: $n commands of the documents were run"
	((n >= 5)) || fail "only $n commands were found"
}
