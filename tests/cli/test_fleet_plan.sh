#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune fleet plan: manifests, chart values and playbook are what their readers accept, keep to
# the privileges they need, and carry hostile values as values.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
. "$FALCOTUNE_SOURCE/tests/run_lib.sh"
require_command fleet
begin_fake
python=/usr/bin/python3
"$python" -c 'import yaml, jsonschema' 2>/dev/null || skip "python3-yaml or python3-jsonschema is not installed"
data=$FALCOTUNE_SOURCE/tests/data/fleet

# as_json FILE: the YAML document as FILE.json, as YAML 1.1 readers see it.
as_json() { "$python" -c 'import json, sys, yaml
json.dump(yaml.safe_load(open(sys.argv[1])), open(sys.argv[1] + ".json", "w"))' "$1"; }
# valid SCHEMA FILE...
valid() {
	local schema=$1 f
	shift
	for f; do
		as_json "$f" || fail "$f is not YAML"
		run_expect 0 "$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$data/$schema.schema.json" "$f.json" ||
			cat "$tmp/out" >&2
	done
}
# check EXPRESSION FILE WHAT: over the document d.
check() {
	checks=$((checks + 1))
	"$python" -c 'import json, sys
d = json.load(open(sys.argv[2]))
pod = d.get("spec", {}).get("template", {}).get("spec", {})
both = pod.get("initContainers", []) + pod.get("containers", [])
sys.exit(not eval("(" + sys.argv[1] + ")"))' "$1" "$2" || fail "$3: $1"
}

# ---- usage ----
run_expect 0 "$ft" fleet --help
assert_match "$out" "plan .*Ansible" "parts"
run_expect 2 "$ft" fleet
run_expect 2 "$ft" fleet fly
assert_match "$err" "no part 'fly'" "unknown part"
run_expect 0 "$ft" fleet plan --help
for bad in "--what rocket" "--namespace Upper" "--namespace a.b" "--image a\tb" "--node -x" "--results tape" \
	"--results hostpath:rel" "--results hostpath:/a/../b" "--results pvc:A" "--batch 0" "--batch 200%" \
	"--batch x" "--cpu-limit none" "--memory-limit 1" "--duration 1ms" "--timeout 1s" "a b"; do
	# shellcheck disable=SC2086
	run_expect 2 "$ft" fleet plan ${bad//\\t/$'\t'x}
done
run_expect 2 "$ft" fleet plan none.json
run_expect 2 "$ft" fleet plan -c none.yaml

# ---- files: all of them, never over others without --force ----
run_expect 0 "$ft" fleet plan --out all
assert_eq "$(ls all)" "daemonset.yaml
inventory.yaml
job.yaml
playbook.yaml
values.yaml" "files"
assert_eq "$out" "" "nothing on standard output"
echo mine >all/job.yaml
rm all/daemonset.yaml
run_expect 2 "$ft" fleet plan --out all
assert_match "$err" "exists already; --force" "not over others"
assert_eq "$(cat all/job.yaml)" mine "what was there stays"
[[ ! -e all/daemonset.yaml ]] || fail "half was written"
run_expect 0 "$ft" fleet plan --out all --force --print
assert_match "$out" "kind: DaemonSet" "--print beside --out"
assert_true "the documents of standard output are YAML" "$python" -c 'import sys, yaml
assert len(list(yaml.safe_load_all(open(sys.argv[1])))) == 5' "$tmp/out"
run_expect 0 "$ft" fleet plan --what job --out -
assert_true "- is standard output" cmp -s "$tmp/out" all/job.yaml
run_expect 0 "$ft" fleet plan --what job
assert_true "which is the default" cmp -s "$tmp/out" all/job.yaml

# ---- manifests: by the schemas, and no more privileges than needed ----
mkdir falco.d
echo "stdout_output: {enabled: true}" >falco.d/falco.yaml
for where in log hostpath:/var/lib/falcotune pvc:results; do
	rm -rf k8s
	run_expect 0 "$ft" fleet plan --out k8s --results $where -r rules/my.yaml -c falco.d/falco.yaml --node n1.example
	valid kubernetes k8s/daemonset.yaml k8s/job.yaml
	valid helm-values k8s/values.yaml
	for f in k8s/daemonset.yaml.json k8s/job.yaml.json; do
		check 'all(not c["securityContext"]["privileged"] and not c["securityContext"]["allowPrivilegeEscalation"]
			and c["securityContext"]["readOnlyRootFilesystem"]
			and c["securityContext"]["capabilities"]["drop"] == ["ALL"] for c in both)' $f "privileges"
		check 'set(sum((c["securityContext"]["capabilities"].get("add", []) for c in both), [])) <=
			{"BPF", "PERFMON", "SYS_PTRACE", "SYS_RESOURCE"}' $f "capabilities"
		check 'not pod["automountServiceAccountToken"] and "hostNetwork" not in pod' $f "the pod"
		check 'all(m["name"] in {v["name"] for v in pod["volumes"]} for c in both for m in c.get("volumeMounts", []))' \
			$f "every mount has its volume"
		check 'all(m.get("readOnly") for c in both for m in c.get("volumeMounts", []) if m["name"] in ("cgroup", "input"))' \
			$f "read-only mounts"
		check '{v["hostPath"]["path"] for v in pod["volumes"] if "hostPath" in v} <= {"/sys/fs/cgroup", "/var/lib/falcotune"}' \
			$f "what of the host is mounted"
		check 'all(c["resources"]["limits"] for c in both)' $f "limits"
	done
	check 'd["spec"]["selector"]["matchLabels"].items() <= d["spec"]["template"]["metadata"]["labels"].items()' \
		k8s/daemonset.yaml.json "selector"
	check 'pod["containers"][0]["args"][:5] == ["run", "-c", "/input/falco.yaml", "-r", "/input/my.yaml"]' \
		k8s/job.yaml.json "arguments of the run"
	check 'd["spec"]["activeDeadlineSeconds"] == 3600 and pod["nodeSelector"] == {"kubernetes.io/hostname": "n1.example"}' \
		k8s/job.yaml.json "limit and node"
done
# What the pods are told to run is what falcotune takes.
for f in daemonset job; do
	mapfile -t args < <("$python" -c 'import json, sys
pod = json.load(open(sys.argv[1]))["spec"]["template"]["spec"]
print("\n".join((pod.get("initContainers") or pod["containers"])[0]["args"]))' k8s/$f.yaml.json)
	args=("${args[@]/\/input\/falco.yaml/falco.d/falco.yaml}")
	args=("${args[@]/\/input\/my.yaml/$FALCOTUNE_SOURCE/rulesets/dummy.yaml}")
	[[ $f != job ]] || args+=(--engine "$fake")
	run_expect 0 "$ft" "${args[@]}" --print-commands
done
# The schemas refuse what is misspelt.
for change in 's/hostPID/hostPid/' 's/mountPath/mountpath/' 's/cpu: 1000m/cpu: much/' 's/add: \[/add: [CAP_/'; do
	sed "$change" k8s/daemonset.yaml >bad.yaml
	as_json bad.yaml
	run_expect 1 "$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$data/kubernetes.schema.json" bad.yaml.json
done
sed 's/bufSizePreset/buf_size_preset/' k8s/values.yaml >bad.yaml
as_json bad.yaml
run_expect 1 "$python" "$FALCOTUNE_SOURCE/tests/validate.py" "$data/helm-values.schema.json" bad.yaml.json

# ---- chart values: what a run recommends arrives in the falco.yaml that the chart makes ----
# as_chart VALUES: the chart's mapping of driver and metrics to falco.yaml (templates/_helpers.tpl of 9.1.0).
as_chart() { "$python" - "$1" <<'P'
import json, re, sys, yaml
v = yaml.safe_load(open(sys.argv[1]))
out = dict(v["falco"])
kind = v["driver"]["kind"]
part = v["driver"].get({"modern_ebpf": "modernEbpf"}.get(kind, kind), {})
snake = lambda s: re.sub("([A-Z]+)", lambda m: "_" + m.group(1).lower(), s)
out["engine"] = {"kind": kind, kind: {snake(k): x for k, x in part.items()}}
out["metrics"] = dict(out.get("metrics", {}), **{snake(k): x for k, x in v["metrics"].items()})
out["stdout_output"] = {"enabled": True}
json.dump(out, sys.stdout)
P
}
printf '5000 0\n' >logs/open.rate
printf '5000 0\n' >logs/recommended.rate
run_expect 0 "$ft" run --engine "$fake" --cases open --repeats 1 --warmup 0s --duration 1s --load quick --no-verify --out res
run_expect 0 "$ft" fleet plan res --what helm -o engine.modern_ebpf.buf_size_preset=7 --results hostpath:/var/lib/falco
cp out values.yaml
valid helm-values values.yaml
assert_true "where they are from" grep -q "from res, case open" values.yaml
as_chart values.yaml >chart.yaml
run_expect 0 "$ft" config -c chart.yaml --format json
"$python" - "$tmp/out" res/results.json <<'P' || fail "the chart's falco.yaml"
import json, sys
doc, res = (json.load(open(f)) for f in sys.argv[1:])
c = {k["key"]: k["value"] for k in (doc if isinstance(doc, list) else doc["values"])}
case, = res["cases"]
assert c["base_syscalls.custom_set"] == case["custom_set"], (c["base_syscalls.custom_set"], case["custom_set"])
assert c["engine.kind"] == "modern_ebpf" and c["engine.modern_ebpf.buf_size_preset"] == 7, c
assert c["metrics.enabled"] is True and c["metrics.output_file"] == "/metrics/falco-metrics.jsonl", c
assert c["metrics.kernel_event_counters_enabled"] is True, c
P
checks=$((checks + 1))
# And is what the fleet's report recommends to the class of that host.
mkdir -p fleet/elsewhere
cp res/results.json fleet/
sed 's/"hostname": *"[^"]*"/"hostname": "elsewhere"/' res/results.json >fleet/elsewhere/results.json
run_expect 0 "$ft" fleet report fleet --format json
"$python" - "$tmp/out" res/results.json <<'P' || fail "results of runs in the fleet's report"
import json, sys
fleet, res = (json.load(open(f)) for f in sys.argv[1:])
assert fleet["hosts"] == 2 and not fleet["broken"] and not fleet["drops"] and not fleet["deviants"], fleet
c, = fleet["classes"]
assert c["n_cpus"] == res["host"]["n_cpus"] and c["measured"] == c["agreed"] == c["hosts"] == 2, c
assert any(s.startswith("base_syscalls={custom_set:") for s in c["settings"]), c["settings"]
assert "base_syscalls:" in c["helm"] and c["tails"]["rate_p50"]["hosts"] == 2, c
want = res["cases"][0]["summary"]["evts_per_s"] / c["n_cpus"]
assert abs(c["tails"]["rate_p50"]["max"] - want) < 1e-6 * want, (c["tails"], want)
P
checks=$((checks + 1))
cat >kmod.yaml <<'Y'
engine: {kind: kmod, kmod: {buf_size_preset: 6}}
base_syscalls: {custom_set: ["!close", execve], repair: true}
metrics: {enabled: true, interval: 30m, output_rule: false}
Y
run_expect 0 "$ft" fleet plan -c kmod.yaml --what helm -o falco_libs.thread_table_size=500000
cp out values.yaml
valid helm-values values.yaml
check 'd["driver"] == {"kind": "kmod", "kmod": {"bufSizePreset": 6, "dropFailedExit": False}}' values.yaml.json "kmod"
check 'd["falco"]["base_syscalls"]["custom_set"] == ["!close", "execve"]' values.yaml.json "the set"
check 'd["falco"]["falco_libs"]["thread_table_size"] == 500000' values.yaml.json "another setting"
check 'd["metrics"]["interval"] == "1800s"' values.yaml.json "the interval stays"
run_expect 0 "$ft" run --engine "$fake" --dry-run-only --cases open --out dry
run_expect 2 "$ft" fleet plan dry --what helm
assert_match "$err" "nothing is recommended there" "results without live runs"

# ---- values that try to be more than values ----
evil=$'x: "y"\n- {{ lookup("pipe", "touch pwned") }} $(HOME) \\ # @image@ \u2028'
run_expect 0 "$ft" fleet plan --out evil --load "$evil" -r "$evil" --image '"}{$(X)@source@' --hosts "$evil"
valid kubernetes evil/daemonset.yaml evil/job.yaml
check 'pod["containers"][0]["image"] == "\"}{$(X)@source@"' evil/job.yaml.json "image"
EVIL=$evil check '(lambda e: pod["containers"][0]["args"][1:5] ==
	["-r", "/input/" + e.replace("$(", "$$(").replace("\u2028", "\ufffd"), "--load", e.replace("$(", "$$(").replace("\u2028", "\ufffd")])(__import__("os").environ["EVIL"])' \
	evil/job.yaml.json "arguments"
assert_eq "$(grep -c '^- ' evil/*.yaml | paste -sd,)" "evil/daemonset.yaml:0,evil/inventory.yaml:0,evil/job.yaml:0,evil/playbook.yaml:1,evil/values.yaml:0" \
	"no line of its own"
assert_true "unsafe for Ansible" grep -q 'falcotune_run_args: \["--load", !unsafe "x: ' evil/inventory.yaml

# ---- the playbook, as far as Ansible reads it without a host ----
if command -v ansible-playbook >/dev/null; then
	export ANSIBLE_LOCAL_TEMP=$tmp/ansible HOME=$tmp LC_ALL=C.UTF-8
	run_expect 0 ansible-playbook --syntax-check -i all/inventory.yaml all/playbook.yaml
	run_expect 0 ansible-playbook --list-hosts -i all/inventory.yaml all/playbook.yaml
	assert_match "$out" "node003.example.net" "the inventory's pattern"
else
	echo "note: ansible is not installed, the playbook was not read"
fi
finish
