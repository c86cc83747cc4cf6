#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole embedded engine on the running kernel: alerts with the right fields, metrics that add
# up, drops on demand, a prompt end, nothing left behind.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
engine=$FALCOTUNE_BIN/falcotune-engine
loop=$FALCOTUNE_BIN/bench-loop
[[ -x $engine && -x $loop ]] || skip "the embedded engine was not built"
[[ $(id -u) = 0 ]] || skip "needs root"

# It must end, and read its buffers to the end, in a given time.
go_first
pid=
stop_engine() { [[ -z $pid ]] || { kill -KILL "$pid"; wait "$pid"; } 2>/dev/null; }
at_exit stop_engine

# begin OPTIONS...: start the engine and wait until events flow (the first snapshot).
begin() {
	rm -f "$tmp/metrics" "$tmp/alerts"
	"${first[@]}" "$engine" -r "$tmp/rules.yaml" -o metrics.enabled=true -o metrics.interval=200ms \
		-o metrics.output_file="$tmp/metrics" -o metrics.output_rule=false \
		-o metrics.include_empty_values=true -o stdout_output.enabled=false \
		-o file_output.enabled=true -o file_output.filename="$tmp/alerts" \
		-o 'append_output={}' "$@" >"$tmp/out" 2>"$tmp/log" </dev/null &
	pid=$!
	for _ in $(seq 1500); do
		[[ -s $tmp/metrics ]] && return
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	wait "$pid"
	local code=$?
	pid=
	[[ $code = 3 ]] && skip "$(tail -1 "$tmp/log")"
	tail -5 "$tmp/log" >&2
	die "the engine did not start"
}

# end SIGNAL: it must end within 2 s with exit code 0.
end() {
	local from to code
	from=$(date +%s%N)
	kill "-$1" "$pid"
	wait "$pid"
	code=$?
	to=$(date +%s%N)
	pid=
	assert_eq $code 0 "exit code after $1"
	checks=$((checks + 1))
	(((to - from) < 2000000000)) || fail "it took $(((to - from) / 1000000)) ms to end"
}

# until_grep PATTERN FILE: up to 10 s.
until_grep() {
	for _ in $(seq 500); do
		grep -q "$1" "$2" 2>/dev/null && return 0
		sleep 0.02
	done
	return 1
}

# Numbers of the last snapshot.
last() { tail -1 "$tmp/metrics" | grep -o "\"$1\":[0-9]*" | head -1 | sed 's/.*://'; }

cat >"$tmp/rules.yaml" <<END
- rule: Marker read
  desc: the marker is opened for reading
  condition: >
    evt.type in (open, openat, openat2) and evt.is_open_read = true
    and fd.name = $tmp/marker and not proc.name in (nonesuch)
  output: "type=%evt.type res=%evt.res name=%proc.name exe=%proc.exepath cmd=%proc.cmdline pid=%proc.pid ppid=%proc.ppid pname=%proc.pname fd=%fd.name dir=%fd.directory char=%fd.typechar uid=%user.uid failed=%evt.failed cid=%container.id"
  priority: WARNING
  tags: [b, a]
- rule: Marker run
  desc: a marked command line
  condition: evt.type = execve and evt.res = SUCCESS and proc.cmdline contains marker-argument
  output: "run %proc.cmdline by %proc.pname"
  priority: NOTICE
- rule: Connection
  desc: a connection to a marked port
  condition: evt.type = connect and fd.sip = "127.0.0.1" and fd.sport = 47
  output: "connect %evt.res to %fd.sip:%fd.sport %fd.typechar"
  priority: INFO
- rule: Not for this engine
  desc: a field that it does not have
  condition: evt.type in (open, openat) and thread.cgroups = 0
  output: never
  priority: ERROR
END
cp "$(command -v cat)" "$tmp/reader"
echo content >"$tmp/marker"

# --- alerts as text, relative names, failures
begin -P "$tmp/pid"
assert_eq "$(cat "$tmp/pid")" "$pid" 'pid file'
progs=$(cat /proc/$pid/fdinfo/* 2>/dev/null | awk '/^prog_id:/ { print $2 }' | sort -u)
assert_true 'programs are loaded' test -n "$progs"
"$tmp/reader" "$tmp/marker" >/dev/null &
reader=$!
wait $reader
(cd "$tmp" && ./reader ./marker >/dev/null)
mv "$tmp/marker" "$tmp/away"
"$tmp/reader" "$tmp/marker" 2>/dev/null
mv "$tmp/away" "$tmp/marker"
/bin/true marker-argument
python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 47))
print("listens", flush=True)
s.accept()' >"$tmp/listener" &
listener=$!
until_grep listens "$tmp/listener" || fail "no listener on port 47"
(exec 3<>/dev/tcp/127.0.0.1/47)
wait $listener
until_grep 'connect ' "$tmp/alerts" || fail "no alert of the connection"
end INT
assert_true 'pid file is removed' test ! -e "$tmp/pid"
# The kernel frees programs a moment after their last user.
gone() {
	for _ in $(seq 100); do
		bpftool prog show id "$1" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}
if command -v bpftool >/dev/null; then
	for p in $progs; do
		assert_true "program $p has gone" gone "$p"
	done
fi
stamp='^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}: '
mapfile -t alerts <"$tmp/alerts"
assert_eq "${#alerts[@]}" 5 'number of alerts'
reader_is="name=reader exe=.*$tmp/reader" # the whole path, also from inside a chroot
assert_match "${alerts[0]}" "${stamp}Warning type=openat res=SUCCESS $reader_is cmd=reader $tmp/marker pid=$reader ppid=$$ pname=$(cat /proc/$$/comm) fd=$tmp/marker dir=$tmp char=f uid=0 failed=false cid=host\$" 'alert of a read'
assert_match "${alerts[1]}" "fd=$tmp/marker dir=$tmp" 'a relative name is made whole'
assert_match "${alerts[2]}" "res=ENOENT .* fd=$tmp/marker .* failed=true" 'a failed open has its name'
assert_match "${alerts[3]}" "${stamp}Notice run true marker-argument by " 'command line of an exec'
assert_match "${alerts[4]}" "${stamp}Informational connect SUCCESS to 127\.0\.0\.1:47 4" 'socket fields'
log=$(cat "$tmp/log")
assert_match "$log" "Rule 'Not for this engine' is not evaluated: it needs field thread\.cgroups" 'named in the log'
assert_match "$log" "Opening 'syscall' source with modern BPF probe\." 'opening'
assert_match "$log" "One ring buffer every '[0-9]+' CPUs\." 'buffers'
assert_match "$log" 'Setting metrics interval to 200ms, equivalent to 200 \(ms\)' 'interval'
assert_match "$log" 'SIGINT received, exiting\.\.\.' 'signal'
assert_match "$log" 'Events detected: 5' 'summary'
assert_match "$log" '   WARNING: 3' 'summary by priority'
assert_match "$log" '   Marker read: 3' 'summary by rule'

# --- metrics: names, counts, what the rules counted
assert_eq "$(last falco.rules.Marker_read)" 3 'counter of a rule'
assert_eq "$(last falco.rules.matches_total)" 5 'matches in total'
assert_eq "$(last falco.rules.Not_for_this_engine)" 0 'a rule that is not evaluated'
assert_eq "$(last falcotune.rules_not_evaluated)" 1 'rules not evaluated'
assert_true 'processes are known' test "$(last falco.n_threads)" -gt 10
assert_true 'descriptors are known' test "$(last falco.n_fds)" -gt 10
python3 - "$tmp/metrics" <<'END' || fail "metrics file"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) >= 2, rows
assert [r["sample"] for r in rows] == list(range(len(rows)))
fields = [r["output_fields"] for r in rows]
for a, b in zip(fields, fields[1:]):
    assert b["evt.time"] > a["evt.time"]
    assert b["scap.n_evts"] >= a["scap.n_evts"] == b["scap.n_evts_prev"]
    assert b["falco.num_evts_prev"] == a["falco.num_evts"]
assert fields[-1]["scap.n_evts"] > fields[0]["scap.n_evts"]
for name in ("evt.hostname", "evt.source", "falco.version", "falco.start_ts", "falco.duration_sec",
             "falco.kernel_release", "falco.host_boot_ts", "falco.host_num_cpus",
             "falco.outputs_queue_num_drops", "falco.cpu_usage_perc", "falco.memory_rss_mb",
             "falco.n_failed_thread_lookups", "falco.n_drops_full_threadtable",
             "scap.n_drops_buffer_total", "scap.n_drops_buffer_open_exit"):
    assert name in fields[-1], name
assert fields[-1]["scap.engine_name"] == "falcotune_bpf"
assert fields[-1]["falco.version"].startswith("falcotune-engine ")
assert fields[-1]["falco.evts_rate_sec"] >= 0
END
# The last snapshot is of the drained engine. As in Falco, n_evts counts a connect twice; one was made here,
# and the host makes some.
extra=$(($(last scap.n_evts) - $(last falco.num_evts) - $(last scap.n_drops)))
assert_true "n_evts = num_evts + n_drops + connects ($extra)" test "$extra" -ge 1

# --- JSON alerts
begin -o json_output=true
"$tmp/reader" "$tmp/marker" >/dev/null
until_grep 'Marker read' "$tmp/alerts" || fail "no JSON alert"
end TERM
assert_match "$(cat "$tmp/log")" 'SIGTERM received' 'SIGTERM'
python3 - "$tmp/alerts" "$tmp" <<'END' || fail "JSON alert"
import json, sys
a = json.loads(open(sys.argv[1]).readline())
assert a["rule"] == "Marker read" and a["priority"] == "Warning" and a["source"] == "syscall"
assert a["tags"] == ["a", "b"]
f = a["output_fields"]
assert f["fd.name"] == sys.argv[2] + "/marker" and f["evt.failed"] is False
assert f["user.uid"] == 0 and f["container.id"] == "host" and isinstance(f["proc.pid"], int)
assert abs(f["evt.time"] - __import__("time").time_ns()) < 60e9
END

# --- a slow consumer and one small buffer, which it reads to the end in time: drops, by category, and the sum
# holds to the event where there is no connect, of whomever
begin -o engine.modern_ebpf.buf_size_preset=1 -o engine.modern_ebpf.cpus_for_each_buffer=0 \
	-o engine.embedded.consumer_ns_per_event=20000 -o 'base_syscalls={custom_set: ["!connect"]}'
"$loop" open 100000 >/dev/null
end INT
drops=$(last scap.n_drops)
assert_true 'drops' test "$drops" -gt 50000
extra=$(($(last scap.n_evts) - $(last falco.num_evts) - drops))
assert_eq "$extra" 0 'n_evts = num_evts + n_drops with drops'
assert_eq "$(last scap.n_drops_buffer_total)" "$drops" 'drops of the buffer'
assert_true 'drops of open' test "$(last scap.n_drops_buffer_open_exit)" -gt 20000
assert_true 'drops of close' test "$(last scap.n_drops_buffer_close_exit)" -gt 20000
assert_no_match "$(cat "$tmp/log")" 'event drop detected: 0 occ' 'drops in the summary'

# --- selection reaches the kernel: Test 1's set sees no open, nor close
cat >"$tmp/rules.yaml" <<'END'
- rule: Never
  desc: the rule set that never fires
  condition: evt.type in (execve, execveat) and proc.name = iShouldNeverAlert
  output: "%evt.type"
  priority: WARNING
END
begin -o 'base_syscalls={custom_set: [clone, clone3, fork, vfork, execve, execveat, procexit]}'
before=$(last scap.n_evts)
"$loop" open 50000 >/dev/null
end INT
assert_true 'opens are not counted' test "$(($(last scap.n_evts) - before))" -lt 20000

# --- kmod: one buffer per CPU
begin -o engine.kind=kmod -o engine.kmod.buf_size_preset=2
end INT
assert_match "$(cat "$tmp/log")" "One ring buffer every '1' CPUs\." 'kmod'
assert_match "$(cat "$tmp/log")" 'dimension is: 2097152 bytes \(2 MBs\)' 'preset of kmod'

# --- -M, and SIGHUP that changes nothing
begin -M 1
kill -HUP "$pid"
wait "$pid"
assert_eq $? 0 'exit code after -M'
pid=
assert_true 'about a second' test "$(wc -l <"$tmp/metrics")" -ge 4

# --- libbpf statistics
begin -o metrics.libbpf_stats_enabled=true -o metrics.kernel_event_counters_per_cpu_enabled=true
end INT
assert_true 'per CPU' test -n "$(last scap.n_evts_cpu_0)"
assert_true 'program statistics' test -n "$(last scap.sys_exit.run_cnt)"

# --- a file that cannot be written
limit=20 run_expect 2 "$engine" -r "$tmp/rules.yaml" -o file_output.enabled=true \
	-o file_output.filename=/nonexistent/alerts -M 1
assert_match "$err" '/nonexistent/alerts: cannot be opened' 'named'
finish
