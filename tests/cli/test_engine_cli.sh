#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-engine without capturing: command line, dry run, logs, validation, refusals.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
engine=$FALCOTUNE_BIN/falcotune-engine
[[ -x $engine ]] || skip "the embedded engine was not built"
export TZ=UTC

cat >"$tmp/rules.yaml" <<'END'
- list: shells
  items: [sh, bash]
- rule: Shell started
  desc: a shell starts
  condition: evt.type in (execve, execveat) and proc.name in (shells)
  output: shell %proc.cmdline
  priority: WARNING
  tags: [process]
- rule: Ancestors
  desc: needs a field that the engine does not have
  condition: evt.type = connect and thread.cgroup.cpu = /cron
  output: odd
  priority: NOTICE
- rule: Off
  desc: disabled
  enabled: false
  condition: evt.type = mmap
  output: never
  priority: INFO
END

# --- what prints and ends
run_expect 0 "$engine" --version
assert_match "$(head -1 "$tmp/out")" '^falcotune-engine [0-9.]+ \(selects as Falco 0\.44\.1\)$' 'version'
run_expect 0 "$engine" --help
assert_match "$out" '--dry-run' 'help names the options'
run_expect 0 "$engine" --page-size
assert_match "$out" "page size is: $(getconf PAGESIZE) bytes" 'page size'
run_expect 0 "$engine" -i
assert_match "$out" $'^Ignored syscall\(s\):\n- pread\n' 'ignored calls'
run_expect 0 "$engine" --list -N
for field in evt.type evt.num evt.res evt.failed evt.is_open_read evt.is_open_write proc.name \
	proc.exepath proc.cmdline proc.pid proc.ppid proc.pname fd.name fd.directory fd.num \
	fd.typechar fd.sip fd.sport user.uid; do
	assert_true "--list has $field" grep -qxF "$field" "$tmp/out"
done

# --- dry run: order and form of the lines
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o log_level=debug
assert_eq "$out" '' 'nothing on stdout'
stamp='[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}: '
assert_eq "$(grep -cvE "^$stamp" "$tmp/err")" 0 'every line has its time'
sed -E "s/^$stamp//" "$tmp/err" >"$tmp/log"
grep -nxE 'Loading rules from:|\([0-9]+\) syscalls in rules: .*|\([0-9]+\) syscalls selected in total.*|The chosen syscall buffer dimension is: 8388608 bytes \(8 MBs\)|Enabled rules:|   Shell started|\(2\) enabled rules in total' \
	"$tmp/log" | cut -d: -f2- | cut -c1-30 >"$tmp/order"
assert_eq "$(cat "$tmp/order")" "Loading rules from:
(3) syscalls in rules: connect
(65) syscalls selected in tota
The chosen syscall buffer dime
Enabled rules:
   Shell started
(2) enabled rules in total" 'order of the lines'
assert_match "$err" "Rule 'Ancestors' is not evaluated: it needs field thread\.cgroup\.cpu" 'rule not evaluated'
assert_no_match "$err" "'Shell started' is not evaluated" 'rule evaluated'

run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run
assert_no_match "$err" 'syscalls in rules' 'debug lines only in debug'
assert_match "$err" 'The chosen syscall buffer' 'info lines by default'
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o time_format_iso_8601=true
assert_match "$err" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\+0000: ' 'ISO times'
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o engine.kind=kmod -o engine.kmod.buf_size_preset=1
assert_match "$err" 'dimension is: 1048576 bytes \(1 MBs\)' 'preset of kmod'
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o engine.modern_ebpf.cpus_for_each_buffer=4096
assert_match "$err" "a buffer every '4096' CPUs but there are only '[0-9]+' online CPUs" 'too many CPUs a buffer'

# rules: selection and priority
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o log_level=debug \
	-o 'rules[]={disable: {rule: "Shell*"}}' -o 'rules[]={enable: {rule: "Off"}}'
assert_match "$err" '   Off' 'enabled by rules:'
assert_no_match "$err" '   Shell started' 'disabled by rules:'
run_expect 0 "$engine" -r "$tmp/rules.yaml" --dry-run -o log_level=debug -o priority=warning
assert_match "$err" '\(1\) enabled rules in total' 'minimum priority'

# a requirement on the container plugin is the engine's own business
cat "$tmp/rules.yaml" - >"$tmp/plugin.yaml" <<'END'
- required_plugin_versions:
  - name: container
    version: 0.4.0
END
run_expect 0 "$engine" -r "$tmp/plugin.yaml" --dry-run

# --- refusals
run_expect 2 "$engine" --no-such-option
run_expect 2 "$engine" stray
for opt in -p%x --print=%x --support --list-plugins --enable-source=syscall -A; do
	run_expect 2 "$engine" "$opt"
	assert_match "$err" '^Error: option .* is not offered' "$opt names itself"
done
run_expect 2 "$engine" -r "$tmp/rules.yaml" -o engine.kind=nodriver --dry-run
assert_match "$err" 'engine\.kind: nodriver is not offered' 'nodriver'
run_expect 1 "$engine" -r "$tmp/rules.yaml" -o engine.kind=ebpf --dry-run
assert_match "$err" '^Error: ' 'ebpf is gone'
run_expect 1 "$engine" -r "$tmp/missing.yaml" --dry-run
assert_match "$err" 'missing\.yaml' 'missing rules file'
run_expect 1 "$engine" -c "$tmp/missing.yaml" --dry-run
echo '- rule: x' >"$tmp/bad.yaml"
run_expect 1 "$engine" -r "$tmp/bad.yaml" --dry-run
assert_match "$err" $'\nError: [^\n]*bad\.yaml:1:' 'place of a bad rule'
printf 'engine: [\n' >"$tmp/bad-config.yaml"
run_expect 1 "$engine" -c "$tmp/bad-config.yaml" -r "$tmp/rules.yaml" --dry-run
assert_match "$err" 'bad-config\.yaml:[0-9]+:[0-9]+: ' 'place of a bad configuration'

# --- -V, -L, -l
run_expect 0 "$engine" -V "$tmp/rules.yaml"
assert_match "$out" 'rules\.yaml: Ok' 'valid file'
run_expect 1 "$engine" -V "$tmp/rules.yaml" -V "$tmp/bad.yaml"
assert_match "$out" 'bad\.yaml: Invalid' 'invalid file'
run_expect 1 "$engine" -V "$tmp/missing.yaml"
assert_eq "$out" '' 'no verdict on a missing file'
run_expect 1 "$engine" -V "$tmp/bad.yaml" -o json_output=true
assert_match "$out" '^\{"falco_load_results":\[\{"errors":\[\{.*"successful":false' 'JSON verdict'
run_expect 0 "$engine" -r "$tmp/rules.yaml" -L
assert_match "$out" 'Shell started +a shell starts' 'description'
run_expect 0 "$engine" -r "$tmp/rules.yaml" -l Ancestors
assert_no_match "$out" 'Shell started' 'one rule only'
run_expect 1 "$engine" -r "$tmp/rules.yaml" -l Nonesuch
run_expect 0 "$engine" -r "$tmp/rules.yaml" -l Ancestors -o json_output=true
assert_match "$out" '^\{"rules":\[\{.*"condition_compiled":"\(evt.type = connect and thread.cgroup.cpu = /cron\)"' 'JSON description'
assert_no_match "$out" 'Shell started' 'one rule only in JSON'

# --- without rights: exit 3 and the reason
if [[ $(id -u) = 0 ]] && command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	run_expect 3 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$engine" -r "$tmp/rules.yaml" -M 1
	assert_match "$err" '^.*Error: .*(root|CAP_)' 'what is missing'
fi

# --- the recorded dry runs: the selection lines, the rules and the buffer of a real Falco
selection='^\([0-9]+\) (syscalls|enabled)|^[+-]\([0-9]+\)|^Invalid \(|^Loaded rules match|^If syscalls in rules|^The chosen|^Enabled rules|^   [A-Z].*[^:]$'
shared=${FALCOTUNE_SHARED-}
if [[ ! -d $shared/recorded/dry-run ]]; then
	echo "not compared with recorded dry runs: they are not here"
	finish
fi
declare -A file_of=([upstream-stable.yaml]=$shared/upstream/falco_rules.yaml
	[upstream-incubating.yaml]=$shared/upstream/falco-incubating_rules.yaml)
# Falco does not keep an order of its own among the enabled rules.
comparable() {
	grep -E "$selection" | grep -v schema |
		awk '/^   / { print | "sort"; next } { close("sort"); print; fflush() }'
}
compared=0
for dir in "$shared"/recorded/dry-run/*--*/; do
	case=$dir/case.json
	rules=$(sed -n 's/.*"rules": "\(.*\)".*/\1/p' "$case")
	file=${file_of[$rules]-$shared/recorded/dry-run/rules/$rules}
	# JSON is YAML: the block of the case is the value of -o base_syscalls.
	block=$(sed -n '/"base_syscalls"/,/^ }/p' "$case" | sed '1s/.*: //' | sed '$s/,$//' | tr '\n' ' ')
	timeout 60 "$engine" -r "$file" -o "base_syscalls=${block% }" -o log_level=debug --dry-run 2>"$tmp/err"
	assert_eq $? 0 "exit code of $(basename "$dir")"
	sed -E "s/^$stamp//" "$tmp/err" | comparable >"$tmp/got"
	comparable <"$dir/log.txt" >"$tmp/want"
	checks=$((checks + 1))
	diff "$tmp/want" "$tmp/got" >"$tmp/diff" || { fail "$(basename "$dir")"; head -5 "$tmp/diff" >&2; }
	compared=$((compared + 1))
done
assert_eq $compared 90 'recorded dry runs'
finish
