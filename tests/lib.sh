# SPDX-License-Identifier: Apache-2.0
# Helpers for the scripts in tests/cli and tests/live. Source it first:
#
#   . "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
#
# Gives: $tmp (a folder that goes away at the end), $ft (the falcotune executable), and below.
# A failed check prints what was expected and what came, is counted, and makes the script fail at
# the end through `finish`; `die` fails at once.

set -u
# Commands read nothing, unless a here-document gives it to them.
exec </dev/null
LC_ALL=C
export LC_ALL

: "${FALCOTUNE_BIN:?set it to the folder with the executables}"
: "${FALCOTUNE_SOURCE:?set it to the source tree}"
ft=$FALCOTUNE_BIN/falcotune
failures=0
checks=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/falcotune-test.XXXXXX") || exit 99
cleanup_hooks=()

lib_cleanup() {
	local hook
	for hook in ${cleanup_hooks[@]+"${cleanup_hooks[@]}"}; do
		"$hook"
	done
	rm -rf "$tmp"
}
trap lib_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# at_exit FUNCTION: called before $tmp is removed.
at_exit() { cleanup_hooks+=("$1"); }

# go_first: from here on "${first[@]}" COMMAND gets a CPU before what else the host does, as far as this user may.
# Where the scheduler weighs sessions against each other first (sched(7), autogroup), that of this script is
# what counts.
first=()
go_first() {
	echo -20 2>/dev/null >"/proc/$$/autogroup" || true
	[[ $EUID != 0 ]] || first=(nice -n -20)
}

# skip REASON: the test cannot be done here.
skip() {
	echo "skipped: $*"
	exit 77
}

die() {
	echo "FAILED: $*" >&2
	exit 1
}

fail() {
	failures=$((failures + 1))
	echo "FAILED (line ${BASH_LINENO[1]-?}): $*" >&2
}

# finish: the last line of every script.
finish() {
	if ((failures)); then
		echo "$failures of $checks checks failed" >&2
		exit 1
	fi
	echo "$checks checks passed"
	exit 0
}

# require_shared: skip unless the recorded material is here; sets $shared.
require_shared() {
	shared=${FALCOTUNE_SHARED-}
	[[ -n $shared && -d $shared/recorded ]] || skip "recorded material is not here"
}

# require_command NAME: skip unless `falcotune NAME` exists.
has_command() { "$ft" --help | grep -q "^  $1 "; }
require_command() { has_command "$1" || skip "falcotune has no command $1"; }

# run_expect CODE COMMAND...: run with a time limit of $limit seconds (60), stdout into $out and
# stderr into $err (both also as files $tmp/out and $tmp/err), and check the exit code.
run_expect() {
	local want=$1 got
	shift
	timeout -k 5 "${limit:-60}" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	out=$(tr -d '\0' <"$tmp/out")
	err=$(tr -d '\0' <"$tmp/err")
	checks=$((checks + 1))
	if [[ $got != "$want" ]]; then
		fail "exit code $got, expected $want: $*"
		sed 's/^/    stderr: /' "$tmp/err" | tail -20 >&2
		return 1
	fi
}

# assert_eq GOT WANT WHAT
assert_eq() {
	checks=$((checks + 1))
	[[ $1 == "$2" ]] || fail "$3: got '$1', expected '$2'"
}

# assert_match TEXT REGEX WHAT (POSIX extended)
assert_match() {
	checks=$((checks + 1))
	[[ $1 =~ $2 ]] || fail "$3: '$1' does not match '$2'"
}

assert_no_match() {
	checks=$((checks + 1))
	[[ ! $1 =~ $2 ]] || fail "$3: '$1' matches '$2'"
}

# assert_true WHAT COMMAND...
assert_true() {
	local what=$1
	shift
	checks=$((checks + 1))
	"$@" || fail "$what: $*"
}

# of FILE EXPRESSION: what Python makes of it, where d is the JSON document in FILE.
of() {
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}

# valid SCHEMA FILE: does it follow that schema of templates/, where validation is possible here?
valid() {
	python3 "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/$1" "$2" >"$tmp/faults"
	case $? in
	77) echo "not validated: $(cat "$tmp/faults")" ;;
	0) checks=$((checks + 1)) ;;
	*) fail "$2 does not follow $1: $(head -5 "$tmp/faults")" ;;
	esac
}

# burst_metrics: metrics lines of a Falco, a second each: 10,000 events, of which second 5 loses 30,000
# of 60,000; a tenth of a core.
burst_metrics() {
	python3 - <<'P'
import json
start = 1795200000 * 10**9
evts = drops = 0
for i in range(1, 11):
    evts += 60000 if i == 5 else 10000
    drops += 30000 if i == 5 else 0
    print(json.dumps({"sample": i, "output_fields": {
        "evt.time": start + i * 10**9, "evt.source": "syscall", "evt.hostname": "node1", "falco.start_ts": start,
        "falco.cpu_usage_perc": 10.0, "falco.host_num_cpus": 2, "falco.host_procs_running": 1,
        "falco.num_evts": evts - drops, "scap.n_evts": evts, "scap.n_drops": drops}}))
P
}
