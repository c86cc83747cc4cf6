#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune report --bundle: what is packed, and that no name of the host is in it with --anonymise.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command report
data=$FALCOTUNE_SOURCE/tests/data/report
cd "$tmp" || exit 99

# A folder as a run leaves one, with names in every kind of file.
mkdir -p "home/results one/cases/open/repeat-1"
dir="$tmp/home/results one"
host=$(uname -n)
cp "$data/after.json" "$dir/results.json"
cp "$data/capacity.json" "$dir/"
case=$dir/cases/open/repeat-1
cat >"$case/metrics.jsonl" <<M
{"hostname":"build-host-7","output_fields":{"evt.hostname":"build-host-7","falco.host_ifinfo.eth0":"192.0.2.33,2001:db8:0:7::21","falco.host_netinfo.interfaces.eth0.protocols.ipv6.addresses":"fe80::5054:ff:fe12:3456","falco.version":"0.44.1","falco.start_ts":1795298032226549305,"falco.rules.Odd_rule":3,"scap.n_evts":12345678901234}}
{"output_fields":{"evt.hostname":"build-host-7","half
M
cat >"$case/engine.log" <<L
Sat Nov 21 21:59:26 2026: Loading rules from:
Sat Nov 21 21:59:26 2026:    $dir/cases/open/site_rules.yaml | schema validation: ok
Sat Nov 21 21:59:26 2026: BUILD-HOST-7.prod.example.com said to 198.51.100.7:8765 and [2001:db8::17]: no, $host
Sat Nov 21 21:59:26 2026: link 52:54:00:AB:cd:ef, http://siem.example.com/in?key=1 by carol of /home/carol
Sat Nov 21 21:59:26 2026: 12 events/s, 3/4 of 127.0.0.1, build-host-70 and rebuild-host-7 stay, version 0.44.1
L
printf 'rules_files:\n  - "/home/carol/a b/site_rules.yaml"\nhttp_output:\n  url: http://siem.example.com/in\n' \
	>"$dir/cases/open/falco.yaml"
echo "falcotune-engine -c '$dir/cases/open/falco.yaml' -r rules/private_rules.yaml --dry-run" >"$dir/cases/open/commands.txt"
echo '{"output":"secret alert"}' >"$case/alerts.jsonl"
echo "- rule: Secret" >"$dir/cases/open/site_rules.yaml"
: >"$case/a.rec"

unpack() { # ARCHIVE DIR
	mkdir "$2" && tar xf "$1" -C "$2"
}
HOME=/home/alice USER=carol run_expect 0 "$ft" report --bundle b.tar --anonymise "$dir"
assert_match "$err" "6 files in b.tar, 3 left out" "what is said"
assert_eq "$(stat -c %a b.tar)" 600 "mode"
assert_true "tar takes it" unpack b.tar x
assert_eq "$(python3 -c 'import tarfile; print(len(tarfile.open("b.tar").getnames()))')" 7 "so does Python"
assert_eq "$(cd x && find . -type f | sort | paste -sd' ')" \
	"./MANIFEST.txt ./results-1/capacity.json ./results-1/cases/open/commands.txt ./results-1/cases/open/falco.yaml ./results-1/cases/open/repeat-1/engine.log ./results-1/cases/open/repeat-1/metrics.jsonl ./results-1/results.json" "what is packed"

# ---- no name is left ----
for name in alice carol 'example\.com' siem 192.0.2.33 2001:db8 fe80:: 198.51.100.7 52:54:00 /home site_rules private_rules \
	"$tmp" "$PWD" 'results one' 'secret'; do
	assert_eq "$(grep -rniE -- "$name" x | cut -c1-200)" "" "'$name' in the bundle"
done
# The host of the results, and this one, as whole words.
for name in build-host-7 "$host"; do
	assert_eq "$(grep -rniw -- "$name" x | grep -v 'rebuild-host-7' | cut -c1-200)" "" "'$name' in the bundle"
done

# ---- what is kept, and that pseudonyms are consistent ----
log=$(<x/results-1/cases/open/repeat-1/engine.log)
assert_match "$log" "3/4 of 127.0.0.1, build-host-70 and rebuild-host-7 stay, version 0.44.1" "no names"
assert_match "$log" "12 events/s" "no path"
assert_match "$log" "    path-[0-9]+.yaml . schema" "a path with a blank in it"
assert_match "$log" "host-[12] said to ip-[0-9]+:8765 and .ip-[0-9]+.: no, host-[0-9]+" "host and addresses"
assert_match "$log" "link mac-[0-9]+, url-[12] by user-[0-9]+ of path-[0-9]+" "the rest"
cat >check.py <<'P'
import json, sys
d = json.load(open("x/results-1/results.json"))
o = json.load(open(sys.argv[1]))
host = d["host"]["hostname"]
assert host in ("host-1", "host-2"), d["host"]
assert json.load(open("x/results-1/capacity.json"))["host"]["hostname"] == host
lines = open("x/results-1/cases/open/repeat-1/metrics.jsonl").read().splitlines()
m = json.loads(lines[0])["output_fields"]
assert m["evt.hostname"] == host and m["falco.rules.Odd_rule"] == 3, m
assert m["scap.n_evts"] == 12345678901234 and m["falco.start_ts"] == 1795298032226549305, m
assert host in lines[1], lines[1]
# Numbers, cases and sets are as they were.
def numbers(x):
    if isinstance(x, dict):
        return {k: numbers(v) for k, v in x.items()}
    if isinstance(x, list):
        return [numbers(v) for v in x]
    return 0 if isinstance(x, str) else x
assert numbers(d) == numbers(o)
assert [c["predicted"] for c in d["cases"]] == [c["predicted"] for c in o["cases"]]
P
run_expect 0 python3 check.py "$dir/results.json"
assert_match "$(<x/MANIFEST.txt)" "Kept: names of rules" "the manifest says what is kept"
assert_match "$(<x/MANIFEST.txt)" "Left out:.*alerts.jsonl" "and what is left out"
run_expect 0 "$ft" report x/results-1 --format html -o again.html

# ---- results of another host, whose names nothing here knows ----
mkdir -p other/cases/open/repeat-1
cp "$data/after.json" other/results.json
case=other/cases/open/repeat-1
cat >"$case/metrics.jsonl" <<'M'
{"hostname":"falco","output_fields":{"evt.hostname":"falco","falco.version":"0.44.1","falco.sha256_rules_file.bigcustomer_rules":"a","falco.sha256_rules_file.falco_rules":"b","container.id":"3ad7b26ded6d","container.name":"acmedb","k8s.pod.name":"payroll-7d","user.name":"bobby"}}
{"output_fields":{"evt.hostname":"cuthost
M
cat >"$case/engine.log" <<'L'
siem.acmecorp.com:9200 refused, mail ops@acmecorp.com, user=zoey, hostname: lonelyhost
/home/davey/x: davey may not; ip-10-1-2-3.ec2.internal; scp evie@build9:/srv/x; s3://bucketname/a,leakcomma
container 3ad7b26ded6d54f3f1c2b7a8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8; fe80::77%eth0, ::ffff:10.9.2.3, 10.9.0.0/8
~carly/rules.yaml ../customers/acme/a.yaml ./kilo/rel.yaml file:///opt/zeta/x
fd.net=1, evt.type, rules.so and 99.5 are no names
L
cat >other/cases/open/falco.yaml <<'Y'
rules_files: ["/srv/My Docs/secretcorp rules.yaml"]
init_config: {api_token: TOKENVALUE, password: "hunter2 and more"}
open_params: 's3://bucketname/a,leakcomma'
custom_headers: ["Authorization: Bearer BEARERVALUE"]
Y
USER=root run_expect 0 "$ft" report --bundle other.tar --anonymise other
assert_true "tar takes it" unpack other.tar o
for name in bigcustomer 3ad7b26 acmedb payroll bobby cuthost acmecorp zoey lonelyhost davey ec2 evie build9 bucketname leakcomma fe80 10.9 \
	carly customers kilo zeta 'My Docs' secretcorp TOKENVALUE hunter2 'and more' BEARERVALUE; do
	assert_eq "$(grep -rniF -- "$name" o | cut -c1-200)" "" "'$name' in the bundle"
done
log=$(<o/results-1/cases/open/repeat-1/engine.log)
assert_match "$log" "fd.net=1, evt.type, rules.so and 99.5 are no names" "names of Falco stay"
assert_match "$(<o/results-1/cases/open/repeat-1/metrics.jsonl)" '"falco.version":"0.44.1".*"falco.sha256_rules_file.falco_rules"' "a host called falco breaks no field"

# Users that are called like a word of the documents: readable afterwards.
for user in user host path open events load yaml; do
	USER=$user run_expect 0 "$ft" report --bundle u.tar --anonymise other
	rm -rf u && unpack u.tar u
	run_expect 0 "$ft" report u/results-1 --format csv
done

# ---- links lead nowhere, a pipe is not waited for ----
mkdir linked
cp "$data/after.json" linked/results.json
ln -s . linked/a
ln -s . linked/b
ln -s /etc/passwd linked/x.log
mkfifo linked/engine.log
truncate -s 300M linked/load.log
run_expect 0 timeout 20 "$ft" report --bundle l.tar linked
assert_match "$err" "1 files in l.tar, 5 left out" "links, pipes and what is too large are left out"

# ---- as it is ----
run_expect 0 "$ft" report --bundle raw.tar "$dir" "$data/sweep.json"
assert_match "$err" "host names, addresses, user names and paths are in it" "that it has names is said"
assert_true "tar takes it" unpack raw.tar y
assert_true "nothing is replaced" cmp y/results-1/results.json "$dir/results.json"
assert_true "a document alone" cmp y/results-2/sweep.json "$data/sweep.json"

# ---- usage ----
run_expect 2 "$ft" report --bundle b.tar --format html "$dir"
assert_match "$err" "option --bundle" "no report"
run_expect 2 "$ft" report --bundle n.tar nowhere
mkdir nothing
run_expect 2 "$ft" report --bundle n.tar nothing
assert_match "$err" "nothing in it that can be packed" "nothing"
assert_true "no file" test ! -e n.tar
run_expect 3 "$ft" report --bundle /nonexistent/b.tar "$dir"
finish
