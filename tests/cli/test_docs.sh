#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Man pages and shell completions that the build makes of the tables of options: there is one of each
# for every command, the formatters find nothing wrong, and what completion offers is what --help says.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
docs=$FALCOTUNE_BIN/../docs
[[ -d $docs/man1 ]] || skip "no man pages were built"
PATH=$FALCOTUNE_BIN:$PATH

mapfile -t commands < <("$ft" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
((${#commands[@]} >= 12)) || die "only ${#commands[@]} commands are listed"

# Every option of --help is in the page, with the page's own sections.
page_has_options() { # page_has_options PAGE HELP-COMMAND...
	local page=$1 text option n=0
	shift
	text=$(sed 's/\\f[BIR]//g; s/\\-/-/g' "$page")
	while read -r option; do
		n=$((n + 1))
		[[ $text == *"$option"* ]] || fail "$page lacks $option"
	done < <("$@" --help | sed -n '/^Options:/,/^$/p' | grep -oE '^ +(-[A-Za-z], )?--?[A-Za-z-]+' | grep -oE -- '--?[A-Za-z-]+$')
	((n > 1)) || [[ $n == 1 && $* == *" fleet" ]] || fail "no options were found in $* --help"
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES; do
		grep -qx ".SH $section" "$page" || fail "$page has no section $section"
	done
}
for c in "${commands[@]}"; do
	page_has_options "$docs/man1/falcotune-$c.1" "$ft" "$c"
	grep -q "^\.BR falcotune..$c (1)" "$docs/man1/falcotune.1" || fail "falcotune(1) does not name $c"
done
page_has_options "$docs/man1/falcotune-run-search.1" "$ft" run --search
page_has_options "$docs/man1/falcotune-fleet-plan.1" "$ft" fleet plan
page_has_options "$docs/man1/falcotune-load.1" falcotune-load

# The formatters: no warning, and no request that was meant as text.
for page in "$docs"/man?/*; do
	if command -v mandoc >/dev/null; then
		assert_eq "$(mandoc -Tlint -W warning "$page" 2>&1)" "" "mandoc on ${page##*/}"
	fi
	if command -v groff >/dev/null; then
		assert_eq "$(groff -man -ww -z -Tutf8 "$page" 2>&1)" "" "groff on ${page##*/}"
	fi
done
if command -v mandoc >/dev/null; then
	shown=$(mandoc -Tascii "$docs/man1/falcotune-rules.1" | sed 's/.\x08//g')
	assert_match "$shown" "--write-calibration=FILE" "dashes are dashes"
	assert_match "$shown" "jq '.rules\[\].details.events'" "quotes and dots of an example"
	assert_match "$shown" "\`falco -L' does|\`falco -L\` does" "backquotes"
else
	echo "skipped: mandoc is not here"
fi
run_expect 2 "$ft" run --help=nonsense
assert_match "$err" "'nonsense' is not one of man\|bash\|zsh\|fish" "an unknown format"
run_expect 2 "$ft" --help=nonsense

# bash, as it calls a completion.
offers() { # offers WORD... : what bash offers for the last word
	local -a COMP_WORDS=("$@") COMPREPLY=()
	local COMP_CWORD=$(($# - 1)) f
	f=_${1}_complete
	"$f" 2>/dev/null
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}
for f in "$docs"/bash/*; do
	# shellcheck disable=SC1090
	. "$f" || fail "$f"
	assert_match "$(complete -p "${f##*/}")" "complete -F _${f##*/}_complete" "registered"
done
cd "$tmp" || exit 99
touch mine.yaml "a file"
assert_eq "$(offers falcotune su)" "survey " "a command"
assert_eq "$(offers falcotune run --format '')" "csv html json md text " "values"
assert_eq "$(offers falcotune run --format = j)" "json " "values after ="
assert_eq "$(offers falcotune fleet plan --wh)" "--what= " "an option of a part"
assert_eq "$(offers falcotune run --until)" "--until-decided " "a flag"
assert_eq "$(offers falcotune run --max-t)" "--max-time= " "an option with a value"
assert_eq "$(offers falcotune run --max-time '')" "" "nothing for a time"
assert_eq "$(offers falcotune run -r m)" "mine.yaml " "a file"
assert_eq "$(offers falcotune check a)" "a file " "an operand with a blank"
assert_eq "$(offers falcotune run m)" "" "no operands"
assert_eq "$(offers falcotune run --search --wei)" "--weights= " "options of run --search"
assert_eq "$(offers falcotune run --wei)" "" "which run alone has not"
assert_eq "$(offers falcotune run --sweep buffers --pres)" "--presets= " "options of run --sweep"
assert_match "$(offers falcotune check --falco '')" "0.38.2 .*0.44.1 auto" "releases"
assert_match "$(offers falcotune run --load '')" "bursts .*mixed" "load profiles"
assert_match "$(offers falcotune run --cases '')" "buffers .*spawned-process" "cases"
assert_eq "$(offers falcotune-load --scal)" "--scale= " "another program"
assert_eq "$(offers falcotune nonsense -)" "" "an unknown command"
for c in "${commands[@]}"; do
	want=$("$ft" "$c" --help | sed -n '/^Options:/,/^$/p' | grep -cE '^ +(-[A-Za-z], )?--')
	assert_eq "$(offers falcotune "$c" -- | wc -w)" "$want" "long options of $c"
done

if command -v zsh >/dev/null; then
	for f in "$docs"/zsh/*; do
		run_expect 0 zsh -n "$f"
		assert_match "$(head -1 "$f")" "^#compdef falcotune" "found by compinit"
	done
	assert_eq "$(zsh -f -c "fpath=($docs/zsh \$fpath); autoload -Uz compinit; compinit -u -D; print \$_comps[falcotune]")" \
		_falcotune "zsh finds it"
else
	echo "skipped: zsh is not here"
fi
if command -v fish >/dev/null; then
	export HOME=$tmp XDG_CONFIG_HOME=$tmp XDG_DATA_HOME=$tmp
	ask() { fish -N -c "source $docs/fish/falcotune.fish; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '; }
	for f in "$docs"/fish/*; do
		run_expect 0 fish -n "$f"
	done
	assert_eq "$(ask 'falcotune run --format ')" "csv html json md text " "fish: values"
	assert_eq "$(ask 'falcotune su')" "survey " "fish: a command"
	assert_match "$(ask 'falcotune run -r mi')" "mine.yaml" "fish: a file"
	assert_eq "$(ask 'falcotune run --search --wei')" "--weights " "fish: options of run --search"
	assert_match "$(ask 'falcotune check --falco ')" "0.38.2 .*auto" "fish: releases"
else
	echo "skipped: fish is not here"
fi
finish
