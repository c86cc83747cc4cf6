#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A host profile taken under a steady load predicts what the embedded engine then counts under that
# load: the kernel event rate of three of the stock cases within 5 % (test_predict.sh has the others).
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
[[ $(id -u) == 0 ]] || skip "needs root"
[[ -x $FALCOTUNE_BIN/falcotune-survey ]] || skip "built without the embedded engine"
go_first
python=/usr/bin/python3
export TMPDIR=$tmp
load_pid=
stop_load() { [[ -z $load_pid ]] || kill -INT "$load_pid" 2>/dev/null; }
at_exit stop_load

cat >"$tmp/p.yaml" <<'YAML'
id: steady
title: steady
workers:
  - {operation: spawn, rate: 600, threads: 2}
  - {operation: open, rate: 15000}
  - {operation: connect, rate: 800}
  - {operation: accept, rate: 200}
  - {operation: readwrite, rate: 10000}
  - {operation: stat, rate: 2000}
YAML

# Exit 1: a residual is above 5 %; 2: the host does so much besides the load that this tells nothing.
compare() {
	: >"$tmp/report"
	"${first[@]}" "$FALCOTUNE_BIN/falcotune-load" --profile "$tmp/p.yaml" --duration 60s \
		--report "$tmp/report" &
	load_pid=$!
	until grep -q '"start"' "$tmp/report"; do
		kill -0 $load_pid 2>/dev/null || die "no load"
		sleep 0.02
	done
	"$ft" survey --duration 4s --out "$tmp/host.json" >/dev/null 2>"$tmp/err"
	case $? in
	0) ;;
	3) skip "$(tail -1 "$tmp/err")" ;;
	*) die "$(cat "$tmp/err")" ;;
	esac
	kill -INT $load_pid
	wait $load_pid
	load_pid=
	rm -rf "$tmp/run"
	(cd "$tmp" && timeout 200 "${first[@]}" "$ft" run --engine embedded --load "$tmp/p.yaml" --host "$tmp/host.json" \
		--cases repair,accept,open \
		--repeats 1 --duration 3s --warmup 1s --out "$tmp/run" >"$tmp/run.out" 2>"$tmp/run.err")
	[[ $? == [01] ]] || die "the run failed: $(tail -3 "$tmp/run.err")"
	grep -q '^Predicted and measured event rates' "$tmp/run.out" || fail "no comparison is printed"
	"$python" - "$tmp" <<'PY'
import json, sys
results = json.load(open(sys.argv[1] + "/run/results.json"))
predicted = {c["key"]: c["predicted_host_per_s"] for c in results["cases"]}
measured = {c["key"]: c["summary"]["evts_per_s"] for c in results["cases"]}
assert len(predicted) == 3 and results["configuration"]["host_profile"], predicted
worst = max(abs(measured[k] / predicted[k] - 1) for k in predicted)
# Without a profile: the load's own prediction and the background before it.
for c in results["cases"]:
    back = c["repeats"][0]["reconciliation"]
    own = c["predicted_load_per_s"] + (back["background_per_s"] if back else 0)
    print(f"note: {c['key']}: from the load {own:.0f} events/s ({measured[c['key']] / own - 1:+.2%})")
for k in predicted:
    print(f"note: {k}: predicted {predicted[k]:.0f} events/s, measured {measured[k]:.0f} "
          f"({measured[k] / predicted[k] - 1:+.2%})")
idle = results["idle"]["evts_per_s"]
end = json.loads(open(sys.argv[1] + "/report").read().splitlines()[-1])
short = min((w["achieved_per_s"] or 0) / w["requested_per_s"] for c in results["cases"]
            for r in c["repeats"] for w in r["workers"])
short = min([short] + [w["achieved_per_s"] / w["requested_per_s"] for w in end["workers"]])
print(f"note: the host makes {idle or 0:.0f} events/s besides the load, which reached {short:.1%} of "
      "its rates at least")
if worst > 0.05 and (short < 0.98 or (idle and idle > 0.01 * max(measured.values()))):
    sys.exit(2)
sys.exit(worst > 0.05)
PY
}
checks=$((checks + 1))
for _ in 1 2; do
	compare
	rc=$?
	[[ $rc == 0 ]] && finish
done
[[ $rc == 2 ]] && skip "the host is too busy with other work to compare"
fail "predicted and measured event rates differ by more than 5 %"
finish
