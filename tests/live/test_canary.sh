#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Canaries: every alert arrives under an easy load; where the consumer is too slow and events are
# dropped, alerts are missing, by about the share of the events; sets without execve have none. With
# --ladder the load has canaries in every rung, also where no rule looks for them.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
go_first

cat >"$tmp/load.yaml" <<'Y'
id: opens
title: Opens at a rate
workers:
  - {operation: open, rate: 10000}
Y
cat >"$tmp/noexec.yaml" <<'Y'
id: noexec
base_syscalls: {custom_set: [openat, close, clone3, "!execve"], repair: false}
Y

# run OUT OPTIONS: one repeat of the open case, and of the one without execve where it is easy.
run() {
	local rc=0
	timeout -k 5 100 "${first[@]}" "$ft" run --engine embedded --cases open \
		--load "$tmp/load.yaml" --canary --repeats 1 --duration 2s --warmup 1s --out "$tmp/$1" \
		--format json "${@:2}" >"$tmp/$1.json" 2>"$tmp/$1.log" || rc=$?
	[[ $rc != 3 ]] || skip "$(tail -1 "$tmp/$1.log")"
	[[ $rc -le 1 ]] || die "exit code $rc: $(tail -3 "$tmp/$1.log")"
}
check() { # OUT easy|hard
	/usr/bin/python3 - "$tmp/$1.json" "$2" <<'P'
import json, sys

r = json.load(open(sys.argv[1]))
cases = {c["id"]: c for c in r["cases"]}
none, c = cases.get("noexec"), cases["open"]
assert none or sys.argv[2] == "hard"
if none:
    assert "execve" in none["canary_off"] and none["summary"]["canary_loss"] is None, none["canary_off"]
    assert none["repeats"][0]["canary_sent"] is None
assert c["canary_off"] is None and c["agreement"], "the canary's rule changed the set"
rep, s = c["repeats"][0], c["summary"]
dropped = rep["reconciliation"]["dropped"] if rep["reconciliation"] else rep["n_drops"]
print(f"note: {sys.argv[2]}: {s['canary_seen']} of {s['canary_sent']} alerts, loss "
      f"{s['canary_loss']:.4f} [{s['canary_lo']:.4f}, {s['canary_hi']:.4f}], drop rate "
      f"{rep['n_drops'] / max(rep['n_evts'], 1):.4f}")
assert s["canary_sent"] >= 40, s
assert s["canary_lo"] <= s["canary_loss"] <= s["canary_hi"]
if sys.argv[2] == "easy":
    # The host's own storms may drop events: then this was no easy load.
    assert (s["canary_seen"] == s["canary_sent"]) or dropped, "an alert is missing without a drop"
    sys.exit(s["canary_loss"] > 0)
assert rep["n_drops"] > 0, "nothing was dropped"
assert s["canary_loss"] > 0.1 and s["canary_lo"] > 0, s
P
}

for try in 1 2 3; do
	run "easy-$try" --cases "$tmp/noexec.yaml"
	check "easy-$try" easy && break
	((try < 3)) || fail "alerts are missing under an easy load"
done
checks=$((checks + 1))
# 20,000 events a second and more, for a consumer that takes 10,000 at most and one buffer that is full before
# the window begins.
for try in 1 2; do
	run "hard-$try" -o engine.embedded.consumer_ns_per_event=100000 -o engine.modern_ebpf.buf_size_preset=1 \
		-o engine.modern_ebpf.cpus_for_each_buffer=0
	check "hard-$try" hard && break
	((try < 2)) || fail "no alert is missing though events were dropped"
done
checks=$((checks + 1))
# ---- with the ladder: one load for all of them, so that ratios are of the same work ----
run ladder --cases "$tmp/noexec.yaml" --ladder --no-verify
run_expect 0 /usr/bin/python3 - "$tmp/ladder.json" <<'P'
import json, sys

r = json.load(open(sys.argv[1]))
cases = {c["id"]: c for c in r["cases"]}
rungs = {g["kind"]: g for g in r["ladder"]}
assert set(rungs) == {"bare", "floor"} and rungs["floor"]["case"] is None, rungs.keys()
assert rungs["floor"]["uses"] == ["canary"], rungs["floor"]["uses"]
for what in (*cases.values(), *rungs.values()):
    rep, = what["repeats"]
    name = what.get("id") or what["kind"]
    assert rep["status"] == "ok", (name, rep["reason"])
    done = {w["operation"]: w["achieved_per_s"] for w in rep["workers"]}
    assert set(done) == {"open", "canary"} and done["canary"] > 5, (name, done)
    # Only where a rule looks for them are they counted.
    assert (rep["canary_sent"] is not None) == (name == "open"), (name, rep["canary_sent"])
assert cases["open"]["summary"]["canary_sent"] >= 40, cases["open"]["summary"]
for c in cases.values():
    slow = {s["worker"]: s["slowdown"] for s in c["slowdown"]}
    assert set(slow) == {"open", "canary"} and all(v > 0 for v in slow.values()), (c["id"], slow)
print("note: canaries with the ladder:", cases["open"]["summary"]["canary_seen"], "of",
      cases["open"]["summary"]["canary_sent"], "alerts; slowdown",
      {s["worker"] + " " + s["measure"]: round(s["slowdown"], 2) for s in cases["open"]["slowdown"]})
P
echo "$out"
run_expect 0 "$ft" run --engine embedded --load "$tmp/load.yaml" --cases open --print-commands
assert_no_match "$out" "canary" "only when asked for"
finish
