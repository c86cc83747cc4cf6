#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune profile --sample: a program whose time is known to be in one function; stripped; not permitted.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command profile
command -v cc >/dev/null || skip "no C compiler"

cat >"$tmp/spin.c" <<'END'
volatile unsigned long n;
__attribute__((noinline)) void inner_most(void)
{
	for (unsigned long i = 0; i < 100000000UL; i++)
		n += i;
}
__attribute__((noinline)) void in_the_middle(void)
{
	for (;;)
		inner_most();
}
int main(void)
{
	in_the_middle();
	return 0;
}
END
cc -O0 -fno-omit-frame-pointer -fno-optimize-sibling-calls -o "$tmp/spin" "$tmp/spin.c" || die "no test program"

children=()
stop() { for c in ${children[@]+"${children[@]}"}; do kill "$c" 2>/dev/null; done; }
at_exit stop
start() { # PROGRAM: sets $pid
	"$@" &
	pid=$!
	children+=("$pid")
}

# --- a program with symbols and frame pointers
start "$tmp/spin"
if ! timeout 60 "$ft" profile --sample --pid "$pid" --duration 1s --folded "$tmp/f" --dot "$tmp/d" --format json \
	--out "$tmp/spin-out" >"$tmp/spin.json" 2>"$tmp/err"; then
	grep -qE 'perf events are not (permitted|offered)' "$tmp/err" && skip "$(cat "$tmp/err")"
	die "$(cat "$tmp/err")"
fi
valid sample.schema.json "$tmp/spin.json"
assert_eq "$(of "$tmp/spin.json" 'd["samples"] > 20, d["process"]["comm"], d["process"]["threads"], d["process"]["exe"]')" \
	"(True, 'spin', 1, '$tmp/spin')" 'what was sampled'
assert_eq "$(of "$tmp/spin.json" 'd["functions"][0]["name"], d["functions"][0]["module"]')" "('inner_most', 'spin')" 'the dear function'
assert_match "$(cat "$tmp/f")" ';main;in_the_middle;inner_most [0-9]+' 'its callers'
assert_eq "$(of "$tmp/spin.json" 'all(f["total"] >= f["self"] for f in d["functions"]) and sum(f["self"] for f in d["functions"]) == d["samples"] == d["tree"]["samples"] == sum(m["samples"] for m in d["modules"])')" \
	True 'counts agree'
python3 - "$tmp/f" "$tmp/spin.json" >"$tmp/sums" <<'END'
import json, re, sys
total = 0
for line in open(sys.argv[1], encoding="utf-8"):
    m = re.fullmatch(r"spin(?:;[^;]+)* (\d+)\n", line)
    if not m:
        sys.exit(f"not a folded line: {line!r}")
    total += int(m.group(1))
d = json.load(open(sys.argv[2]))
def self_samples(n):
    return n["samples"] - sum(c["samples"] for c in n["children"]) + sum(self_samples(c) for c in n["children"])
period = 1e9 // d["hertz"]
print(abs(total - d["tree"]["ns"]) < 1, self_samples(d["tree"]) == d["samples"],
      d["event"] != "cpu-clock" or total == d["samples"] * period)
END
assert_eq "$(cat "$tmp/sums")" 'True True True' 'folded lines are all samples'
if command -v dot >/dev/null; then
	dot -Tsvg "$tmp/d" -o "$tmp/dot.svg" 2>"$tmp/dot.err"
	assert_eq "$? $(cat "$tmp/dot.err")" "0 " 'Graphviz takes it'
	assert_eq "$(grep -c 'class="node"' "$tmp/dot.svg")" "$(grep -cE '^	n[0-9]+ \[' "$tmp/d")" 'a node each'
fi
assert_match "$(cat "$tmp/d")" "$(of "$tmp/spin.json" 'd["samples"]') samples" 'its root has them all'
for format in text csv html; do
	run_expect 0 "$ft" profile --sample --pid "$pid" --duration 1s --format "$format" --out "$tmp/$format"
	cp "$tmp/out" "$tmp/r.$format"
done
assert_match "$(cat "$tmp/r.text")" 'inner_most +spin +[0-9.]+%' 'ranked'
assert_match "$(cat "$tmp/r.text")" 'Without a symbol +[0-9.]+% of the samples' 'missing symbols are told'
assert_match "$(cat "$tmp/r.csv")" 'inner_most,spin,[0-9]+,[0-9]+' 'csv'
assert_match "$(cat "$tmp/r.html")" 'inner_most: .* of the CPU time' 'a flame graph'

# --- a signal
"$ft" profile --sample --pid "$pid" --duration 60s --out "$tmp/int" >/dev/null 2>&1 &
job=$!
for _ in $(seq 100); do
	[[ $(awk '/^SigBlk/ {print $2}' "/proc/$job/status" 2>/dev/null) =~ [1-9a-f] ]] && break
	read -rt 0.05 <> <(:) || true
done
kill -TERM "$job"
wait "$job"
assert_eq "$?" 143 'ended by the signal'
kill "$pid"

# --- one without symbols: said, and its module is named
if command -v strip >/dev/null; then
	strip -s -o "$tmp/bare" "$tmp/spin"
	start "$tmp/bare"
	run_expect 0 "$ft" profile --sample --pid "$pid" --duration 1s --folded "$tmp/f" --out "$tmp/bare-out"
	assert_match "$err" '[0-9]+% of the samples have no symbol' 'a warning'
	assert_match "$(cat "$tmp/f")" '\[bare\] [0-9]+' 'the module alone'
	kill "$pid"
fi

# --- what cannot be, and what makes no sense
run_expect 3 "$ft" profile --sample --pid 2147483600
assert_match "$err" 'there is no process 2147483600' 'none'
run_expect 2 "$ft" profile --sample -r x.yaml
assert_match "$err" '--sample looks at a process that runs' 'no rules'
run_expect 2 "$ft" profile --sample --pid "$$,$$"
assert_match "$err" 'one process is sampled at a time' 'two'
if [[ $EUID = 0 ]] && setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$ft" 2>/dev/null; then
	run_expect 3 setpriv --reuid 65534 --regid 65534 --clear-groups "$ft" profile --sample --pid "$$" --duration 1s
	assert_match "$err" 'perf events are not permitted on process [0-9]+ \(kernel.perf_event_paranoid is -?[0-9]+\): run as root' \
		'not permitted, and what to do'
fi
finish
