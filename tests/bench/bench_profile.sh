#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What profiling costs: CPU of replays of one made-up recording, with and without, in turn; and how
# much the profile's own times, net of that, differ from the time without.
. "$(dirname "$0")/lib.sh"
engine=${BENCH_ENGINE:-$FALCOTUNE_BIN/falcotune-engine}
maker=$FALCOTUNE_BIN/../tests/make-recording
[ -x "$engine" ] && [ -x "$maker" ] || skip "the embedded engine was not built"
rules=$tmp/rules.yaml
cat >"$rules" <<'RULES'
- macro: read
  condition: (evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.typechar = 'f' and fd.num >= 0)
- macro: written
  condition: (evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.typechar = 'f' and fd.num >= 0)
- list: shells
  items: [sh, bash, zsh, csh, tcsh, ksh, dash, fish, busybox]
- rule: Keys
  desc: d
  condition: read and fd.name contains id_rsa and not proc.name in (shells)
  output: o
  priority: INFO
- rule: Etc
  desc: d
  condition: written and fd.name startswith /etc and proc.name in (shells) and proc.pname = cron
  output: o
  priority: INFO
- rule: Binaries
  desc: d
  condition: written and fd.directory in (/bin, /sbin, /usr/bin, /usr/sbin)
  output: o
  priority: INFO
- rule: Homes
  desc: d
  condition: (read or written) and fd.name glob '/home/*/.ssh/*'
  output: o
  priority: INFO
- rule: Roots
  desc: d
  condition: read and fd.name pmatch (/root, /boot, /proc/kcore) and not proc.pname in (shells)
  output: o
  priority: INFO
- rule: Shells
  desc: d
  condition: evt.type in (execve, execveat) and proc.name in (shells) and not proc.pname in (shells)
  output: o
  priority: INFO
RULES
ROUNDS=50000
"$maker" "$tmp/a.rec" $ROUNDS && "$maker" "$tmp/none.rec" 1 || exit 4

python3 - "$engine" "$rules" "$tmp" "$BENCH_RUNS" $((ROUNDS * 12)) >"$tmp/values" <<'END' || exit 1
import json, os, subprocess, sys
engine, rules, tmp, runs, events = sys.argv[1:]
def cpu(recording, *more):
    args = [engine, "-r", rules, "-o", "engine.kind=replay", "-o", "stdout_output.enabled=false"]
    args += ["-o", f"engine.replay.capture_file={tmp}/{recording}"] + [x for m in more for x in ("-o", m)]
    p = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = 0
    if status:
        sys.exit(f"the engine ended with {status}")
    return (used.ru_utime + used.ru_stime) * 1e9
for _ in range(int(runs)):
    start = cpu("none.rec")
    off = cpu("a.rec") - start
    start = cpu("none.rec", f"engine.embedded.profile={tmp}/p.json")
    for detail in ("rules", "checks"):
        on = cpu("a.rec", f"engine.embedded.profile={tmp}/p.json", f"engine.embedded.profile_detail={detail}") - start
        with open(f"{tmp}/p.json", encoding="utf-8") as f:
            net = json.load(f)["totals"]["phases_ns"]
        print(detail, off / int(events), on / off, net / off)
END
result profile.off ns/event "" $(awk '$1 == "checks" { print $2 }' "$tmp/values")
for detail in rules checks; do
	result "profile.$detail.on-over-off" ratio "" $(awk -v d=$detail '$1 == d { print $3 }' "$tmp/values")
	result "profile.$detail.times-over-off" ratio "1 is right" \
		$(awk -v d=$detail '$1 == d { print $4 }' "$tmp/values")
done
