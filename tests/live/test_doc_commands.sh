#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands of README.md and templates/docs that need root, run for real with short windows; what is shortened, how
# and why is the table in tests/doc_commands.py. The rest is in tests/cli/test_doc_commands.sh.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
command -v git >/dev/null || skip "git is not here"
begin_fake
. "$FALCOTUNE_SOURCE/tests/doc_lib.sh"
doc_folder
# The Falco that runs already.
printf '%s\n' 'metrics: {enabled: true, interval: 200ms, output_file: running.jsonl}' \
	'stdout_output: {enabled: true}' >running.yaml
falcotune-engine -c running.yaml -r my_rules.yaml >running.out 2>running.err &
FALCO_PID=$!
export FALCO_PID
stop_falco() {
	kill "$FALCO_PID" 2>/dev/null
	wait "$FALCO_PID"
}
at_exit stop_falco
for ((i = 0; i < 500; i++)); do
	[[ -s running.jsonl ]] && break
	kill -0 "$FALCO_PID" 2>/dev/null || skip "the engine does not start: $(tail -1 running.err)"
	sleep 0.02
done
doc_commands live
nothing_left_of_ours() { [[ -z $(our_records) ]]; }
assert_true "no record is left" nothing_left_of_ours
finish
