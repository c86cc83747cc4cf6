#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune run --quick with the embedded engine: the six stock cases, agreement 6/6, what is in the
# results, Ctrl-C, and nothing left behind. How long it took is a note: on a quiet host it is less than
# 90 s; the limit is there for one that hangs.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
[[ $EUID == 0 ]] || skip "not root"
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "built without the embedded engine"
cd "$tmp" || exit 99
limit=300
go_first

SECONDS=0
run_expect 0 "${first[@]}" "$ft" run --engine embedded --quick --seed 1
grep -q "nothing could run" "$tmp/err" && skip "$(tail -1 "$tmp/err")"
took=$SECONDS
echo "note: a quick run took $took s, load average $(cut -d ' ' -f 1 /proc/loadavg)"
assert_match "$out" "6/6 final sets are as predicted" "agreement"
assert_match "$out" "rank +tie +case" "ranking"
assert_match "$out" "base_syscalls:" "a configuration to paste"
dir=$(echo results/*)
assert_match "$dir" '^results/[0-9]{8}-[0-9]{6}$' "default folder"
run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
	"$FALCOTUNE_SOURCE/templates/results.schema.json" "$dir/results.json"
run_expect 0 python3 - "$dir" <<'P'
import json, sys
d = json.load(open(sys.argv[1] + "/results.json"))
assert len(d["cases"]) == 6 and len(d["ranking"]) == 6, d["ranking"]
assert d["idle"]["known"] and d["idle"]["evts_per_s"] > 0
for c in d["cases"]:
    assert c["agreement"] and len(c["repeats"]) == 2, c["key"]
    for r in c["repeats"]:
        what = (c["key"], r["index"], r["reason"])
        assert r["status"] == "ok", what
        # The engine's own lines prove that the settings took effect.
        assert r["buffer_bytes"] == c["buffer_bytes"] == 8388608, what
        assert r["cpus_per_buffer"] == c["cpus_per_buffer"], what
        # The load spawns processes, so that there are events in every set, and none was dropped.
        assert r["n_evts"] > 500 and r["cpu_ns"] > 0 and r["rss_bytes"] > 1 << 20, what
        assert r["n_drops"] <= r["n_evts"] and len(r["samples"]) >= 3, what
        assert all(b["t_ns"] > a["t_ns"] for a, b in zip(r["samples"], r["samples"][1:])), what
        assert r["reconciliation"]["sent"] > 0, what
        assert {w["operation"] for w in r["workers"]} >= {"spawn", "open"}, what
        assert 0 < r["start_s"] < 30, what
P
assert_true "no alerts but in the case folder" test -e "$dir/cases/open/repeat-1/alerts.jsonl"
nothing_left "a quick run"

# ---- SIGINT in the middle of a window ----
"$ft" run --engine embedded --cases open --load quick --duration 60s --repeats 1 --out i >o 2>e &
pid=$!
trap 'kill -KILL $pid 2>/dev/null' EXIT
for ((i = 0; i < 600; i++)); do
	[[ $(wc -l 2>/dev/null <i/cases/open/repeat-1/metrics.jsonl) -ge 4 ]] && break
	sleep 0.05
done
SECONDS=0
kill -INT $pid
wait $pid
assert_eq $? 130 "exit code"
trap lib_cleanup EXIT
assert_true "at once ($SECONDS s)" test $SECONDS -le 4
assert_true "results are written" test -s i/results.json
nothing_left "SIGINT"
finish
