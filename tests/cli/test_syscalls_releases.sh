#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune syscalls for each Falco release, the comparison of two sides, and the blind spots.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command syscalls

rules() { # FILE NAME EVENTS [NAME EVENTS...]
	local file=$1
	shift
	: > "$file"
	while (($#)); do
		printf -- '- {rule: %s, desc: d, output: o, priority: INFO, condition: "evt.type in (%s)"}\n' \
			"$1" "$2" >> "$file"
		shift 2
	done
}
flat() { tr -d ' \n' < "$tmp/out"; }
rules "$tmp/r.yaml" files 'open, openat' net 'connect' reads 'read'

# What the output says of a release.
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco 0.39.2
assert_match "$out" 'Prediction for Falco 0\.39\.2 \(libs 0\.18\.2, engine version 0\.43\.0\)' 'release'
assert_match "$out" 'Fields of conditions and outputs are those of Falco 0\.44\.1' 'fields'
assert_match "$out" 'enter events' 'enter events'
assert_match "$out" '-A: not given' '-A'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco 0.44.1
assert_no_match "$out" 'Fields of conditions' 'nothing to say about the newest'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco 0.41.3 --format json
assert_match "$(flat)" '"falco":"0\.41\.3"' 'JSON release'
assert_match "$(flat)" '"engine_version":"0\.50\.0"' 'JSON engine version'
assert_match "$(flat)" '"fields_of":"0\.44\.1"' 'JSON fields'

# base_syscalls.all since 0.40, -A up to 0.40.
all_table='0.38.2 key=no flag=yes
0.39.2 key=no flag=yes
0.40.0 key=yes flag=yes
0.41.3 key=yes flag=no
0.42.1 key=yes flag=no
0.43.1 key=yes flag=no
0.44.1 key=yes flag=no'
printf 'stdout_output: {enabled: true}\nbase_syscalls: {all: true}\nrules_files: [%s]\n' \
	"$tmp/r.yaml" > "$tmp/all.yaml"
while read -r version key flag; do
	run_expect 0 "$ft" syscalls -c "$tmp/all.yaml" --falco "$version" --format json
	want='"ignored":\[\]'
	[[ $key == key=no ]] && want='"ignored":\["read"\]'
	assert_match "$(flat)" "$want" "base_syscalls.all in $version"
	if [[ $key == key=no ]]; then
		assert_match "$err" 'all\.yaml:2:17: key base_syscalls.all is read since Falco 0\.40' "$version says so"
	fi
	if [[ $flag == flag=yes ]]; then
		run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" -A --falco "$version" --format json
		assert_match "$(flat)" '"ignored":\[\]' "-A in $version"
	else
		run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" -A --falco "$version"
		assert_match "$err" 'no option -A' "-A in $version"
	fi
done <<<"$all_table"

# Versions that are not in the table.
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco 0.99.0
assert_match "$err" 'warning: Falco 0\.99\.0 is newer' 'newer: warning'
assert_match "$out" 'Prediction for Falco 0\.44\.1' 'newer: the newest'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco 0.42.0
assert_match "$err" 'Falco 0\.42\.1 stand in for 0\.42\.0' 'another patch release'
for version in 0.37.1 0.2 x 44 0.44.1.2 ''; do
	run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" --falco "$version"
	assert_match "$err" 'expected auto or one of 0\.38\.2, .*0\.44\.1' "bad version '$version'"
done

# auto asks the engine.
engine() { printf '#!/bin/sh\n[ "$1" = --version ] || exit 9\n%s\n' "$2" > "$1"; chmod +x "$1"; }
mkdir "$tmp/bin"
engine "$tmp/bin/falco" 'printf "Falco version: 0.40.0 (x86_64)\nLibs version:  0.20.0\n"'
run_expect 0 env PATH="$tmp/bin:$PATH" "$ft" syscalls -r "$tmp/r.yaml" --falco auto
assert_match "$out" 'Prediction for Falco 0\.40\.0' 'falco in PATH'
assert_match "$err" "$tmp/bin/falco: Falco version: 0\.40\.0" 'what it said'
engine "$tmp/other" 'echo "Falco version: 0.98.7"'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --falco auto --engine "$tmp/other"
assert_match "$err" '0\.98\.7 is newer' 'newer engine'
engine "$tmp/other" 'echo "something else"'
run_expect 3 "$ft" syscalls -r "$tmp/r.yaml" --falco auto --engine "$tmp/other"
engine "$tmp/other" 'exit 1'
run_expect 3 "$ft" syscalls -r "$tmp/r.yaml" --falco auto --engine "$tmp/other"
run_expect 3 "$ft" syscalls -r "$tmp/r.yaml" --falco auto --engine "$tmp/nowhere"
run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" --engine "$tmp/other"
run_expect 0 env PATH="$tmp/bin:$PATH" "$ft" rules -r "$tmp/r.yaml" --falco auto
assert_match "$out" 'those of Falco 0\.40\.0, fields those of 0\.44\.1' 'rules'
run_expect 0 "$ft" matrix --falco 0.40.0 --cases open
run_expect 2 "$ft" matrix --falco 0.1.0 --cases open
assert_match "$err" '0\.38\.2' 'matrix: known releases'

# Rules that need a newer engine are analysed, and the refusal is said.
{ echo '- required_engine_version: 0.50.0'; cat "$tmp/r.yaml"; } > "$tmp/new.yaml"
run_expect 0 "$ft" syscalls -r "$tmp/new.yaml" --falco 0.41.3
run_expect 1 "$ft" syscalls -r "$tmp/new.yaml" --falco 0.40.0
assert_match "$out" 'REFUSED: .*new\.yaml:1:28: .*0\.50\.0, Falco 0\.40\.0 has 0\.46\.0' 'refusal'
assert_match "$err" 'Falco 0\.40\.0 refuses to start' 'on stderr too'
assert_match "$out" $'\nconnect +rule '"'net'" 'and the analysis'
run_expect 1 "$ft" syscalls -r "$tmp/new.yaml" --falco 0.40.0 --format json
assert_match "$(flat)" '"refused":\["[^]]*0\.50\.0' 'JSON refusal'
run_expect 1 "$ft" syscalls -r "$FALCOTUNE_SOURCE/tests/data/bad/rules/engine.yaml"
{ echo '- required_plugin_versions: [{name: container, version: 0.2.0}]'; cat "$tmp/r.yaml"; } > "$tmp/plugin.yaml"
run_expect 1 "$ft" syscalls -r "$tmp/plugin.yaml" --falco 0.40.0
assert_match "$out" 'REFUSED: .*container.*0\.41' 'plugin'
run_expect 0 "$ft" syscalls -r "$tmp/plugin.yaml" --falco 0.41.3

# So are events that came later: the other rules, and the same rule's other events, stay.
rules "$tmp/later.yaml" old 'open' both 'connect, listns' new 'listns'
run_expect 1 "$ft" syscalls -r "$tmp/later.yaml" --falco 0.38.2
assert_match "$out" "REFUSED: .*later\.yaml:2:[0-9]+: rule both: there is no event 'listns' in Falco 0\.38\.2; the first release with it is 0\.44\.1" 'event'
assert_match "$out" 'REFUSED: .*later\.yaml:3:' 'each rule'
assert_match "$out" $'\nconnect +rule '"'both'" 'the other events'
assert_match "$err" 'Falco 0\.38\.2 refuses to start' 'event: on stderr'
run_expect 1 "$ft" syscalls -r "$tmp/later.yaml" --falco 0.38.2 --format json
assert_match "$(flat)" '"refused":\["[^]]*listns' 'event: JSON'
run_expect 0 "$ft" syscalls -r "$tmp/later.yaml" --falco 0.44.1
run_expect 1 "$ft" syscalls -r "$tmp/later.yaml" --diff 0.38.2 0.44.1
assert_match "$out" "  listns +rule 'both', 'new' \[other side: unknown to Falco 0\.38\.2\]" 'event: diff'
rules "$tmp/never.yaml" none 'nosuchevent'
run_expect 2 "$ft" syscalls -r "$tmp/never.yaml" --falco 0.38.2
printf -- '- {rule: s, desc: d, output: o, priority: INFO, condition: evt.type=listns, skip-if-unknown-filter: true}\n' > "$tmp/skip.yaml"
run_expect 0 "$ft" syscalls -r "$tmp/skip.yaml" --falco 0.38.2

# Before 0.41: included files replace lists and beat -o, and every file of a folder is rules.
mkdir "$tmp/conf.d" "$tmp/rules.d"
cp "$tmp/r.yaml" "$tmp/rules.d/r.txt"
printf 'config_files: [%s]\nstdout_output: {enabled: true}\nrules_files: [%s]\n' \
	"$tmp/conf.d" "$tmp/none" > "$tmp/falco.yaml"
printf 'rules_files: [%s]\nbase_syscalls: {repair: true}\n' "$tmp/rules.d" > "$tmp/conf.d/a.yaml"
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml" -o base_syscalls.repair=false --falco 0.40.0
assert_match "$out" 'repair: true \(.*a\.yaml:2' 'the file beats -o'
assert_match "$out" '3 active' 'a file of any name'
run_expect 2 "$ft" syscalls -c "$tmp/falco.yaml" --falco 0.41.3
run_expect 0 "$ft" syscalls -c "$tmp/falco.yaml" -r "$tmp/r.yaml" -o base_syscalls.repair=false --falco 0.41.3
assert_match "$out" 'repair: false \(-o ' '-o beats the file'
printf 'config_files: [{path: %s}]\n' "$tmp/conf.d" > "$tmp/strategy.yaml"
run_expect 2 "$ft" syscalls -c "$tmp/strategy.yaml" -r "$tmp/r.yaml" --falco 0.40.0
assert_match "$err" 'strategy\.yaml:1:16: .*since 0\.41' 'entries that are mappings'

# The ledger.
cut=(-o 'base_syscalls={custom_set: ["!open", "!connect"]}')
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" "${cut[@]}"
assert_match "$out" 'Blind spots: 3 of 3 rules lose syscalls, 2 see nothing' 'summary'
assert_match "$out" "loses 'files': open \(!open of custom_set\)" 'loses one'
assert_match "$out" "blind 'net': connect \(!connect of custom_set\)" 'goes blind'
assert_match "$out" "blind 'reads': read \(high volume, ignored without base_syscalls.all\)" 'ignored'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" "${cut[@]}" --format json
assert_match "$(flat)" '"blind":\["net","reads"\]' 'JSON blind'
assert_match "$(flat)" '"lost":\[\{"name":"open","why":"!openofcustom_set"\}\],"rule":"files"' 'JSON lost'
assert_match "$(flat)" '"state_missing":\["connect","open"\]' 'JSON state_missing'
rules "$tmp/ok.yaml" net connect
run_expect 0 "$ft" syscalls -r "$tmp/ok.yaml"
assert_match "$out" 'Blind spots: none' 'none'

# --diff: settings, rules, releases, and all together.
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --diff base "${cut[1]}"
assert_match "$out" 'Enters with B \(0\)' 'nothing enters'
assert_match "$out" 'Leaves with B \(2\):' 'two leave'
assert_match "$out" "  open +rule 'files'; state engine \[other side: !open of custom_set\]" 'why'
assert_match "$out" $'Rules that go blind with B \(1\):\n  net' 'blind'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --diff "${cut[1]}" base --format json
assert_match "$(flat)" '"enters":\[\{"name":"connect","why":\[\{"kind":"rule","name":"net"\}' 'JSON enters'
assert_match "$(flat)" '"sees_again":\["net"\]' 'JSON sees again'
rules "$tmp/more.yaml" clock 'settimeofday'
run_expect 0 "$ft" syscalls --diff "$tmp/r.yaml" "$tmp/r.yaml;$tmp/more.yaml"
assert_match "$out" "Enters with B \(1\):"$'\n'"  settimeofday +rule 'clock' \[other side: nothing asks for it\]" 'rules'
run_expect 0 "$ft" syscalls -r "$tmp/r.yaml" --diff "$tmp/all.yaml" 0.44.1
assert_match "$out" "  read +rule 'reads' \[other side: high volume" 'a falco.yaml'
run_expect 0 "$ft" syscalls -r "$tmp/ok.yaml" --diff 0.38.2 0.44.1
assert_match "$out" '  recvmmsg +state engine' 'releases'
rules "$tmp/new_call.yaml" new 'listns'
run_expect 1 "$ft" syscalls -r "$tmp/new.yaml" --diff 0.40.0 0.44.1
assert_match "$out" 'A: 0\.40\.0: .*REFUSED' 'refusal in a diff'
for sides in 'base' 'base base base' ''; do
	# shellcheck disable=SC2086
	run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" --diff $sides
	assert_match "$err" '--diff takes two sides' "sides: $sides"
done
run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" --diff base nosuch.yaml
assert_match "$err" "'nosuch.yaml' is no side" 'no such side'
run_expect 2 "$ft" syscalls -r "$tmp/r.yaml" --diff base "$tmp/all.yaml;$tmp/falco.yaml"

# All releases against an independent computation from the tables.
if [[ -d ${FALCOTUNE_SHARED-}/reference/catalog ]] && command -v python3 >/dev/null; then
	run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/releases.py" "$FALCOTUNE_SHARED/reference/catalog" "$ft" "$tmp"
	assert_match "$out" '560 selections of 7 releases' 'all compared'
	echo "note: $out"
	[[ $out =~ ^560 ]] || head -20 "$tmp/out" >&2
fi
finish
