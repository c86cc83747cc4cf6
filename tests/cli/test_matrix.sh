#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune matrix: the cases, what they predict, and what --write leaves for a person's hands.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command matrix

stock=(spawned-process repair accept connect open default)

# column NAME [ARGS...]: that column of the CSV, joined by blanks.
column() {
	local name=$1
	shift
	run_expect 0 "$ft" matrix --format csv "$@" || return
	python3 - "$name" "$tmp/out" <<'PY'
import csv, sys
print(*[row[sys.argv[1]] for row in csv.DictReader(open(sys.argv[2], newline=""))])
PY
}

# ---- the six stock cases ----
assert_eq "$(column case)" "${stock[*]}" "stock cases"
assert_eq "$(column set_size)" "7 18 13 11 11 65" "predicted set sizes with the dummy rules"
run_expect 0 "$ft" matrix
assert_match "$out" "spawned-process +Test 1: .* 7 .*dummy" "text table"
assert_match "$out" "6 cases" "text table"
run_expect 0 "$ft" matrix --format md
assert_match "$out" $'^\\| case \\| title \\|.*\n\\| --- \\|' "Markdown table"

# The same names as a recorded Falco printed.
recorded=(test1-spawned-process test2-repair test3-accept test4-connect test5-open default)
if [[ -d ${FALCOTUNE_SHARED-}/recorded/dry-run ]]; then
	run_expect 0 "$ft" matrix --format json
	for i in "${!stock[@]}"; do
		log=$FALCOTUNE_SHARED/recorded/dry-run/dummy--${recorded[i]}/log.txt
		want=$(sed -n 's/.*syscalls selected in total (final set): //p' "$log" | tr -d ' ')
		got=$(python3 - "$tmp/out" "${stock[i]}" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
print(",".join(next(c for c in doc["cases"] if c["case"] == sys.argv[2])["predicted"]))
PY
		)
		assert_eq "$got" "$want" "final set of ${stock[i]} as Falco printed it"
	done
fi

# ---- the stock sweep: what is equal in effect on a host runs once ----
assert_eq "$(column n_buffers --cases buffers --cpus 2)" "1 1 1 1 1 1" "sweep on 2 CPUs"
assert_eq "$(column buf_size_preset --cases buffers --cpus 2)" "5 6 7 5 6 7" "sweep on 2 CPUs"
echo "engine: {kind: modern_ebpf}" >"$tmp/plain.yaml"
assert_eq "$(column n_buffers --cases buffers --cpus 8 -c "$tmp/plain.yaml" 2>/dev/null)" \
	"4 2 2 4 2 2 4 2 2" "sweep on 8 CPUs without plugins"
assert_eq "$(column plugins --cases buffers --cpus 1)" "own own own none none none" "plugins"
assert_eq "$(column case --cases buffers --cpus 16 -o engine.kind=kmod)" \
	"buffers/p5 buffers/p6 buffers/p7 buffers/p5-noplugins buffers/p6-noplugins buffers/p7-noplugins" \
	"sweep under kmod"
assert_eq "$(column n_buffers --cases buffers --cpus 16 -o engine.kind=kmod)" "16 16 16 16 16 16" \
	"kmod has a buffer for each CPU"

# ---- releases: nothing is written that the release does not read ----
mkdir "$tmp/old"
printf 'id: everything\ntitle: all calls\nbase_syscalls: {custom_set: [read], all: true}\n' >"$tmp/old/all.yaml"
for release in 0.38.2 0.39.2; do
	run_expect 0 "$ft" matrix --falco $release --cases "$tmp/old/all.yaml" --write "$tmp/old/$release"
	assert_match "$err" "case everything: Falco $release has no base_syscalls.all; the case is started with -A" "$release says so"
	assert_true "read is predicted for $release" grep -qx read "$tmp/old/$release/everything/predicted.txt"
	assert_true "-A for $release" grep -q -- ' -A --dry-run' "$tmp/old/$release/everything/commands.txt"
	# What the release does not read, and the plugin that came with 0.41.
	for key in all disable_iterators snaplen jemalloc_stats_enabled libcontainer.so thread_table_auto_purging; do
		assert_true "no $key for $release" test -z "$(grep -E "(^| )$key" "$tmp/old/$release/everything/falco.yaml")"
	done
	run_expect 0 "$ft" config -c "$tmp/old/$release/everything/falco.yaml" --falco $release
	assert_no_match "$out" 'FC20[1-4]' "keys for $release"
done
run_expect 0 "$ft" matrix --falco 0.44.1 --cases "$tmp/old/all.yaml" --write "$tmp/old/new"
assert_eq "$err" '' "nothing to say for 0.44.1"
assert_true "the key for 0.44.1" grep -q '^  all: true' "$tmp/old/new/everything/falco.yaml"
assert_true "no -A for 0.44.1" test -z "$(grep -e ' -A' "$tmp/old/new/everything/commands.txt")"

# ---- settings of the user hold where the case says nothing ----
assert_eq "$(column buffer_bytes --cases open -o engine.modern_ebpf.buf_size_preset=1)" 1048576 \
	"preset of -o"
assert_eq "$(column n_buffers --cases open --cpus 8 -o engine.modern_ebpf.cpus_for_each_buffer=0)" 1 \
	"0 is one buffer for all"
assert_eq "$(column set_size --cases open -o base_syscalls.all=true)" 11 \
	"base_syscalls of the case wins"
assert_eq "$(column set_size --cases buffers --cpus 1 -o base_syscalls.repair=true | cut -d' ' -f1)" \
	18 "base_syscalls of the user where the case has none"
assert_eq "$(column load --cases open,repair)" "mixed mixed" "default load"

# ---- the user's own rules ----
rules=$FALCOTUNE_SOURCE/rulesets
assert_eq "$(column rules_total --cases open -r "$rules/file-reads.yaml" -r "$rules/network.yaml")" \
	11 "rules of two files"
run_expect 0 "$ft" matrix --cases open -r "$rules/network.yaml"
assert_match "$out" "network.yaml +5 of 6" "coverage: send is left out"
run_expect 0 "$ft" matrix --cases open -r "$rules/network.yaml" --format json
assert_match "$out" '"Data sent by a shell: send"' "what a rule loses is named"

# A variant that the rules forbid is skipped with the reason; the others are not.
cat >"$tmp/field.yaml" <<'YAML'
- rule: needs the plugin
  desc: d
  condition: evt.type = connect and container.id != host
  output: o
  priority: INFO
YAML
printf -- '- required_plugin_versions: [{name: container, version: 0.4.0}]\n' >"$tmp/needs.yaml"
cat "$rules/network.yaml" >>"$tmp/needs.yaml"
for file in field:3:37 needs:1:30; do
	place=${file#*:}
	file=$tmp/${file%%:*}.yaml
	run_expect 0 "$ft" matrix --cases buffers --cpus 2 -r "$file"
	assert_match "$out" "p5-c2-noplugins: skipped: the rules need the container plugin: $file:$place:" \
		"reason of the skipped variant"
	assert_no_match "$out" "p5-c2: skipped" "the variant with the user's plugins"
	run_expect 0 "$ft" matrix --cases buffers --cpus 2 -r "$file" --write "$tmp/skip-$place"
	assert_eq "$(find "$tmp/skip-$place" -mindepth 1 -type d -name '*noplugins')" "" \
		"skipped variants are not written"
done

# ---- a case file's expectation is a gate ----
cat >"$tmp/expect.yaml" <<'YAML'
id: expecting
base_syscalls: {custom_set: [execve]}
expect: {final_set: [execve, procexit, open]}
YAML
run_expect 1 "$ft" matrix --cases "$tmp/expect.yaml"
assert_match "$out" "lacks the expected open; final set has beyond the expected execveat" \
	"both sides of a failed expectation"

# ---- --write: a person can run every case by hand ----
dir="$tmp/it's a folder/cases"
run_expect 0 "$ft" matrix --cases spawned-process,repair,accept,connect,open,default,buffers \
	--cpus 2 -r "$rules/file-reads.yaml" -r "$rules/network.yaml" --write "$dir"
assert_eq "$(find "$dir" -mindepth 1 -maxdepth 1 -type d | wc -l)" 12 "a folder for each case"
for case in "${stock[@]}" buffers.p6-c2 buffers.p7-c2-noplugins; do
	assert_eq "$(stat -c %a "$dir/$case/falco.yaml")" 600 "mode of the overlay of $case"
	mapfile -t lines < <(grep -v '^#' "$dir/$case/commands.txt")
	assert_eq "${#lines[@]}" 2 "command lines of $case"
	eval "live=(${lines[1]})"
	eval "dry=(${lines[0]})"
	assert_eq "${dry[*]}" "${live[*]} --dry-run" "the two command lines of $case"
	assert_eq "${live[0]}" falco "engine of $case"
	assert_eq "${live[2]}" "$dir/$case/falco.yaml" "configuration of $case"
	# The written overlay and rules say the same again when they are read back.
	run_expect 0 "$ft" syscalls "${live[@]:1}" --format json
	assert_eq "$(python3 -c 'import json,sys; print("\n".join(json.load(sys.stdin)["final"]))' \
		<"$tmp/out")" "$(cat "$dir/$case/predicted.txt")" "read back: $case"
done

# The overlay gives back the case's buffers too.
echo "id: own" >"$tmp/own.yaml"
assert_eq "$(column buf_size_preset --cases "$tmp/own.yaml" -c "$dir/buffers.p7-c2/falco.yaml" 2>/dev/null)" \
	7 "preset read back"
assert_eq "$(column buf_size_preset --cases "$tmp/own.yaml" -c "$dir/open/falco.yaml" 2>/dev/null)" \
	4 "preset read back"
assert_true "overlay without plugins" grep -q '^load_plugins: \[\]' \
	"$dir/buffers.p7-c2-noplugins/falco.yaml"

# The written dry runs, run as they stand, select what was predicted.
if [[ -x $FALCOTUNE_BIN/falcotune-engine ]]; then
	run_expect 0 "$ft" matrix -r "$rules/network.yaml" --write "$tmp/by hand" \
		--engine "$FALCOTUNE_BIN/falcotune-engine"
	for case in "${stock[@]}"; do
		eval "dry=($(grep -v '^#' "$tmp/by hand/$case/commands.txt" | head -1))"
		run_expect 0 "${dry[@]}"
		assert_eq "$(sed -n 's/.*selected in total (final set): //p' <<<"$err" | tr -d ' ')" \
			"$(paste -sd, "$tmp/by hand/$case/predicted.txt")" "dry run of $case by hand"
	done
fi

# What the user's falco.yaml holds beyond the case does not get out of it.
cat >"$tmp/falco.yaml" <<'YAML'
engine: {kind: modern_ebpf}
rules_files: [/etc/falco/falco_rules.yaml]
base_syscalls: {custom_set: [ptrace], repair: true}
priority: warning
http_output: {enabled: true, url: "https://user:hunter2@example.org/"}
program_output: {enabled: true, program: "curl -H 'X-Token: hunter2' https://example.org"}
webserver: {enabled: true}
plugins:
  - {name: cloud, library_path: libcloud.so, init_config: {key: hunter2}, open_params: hunter2}
YAML
run_expect 0 "$ft" matrix -c "$tmp/falco.yaml" --cases open,default --write "$tmp/secret"
assert_true "no credential in what is written" test -z "$(grep -rl hunter2 "$tmp/secret")"
run_expect 0 "$ft" syscalls -c "$tmp/secret/open/falco.yaml" -r "$tmp/secret/open/rules/01-dummy.yaml" \
	--format json
assert_no_match "$out" ptrace "the user's custom_set is replaced whole"

# ---- --write never touches what is there, and leaves nothing half-written ----
mkdir "$tmp/full" "$tmp/empty"
echo keep >"$tmp/full/file"
run_expect 2 "$ft" matrix --write "$tmp/full"
assert_match "$err" "the folder is not empty" "a folder with content is refused"
assert_eq "$(ls -A "$tmp/full")" file "it is left alone"
assert_eq "$out" "" "nothing on stdout"
run_expect 0 "$ft" matrix --write "$tmp/empty/"
assert_true "an empty folder is taken" test -f "$tmp/empty/open/commands.txt"
run_expect 2 "$ft" matrix --write "$tmp/empty/README.txt"
assert_match "$err" "is no folder" "a file is refused"
run_expect 2 "$ft" matrix --write "$tmp/a.yaml.d"
assert_match "$err" "no rules below a path with .yaml" "Falco would read no rules there"
run_expect 2 "$ft" matrix --cases no-such --write "$tmp/never"
assert_eq "$(find "$tmp" -maxdepth 1 -name 'never*' -o -maxdepth 1 -name 'full.*' \
	-o -maxdepth 1 -name 'a.yaml*')" "" "nothing is left of refused writes"

# A title cannot smuggle a line into commands.txt.
printf 'id: sly\ntitle: "x\\ntouch %s/sly"\n' "$tmp" >"$tmp/sly.yaml"
run_expect 0 "$ft" matrix --cases "$tmp/sly.yaml" --write "$tmp/w2" --engine "/opt/my falco"
assert_eq "$(grep -vc '^#' "$tmp/w2/sly/commands.txt")" 2 "lines that are no comment"
assert_match "$(grep -v '^#' "$tmp/w2/sly/commands.txt")" "^'/opt/my falco' -c " "quoted engine"

finish
