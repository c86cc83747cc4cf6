#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune profile --calibrate with an engine that writes no profile: one with Falco's command line, whose
# starts, events, rules and checks cost what they are told to.
# Runs alone: prices of some hundred ns are told apart from few runs.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command profile
fake=$FALCOTUNE_BIN/../tests/fake-engine
[[ -x $fake ]] || skip "the fake engine was not built"

# of FILE EXPRESSION: over the document d
of() {
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
fit = {f["what"]: f for f in d["fitted"]}
price = {p["id"]: p["value"] for p in d["parameters"]}
near = lambda is_, wanted: is_ is not None and abs(is_ / wanted - 1) < 0.25
print(eval(sys.argv[2]))' "$@"
}

calibrate() { run_expect 0 "$ft" profile --engine "$fake" --calibrate "$tmp/cal.json" "$@"; }

: >"$tmp/a.scap"
limit=300 # some fifty processes on a host that may be busy

# --- a replay: 30 ms of start, 2000 ns an event, 60 a rule, 40 a check; the shipped price of a check is 105
export FAKE_PRICES='8000 30000000 2000 60 40'
calibrate --events "$tmp/a.scap" --runs 4 --format json --out "$tmp/replay"
valid calibration.schema.json "$tmp/out"
valid calibration.schema.json "$tmp/cal.json"
assert_eq "$(of "$tmp/cal.json" 'd["engine"], d["engine_version"]')" "('falco', 'Falco version: 0.44.1')" \
	'whose numbers, as the engine says'
assert_eq "$(of "$tmp/cal.json" 'near(fit["event"]["value"], 2000), near(price["transport"] + price["state"], 2000)')" \
	"(True, True)" "an event, without the start: $(of "$tmp/cal.json" 'fit["event"]')"
assert_eq "$(of "$tmp/cal.json" 'near(fit["all-checks"]["value"] * 105, 40), near(price["op.equal"], 40), near(d["check_ns"], 40)')" \
	"(True, True, True)" "a check: $(of "$tmp/cal.json" 'fit["all-checks"]')"
assert_eq "$(of "$tmp/cal.json" 'near(fit["rule"]["value"], 60), near(price["rule"], 60)')" "(True, True)" \
	"a rule: $(of "$tmp/cal.json" 'fit["rule"]')"
assert_eq "$(of "$tmp/cal.json" 'all(f["low"] <= f["value"] <= f["high"] for f in d["fitted"] if f["what"] != "wake")')" True 'intervals'
assert_eq "$(of "$tmp/cal.json" 'fit["wake"]["value"]')" None 'a replay does not look for events'
assert_eq "$(of "$tmp/cal.json" 'd["whole_error"] < 0.1, len(d["runs"]), all(r["runs"] == 4 for r in d["runs"])')" \
	"(True, 6, True)" 'its own error'
assert_eq "$(of "$tmp/cal.json" 'all("Falco version: 0.44.1" in p["source"] for p in d["parameters"] if p["id"] in ("op.in", "state", "rule"))')" \
	True 'each price says whose it is'

# --- used by rules --cost and diff
cat >"$tmp/one.yaml" <<'END'
- rule: One
  desc: any
  condition: evt.type = openat and proc.name = x
  output: any
  priority: NOTICE
END
run_expect 0 "$ft" rules -r "$tmp/one.yaml" --cost --calibration "$tmp/cal.json" --format json
assert_eq "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["calibration"] == sys.argv[2])' "$tmp/out" "$tmp/cal.json")" \
	True 'rules --cost takes it'

run_expect 0 "$ft" rules -r "$tmp/one.yaml" --cost --calibration "$tmp/cal.json"
assert_match "$(tr '\n' ' ' <"$tmp/out")" 'with Falco version: 0.44.1, whose CPU they are off by [0-9]+% in the mean' 'and says whose it is'

# --- live; trying a rule costs nothing more here, and nothing is said of it
export FAKE_PRICES='0 0 20000 0 300'
calibrate --duration 1s --runs 3 --out "$tmp/live"
assert_match "$out" "those of the engine that calls itself 'Falco version: 0.44.1'" 'whose numbers'
assert_match "$out" 'as it is, for 1 s' 'of what'
assert_match "$out" 'ratios that ship' 'what was not told apart'
assert_eq "$(of "$tmp/cal.json" 'near(fit["event"]["value"], 20000), near(price["op.equal"], 300)')" "(True, True)" \
	"live: $(of "$tmp/cal.json" 'd["fitted"]')"

# --- command lines; what makes no sense; an engine that counts nothing
run_expect 0 "$ft" profile --engine "$fake" --calibrate "$tmp/no.json" --events "$tmp/a.scap" --print-commands --out "$tmp/p"
assert_match "$out" "$tmp/p/1x24/start-1/falco.yaml .*--dry-run" 'a start is measured apart'
assert_match "$out" "engine.replay.capture_file=$tmp/a.scap" 'replays'
assert_true 'nothing is written' test ! -e "$tmp/p" -a ! -e "$tmp/no.json"
run_expect 2 "$ft" profile --engine "$fake" --calibrate "$tmp/no.json" --events "$tmp/a.scap" -r "$tmp/one.yaml"
assert_match "$err" 'runs rules of its own' 'rules of the user'
run_expect 2 "$ft" profile --engine "$fake" --calibrate "$tmp/no.json" --events "$tmp/a.scap" --runs 1
assert_match "$err" 'one round has no interval' 'one round'
FAKE_FAULT=no-counters FAKE_PRICES='1000 1000000 20000 0 300' run_expect 3 "$ft" profile --engine "$fake" \
	--calibrate "$tmp/no.json" --events "$tmp/a.scap" --out "$tmp/uncounted"
assert_match "$err" '1 rules of 1 checks: the engine does not say how many events' 'not counted'
FAKE_PRICES='1000 1000000 20000 0 0' run_expect 3 "$ft" profile --engine "$fake" --runs 2 \
	--calibrate "$tmp/no.json" --events "$tmp/a.scap" --out "$tmp/free"
assert_match "$err" 'the runs do not tell what events and checks cost' 'checks that cost nothing'
assert_true 'no file of a failed calibration' test ! -e "$tmp/no.json"
finish
