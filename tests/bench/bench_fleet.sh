#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune fleet collect and report over a made fleet: seconds, CPU and peak memory, of a folder with a file a host
# and of one log with all of them. Environment: BENCH_HOSTS (10000), BENCH_SAMPLES (100), BENCH_RUNS (3 here). The
# files take 2.4 GB in $TMPDIR, for each of the two shapes. The target is for two cores, which is what -j 2 uses.
BENCH_RUNS=${BENCH_RUNS:-3}
. "$(dirname "$0")/lib.sh"
hosts=${BENCH_HOSTS:-10000} samples=${BENCH_SAMPLES:-100}
ft=$FALCOTUNE_BIN/falcotune
# 2.4 KB a line, twice.
need=$((hosts * samples * 5 / 1024)) have=$(df -Pm "$tmp" | awk 'NR == 2 { print $4 }')
[ "$have" -gt $((need + 512)) ] || skip "needs $need MB in $tmp, there are $have"
/usr/bin/python3 "$here/make_fleet.py" "$tmp/made" "$hosts" "$samples" || exit 1
bytes=$(du -sb "$tmp/made/files" | cut -f1)

# measure NAME PATH...: BENCH_RUNS times; /usr/bin/time is not on every host.
measure() {
	local name=$1 line seconds=() cpu=() memory=()
	shift
	for _ in $(seq "$BENCH_RUNS"); do
		line=$(/usr/bin/python3 - "$ft" "$@" <<'P'
import os, resource, subprocess, sys, time
began = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
took, r = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, r.ru_utime + r.ru_stime, r.ru_maxrss / 1024)
P
		) || exit 1
		read -r a b c <<<"$line"
		seconds+=("$a") cpu+=("$b") memory+=("$c")
	done
	result "$name: elapsed" s "target 60 for 10,000 x 100" "${seconds[@]}"
	result "$name: CPU" s "" "${cpu[@]}"
	result "$name: peak memory" MiB "target 500" "${memory[@]}"
}
echo "$hosts hosts x $samples samples, $((bytes >> 20)) MiB, load average $(cut -d' ' -f1 /proc/loadavg) on $(nproc) CPUs"
measure "collect, a file a host" fleet collect "$tmp/made/files" -j 2 --out "$tmp/fleet.jsonl"
measure "report from the merged file" fleet report "$tmp/fleet.jsonl"
if [ "$hosts" -le 10000 ]; then
	cat "$tmp"/made/files/[0-9]*/*.jsonl >"$tmp/all.jsonl"
	measure "collect, one log of all hosts" fleet collect "$tmp/all.jsonl" --out "$tmp/all-merged.jsonl"
fi
