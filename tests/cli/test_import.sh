#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune import: each kind of data that people have, what is concluded from it, and what is done
# with data that is broken, torn, mixed, rotated or larger than memory.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command import
data=$FALCOTUNE_SOURCE/tests/data/import
make() { python3 "$FALCOTUNE_SOURCE/tests/cli/import_data.py" "$@"; }
cd "$tmp" || exit 99

# import FILE...: the JSON report in $tmp/json; its messages in $err.
import() {
	run_expect 0 "$ft" import "$@" --format json
	cp "$tmp/out" "$tmp/json"
}
# value EXPRESSION: of the document d.
value() {
	python3 - "$1" <<-'PY'
		import json, sys
		d = json.load(open("json"))
		s = d["sessions"]
		r = d["runs"]
		v = eval(sys.argv[1])
		print(json.dumps(v) if isinstance(v, (bool, type(None))) else v)
	PY
}
is() { assert_eq "$(value "$1")" "$2" "$1"; }

# ---- what to do next, where the rate before the drops is no limit ----
counters() { # N_EVTS:N_DROPS...
	local t=1000 pair
	for pair; do
		t=$((t + 1))
		echo "{\"output_fields\":{\"evt.hostname\":\"h\",\"evt.source\":\"syscall\",\"evt.time\":${t}000000000,\"falco.start_ts\":1,\"scap.n_evts\":${pair%:*},\"scap.n_drops\":${pair#*:}}}"
	done
}
counters 0:0 100:0 200:0 900200:5000 1800200:9000 >jump.jsonl
run_expect 0 "$ft" import jump.jsonl
assert_match "$(tr '\n' ' ' <<<"$out" | tr -s ' ')" "the load jumped from 100 to 900,000 events/s, where it dropped" "a jump leaves the limit open"
[[ $out == *"below the supported rate"* ]] && fail "100 events/s as a limit"
counters 0:0 100000:5000 200000:9000 >always.jsonl
run_expect 0 "$ft" import always.jsonl
assert_match "$out" "find the rate that this host carries" "no supported rate is known"
[[ $out == *"below the supported rate"* ]] && fail "an unknown rate as a limit"
counters 0:0 100000:0 200000:0 320000:5000 >plain.jsonl
run_expect 0 "$ft" import plain.jsonl
assert_match "$(tr '\n' ' ' <<<"$out" | tr -s ' ')" "keep the load of this host below the supported rate" "a limit that was found"

# ---- the two logs of Falco's guide on performance tests ----

import "$data/stats.json"
is 'round(s[0]["supported"]["per_s"])' 365099
is '[s[0]["supported"][k] for k in ("busy", "left_out", "first_busy", "last_busy", "first_drop")]' \
	"[4, 2, 2963, 2966, 2967]"
is 's[0]["events"], s[0]["drops"], s[0]["drops_before"]' "(2126645, 44492, 86992)"
is 's[0]["worst"]["label"], s[0]["worst"]["drops"], s[0]["from"], s[0]["to"], s[0]["samples"]' \
	"(2968, 28509, 2961, 2971, 11)"
run_expect 0 "$ft" import "$data/stats.json"
flat=$(tr -s '\n ' ' ' <<<"$out")
assert_match "$flat" "supported rate 365,099 events/s: mean of the 4 busy samples 2963 to 2966 before the first drops" \
	"the conclusion"
assert_match "$flat" "2 of rest left out" "rest samples"
run_expect 0 "$ft" import "$data/stats.json" --stats-interval 5s
assert_match "$(tr -s '\n ' ' ' <<<"$out")" "supported rate 73,020 events/s" "another interval"

import "$data/bench.log"
is '[r[0][k] for k in ("last_good_round", "first_bad_round", "limited_by", "limit_round")]' "[14, 15, 'falco', 15]"
is 'len(r[0]["rounds"]), len(r[0]["rounds"][0]["actions"]), r[0]["suspects"]' "(2, 3, [])"
is 'r[0]["rounds"][0]["sleep_s"], r[0]["rounds"][1]["actions_per_s"], round(r[0]["rounds"][1]["lost"], 3)' \
	"(1.2207e-05, 10177.2, 0.111)"
import "$data/bench-slow.log"
is '[r[0][k] for k in ("last_good_round", "first_bad_round", "limited_by", "limit_round")]' "[14, None, 'load', 14]"
is 'sorted(r[0]["suspects"])' \
	"['syscall.ChangeThreadNamespace', 'syscall.ReadSensitiveFileUntrusted', 'syscall.WriteBelowBinaryDir']"
run_expect 0 "$ft" import "$data/bench-slow.log"
flat=$(tr -s '\n ' ' ' <<<"$out")
assert_match "$flat" "limited by the load, not by Falco" "the load"
assert_match "$flat" "remove the suspects singly" "the next step"
assert_match "$flat" "without syscall.WriteBelowBinaryDir: event-generator bench 'syscall.ChangeThreadNamespace\|syscall.ReadSensitiveFileUntrusted' --loop" \
	"its command"

# The same log in the other forms that event-generator writes.
import "$data/bench.log"
value '[(x["number"], x["actions_per_s"], x["lost"], x["rss_bytes"]) for x in r[0]["rounds"]]' >text
python3 - "$data/bench.log" <<'PY'
import json, re, sys
colour, logfmt, js = open("colour.log", "w"), open("logfmt.log", "w"), open("bench.jsonl", "w")
for line in open(sys.argv[1]):
    m = re.match(r"INFO ?(.*?)\s*((?:[a-z_]+=(?:\"[^\"]*\"|\S+)\s*)*)$", line)
    pairs = re.findall(r"([a-z_]+)=(\"[^\"]*\"|\S+)", m[2])
    colour.write("\x1b[36mINFO\x1b[0m " + m[1].ljust(44) +
                 " ".join(f"\x1b[36m{k}\x1b[0m={v}" for k, v in pairs) + "\n")
    logfmt.write(f'time="2026-01-01T00:00:00Z" level=info msg="{m[1]}" ' + " ".join("=".join(p) for p in pairs) + "\n")
    doc = {k: v.strip('"') if '"' in v else float(v) if "." in v else int(v) for k, v in pairs}
    if "sleep" in doc:
        doc["sleep"] = round(float(doc["sleep"][:-2]) * 1000)
    js.write(json.dumps({**doc, "level": "info", "msg": m[1]}, sort_keys=True) + "\n")
PY
for f in colour.log logfmt.log bench.jsonl; do
	import $f
	assert_eq "$(value '[(x["number"], x["actions_per_s"], x["lost"], x["rss_bytes"]) for x in r[0]["rounds"]]')" \
		"$(cat text)" "$f"
	is 'r[0]["rounds"][0]["sleep_s"], r[0]["last_good_round"], d["inputs"]["broken_lines"]' "(1.2207e-05, 14, 0)"
done

# ---- each kind of a Falco's data ----

make metrics a 1790000000 20 11 >metrics.jsonl
import metrics.jsonl
is '[s[0][k] for k in ("host", "falco", "kernel", "driver", "n_cpus", "samples", "seconds", "events", "drops")]' \
	"['a', '0.44.1', '6.1.0', 'modern_bpf', 4, 20, 19.0, 19000, 1000]"
is 'round(s[0]["drop_rate"], 5), s[0]["drops_by_cause"]["open"], s[0]["drops_by_cause"]["close"]' "(0.05263, 1000, None)"
is '[s[0]["supported"][k] for k in ("per_s", "busy", "first_drop")]' "[1000.0, 9, '2026-09-21T14:13:31Z']"
is '[s[0][k] for k in ("p50_per_s", "p99_per_s", "max_per_s", "rss_max_bytes", "from")]' \
	"[1000.0, 1000.0, 1000.0, 52953088, '2026-09-21T14:13:21Z']"
make old b 1790000000 10 >old.jsonl
import old.jsonl
is '[s[0][k] for k in ("falco", "drops", "rss_max_bytes")], s[0]["drops_by_cause"]["open"]' \
	"(['0.38.2', 18, 52953088], 18)"
make alerts a 1790000000 20 >log.jsonl
import log.jsonl
is 'd["inputs"]["found"]["snapshot_alerts"], d["inputs"]["other_lines"], d["inputs"]["broken_lines"]' "(20, 20, 0)"
is '[s[0][k] for k in ("host", "samples", "events", "drops")], s[0]["supported"]["limited_by_drops"]' \
	"(['a', 20, 19000, 0], False)"
make scrapes a 1790000000 20 >scrape.txt
import scrape.txt
is 'd["inputs"]["found"]["scrapes"]' 20
is '[s[0][k] for k in ("host", "falco", "samples", "seconds", "events", "rss_max_bytes")]' \
	"['a', '0.44.1', 20, 19.0, 19000, 52953088]"
cat >drops.log <<'LOG'
Wed Mar 27 15:28:22 2019: Falco initialized with configuration file /etc/falco/falco.yaml
15:28:24.000207862: Critical Falco internal: syscall event drop. 1 system calls dropped in last second.(n_drops=1 n_evts=1181)
{"hostname":"n","output":"Falco internal: syscall event drop. 815508 system calls dropped in last second.","output_fields":{"ebpf_enabled":"1","n_drops":"815508","n_drops_buffer_dir_file_enter":"803","n_drops_buffer_dir_file_exit":"804","n_drops_buffer_total":"815508","n_drops_bug":"0","n_evts":"2270350"},"priority":"Debug","rule":"Falco internal: syscall event drop","time":"2023-03-03T03:03:03.000000003Z"}
LOG
import drops.log
is '[(a["host"], a["alerts"], a["drops"], a["events"], a["first"]) for a in d["drop_alerts"]]' \
	"[(None, 1, 1, 1181, None), ('n', 1, 815508, 2270350, '2023-03-03T03:03:03Z')]"
is 'd["drop_alerts"][1]["drops_by_cause"]["dir_file"]' 1607
assert_match "$(value 'd["conclusions"]')" "drop alerts of 2 hosts, most from n: 815,508 drops in 1 alerts" "their conclusion"
sed 's/"falco.version":"[^"]*"/"falco.version":"falcotune-engine 0.1.0"/' metrics.jsonl >own.jsonl
import own.jsonl
assert_match "$(value 'd["conclusions"]')" "numbers of the embedded engine, not of Falco" "whose numbers"
# Kernel counters switched off: said, and no error.
sed 's/"scap.n_[a-z_]*":[0-9]*,*//g; s/,}/}/' metrics.jsonl >nokernel.jsonl
import nokernel.jsonl
is '[s[0][k] for k in ("samples", "events", "drop_rate")]' "[20, None, None]"
assert_match "$(value 'd["conclusions"]')" "no kernel event counters" "what is missing"
# What a container's runtime puts in front of each line, and Windows' line ends.
sed 's/^/2026-01-01T00:00:00.000000001Z stdout F /; s/$/\r/' metrics.jsonl >cri.log
import cri.log
is '[s[0][k] for k in ("samples", "drops")], d["inputs"]["broken_lines"]' "([20, 1000], 0)"

# A real Falco's files, by other means.
if [[ -d ${FALCOTUNE_SHARED-}/recorded/metrics ]]; then
	import "$FALCOTUNE_SHARED"/recorded/metrics/*.jsonl
	cat >check.py <<-'PY'
		import glob, json, sys
		for s in json.load(open("json"))["sessions"]:
		    f = [json.loads(x)["output_fields"] for x in open(s["file"])]
		    evts = f[-1]["scap.n_evts"] - f[0]["scap.n_evts"]
		    drops = f[-1]["scap.n_drops"] - f[0]["scap.n_drops"]
		    rates = [(b["scap.n_evts"] - a["scap.n_evts"]) / (t / 1e9) for a, b in zip(f, f[1:])
		             if (t := b["evt.time"] - a["evt.time"]) >= 2e8]
		    assert (s["events"], s["drops"], s["samples"]) == (evts, drops, len(f)), s
		    assert abs(s["max_per_s"] / max(rates) - 1) < 1e-9, s
		    assert abs(s["drop_rate"] - drops / evts) < 1e-12, s
		    assert s["falco"] == f[0]["falco.version"] and s["n_cpus"] == f[0]["falco.host_num_cpus"], s
	PY
	run_expect 0 python3 check.py
fi

for prefix in 'Nov 21 22:47:35 vm falco[1234]: ' '[pod/falco-x7/falco] '; do
	sed "s|^|$prefix|" metrics.jsonl >prefixed.log
	import prefixed.log
	is '[s[0][k] for k in ("samples", "drops")], d["inputs"]["broken_lines"]' "([20, 1000], 0)"
done

# ---- all formats ----

for f in text md csv json html; do
	run_expect 0 "$ft" import metrics.jsonl drops.log "$data/stats.json" "$data/bench.log" --format $f
	cp out "all.$f"
done
run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/validate.py" "$FALCOTUNE_SOURCE/templates/import.schema.json" all.json
assert_eq "$(awk -F, '{ print NF }' all.csv | sort -u)" 15 "columns"
assert_eq "$(cut -d, -f1 all.csv | sort | uniq -c | tr -s ' \n' ' ')" " 2 drop_alerts 1 kind 2 round 2 session " "rows"
assert_match "$(cat all.md)" "\| round *\|" "a table in Markdown"
# Two exporters' endings of a scrape.
{ make scrapes a 1790000000 2 | sed '/^falco/s/$/ 1790000000000/'; echo '# EOF'; } >times.txt
import times.txt
is 'd["inputs"]["found"]["scrapes"], s[0]["events"], d["inputs"]["broken_lines"]' "(2, 1000, 0)"
sed 's/"evt.hostname":"a"/"evt.hostname":"<b>|x"/' metrics.jsonl >markup.jsonl
run_expect 0 "$ft" import markup.jsonl --format md
assert_no_match "$out" "<b>" "markup of a host name"
run_expect 0 "$ft" import markup.jsonl --format html
assert_no_match "$out" "<b>" "markup of a host name in HTML"
assert_match "$out" "&lt;b&gt;" "the host name in HTML"

# ---- broken, torn, cut ----

{
	echo 'half of a line":0},"sample":1}'
	sed -n 1,5p metrics.jsonl
	echo garbage
	sed -n 6p metrics.jsonl | cut -c1-100
	# Two writers: one line within another.
	printf '%s' "$(sed -n 7p metrics.jsonl | cut -c1-60)"
	sed -n '8,$p' metrics.jsonl | head -c -40
} >broken.jsonl
import broken.jsonl
is 'd["inputs"]["broken_lines"], [n.split(": ")[0] for n in d["inputs"]["broken_names"]]' \
	"(5, ['broken.jsonl:1', 'broken.jsonl:7', 'broken.jsonl:8', 'broken.jsonl:9', 'broken.jsonl:21'])"
is '[s[0][k] for k in ("samples", "events", "drops")]' "[17, 18000, 900]"
assert_match "$err" "5 broken lines, the first: broken.jsonl:1: " "a warning"
assert_match "$(value 'd["inputs"]["broken_names"][4]')" "cut off at the end of the file" "the last line"
# A line of 5 MB is none.
{ head -c 5000000 /dev/zero | tr '\0' x; echo; cat metrics.jsonl; } >long.jsonl
import long.jsonl
is 'd["inputs"]["broken_lines"], s[0]["samples"]' "(1, 20)"
head -c 3000 "$data/stats.json" | head -c -30 >cut.json
import cut.json
is 'd["inputs"]["broken_lines"] + s[0]["samples"]' 11

# ---- several of them in one file ----

make metrics b 1790000000 20 5 >b.jsonl
make metrics a 1790000003 20 0 >second.jsonl # another Falco on host a
paste -d '\n' metrics.jsonl b.jsonl second.jsonl >mixed.jsonl
import metrics.jsonl
value '[s[0][k] for k in ("events", "drops", "supported", "worst", "p99_per_s")]' | sed 's/metrics.jsonl/F/g' >alone
import mixed.jsonl
is '[(x["host"], x["samples"], x["drops"], x["parallel"], x["restart"]) for x in s]' \
	"[('a', 20, 1000, True, False), ('a', 20, 0, True, False), ('b', 20, 1600, False, False)]"
value '[s[0][k] for k in ("events", "drops", "supported", "worst", "p99_per_s")]' | sed 's/mixed.jsonl/F/g' >within
assert_eq "$(cat within)" "$(cat alone)" "one of three in a file"

# Many: the worst one stands for them. Counters that contradict each other have no drop rate.
for i in $(seq 12); do make metrics "host-$i" 1790000000 6 $((i == 7 ? 3 : 0)); done >many.jsonl
import many.jsonl
assert_match "$(value 'd["conclusions"]')" "1 of 12 sessions dropped. The one that dropped most: host-7: supported" "many"
make metrics a 1790000000 9 1 10 >odd.jsonl
import odd.jsonl
is 's[0]["drop_rate"]' null

# Restarts and reloads; rotated files in any order; one of them twice.
make metrics a 1790000100 20 3 >after.jsonl
sed 's/"falco.reload_ts":[0-9]*/"falco.reload_ts":1790000200000000000/; s/"evt.time":17900001/"evt.time":17900002/' \
	after.jsonl >reload.jsonl
cat metrics.jsonl after.jsonl reload.jsonl >whole.jsonl
split -l 13 whole.jsonl part.
: >part.empty
import whole.jsonl
is '[(x["restart"], x["reload"], x["parallel"], x["drops"]) for x in s]' \
	"[(False, False, False, 1000), (True, False, False, 1800), (False, True, False, 1800)]"
value '[[x[k] for k in ("events", "drops", "samples", "seconds", "from", "to", "supported")] for x in s]' >once
import part.ad part.ab part.empty part.ac part.ae part.aa
value '[[x[k] for k in ("events", "drops", "samples", "seconds", "from", "to", "supported")] for x in s]' >parts
assert_eq "$(cat parts)" "$(cat once)" "rotated files in another order"
assert_match "$err" "part.empty: nothing of Falco" "the empty one"
import whole.jsonl part.ab
is 'sum(x["left_out_samples"] for x in s), sum(x["samples"] for x in s)' "(13, 60)"
{ cat "$data/stats.json"; sed 's/"sample": 29/"sample": 9/' "$data/stats.json"; } >two.json
import two.json
is '[(x["samples"], x["drops"], x["restart"]) for x in s]' "[(11, 44492, False), (11, 44492, True)]"
import two.json whole.jsonl # what has no time does not disturb what has
is '[(x["host"], x["restart"], x["reload"]) for x in s]' \
	"[('a', False, False), ('a', True, False), ('a', False, True), (None, False, False), (None, True, False)]"
head -1 metrics.jsonl >one.jsonl
import one.jsonl
is 's[0]["samples"], s[0]["seconds"], s[0]["p50_per_s"], s[0]["supported"]["per_s"]' "(1, None, None, None)"
assert_match "$(value 'd["conclusions"]')" "one sample alone has no rate" "one sample"
cat "$data/bench-slow.log" "$data/bench.log" >three.log
import three.log
is '[(x["n_rounds"], x["limited_by"]) for x in r]' "[(3, 'load'), (2, 'falco')]"

# ---- the other commands that take it ----

run_expect 0 "$ft" capacity --from "$data/stats.json"
assert_match "$(tr -s '\n ' ' ' <<<"$out")" "supported rate 365,099 events/s" "capacity"
assert_no_match "$out" "Verdict" "nothing else"
run_expect 0 "$ft" capacity --from "$data/stats.json" --format html
cp out capacity.html
run_expect 0 python3 "$FALCOTUNE_SOURCE/tests/page.py" capacity.html
run_expect 0 "$ft" capacity --from metrics.jsonl --from b.jsonl --format json
cp out json
is '[x["supported"]["per_s"] for x in s]' "[1000.0, 1000.0]"
run_expect 2 "$ft" capacity --from nowhere.jsonl
run_expect 0 "$ft" report "$data/stats.json" "$data/bench.log" --format json
assert_eq "$out" "$("$ft" import "$data/stats.json" "$data/bench.log" --format json)" "report, as import"
run_expect 0 "$ft" report metrics.jsonl --format html -o page.html
assert_match "$(cat page.html)" "<svg.*Events and drops over time" "its figure"
assert_match "$(cat page.html)" "<!doctype html>.*supported rate 1,000 events/s" "a page"
echo '{"schema": 1}' >results.json
run_expect 2 "$ft" report metrics.jsonl results.json
assert_match "$err" "results.json: results of falcotune and data of others" "results beside data"
gzip -c metrics.jsonl >metrics.jsonl.gz
run_expect 0 "$ft" advise --from metrics.jsonl.gz --no-verify
assert_match "$(tr -s '\n ' ' ' <<<"$out")" "supported rate 1,000 events/s" "advise from a compressed file"

# ---- compressed, as logrotate leaves them ----

head -10 metrics.jsonl | gzip >metrics.2.gz
sed -n 11,15p metrics.jsonl | gzip >metrics.1.gz
sed -n '16,$p' metrics.jsonl | gzip >>metrics.1.gz # gzip allows several parts
import metrics.1.gz metrics.2.gz
is '[s[0][k] for k in ("samples", "events", "drops")], len(s)' "([20, 19000, 1000], 1)"
run_expect 0 sh -c 'gzip -c metrics.jsonl | "$0" import - --format json' "$ft"
cp out json
is 's[0]["samples"]' 20
make metrics a 1790000000 300 | gzip | head -c -200 >cut.gz
import cut.gz
is 's[0]["samples"] > 200, d["inputs"]["broken_lines"] > 0' "(True, True)"
assert_match "$(value 'd["inputs"]["broken_names"]')" "the compressed data ends early" "a cut archive"

# ---- larger than memory ----

run_expect 0 sh -c '"$0" import - --format json <metrics.jsonl' "$ft"
cp out json
is 's[0]["samples"], s[0]["file"]' "(20, 'standard input')"
if grep -qa __asan_init "$ft"; then
	echo "not tried: a limit on memory, which the sanitizer does not know"
else
	make stream 200000000 2>/dev/null | (
		ulimit -v 100000
		exec "$ft" import - --format json
	) >json 2>big.err
	assert_eq "${PIPESTATUS[*]}" "0 0" "200 MB within 100 MB: $(tail -1 big.err)"
	is 'd["inputs"]["bytes"] > 199e6, d["inputs"]["broken_lines"], [x["host"] for x in s]' \
		"(True, 0, ['host-0', 'host-1', 'host-2'])"
	is '[x["supported"]["exact"] for x in s], [abs(x["p50_per_s"] / 1000 - 1) < 0.016 for x in s]' \
		"([False, False, False], [True, True, True])"
fi

# ---- what is none of it ----

run_expect 2 "$ft" import
assert_match "$err" "expected a FILE" "no operand"
run_expect 2 "$ft" import nowhere
assert_match "$err" "nowhere: cannot be read" "no such file"
run_expect 2 "$ft" import .
run_expect 2 "$ft" import part.empty
assert_match "$err" "part.empty: nothing of Falco or event-generator in it; expected" "an empty file"
run_expect 2 "$ft" import "$data/stats.json" --stats-interval 0.1us
printf '\x28\xb5\x2f\xfd........' >metrics.zst
run_expect 2 "$ft" import metrics.zst
assert_match "$err" "compressed; use: zstdcat metrics.zst \| falcotune import -" "a packed file"
head -c 20000 /dev/urandom >noise
run_expect 2 "$ft" import noise
finish
