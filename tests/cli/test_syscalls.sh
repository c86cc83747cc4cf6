#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune syscalls: the sets, the reasons, the warnings, and what happens on bad input.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command syscalls

cat > "$tmp/rules.yaml" <<'END'
- rule: shell
  desc: a shell starts
  condition: evt.type in (execve, execveat) and proc.name = sh
  output: shell
  priority: WARNING
  tags: [process]
- rule: reads
  desc: high volume
  condition: evt.type = read and fd.name startswith /etc
  output: read
  priority: INFO
END

# Text: release, settings with origin, Falco's lines, the table, the warning.
run_expect 0 "$ft" syscalls -r "$tmp/rules.yaml" -o base_syscalls.repair=true
assert_match "$out" 'Prediction for Falco 0\.44\.1' 'the release is named'
assert_match "$out" '2 active' 'number of rules'
assert_match "$out" 'base_syscalls.repair: true \(-o base_syscalls.repair=true\)' 'origin of repair'
assert_match "$out" 'base_syscalls.custom_set: empty \(Falco 0\.44\.1 default\)' 'origin of custom_set'
assert_match "$out" '\(3\) syscalls in rules: execve, execveat, read' 'rules line'
assert_match "$out" '-\(1\) ignored syscalls \(-> activate via `-A` flag\): read' 'ignored line'
assert_match "$out" $'\nexecve +rule '"'shell'; repair" 'why execve'
assert_match "$out" $'\nprocexit +repair; always traced' 'why procexit'
assert_match "$err" 'unsupported-evttype\): read' 'unsupported warning'
assert_match "$err" "rule 'reads' will not see read" 'which rule'

# JSON: the keys, sorted names, machine output only on stdout.
run_expect 0 "$ft" syscalls -r "$tmp/rules.yaml" --format json \
	-o 'base_syscalls={custom_set: [open, nosuch, "!clone", "!alsonot"], repair: false}'
keys=$(grep -oE '^  "[a-z_]+"' "$tmp/out" | tr -d ' "' | sort | tr '\n' ' ')
assert_eq "$keys" 'added engine_version falco fields_of final ignored invalid_negative invalid_positive ledger refused removed repaired rules state why ' 'keys'
flat=$(tr -d ' \n' < "$tmp/out")
assert_match "$flat" '"added":\["open"\]' 'added'
assert_match "$flat" '"removed":\["clone","clone3"\]|"removed":\["clone"\]' 'removed'
assert_match "$flat" '"final":\["execve","execveat","open","procexit"\]' 'final'
assert_match "$flat" '"state":\[\]' 'state'
assert_match "$flat" '"invalid_positive":\["nosuch"\]' 'invalid_positive'
assert_match "$flat" '"invalid_negative":\["alsonot"\]' 'invalid_negative'
assert_match "$flat" '"execve":\[\{"kind":"rule","name":"shell"\}\]' 'why execve'
assert_match "$flat" '"procexit":\[\{"kind":"always","name":"always"\}\]' 'why procexit'

# rules: selection, priority and rules_files of the configuration.
mkdir "$tmp/conf.d"
cat > "$tmp/falco.yaml" <<END
config_files: [$tmp/conf.d]
rules_files: [$tmp/rules.yaml]
engine: {kind: modern_ebpf}
stdout_output: {enabled: true}
END
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml"
assert_match "$out" '2 active' 'both rules'
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml" -o priority=warning
assert_match "$out" '1 active' 'priority leaves one'
echo 'rules: [{disable: {rule: "*"}}, {enable: {tag: process}}]' > "$tmp/conf.d/a.yaml"
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml"
assert_match "$out" '1 active' 'rules: leaves one'
assert_match "$out" '\(2\) syscalls in rules: execve, execveat' 'the enabled one'
printf 'base_syscalls: {custom_set: [openat]}\n' > "$tmp/conf.d/b.yaml"
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml" -o 'base_syscalls.custom_set[]=dup'
assert_match "$out" "custom_set: openat \\($tmp/conf.d/b.yaml:1\\), dup \\(-o " 'origin of each entry'
rm -r "$tmp/conf.d"

# The container plugin: its fields are known, its absence is named.
cat > "$tmp/container.yaml" <<'END'
- required_plugin_versions: [{name: container, version: 0.2.0}]
- rule: in container
  desc: d
  condition: evt.type = connect and container.id != host
  output: x
  priority: INFO
END
run_expect 0 "$ft" syscalls -r "$tmp/container.yaml"
assert_eq "$err" '' 'no warning with the shipped values'
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml" -r "$tmp/container.yaml"
assert_match "$err" 'require the plugin container' 'warning without the plugin'

# Bad usage and input: exit 2 and a place.
bad() { # CONTENT-OF-falco.yaml MESSAGE [ARGUMENT...]
	local text=$1 want=$2
	shift 2
	printf '%b' "$text" > "$tmp/bad.yaml"
	run_expect 2 "$ft" syscalls -c "$tmp/bad.yaml" -r "$tmp/rules.yaml" "$@"
	assert_match "$err" "$want" "message for: $text $*"
	assert_eq "$out" '' 'nothing on stdout'
}
bad 'engine: [\n' 'bad\.yaml:2:1: not valid YAML'
bad 'a: "\n' 'bad\.yaml:[0-9]+:[0-9]+: not valid YAML'
bad 'a: b: c\n' 'bad\.yaml:1:5: not valid YAML'
bad '\tengine: 1\n' 'bad\.yaml:1:1: not valid YAML'
bad '\xff\xfe\xff\n' 'bad\.yaml'
bad 'text\n' 'bad\.yaml:1:1: the configuration is a scalar'
bad '[]\n' 'bad\.yaml:1:1: the configuration is a sequence'
bad 'engine: {kind: bpf}\n' "bad\.yaml:1:16: engine.kind is 'bpf', expected one of kmod"
bad 'engine: {kind: ebpf}\n' 'bad\.yaml:1:16: engine.kind ebpf went with Falco 0.44'
bad 'engine:\n  kind: kmod\n  kmod: {buf_size_preset: 12}\n' 'bad\.yaml:3:27: .*from 1 to 10'
bad 'metrics: {enabled: true, output_rule: true, interval: 10}\n' "bad\.yaml:1:55: metrics.interval is '10'"
bad 'metrics: {enabled: true, interval: 1h}\n' 'without an output'
bad 'metrics: true\n' 'bad\.yaml:1:10: .true. stands where a mapping is expected'
bad 'priority: LOUD\n' "bad\.yaml:1:11: priority is 'LOUD'"
bad 'rules: [{enable: x}]\n' 'bad\.yaml:1:9: an entry of rules'
bad 'config_files: [bad.yaml, 1]\nconfig_files: x\nengine: {kind: z}\n' 'bad\.yaml:3:16'
bad 'a: 1\n' '-o nonsense: expected key=value' -o nonsense
bad 'a: 1\n' 'empty name' -o a..b=1
bad 'a: 1\n' 'below a value that is a scalar' -o a.b=1
bad 'a: 1\n' "number between" -o 'b[x]=1'
bad 'a: 1\n' 'no such rules file' -r /nonexistent.yaml
bad 'a: 1\n' 'unexpected operand' extra
bad 'a: 1\n' 'xml.*text.*json|not one of text' --format xml
run_expect 2 "$ft" syscalls -c /nonexistent/falco.yaml
assert_match "$err" '/nonexistent/falco.yaml: cannot be read' 'missing main file'
run_expect 2 "$ft" syscalls -c "$tmp"
printf 'rules_files: [/nonexistent]\n' > "$tmp/none.yaml"
run_expect 2 "$ft" syscalls -c "$tmp/none.yaml"
assert_match "$err" 'none\.yaml:1:14: no rules' 'no rules left'
if [[ ! -e /etc/falco ]]; then
	run_expect 0 "$ft" syscalls -o base_syscalls.repair=true
	assert_match "$out" 'Rules: .*dummy.yaml; 1 active' 'no rules at all: the dummy rules'
	assert_match "$err" 'no rules: .*/etc/falco/falco_rules.yaml.*dummy' 'and it is said'
	run_expect 0 "$ft" rules
	assert_match "$err" 'dummy' 'rules: the dummy rules'
	run_expect 2 "$ft" syscalls -o 'rules_files=/nonexistent'
fi
printf -- '- rule: x\n  desc: [\n' > "$tmp/broken.yaml"
run_expect 2 "$ft" syscalls -r "$tmp/broken.yaml"
assert_match "$err" 'broken\.yaml:[0-9]+:[0-9]+: ' 'place in the rules'

# What Falco ignores is named, and does not stop.
printf 'enginee: {}\njson_output: maybe\nstdout_output: {enabled: true}\n' > "$tmp/odd.yaml"
run_expect 0 "$ft" syscalls -c "$tmp/odd.yaml" -r "$tmp/rules.yaml"
assert_match "$err" 'odd\.yaml:1:1: unknown key enginee' 'unknown key'
assert_match "$err" 'odd\.yaml:2:14: json_output is maybe' 'wrong type'

# falcotune config shows where values came from.
run_expect 0 "$ft" config -c "$tmp/odd.yaml" -o engine.kind=modern_ebpf
assert_match "$out" 'engine\.kind +"modern_ebpf" +-o engine\.kind=modern_ebpf' 'origin -o'
assert_match "$out" 'base_syscalls\.all +false +default' 'origin default'
run_expect 0 "$ft" config --format json
assert_match "$out" '"key": "engine.kind"' 'json'

run_expect 0 "$ft" syscalls --help
assert_match "$out" 'Usage: falcotune syscalls' 'help'
run_expect 2 "$ft" syscalls --nope
finish
