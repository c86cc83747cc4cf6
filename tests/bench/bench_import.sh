#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How fast falcotune import reads metrics lines: MB (10^6 bytes) of input for each second of its CPU
# time, and how often that is jq's rate for the same question (events, drops and the highest rate of
# the file) in the same run, interleaved. BENCH_IMPORT_MB (200).
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || skip "jq is not installed"
command -v python3 >/dev/null || skip "python3 is not installed"
ft=$FALCOTUNE_BIN/falcotune
size=${BENCH_IMPORT_MB:-200}

# A file of a Falco 0.44 with all metrics on: some 2.6 KB a line, a sample a second.
python3 - "$tmp/metrics.jsonl" "$size" <<'PY'
import json, sys
path, size = sys.argv[1], int(sys.argv[2]) * 10**6
start = 1795209777273338828
fields = {
    "evt.hostname": "node-a", "evt.source": "syscall", "falco.host_boot_ts": 1795207357000000000,
    "falco.container_memory_used_mb": 114.3, "falco.cpu_usage_perc": 12.3, "falco.host_cpu_usage_perc": 49.4,
    "falco.host_memory_used_mb": 277.3, "falco.host_num_cpus": 8, "falco.host_open_fds": 659,
    "falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses": "192.0.2.2",
    "falco.host_procs_running": 2, "falco.kernel_release": "6.1.0", "falco.memory_rss_mb": 73.6,
    "falco.outputs_queue_num_drops": 0, "falco.start_ts": start, "falco.reload_ts": start - 1206980,
    "falco.rules.matches_total": 0, "falco.version": "0.44.1", "scap.engine_name": "modern_bpf"}
for name in "n_added_fds n_added_threads n_cached_fd_lookups n_cached_thread_lookups n_failed_fd_lookups " \
        "n_failed_thread_lookups n_fds n_noncached_fd_lookups n_removed_fds n_removed_threads n_threads".split():
    fields["falco." + name] = 1873
for name in "sys_enter sys_exit sched_p_exec sched_p_fork sched_proc_exit signal_deliver page_fault_u".split():
    for stat in "avg_time_ns run_cnt run_time_ns".split():
        fields[f"scap.{name}.{stat}"] = 7988123
for name in "clone_fork close connect dir_file execve open other_interest proc".split():
    fields[f"scap.n_drops_buffer_{name}_exit"] = 0
for name in ("rules_file.falco_rules_yaml", "config_file.falco_yaml"):
    fields["falco.sha256_" + name] = "1c15d5d543635b76e31cca39d7df8bf4caf50a428613c314d92986a23bfcb617"
evts = drops = n = done = 0
with open(path, "w") as f:
    while done < size:
        n += 1
        new = 300000 + n % 977 * 100
        lost = new // 50 if n % 100 == 99 else 0
        fields.update({"evt.time": start + n * 10**9, "falco.num_evts": evts - drops, "falco.duration_sec": n,
                       "scap.n_evts_prev": evts, "scap.evts_rate_sec": float(new), "scap.n_evts": evts + new,
                       "scap.n_drops": drops + lost, "scap.n_drops_perc": 100.0 * lost / new})
        evts += new
        drops += lost
        done += f.write(json.dumps({"output_fields": dict(sorted(fields.items())), "sample": n},
                                   separators=(",", ":")) + "\n")
PY
bytes=$(stat -c %s "$tmp/metrics.jsonl")
cat "$tmp/metrics.jsonl" >/dev/null

# cpu COMMAND...: its user and system time in seconds, in $spent.
TIMEFORMAT='%U %S'
cpu() {
	{ time "$@" >"$tmp/answer" 2>"$tmp/log"; } 2>"$tmp/time" || { cat "$tmp/log" >&2; exit 1; }
	spent=$(awk '{ print $1 + $2 }' "$tmp/time")
}
# shellcheck disable=SC2016
question='reduce (inputs | .output_fields) as $f ({max: 0};
	(if .t then (($f["scap.n_evts"] - .e) / (($f["evt.time"] - .t) / 1e9)) else 0 end) as $rate |
	{t: $f["evt.time"], e: $f["scap.n_evts"], fe: (.fe // $f["scap.n_evts"]), d: $f["scap.n_drops"],
	 fd: (.fd // $f["scap.n_drops"]), max: ([.max, $rate] | max)}) | [.e - .fe, .d - .fd]'

own=() jq=() ratios=()
for _ in $(seq "$BENCH_RUNS"); do
	cpu "$ft" import "$tmp/metrics.jsonl" --format json
	mine=$spent
	ours=$(jq -c '.sessions[0] | [.events, .drops]' "$tmp/answer")
	cpu jq -nc "$question" "$tmp/metrics.jsonl"
	theirs=$(cat "$tmp/answer")
	[ "$ours" = "$theirs" ] || { echo "different answers: $ours, jq $theirs" >&2; exit 1; }
	own+=("$(echo "$bytes $mine" | awk '{ print $1 / $2 / 1e6 }')")
	jq+=("$(echo "$bytes $spent" | awk '{ print $1 / $2 / 1e6 }')")
	ratios+=("$(echo "$spent $mine" | awk '{ print $1 / $2 }')")
done
result import.metrics_lines MB/s "target: 60 or more a core" "${own[@]}"
result import.metrics_lines_jq MB/s "the same question" "${jq[@]}"
result import.times_jq ratio "target: 3 or more" "${ratios[@]}"
peak=$(/usr/bin/env python3 - "$ft" "$tmp/metrics.jsonl" <<'PY'
import resource, subprocess, sys
subprocess.run([sys.argv[1], "import", sys.argv[2]], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
PY
)
result import.peak_memory MiB "does not grow with the file" "$peak"
