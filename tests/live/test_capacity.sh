#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune capacity on the embedded engine: a knee that consumer_ns_per_event places, a CPU limit that
# throttles, a memory limit that kills, a load that saturates first, and kill -9 in a limited round.
#
# Other processes' events and CPU time are part of what is measured: the set is one that few make
# (newfstatat), the test's processes get the CPU first, and the bounds are wide.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command capacity
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=200
go_first

cat >stats.yaml <<'Y'
id: stats
title: 10,000 file stats a second
workers:
  - operation: stat
    rate: 10000
Y
cat >stat.yaml <<'Y'
id: stat
title: file stats alone
rules: dummy
base_syscalls:
  custom_set: [newfstatat]
Y
base=(--engine embedded --cases ./stat.yaml --load ./stats.yaml --rest 500ms --warmup 500ms
	-o engine.modern_ebpf.buf_size_preset=1)
json() { /usr/bin/python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
c = d["capacities"]
print(eval(sys.argv[2]))' "$@"; }
valid() {
	run_expect 0 /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/capacity.schema.json" "$@"
}

# ---- the knee: 20 us an event are 50,000 events a second ----
for try in 1 2 3; do
	timeout 120 "${first[@]}" "$ft" capacity "${base[@]}" -o engine.embedded.consumer_ns_per_event=20000 \
		--duration 1s --levels 1% --out "k$try" --format json >k.json 2>k.err
	code=$?
	[[ $code != 3 ]] || skip "$(tail -1 k.err)"
	rate=$(json k.json '"%.0f" % c[0]["levels"][0]["evts_per_s"]')
	echo "note: knee at 1% of drops: $rate events/s, 50,000 at most by the consumer's pace"
	# Below it by what a loaded host takes from the consumer.
	((rate > 25000 && rate < 60000)) && break
done
assert_eq "$code" 0 "exit code"
assert_true "knee between a half and 1.2 times 1e9 / consumer_ns_per_event" test "$((rate > 25000 && rate < 60000))" = 1
assert_eq "$(json k.json 'c[0]["state"]')" measured "state"
assert_eq "$(json k.json 'd["engine"]["embedded"]')" True "marked as the embedded engine's"

# ---- limits: a tenth of a CPU throttles, 4 MiB do not hold the buffers ----
sed 's/rate: 10000/rate: 2000/' stats.yaml >slow.yaml
run_expect 1 "${first[@]}" "$ft" capacity "${base[@]}" --load ./slow.yaml -o engine.embedded.consumer_ns_per_event=5000 \
	--duration 1s --levels 1% --cpu-limit 0.1 --memory-limit 4Mi,64Mi --max-time 20s --out lim --format json
cp "$tmp/out" lim.json
throttled=$(json lim.json 'c[1]["throttled_ns"]')
echo "note: at 0.1 CPU throttled $(json lim.json '"%.2f s of %.1f s" % (c[1]["throttled_ns"] / 1e9, c[1]["window_seconds"])'), capacity at 1%: $(json lim.json '"%.0f" % c[1]["levels"][0]["evts_per_s"]') events/s"
assert_true "throttled time" test "$throttled" -gt 0
assert_true "group peak within the limit" test "$(json lim.json '0 < c[1]["memory_peak"] <= 64 << 20')" = True
assert_true "CPU within the limit" test "$(json lim.json 'all(r["cpu_share"] < 0.25 for r in c[1]["rounds"])')" = True
assert_match "$(json lim.json 'c[1]["resources"]["yaml"]')" "cpu: 100m" "resources"
assert_eq "$(json lim.json '(c[0]["state"], c[0]["engine_ended"])')" "('failed', True)" "too little memory is a result"
assert_match "$(json lim.json 'c[0]["reason"]')" "the engine .*(OOM|memory|room)" "with a reason"
valid k.json lim.json

# ---- a load that cannot go faster: one thread's processes ----
sed 's/operation: stat/operation: spawn/; s/10000$/1000000/' stats.yaml >spawns.yaml
run_expect 0 "${first[@]}" "$ft" capacity --engine embedded --cases spawned-process --load ./spawns.yaml --rest 500ms \
	--duration 1s --warmup 500ms --levels 1% --out sat --format json
cp "$tmp/out" sat.json
assert_eq "$(json sat.json 'c[0]["state"]')" load-saturated "saturation"
assert_eq "$(json sat.json 'c[0]["levels"][0]["basis"]')" at-least "a bound"
assert_match "$(json sat.json 'c[0]["rounds"][-1]["slowest_operation"]')" "^spawn .* of 1M/s" "slowest operation"

# ---- an engine that outgrows its memory ----
cat >hog <<'S'
#!/bin/bash
[[ " $* " == *" --version "* ]] && exec echo "Falco version: 0.44.1"
[[ " $* " == *" --dry-run "* ]] && exec "$FALCOTUNE_BIN/falcotune-engine" "$@"
exec tail /dev/zero # keeps the last line, which does not end
S
chmod +x hog
run_expect 1 "$ft" capacity --engine ./hog "${base[@]:2}" --memory-limit 16Mi --out oom --format json
assert_match "$(/usr/bin/python3 -c 'import json; print(json.load(open("oom/capacity.json"))["capacities"][0]["reason"])')" \
	"killed at its memory limit of 16 MiB \(OOM\)" "reason"

# ---- a signal in a limited round leaves nothing; neither does kill -9 after the next start ----
groups() { find /sys/fs/cgroup -type d -name "falcotune-$1-*" 2>/dev/null; }
# limited NAME: in the background until its first round is done; $pid.
limited() {
	"${first[@]}" "$ft" capacity "${base[@]}" --cpu-limit 0.5 --memory-limit 64Mi --out "$1" >"$1.out" 2>"$1.err" &
	pid=$!
	for _ in {1..600}; do
		grep -qs "round 1" "$1.err" && break
		sleep 0.05
	done
}
limited ended
assert_true "a group while it runs" test -n "$(groups "$pid")"
kill -TERM "$pid"
wait "$pid"
assert_eq "$?" 143 "exit code of SIGTERM"
assert_eq "$(groups "$pid")" "" "groups after SIGTERM"
assert_match "$(<ended.out)" "Interrupted" "what was measured until then"

limited dead
assert_true "a group while it runs" test -n "$(groups "$pid")"
kill -9 "$pid"
wait "$pid" 2>/dev/null
assert_true "nobody removed it" test -n "$(groups "$pid")"
run_expect 0 "$ft" run --engine embedded --dry-run-only --cases open --out after
assert_match "$err" "removed what an earlier run left behind: control group .*falcotune-$pid-" "said"
assert_eq "$(groups "$pid")" "" "groups"
assert_eq "$(groups "*" | grep -c "falcotune-$pid-")" 0 "no group of ours"
assert_eq "$(grep -ls "$tmp/dead" /run/falcotune/* 2>/dev/null)" "" "records"
left=
for p in /proc/[0-9]*; do
	[[ $(readlink "$p/exe") == */falcotune-* ]] && tr '\0' ' ' <"$p/cmdline" | grep -q "$tmp/dead" && left+=" ${p#/proc/}"
done
assert_eq "$left" "" "processes"

finish
