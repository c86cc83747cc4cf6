# SPDX-License-Identifier: Apache-2.0
# Helpers for the tests of `falcotune run`; sourced after tests/lib.sh. Gives $fake (an engine that
# replays logs and metrics, tests/fake/fake_engine.c), begin_fake, json, and what looks for leftovers.

require_command run
fake=$FALCOTUNE_BIN/../tests/fake-engine
[[ -x $fake ]] || skip "the fake engine is not built"
fake=$(readlink -f "$fake")

# fake_logs DIR: the log of a dry run for each stock case: recorded ones of a real Falco where they
# are here, else made from the prediction (which proves less).
fake_logs() {
	local dir=$1 case names n
	local -A recorded=([spawned-process]=test1-spawned-process [repair]=test2-repair
		[accept]=test3-accept [connect]=test4-connect [open]=test5-open [default]=default)
	mkdir -p "$dir"
	if [[ -d ${FALCOTUNE_SHARED-}/recorded/dry-run ]]; then
		for case in "${!recorded[@]}"; do
			cat "$FALCOTUNE_SHARED/recorded/dry-run/dummy--${recorded[$case]}/log.txt" >"$dir/$case.log"
		done
		return
	fi
	"$ft" matrix --write "$tmp/matrix" >/dev/null || die "falcotune matrix --write"
	for case in "${!recorded[@]}"; do
		n=$(wc -l <"$tmp/matrix/$case/predicted.txt")
		names=$(paste -sd, "$tmp/matrix/$case/predicted.txt" | sed 's/,/, /g')
		printf '%s\n' "Falco version: 0.44.1 (x86_64)" \
			"($n) syscalls selected in total (final set): $names" >"$dir/$case.log"
	done
}

# begin_fake: from here on in $tmp, where logs/ has what the fake engine replays; CASE.rate and so on
# go there too.
begin_fake() {
	[[ -x $FALCOTUNE_BIN/falcotune-load ]] || skip "falcotune-load is not built"
	cd "$tmp" || exit 99
	export FAKE_LOGS=$tmp/logs
	fake_logs "$FAKE_LOGS"
}

# json FILE JQ-LIKE-PYTHON: an expression over the document `d`.
json() { python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2], {"d": d, "case": lambda k: next(c for c in d["cases"] if c["key"] == k)}))' "$@"; }

# Processes whose command line names the folder of this test; own shells left out.
our_processes() {
	local p
	for p in /proc/[0-9]*; do
		[[ $p == /proc/$$ || $p == /proc/$BASHPID ]] && continue
		tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -q -- "$tmp" || continue
		tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -qE 'falcotune|fake-engine' && echo "${p#/proc/}"
	done
}

state_dir() {
	if [[ $EUID == 0 ]]; then
		echo /run/falcotune
	elif [[ ${XDG_RUNTIME_DIR-} == /* ]]; then
		echo "$XDG_RUNTIME_DIR/falcotune"
	else
		echo "$TMPDIR/falcotune-$EUID"
	fi
}

# Records of runs of this test whose owner is gone, and folders of dead loads.
our_records() { grep -ls -- "$tmp" "$(state_dir)"/* 2>/dev/null; }

# nothing_left WHAT: no process, no record, no load folder of ours.
nothing_left() {
	local i
	# A killed process may need a moment until it is gone; the check itself is on the end state.
	for i in {1..100}; do
		[[ -z $(our_processes) ]] && break
		sleep 0.05
	done
	assert_eq "$(our_processes)" "" "$1: processes left"
	assert_eq "$(our_records)" "" "$1: records left"
	assert_eq "$(ls "$TMPDIR" | grep -c '^falcotune-load')" 0 "$1: load folders left"
}

# Temporary folders of everything below go here, so that what is left can be seen.
mkdir -p "$tmp/tmp"
export TMPDIR=$tmp/tmp

# reported DIR FORMAT: what the last command printed (in that format) is what `falcotune report` makes of the
# folder that it left, and the page of it is well-formed. Leaves $out and $err alone.
reported() {
	local what="report of $1 as $2"
	checks=$((checks + 2))
	"$ft" report "$1" --format "$2" >"$tmp/reported" 2>&1
	diff "$tmp/out" "$tmp/reported" >"$tmp/reported.diff" || fail "$what: $(head -5 "$tmp/reported.diff")"
	"$ft" report "$1" --format html -o "$tmp/reported.html" || fail "$what: no page"
	python3 "$FALCOTUNE_SOURCE/tests/page.py" "$tmp/reported.html" >"$tmp/reported" || fail "$what: $(<"$tmp/reported")"
}
