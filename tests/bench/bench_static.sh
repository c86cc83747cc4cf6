#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The static half: processor time (user and system, whole process) of check and syscalls on the
# stable rules, beside the bare start-up of the program and of /bin/true in the same run; and growth
# in time and memory with 10,000 and 20,000 rules. BENCH_FALCO, when given, validates the same file.
#
# Environment: as lib.sh; BENCH_RULES (the stable rules, default $FALCOTUNE_SHARED/upstream/...).
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "no python3"
rules=${BENCH_RULES:-${FALCOTUNE_SHARED:-$here/../../../shared}/upstream/falco_rules.yaml}
ft=$FALCOTUNE_BIN/falcotune

cat >"$tmp/cpu.py" <<'END'
"""cpu.py RUNS COMMAND...: processor milliseconds of each run, then the largest memory in MiB."""
import os
import sys
null = os.open(os.devnull, os.O_RDWR)
to = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
peak = 0
for _ in range(int(sys.argv[1])):
    pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=to)
    _, status, use = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{sys.argv[2:]}: status {status}")
    print((use.ru_utime + use.ru_stime) * 1e3)
    peak = max(peak, use.ru_maxrss)
print("peak", peak / 1024)
END

cat >"$tmp/many.py" <<'END'
"""many.py RULES MACROS: a rules file; every macro and rule uses lists, most macros other macros."""
import sys
n, m = int(sys.argv[1]), int(sys.argv[2])
events = "open openat execve connect accept unlink chmod mkdir".split()
for i in range(m // 4):
    print(f"- list: l{i}\n  items: [bin{i}, 'sh {i}', /usr/bin/x{i}, cat]\n")
for i in range(m):
    also = f" or m{i - 1}" if i % 10 else ""
    print(f"- macro: m{i}\n  condition: (proc.name in (l{i // 4}, a, b) or fd.name startswith /etc/{i}{also})\n")
for i in range(n):
    print(f"""- rule: Rule number {i}
  desc: A rule that is made for measuring, number {i}
  condition: >
    evt.type in ({events[i % 8]}, {events[(i + 3) % 8]}) and m{i % m}
    and not proc.pname in (l{i % (m // 4)}, dockerd) and user.uid != {i}
  output: File opened (user=%user.name command=%proc.cmdline file=%fd.name n={i})
  priority: WARNING
  tags: [host, filesystem, t{i % 20}]
""")
END

# measure NAME UNIT-NOTE COMMAND...: sets median and peak.
measure() {
	local name=$1 note=$2 runs=$3 out
	shift 3
	out=$(python3 "$tmp/cpu.py" "$runs" "$@") || { echo "$name: failed" >&2; exit 1; }
	peak=$(awk '$1 == "peak" { print $2 }' <<<"$out")
	median=$(grep -v peak <<<"$out" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
	# shellcheck disable=SC2046 # one word a run
	result "$name" ms "$note" $(grep -v peak <<<"$out")
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

rc=0
limit() { # NAME VALUE LIMIT
	awk -v v="$2" -v l="$3" 'BEGIN { exit !(v <= l) }' && return
	echo "over the limit: $1 $2, limit $3"
	rc=1
}

many=$((BENCH_RUNS * 15))
measure static_bare_true "" "$many" /bin/true
measure static_startup "" "$many" "$ft" --version
startup=$median
if [ -r "$rules" ]; then
	for what in check syscalls; do
		args=("$what" -r "$rules")
		measure "static_${what}_stable_cpu" "target 4" "$many" "$ft" "${args[@]}"
		echo "static_${what}_to_startup $(ratio "$median" "$startup") times"
		limit "$what on the stable rules, ms" "$median" 4
		if [ -n "$BENCH_FALCO" ] && [ "$what" = check ]; then
			own=$median
			measure static_falco_validate_cpu "" "$BENCH_RUNS" "$BENCH_FALCO" -V "$rules"
			echo "static_check_to_falco $(ratio "$own" "$median") times"
		fi
	done
else
	echo "skipped: no stable rules at $rules (BENCH_RULES)"
fi

python3 "$tmp/many.py" 10000 2000 >"$tmp/10k.yaml"
python3 "$tmp/many.py" 20000 4000 >"$tmp/20k.yaml"
for what in check syscalls; do
	measure "static_${what}_10000_rules" "target 1500" 7 "$ft" "$what" -r "$tmp/10k.yaml"
	one=$median
	limit "$what of 10,000 rules, ms" "$median" 1500
	echo "static_${what}_10000_memory $peak MiB [target 40]"
	limit "$what of 10,000 rules, MiB" "$peak" 40
	measure "static_${what}_20000_rules" "" 7 "$ft" "$what" -r "$tmp/20k.yaml"
	echo "static_${what}_growth $(ratio "$median" "$one") times for twice the rules [target 2.2]"
	limit "$what growth" "$(ratio "$median" "$one")" 2.2
done
exit $rc
