#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune config: where values come from, what they replaced, and each trap.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command config

mkdir "$tmp/d"
host=(--cpus 4 --memory 64G --page-size 4096)
flat() { tr -d '\n' < "$tmp/out" | tr -s ' '; }

# conf CODE FALCO.YAML [ARGUMENT...]: the text (printf) as a configuration, on a given host.
conf() {
	local want=$1 text=$2
	shift 2
	printf '%b' "$text" > "$tmp/f.yaml"
	run_expect "$want" "$ft" config -c "$tmp/f.yaml" "${host[@]}" "$@"
	grep -oE '^(error|warning|note) FC[0-9]+' "$tmp/out" | cut -d' ' -f2 >> "$tmp/seen"
}
ok='stdout_output: {enabled: true}\nbuffered_outputs: true\noutputs_queue: {capacity: 9}\n'
ok+='syscall_event_drops: {actions: [log]}\n'
metrics='metrics: {enabled: true, interval: 1s, output_rule: true}\n'
codes() { grep -oE '^(error|warning|note) FC[0-9]+' "$tmp/out" | tr '\n' ' '; }

# Nothing to say but that drop alerts are limited.
conf 0 "$ok$metrics"
assert_eq "$(codes)" 'note FC701 ' 'clean'

# One row a trap: code, what makes it fire. The clean one above is what does not.
trap_row() { # SEVERITY CODE EXIT TEXT MESSAGE [ARGUMENT...]
	local want="$1 $2" code=$3 text=$4 message=$5
	shift 5
	conf "$code" "$text" "$@"
	assert_match " $(codes)" " $want " "fires: $want"
	assert_match "$(flat)" "$message" "message of $want"
	[[ $code == 0 ]] || assert_match "$err" 'f\.yaml:|-o |memory|--memory' "stderr of $want"
	run_expect "$code" "$ft" config -c "$tmp/f.yaml" "${host[@]}" "$@" --format json
	assert_match "$(flat)" "\"code\": \"${want#* }\", \"severity\": \"${want% *}\"" "JSON of $want"
}
trap_row error FC102 1 "$ok${metrics}engine: {kind: ebpf}\n" 'f\.yaml:6: engine.kind ebpf went with Falco 0\.44'
trap_row error FC102 1 "$ok${metrics}engine: {kind: gvisor}\n" 'gvisor'
trap_row error FC103 1 "${ok}metrics: {enabled: true, output_rule: true}\n" "f\.yaml:5: metrics.interval is '5000' by default"
trap_row error FC103 1 "${ok}metrics: {enabled: true, interval: 1h}\n" 'metrics.enabled without an output'
trap_row error FC104 1 "$ok${metrics}rules: {enabled: [A]}\n" 'f\.yaml:6: rules.enabled is no list that Falco reads, expected rules: \[\{enable: \{rule: NAME\}\}'
trap_row error FC104 1 "$ok${metrics}rules: {disabled: [A]}\n" 'expected rules: \[\{disable: '
trap_row error FC104 1 "$ok${metrics}rules: [A b]\n" "f\.yaml:6: an entry of rules is the text 'A b', expected \{enable: \{rule: A b\}\}"
trap_row error FC104 1 "$ok${metrics}rules: [{toggle: {rule: x}}]\n" 'expected enable or disable with rule or tag'
trap_row error FC105 1 "$metrics" 'no output is enabled'
trap_row error FC105 1 "${metrics}file_output: {enabled: true}\n" 'file_output is on without filename'
trap_row warning FC110 0 "$ok${metrics}json_output: maybe\n" 'f\.yaml:6: json_output is maybe, not true or false; Falco takes its default, false'
trap_row warning FC111 0 "$ok${metrics}json_output: true\njson_output: false\n" 'json_output is given twice; Falco takes the first'
trap_row warning FC201 0 "$ok${metrics}enginee: {}\n" 'f\.yaml:6: unknown key enginee'
trap_row warning FC202 0 "$ok${metrics}falco_libs: {snaplen: 80}\n" 'falco_libs.snaplen is read since Falco 0\.40' --falco 0.39.2
trap_row warning FC203 0 "$ok${metrics}grpc: {enabled: true}\n" 'unknown key grpc; Falco 0\.44\.1 ignores it: it went with 0\.44'
trap_row warning FC203 0 "$ok${metrics}syscall_buf_size_preset: 4\n" 'engine.KIND.buf_size_preset since 0\.38'
trap_row warning FC204 0 "$ok${metrics}rule_files: [x]\n" 'the list of rules files is rules_files'
trap_row warning FC204 0 "$ok${metrics}container_engines: {cri: {enabled: true}}\n" 'container_engines is in the schema'
trap_row warning FC302 0 "$ok${metrics}base_syscalls: {custom_set: [!recvfrom]}\n" 'f\.yaml:6: custom_set has !recvfrom without quotes'
trap_row error FC401 1 "$ok${metrics}engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 1}}\n" \
	'buffers of 1 MiB, expected a multiple of the page size, 512 KiB' --page-size 512K
trap_row error FC402 1 "$ok${metrics}engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 10, cpus_for_each_buffer: 1}}\n" \
	'4 buffers of 512 MiB, 2 GiB in all; the host of --memory has 1 GiB' --memory 1G
trap_row warning FC403 0 "$ok${metrics}engine: {kind: kmod, kmod: {buf_size_preset: 8}}\n" \
	'4 buffers of 128 MiB, 512 MiB in all' --memory 1G
trap_row warning FC404 0 "$ok${metrics}engine: {kind: modern_ebpf, modern_ebpf: {cpus_for_each_buffer: 6}}\n" '6, and 4 CPUs are online'
trap_row note FC501 0 "$ok" 'metrics.enabled is false'
trap_row note FC502 0 "${ok}metrics: {enabled: true, interval: 1h, output_rule: true}\n" 'a snapshot every'
trap_row warning FC503 0 "${ok}metrics: {enabled: true, interval: 1s, output_rule: true, kernel_event_counters_enabled: false}\n" 'kernel_event_counters_enabled is false'
trap_row note FC601 0 "$ok$metrics" 'buffered_outputs is off' -o buffered_outputs=false
trap_row note FC602 0 "$ok${metrics}http_output: {enabled: true, url: x}\n" 'with a connection an alert'
trap_row note FC603 0 "$ok${metrics}program_output: {enabled: true, program: x}\n" 'program_output is on without keep_alive'
trap_row note FC604 0 "$ok$metrics" 'outputs_queue.capacity is 0' -o outputs_queue.capacity=0
trap_row note FC702 0 "$ok$metrics" 'actions is ignore' -o syscall_event_drops={}

conf 0 "$ok${metrics}base_syscalls: {custom_set: [open, !a]  , repair: maybe}\n"
assert_match "$out" 'f.yaml:6: base_syscalls.repair is maybe' 'place after a tag'
run_expect 0 "$ft" config "${host[@]}" -o 'base_syscalls={custom_set: [!recvfrom, !open]}'
assert_match "$out" 'FC302: .*!recvfrom' 'option'
assert_match "$out" 'FC302: .*!open without' 'option, second'

# The same file in the release that knows the key, or has the engine.
conf 0 "$ok${metrics}engine: {kind: ebpf}\n" --falco 0.43.1
assert_match "$out" 'engine.kind +"ebpf"' 'ebpf in 0.43'
assert_match "$out" 'engine.ebpf.buf_size_preset +4' 'its buffer'
conf 0 "$ok${metrics}grpc: {enabled: true}\nengine: {ebpf: {probe: x}}\n" --falco 0.43.1
assert_no_match "$(codes)" FC20 'grpc in 0.43'
conf 0 "$ok${metrics}falco_libs: {snaplen: 80}\n"
assert_no_match "$(codes)" FC20 'snaplen in 0.44'
conf 0 "$ok${metrics}base_syscalls: {custom_set: [\"!recvfrom\", \"\"]}\n"
assert_no_match "$(codes)" FC302 'quoted'
conf 0 "${ok}${metrics}append_output: [{extra_fields: [a: b]}]\nstatic_fields: {a: b}\n"
assert_no_match "$(codes)" FC20 'free keys'

# Shallow merge: what the included file wipes, with both places.
printf 'engine: {kind: modern_ebpf}\n' > "$tmp/d/a.yaml"
conf 0 "$ok${metrics}config_files: [$tmp/d]\nengine:\n  kind: kmod\n  modern_ebpf:\n    buf_size_preset: 7\n"
assert_match "$(codes)" 'warning FC301' 'shallow merge'
assert_match "$out" "FC301: $tmp/f.yaml:10: engine.modern_ebpf.buf_size_preset: 7 of $tmp/f.yaml:10 is wiped by $tmp/d/a.yaml.*default holds: 4" 'what and by what'
assert_match "$out" "engine.kind +\"modern_ebpf\" +$tmp/d/a.yaml:1[^\n]*"$'\n'"    replaced \"kmod\" of $tmp/f.yaml:8" 'what it replaced'
assert_match "$out" "engine.modern_ebpf.buf_size_preset +4 +default"$'\n'"    replaced 7 of $tmp/f.yaml:10" 'the default holds'
run_expect 0 "$ft" config -c "$tmp/f.yaml" "${host[@]}" --format json
assert_match "$(flat)" "\"key\": \"engine.kind\", \"value\": \"modern_ebpf\", \"file\": \"$tmp/d/a.yaml\", \"line\": 1, \"col\": 16, \"replaced\": \[ \{ \"value\": \"kmod\", \"file\": \"$tmp/f.yaml\", \"line\": 8, \"col\": 9, \"by\": \"$tmp/d/a.yaml\" \} \], \"default\": \"kmod\"" 'JSON row'
# The strategy add-only wipes nothing.
conf 0 "$ok${metrics}config_files: [{path: $tmp/d, strategy: add-only}]\nengine: {kind: kmod, kmod: {buf_size_preset: 7}}\n"
assert_no_match "$(codes)" FC301 'add-only'
# -o replaces one value and keeps the rest; each step is remembered.
conf 0 "$ok${metrics}engine: {kind: kmod, kmod: {buf_size_preset: 7}}\n" -o engine.kmod.buf_size_preset=8 -o engine.kmod.buf_size_preset=9
assert_match "$out" 'engine.kmod.buf_size_preset +9 +-o engine.kmod.buf_size_preset=9; Falco.s default: 4'$'\n''    replaced 8 of -o engine.kmod.buf_size_preset=8'$'\n'"    replaced 7 of $tmp/f.yaml:6" 'two steps'
assert_no_match "$(codes)" FC301 'an option wipes nothing by accident'

# Every value of the file is there, environment variables in place.
export FT_PATH=/x FT_TWO='${FT_PATH}/y'
conf 0 "$ok${metrics}file_output: {enabled: true, keep_alive: true, filename: '\${FT_TWO}.log'}\nwebserver: {listen_port: 99, k8s_healthz_endpoint: 'a\$b\${FT_PATH}'}\n"
assert_match "$out" 'file_output.filename +"/x/y.log"' 'expanded twice'
assert_match "$out" 'webserver.listen_port +99 .*default: 8765' 'another value'
assert_match "$out" 'webserver.k8s_healthz_endpoint +"a\$b\$\{FT_PATH\}"' 'a lone $ stops it'

conf 0 "$ok$metrics" -o syscall_event_drops.rate=5
assert_match "$out" "rate +5 .*; Falco's default: 0\.03333"$'\n' 'a fraction as it is written'

# Plain mistakes stay input errors, without output.
for row in 'engine: {kind: mine}' 'engine: {kind: kmod, kmod: {buf_size_preset: 11}}' 'priority: LOUD' \
	'metrics: {enabled: true, output_rule: true, interval: 10}' 'engine: 5' 'a: [' ; do
	conf 2 "$ok$row\n"
	assert_match "$err" 'f\.yaml:[0-9]+:[0-9]+: ' "place: $row"
	assert_eq "$out" '' "stdout: $row"
done
run_expect 2 "$ft" config -c "$tmp/nowhere.yaml"
run_expect 2 "$ft" config --falco 0.1.0
run_expect 2 "$ft" config extra
run_expect 0 "$ft" config "${host[@]}"
assert_match "$out" 'engine.kind +"modern_ebpf" +Falco 0\.44\.1 default' 'shipped values'
assert_no_match "$(codes)" 'error|warning' 'no trap in what is shipped'
run_expect 0 "$ft" config "${host[@]}" --falco 0.38.2
assert_no_match "$(codes)" 'error|warning' 'nor for an older release'

# The table of keys is what the generator makes of the schema.
if [[ -r ${FALCOTUNE_SHARED-}/recorded/falco-0.44.1/config-schema.json ]] && command -v jq >/dev/null; then
	run_expect 0 sh "$FALCOTUNE_SOURCE/scripts/gen-config-keys.sh" "$FALCOTUNE_SHARED/recorded/falco-0.44.1/config-schema.json"
	assert_true 'keys are up to date' cmp -s "$tmp/out" "$FALCOTUNE_SOURCE/src/config/keys-data.c"
	run_expect 2 sh "$FALCOTUNE_SOURCE/scripts/gen-config-keys.sh"
fi

# No trap without a row above that fires; the clean configuration is what none fires over but FC701,
# which actions: [ignore] keeps away.
run_expect 0 "$ft" explain --list trap
for code in $(awk '{ print $2 }' "$tmp/out"); do
	assert_true "a configuration that fires $code" grep -qx "$code" "$tmp/seen"
done
echo "note: $(wc -l < "$tmp/out") traps of falco.yaml, each fired and each kept silent"
finish
