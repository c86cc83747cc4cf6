#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The measured window begins when the event rate has settled: at the end of the warm-up where it has,
# later where it has not, and with a note where it never does.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
begin_fake
export FAKE_FAULT="open:ramp repair:settles"
for c in open repair accept; do echo "9000 0" >"logs/$c.rate"; done
limit=100
run_expect 0 "$ft" run --engine "$fake" --cases open --cases repair --cases accept --load quick --no-verify \
	--duration 3s --warmup 1s --repeats 1 --timeout 5s --seed 5 --out r
cat >check1.py <<'P'
import json
d = json.load(open("r/results.json"))
rep = {c["key"]: c["repeats"][0] for c in d["cases"]}
for key, r in rep.items():
    print(key, r["warmup_s"], r["not_steady"])
assert rep["accept"]["not_steady"] is None and 0.9 <= rep["accept"]["warmup_s"] < 2.2
assert rep["repair"]["not_steady"] is None and 2.2 < rep["repair"]["warmup_s"] < 5.2
assert "still rose by" in rep["open"]["not_steady"] and 2.9 < rep["open"]["warmup_s"] < 5.2
for r in rep.values():
    load = [json.loads(l) for l in open("r/" + r["dir"] + "/load.jsonl")]
    start = next(x for x in load if x["type"] == "start")["t"]
    assert abs((r["t0_ns"] - start) / 1e9 - r["warmup_s"]) < 0.01
    assert 2.9e9 < r["t1_ns"] - r["t0_ns"] < 3.6e9
P
run_expect 0 python3 check1.py 
run_expect 0 "$ft" run --resume r
assert_match "$out" "NOT steady in 1 of 3 repeats" "the report names it"
finish
