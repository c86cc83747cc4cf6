#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The table of bad inputs: each gives exit code 2, one error line on stderr that names the place and
# what was expected, nothing on stdout, and writes nothing.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"

# Work on a copy, so that anything that a command writes shows.
cp -r "$FALCOTUNE_SOURCE/tests/data/bad" "$tmp/bad"
mkdir "$tmp/home" "$tmp/bad/case/folder.yaml" "$tmp/bad/full"
touch "$tmp/bad/full/file"
cd "$tmp/bad" || exit 99
export HOME=$tmp/home
rows=0
missing=()

# Names, sizes and contents of everything below, to compare before and after.
snapshot() { find "$tmp/bad" "$tmp/home" -printf '%P %s %y\n' -type f -exec cksum {} + 2>&1 | sort; }
before=$(snapshot)

# bad COMMANDS REGEX [ARGS...]: `falcotune COMMAND ARGS` for each of COMMANDS (joined by commas).
bad() {
	local command commands=$1 regex=$2
	shift 2
	for command in ${commands//,/ }; do
		if ! has_command "$command"; then
			missing+=("$command")
			continue
		fi
		rows=$((rows + 1))
		run_expect 2 "${runas[@]}" "$ft" "$command" "$@" || continue
		assert_eq "$out" "" "stdout of $command $*"
		# `run` may first warn of what else is going on on this host.
		[[ $command == run ]] && err=$(grep -v '^falcotune: warning: ' "$tmp/err")
		assert_match "$err" "^falcotune: error: $regex" "message of $command $*"
		assert_eq "$(wc -l <<<"$err")" 1 "lines on stderr of $command $*"
	done
}
runas=()

# ---- case files ----
case_row() {
	local file=$1
	shift
	bad matrix,run "case/$file:$*" --cases "case/$file"
}
case_row empty.yaml '1:1: the file is empty, expected a case'
case_row comment-only.yaml '1:1: the file is empty, expected a case'
case_row sequence.yaml '1:1: a case is a sequence, expected a mapping'
case_row scalar.yaml '1:1: a case is a scalar, expected a mapping'
case_row no-id.yaml '1:1: the case has no id, expected id: NAME'
case_row id-upper.yaml "1:5: id is 'Open', expected"
case_row id-path.yaml "1:5: id is '../escape', expected"
case_row id-empty.yaml '1:5: id is empty, expected'
case_row id-list.yaml '1:5: id is a sequence, expected'
case_row unknown-key.yaml '3:1: unknown key buffer in a case, expected one of id, title'
case_row duplicate-key.yaml '3:1: key title is given twice'
case_row base-unknown-key.yaml '3:3: unknown key custom-set in base_syscalls, expected one of custom_set'
case_row base-scalar.yaml '2:16: base_syscalls is a scalar, expected a mapping'
case_row custom-set-scalar.yaml '3:15: base_syscalls.custom_set is open, expected a list'
case_row custom-set-map.yaml '5:7: base_syscalls.custom_set is a mapping, expected'
case_row custom-set-unquoted.yaml '5:7: .*!close without quotes.*; expected "!close"'
case_row custom-set-name.yaml "3:22: .*'close\\(\\)', expected a syscall name"
case_row repair-word.yaml '3:11: base_syscalls.repair is maybe, expected true or false'
case_row preset-zero.yaml '4:22: .*buf_size_preset is 0, expected a whole number from 1 to 10'
case_row preset-eleven.yaml '4:26: .*buf_size_preset is 11, expected a whole number from 1 to 10'
case_row preset-text.yaml '4:22: .*buf_size_preset is 8MB, expected a whole number'
case_row preset-empty-list.yaml '4:22: .*is an empty list, expected at least one'
case_row cpus-negative.yaml '4:27: .*cpus_for_each_buffer is -1, expected a whole number from 0'
case_row kmod-cpus.yaml '4:5: unknown key cpus_for_each_buffer in engine.kmod, expected'
case_row engine-kind.yaml '3:9: engine.kind is ebpf, expected modern_ebpf or kmod'
case_row engine-scalar.yaml '2:9: engine is a scalar, expected a mapping'
case_row plugins-word.yaml '2:10: plugins is off, expected own or none'
case_row rules-missing.yaml '2:8: rules: no-such.yaml does not exist, expected'
case_row rules-list.yaml '2:8: rules is a sequence, expected'
case_row share-five.yaml '3:13: expect.max_drop is 5, expected a share such as 1%'
case_row share-word.yaml '3:13: expect.max_drop is little, expected a share'
case_row share-over.yaml '3:13: expect.max_drop is 101%, expected a share'
case_row expect-unknown-key.yaml '3:3: unknown key drop in expect, expected one of final_set'
case_row reference-word.yaml '2:12: reference is sure, expected true or false'
case_row load-list.yaml '2:7: load is a sequence, expected'
case_row two-documents.yaml '3:1: a second document, expected one case'
case_row tab.yaml '3:1: not valid YAML: '
case_row unclosed.yaml '3:1: not valid YAML: .*expected'
case_row alias-undefined.yaml '1:5: alias \*nothing has no anchor'
case_row alias-bomb.yaml '[0-9]+:[0-9]+: alias .* expands to too many nodes'
case_row bytes.yaml '1:1: not valid YAML: .*expected UTF-8'
case_row no-such.yaml ' .*No such file'
bad matrix,run '[^ ]*/rules/undefined-macro.yaml:3:34: rule r: macro nothing_like_it is not defined' \
	--cases case/rules-undefined-macro.yaml
bad matrix,run 'case/twice/b.yaml:2:5: case id same is taken by case/twice/a.yaml, expected' \
	--cases case/twice
bad matrix,run 'case/none: no case file in this folder, expected' --cases case/none
bad matrix,run 'case/folder.yaml: no case file in this folder, expected' --cases case/folder.yaml
bad matrix,run '--cases: nosuch is neither .*expected a path or one of .*spawned-process' --cases nosuch
bad matrix,run '--cases: an empty name is neither' --cases open,
bad matrix,run '--cases: an empty name is neither' --cases ''

# ---- falco.yaml and -o ----
readers=syscalls,config,matrix,run
bad $readers 'config/yaml.yaml:3:1: not valid YAML' -c config/yaml.yaml
# To `config` this, and rules that Falco refuses, are findings, exit code 1: test_config.sh.
bad ${readers/config,/} 'config/kind.yaml:2:9: engine.kind ebpf .*expected kmod, modern_ebpf' -c config/kind.yaml
bad $readers 'config/preset.yaml:4:22: .*buf_size_preset is 11, expected' -c config/preset.yaml
bad $readers "config/priority.yaml:2:11: priority is 'urgent', expected" -c config/priority.yaml
bad $readers "config/metrics.yaml:5:13: metrics.interval is 'soon', expected" -c config/metrics.yaml
bad ${readers/config,/} 'config/rules.yaml:3:5: .*expected enable or disable' -c config/rules.yaml
bad $readers "config/plugins.yaml:2:16: load_plugins names 'nothing', expected" -c config/plugins.yaml
bad $readers 'config/root.yaml:1:1: the configuration is a scalar, expected a mapping' -c config/root.yaml
bad $readers 'config/nested.yaml:1:[0-9]+: .*config_files' -c config/include.yaml
bad $readers 'no-such.yaml: .*No such file' -c no-such.yaml
bad $readers 'config: .*' -c config
bad matrix,run 'config/replay.yaml:2:9: engine.kind replay has no live run, expected' -c config/replay.yaml
bad $readers "-o .*buf_size_preset.* is 0, expected" -o engine.modern_ebpf.buf_size_preset=0
bad $readers "-o .*buf_size_preset.* is 11, expected" -o engine.modern_ebpf.buf_size_preset=11
bad $readers "-o .*expected" -o engine.kind
bad $readers "-o .*expected" -o engine.kind.name=x
bad $readers "-o .*expected" -o 'rules_files[x]=y'
bad $readers "-o .*" -o 'engine.kind\=x'
bad $readers "-o .*expected" -o engine.kind=mine
bad $readers "-o .*" -o 'base_syscalls={custom_set: [open'

# ---- rules ----
rules_row() {
	local file=$1
	shift
	bad rules,syscalls,matrix,run "([^ ]*/)?rules/$file:$*" -r "rules/$file"
}
rules_row undefined-macro.yaml '3:34: rule r: macro nothing_like_it is not defined'
rules_row syntax.yaml "3:48: rule r: expected '\\)', 'and' or 'or'"
rules_row operator.yaml '3:24: rule r: expected an operator'
rules_row no-output.yaml '1:3: rule r: the key output is missing'
rules_row priority.yaml "5:13: rule r: the priority is 'urgent', expected"
rules_row tags.yaml '6:9: rule r: tags is a scalar, expected a sequence'
rules_row items.yaml '2:10: list l: items is a scalar, expected a sequence'
rules_row map.yaml '1:1: the rules file is a mapping, expected a sequence'
rules_row yaml.yaml '2:13: not valid YAML: '
# To `syscalls` this is a finding, exit code 1: test_syscalls_releases.sh.
bad rules,matrix,run '([^ ]*/)?rules/engine.yaml:1:28: the rules need engine version 0.999.0' -r rules/engine.yaml
rules_row exception.yaml "7:7: exception e: 'resembles' in comps is not an operator"
rules_row event.yaml "3:25: .*opne"
rules_row field.yaml "3:34: .*proc.nmae"
rules_row output-field.yaml "4:[0-9]+: .*proc.nmae"
rules_row append.yaml '1:3: rule never defined: appends to a rule that is not defined'
bad rules,syscalls,matrix,run '([^ ]*/)?rules/no-such.yaml: ' -r rules/no-such.yaml
bad syscalls,matrix,run '.*rules/none ' -r rules/none
bad syscalls,matrix,run '.*rules/name.txt ' -r rules/name.txt
bad matrix,run '-r -: .*expected a file or folder' -r -

# ---- options ----
bad rules,syscalls,config,matrix,run 'unknown option --nonsense; try falcotune [a-z]+ --help' --nonsense
bad rules,syscalls,config,matrix,run 'unknown option -Z; try' -Z
bad rules,syscalls,config,matrix,run "option --format: 'xml' is not one of text" --format xml
bad matrix,run 'option --cases needs a value' --cases
bad syscalls,matrix,run "unexpected operand '?more" more
bad matrix "option --cpus: '0' is not a whole number from 1" --cpus 0
bad matrix "option --cpus: 'two' is not a whole number" --cpus two
bad matrix '--write .*/full: the folder is not empty, expected a new or empty one' --write full
bad matrix '--write .*/file: exists and is no folder, expected' --write full/file
bad matrix '--write: an empty name, expected a folder' --write ''
bad run "option --duration: 'soon' is not a duration" --duration soon
bad run "option --duration: '-1s' is not a duration" --duration -1s
bad run "option --warmup: '5 parsecs' is not a duration" --warmup '5 parsecs'
bad run "option --max-drop: '5' is not a share" --max-drop 5
bad run "option --max-drop: '101%' is not a share" --max-drop 101%
bad run "option --repeats: '0' is not a whole number" --repeats 0
bad run "option --repeats: 'many' is not a whole number" --repeats many
bad run "option --seed: '-1' is not a whole number" --seed -1
bad run 'option --duration: a window is at least 1s' --duration 10ms
bad run 'option --timeout: expected 1s or more' --timeout 1ms
bad run 'no-such-run/journal.jsonl: nothing to resume' --resume no-such-run
bad run 'journal-broken/journal.jsonl:1: is not JSON' --resume journal-broken
bad run 'option --resume finishes a run as it was planned' --resume no-such-run --cases open
bad run '--cases: nosuch is neither' --cases nosuch --out never
bad run 'case/id-upper.yaml:1:5: .*expected' --engine ./no-such-engine --cases case/id-upper.yaml

# ---- load profiles ----
load_row() {
	local file=$1
	shift
	bad matrix,run "([^ ]*/)?load/$file:$*" --load "load/$file"
}
load_row operation.yaml '4:17: unknown operation dance, expected one of spawn'
load_row rate.yaml '4:29: rate is fast, expected'
load_row no-rate.yaml '4:5: a worker without rate, expected'
load_row duration.yaml '3:11: duration is soon, expected a duration'
load_row no-worker.yaml '3:10: workers is empty, expected'
load_row unknown-key.yaml '4:32: unknown key thread in a worker, expected one of'
load_row exec.yaml '4:11: exec is a scalar, expected a list'
bad matrix,run "no load profile has the id 'no-such-profile', expected" --load no-such-profile
bad matrix,run 'case/load-unknown.yaml: no load profile has the id .no-such-profile., expected' \
	--cases case/load-unknown.yaml
bad matrix,run '[^ ]*/no-such.yaml: .*No such file' --load ./no-such.yaml

# ---- unreadable ----
if ((EUID == 0)); then
	runas=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod 755 "$tmp"
	"${runas[@]}" test -x "$ft" || runas=()
fi
if ((EUID != 0 || ${#runas[@]})); then
	chmod 000 case/no-id.yaml config/good.yaml rules/syntax.yaml
	bad matrix,run 'case/no-id.yaml: .*Permission denied' --cases case/no-id.yaml
	bad $readers 'config/good.yaml: .*Permission denied' -c config/good.yaml
	bad rules,syscalls,matrix,run '([^ ]*/)?rules/syntax.yaml: .*Permission denied' -r rules/syntax.yaml
	chmod 644 case/no-id.yaml config/good.yaml rules/syntax.yaml
fi
runas=()

assert_eq "$(diff <(echo "$before") <(snapshot))" "" "nothing was written"
((${#missing[@]})) &&
	echo "not there yet: $(printf '%s\n' "${missing[@]}" | sort | uniq -c | tr -s ' \n' ' ')"
echo "$rows bad inputs"
finish
