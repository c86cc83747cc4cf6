#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune-load: the calls that it says it made are the calls that strace sees between the start
# and the end record, for every operation.
# Runs alone: counts under strace hold on a host that is not overloaded.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
command -v strace >/dev/null || skip "strace is not installed"
strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
load=$FALCOTUNE_BIN/falcotune-load
export TMPDIR=$tmp/t
mkdir "$TMPDIR"
export ASAN_OPTIONS=detect_leaks=0 # the leak check does not run under a tracer
# A sanitizer's own calls are not the load's.
ignore=
grep -q __asan_init "$load" && ignore="mmap munmap"

compare() { # OPERATION
	python3 - "$tmp/trace" "$tmp/report" "$1" "$ignore" <<'PY'
import json, re, sys

trace, report, what, ignore = sys.argv[1:]
end = json.loads(open(report).read().splitlines()[-1])
seen, between = {}, False


def count(name):
    seen[name] = seen.get(name, 0) + 1


for line in open(trace, errors="replace"):
    text = line.split(None, 1)[1]
    call = re.match(r"(\w+)\(", text)
    record = re.match(r'write\(\d+, "\{\\"type\\":\\"(\w+)', text)
    if record:
        between = between or record.group(1) == "start"
        if record.group(1) == "end":
            break
        continue
    if not between:
        continue
    if "+++ exited" in text:
        count("procexit")
    elif call and call.group(1) != "exit_group":  # which never returns
        count(call.group(1))
    born = re.search(r"\b(clone|clone3|fork|vfork)(?:\(| resumed>).* = (\d+)$", text.rstrip())
    if born and int(born.group(2)):  # it returns in the child too
        count(born.group(1))

said = dict(end["syscalls"])
if not between:
    sys.exit("no start record in the trace")
# How the main thread waits for the others is not part of the truth; nor is memory for its record.
for own in ("futex", "restart_syscall", "rt_sigtimedwait", "madvise", "brk", "poll", *ignore.split()):
    if seen.pop(own, 0) < said.pop(own, 0) and own in ("futex", "madvise", "brk"):
        sys.exit(f"{what}: fewer calls of {own} than said")
wrong = {
    name: (said.get(name, 0), seen.get(name, 0))
    for name in {*said, *seen}
    if said.get(name, 0) != seen.get(name, 0)
}
if wrong:
    print(f"{what}: call: (said, seen) {wrong}", file=sys.stderr)
idle = [(w["operation"], w["ops"], w["errors"]) for w in end["workers"] if not w["ops"] > 5]
if idle:
    print(f"{what}: nothing was done: (operation, done, failed) {idle}", file=sys.stderr)
    wrong = True
sys.exit(bool(wrong))
PY
}

# All operations at once: strace sees their calls together, and so does the sum of their truths.
printf 'id: t\ntitle: t\nworkers:\n' >"$tmp/p.yaml"
n=0
while read -r op _; do
	printf '  - {operation: %s, rate: 20}\n' "$op" >>"$tmp/p.yaml"
	n=$((n + 1))
done < <("$load" --operations)
((n > 100)) || fail "--operations lists $n operations"
run_expect 0 strace -f -q -s 60 -o "$tmp/trace" \
	"$load" --profile "$tmp/p.yaml" --duration 2s --interval 0 --report "$tmp/report"
checks=$((checks + 1))
compare "all operations" || fail "truth of all operations"
echo "note: $n operations compared call for call"

for op in spawn open accept connect readwrite stat fork vfork-exec; do
	printf 'id: t\ntitle: t\nworkers: [{operation: %s, rate: 40}]\n' $op >"$tmp/p.yaml"
	run_expect 0 strace -f -q -s 60 -o "$tmp/trace" \
		"$load" --profile "$tmp/p.yaml" --duration 1s --interval 0 --report "$tmp/report"
	checks=$((checks + 1))
	compare $op || fail "truth of $op"
done

finish
