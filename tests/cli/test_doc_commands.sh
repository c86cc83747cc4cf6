#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every command of README.md and templates/docs is run, with options that there are, to the exit code that is
# documented. What is changed for it, and why, is the table in tests/doc_commands.py; what needs root is in
# tests/live/test_doc_commands.sh too. Links between the documents lead somewhere.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
command -v git >/dev/null || skip "git is not here"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine, which some commands are of"
begin_fake
. "$FALCOTUNE_SOURCE/tests/doc_lib.sh"
doc_folder
sleep 600 &
FALCO_PID=$!
export FALCO_PID
stop_falco() { kill "$FALCO_PID"; }
at_exit stop_falco
doc_commands cli

# ---- what is not run is there at least: targets of make, switches of cmake, presets ----
mapfile -t excluded < <(/usr/bin/python3 "$FALCOTUNE_SOURCE/tests/doc_commands.py" cli "$FALCOTUNE_SOURCE/README.md" \
	"$FALCOTUNE_SOURCE"/templates/docs/*.md | awk -F '\t' '$3 ~ /^excluded/ { print $4 }')
for command in "${excluded[@]}"; do
	for word in $command; do
		case $command,$word in
		*,-DFALCOTUNE_*=*)
			word=${word#-D}
			assert_true "$command" grep -q "^option(${word%%=*} " "$FALCOTUNE_SOURCE/CMakeLists.txt"
			;;
		make*,[a-ln-z]*) assert_true "$command" grep -q "^$word:" "$FALCOTUNE_SOURCE/Makefile" ;;
		*--preset*,[a-z]*)
			[[ $word == cmake ]] || assert_true "$command" grep -q "\"name\": \"$word\"" "$FALCOTUNE_SOURCE/CMakePresets.json"
			;;
		*,templates/*) assert_true "$command" test -e "$FALCOTUNE_SOURCE/$word" ;;
		esac
	done
done

# ---- links, the picture ----
for f in "$FALCOTUNE_SOURCE/README.md" "$FALCOTUNE_SOURCE"/templates/docs/*.md; do
	while read -r link; do
		[[ $link == http* ]] && continue
		assert_true "${f##*/} links to it" test -e "$(dirname "$f")/${link%%#*}"
	done < <(grep -oE '\]\([^)]+\)|src="[^"]+"' "$f" | sed -E 's/^\]\(|\)$|^src="|"$//g')
	# Blocks that look like commands are ones that this test finds.
	assert_eq "$(grep -nE '^    (sudo )?(falcotune|make|cmake)' "$f")" "" "${f##*/}: commands outside of sh blocks"
done
picture=$FALCOTUNE_SOURCE/templates/docs/ranking.svg
run_expect 0 python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$picture"
assert_true "the picture is small" test "$(stat -c %s "$picture")" -lt 40000
finish
