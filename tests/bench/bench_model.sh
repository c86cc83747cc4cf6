#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost model against measurement: CPU time of the embedded engine's thread for each event of one recorded
# load, for six rule sets. Measured: replays without profiling. Model: prices that were calibrated by the rule
# sets of rulesets/calibrate, none of which is one of the six. Needs root to record.
. "$(dirname "$0")/lib.sh"
need_root
engine=${BENCH_ENGINE:-$FALCOTUNE_BIN/falcotune-engine}
[ -x "$engine" ] || skip "the embedded engine was not built"
seconds=${BENCH_SECONDS:-4}
rules=$tmp/rules
mkdir "$rules"
head_of() { printf -- '- rule: %s\n  desc: d\n  output: o %%fd.name %%proc.cmdline\n  priority: INFO\n  condition: ' "$1"; }
one() { head_of "$1"; printf '%s\n' "$2"; }
opened='evt.type in (open, openat, openat2) and evt.is_open_read = true'
{
	one Keys "$opened and fd.name contains id_rsa and not proc.name in (sh, bash)"
	one Etc "$opened and fd.name startswith /nowhere and proc.pname = cron"
	one Homes "$opened and fd.name glob '/home/*/.ssh/*'"
	one Roots "$opened and fd.name pmatch (/root, /boot, /proc/kcore)"
} >"$rules/files.yaml"
{
	one Shells "evt.type in (execve, execveat) and proc.name in (sh, bash, dash) and proc.pname in (nginx, httpd)"
	one Ancestors "evt.type in (execve, execveat) and proc.aname[2] in (sshd, cron) and proc.cmdline contains curl"
	one Lines "evt.type in (execve, execveat) and proc.cmdline contains --no-such and proc.exepath startswith /opt"
} >"$rules/processes.yaml"
{
	one Connects "evt.type = connect and fd.sip = 10.1.2.3"
	one Accepts "evt.type in (accept, accept4) and fd.lport in (1, 2, 3)"
	one Closes "evt.type = close and fd.num >= 500 and fd.typechar = 4"
} >"$rules/network.yaml"
{
	for i in $(seq 12); do
		one "Path $i" "$opened and fd.name in (/etc/a$i, /etc/b$i) and proc.name != x$i"
		one "Close $i" "evt.type = close and fd.name startswith /nowhere/$i"
	done
	one Pattern "$opened and fd.name regex '^/nowhere/[a-z]+$'"
} >"$rules/many.yaml"
sets=(files processes network many)
upstream=$(dirname "$BENCH_RULES")
if [ -r "$upstream/falco_rules.yaml" ] && [ -r "$upstream/falco-incubating_rules.yaml" ]; then
	cp "$upstream/falco_rules.yaml" "$rules/stable.yaml"
	cat "$upstream/falco_rules.yaml" "$upstream/falco-incubating_rules.yaml" >"$rules/both.yaml"
else
	echo "the upstream rules are not here: two sets of made-up rules stand in" >&2
	cat "$rules/files.yaml" "$rules/network.yaml" >"$rules/stable.yaml"
	cat "$rules"/{files,network,processes,many}.yaml >"$rules/both.yaml"
fi
sets+=(stable both)

# One load: files, processes, connections.
loop() {
	end=$((SECONDS + seconds))
	while [ $SECONDS -lt $end ]; do
		/bin/true
		cat /etc/hostname /etc/passwd /usr/share/dict/words >/dev/null 2>&1
		(exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null
	done
}
"$engine" -r "$rules/both.yaml" -o stdout_output.enabled=false -o engine.embedded.record="$tmp/a.rec" \
	-M $((seconds + 2)) >/dev/null 2>"$tmp/log" &
engine_pid=$!
wait_for "grep -q 'Recording events' '$tmp/log'"
loop &
"$FALCOTUNE_BIN/falcotune-load" --profile mixed --duration "${seconds}s" --scale 0.2 >/dev/null 2>&1 || true
wait $!
wait "$engine_pid"
engine_pid=
[ -s "$tmp/a.rec" ] || { tail -3 "$tmp/log" >&2; exit 3; }

# For each set a calibration by other rules, in turn with replays of the set: what the model says of it, and
# what it took.
for set in "${sets[@]}"; do
	"$FALCOTUNE_BIN/falcotune" profile -r "$rules/$set.yaml" --events "$tmp/a.rec" --calibrate "$tmp/cal.json" \
		--runs "$BENCH_RUNS" --out "$tmp/out-$set" --format json >"$tmp/$set.json" 2>"$tmp/log" ||
		{ tail -3 "$tmp/log" >&2; exit 1; }
	rm -rf "$tmp/out-$set"
	read -r measured low high model <<<"$(python3 -c 'import json, sys
r = [r for r in json.load(open(sys.argv[1]))["runs"] if not r["fit"]][0]
print(r["ns_per_event"], r["lowest_ns"], r["highest_ns"], r["model_ns"])' "$tmp/$set.json")"
	result "model.$set.measured" ns/event "median of $BENCH_RUNS replays; lowest, highest" \
		"$low" "$measured" "$high"
	result "model.$set.calibrated-on-others" ratio "model over measured; target 0.85 to 1.15; load $(cut -d' ' -f1 /proc/loadavg)" \
		"$(awk "BEGIN { print $model / $measured }")"
done
