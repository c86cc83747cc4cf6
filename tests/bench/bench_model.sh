#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost model against measurement: CPU of the embedded engine for each event of one recorded load, for
# six rule sets. Measured by profiles of replays (net of the timer); model: the counts of that profile with
# prices that were calibrated on all six, and on the other five. Needs root to record.
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

profile() { # SET FILE
	"$engine" -r "$rules/$1.yaml" -o engine.kind=replay -o stdout_output.enabled=false \
		-o engine.replay.capture_file="$tmp/a.rec" -o engine.embedded.profile="$2" \
		>/dev/null 2>"$tmp/log" || { tail -3 "$tmp/log" >&2; exit 1; }
}
cost() { "$FALCOTUNE_BIN/falcotune" rules --cost --format json "$@" 2>/dev/null; }
# Of the only profile of a report: the model's total over the measured one.
total() {
	python3 -c 'import json, sys
print(json.load(sys.stdin)["against_measurement"][0]["total"]["ratio"])'
}
# The sets in turn, because the machine's speed drifts. Of the runs of a set the one that took least counts:
# others on the machine only ever add.
ns_of() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(d["totals"]["phases_ns"] / d["events"]["seen"])' "$1"
}
declare -A measured all left default
for run in $(seq "$BENCH_RUNS"); do
	for set in "${sets[@]}"; do
		profile "$set" "$tmp/run.json"
		ns=$(ns_of "$tmp/run.json")
		if [ ! -e "$tmp/$set.json" ] || awk "BEGIN { exit !($ns < $(ns_of "$tmp/$set.json")) }"; then
			mv "$tmp/run.json" "$tmp/$set.json"
		fi
		measured[$set]+=" $ns"
	done
done
# calibrate FILE SETS...: on the profiles of these sets.
calibrate() {
	local file=$1 profiles=() set
	shift
	for set in "$@"; do profiles+=(--profile "$tmp/$set.json"); done
	cost -r "$rules/both.yaml" "${profiles[@]}" --write-calibration "$file" >/dev/null || exit 1
}
calibrate "$tmp/all.json" "${sets[@]}"
for set in "${sets[@]}"; do
	others=()
	for other in "${sets[@]}"; do [ "$other" = "$set" ] || others+=("$other"); done
	calibrate "$tmp/left.json" "${others[@]}"
	own=(-r "$rules/$set.yaml" --profile "$tmp/$set.json")
	all[$set]=$(cost "${own[@]}" --calibration "$tmp/all.json" | total)
	left[$set]=$(cost "${own[@]}" --calibration "$tmp/left.json" | total)
	default[$set]=$(cost "${own[@]}" | total)
done
for set in "${sets[@]}"; do
	# shellcheck disable=SC2086
	{
		result "model.$set.measured" ns/event "" ${measured[$set]}
		result "model.$set.calibrated" ratio "model over measured; target 0.85 to 1.15" ${all[$set]}
		result "model.$set.calibrated-on-others" ratio "model over measured" ${left[$set]}
		result "model.$set.defaults" ratio "model over measured" ${default[$set]}
	}
done
