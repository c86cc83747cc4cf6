#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The playbook of falcotune fleet plan, run for real by Ansible on three hosts that are local
# connections: surveys are fetched by host, one host's failure stops no other's, nothing stays behind;
# and the capabilities of the manifests are enough for the survey.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command fleet
[[ $(id -u) == 0 ]] || skip "needs root"
[[ -x $FALCOTUNE_BIN/falcotune-survey ]] || skip "built without the embedded engine"
command -v ansible-playbook >/dev/null || skip "ansible is not installed"
python=/usr/bin/python3
cd "$tmp" || exit 99
mkdir remote
# Ansible's own work, and the folders on the "hosts", are in this test's folder.
export HOME=$tmp TMPDIR=$tmp/remote ANSIBLE_LOCAL_TEMP=$tmp/ansible ANSIBLE_REMOTE_TEMP=$tmp/ansible LC_ALL=C.UTF-8 \
	ANSIBLE_NOCOLOR=1 ANSIBLE_PYTHON_INTERPRETER=$python
"$ft" survey --duration 100ms --out host.json >/dev/null 2>no || skip "$(head -1 no)"

cmake --install "$FALCOTUNE_BIN/.." --prefix "$tmp/prefix" >/dev/null || die "no installed tree"
printf '{"output_fields":{"evt.hostname":"%s","evt.source":"syscall","evt.time":1795200060000000000,%s}}\n' "$(uname -n)" \
	'"scap.n_evts":10,"scap.n_drops":0' >metrics.jsonl
run_expect 0 "$ft" fleet plan --what ansible --out . --prefix prefix --duration 1s --hosts 'node[1:3]' --batch 100% \
	-o metrics.output_file="$tmp/metrics.jsonl"
# The third host cannot do it.
cat >here.yaml <<Y
falcotune:
  hosts:
    node3: {falcotune_survey_seconds: 0}
  vars: {ansible_connection: local, ansible_become: false}
Y
limit=300 run_expect 2 ansible-playbook -i inventory.yaml -i here.yaml playbook.yaml
grep -E 'node[123] +:' "$tmp/out" | sed 's/^/    /'
cp "$tmp/out" said
for host in node1 node2; do
	assert_true "$host" grep -Eq "^$host +:.* unreachable=0 +failed=0 " said
	run_expect 0 "$python" "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/host.schema.json" "results/$host/host.json"
	assert_true "metrics of $host" cmp -s metrics.jsonl "results/$host/metrics.jsonl"
	run_expect 0 "$ft" survey --from "results/$host/host.json"
done
assert_true "the host that failed" grep -Eq "^node3 +:.* failed=1 " said
assert_true "and what it has is fetched" test -f results/node3/metrics.jsonl
assert_eq "$(ls results)" "node1
node2
node3" "the results"
assert_eq "$(ls remote)" "" "nothing stays on a host"
run_expect 0 "$ft" fleet report results --format csv
assert_eq "$(wc -l <"$tmp/out")" 2 "local connections are one host: its records are one"
assert_match "$out" $'\n'"$(uname -n),1,$(getconf _NPROCESSORS_ONLN)," "what was fetched makes a fleet"

# ---- the manifests: their capabilities and a read-only root are enough ----
# caps KIND: as setpriv takes them.
caps() {
	"$ft" fleet plan --what "$1" | sed -n 's/^ *add: \[\(.*\)\]/\1/p' | tr -d ' ' | tr 'A-Z,' 'a-z\n' | sed 's/^/+/' | paste -sd,
}
cat >pod.sh <<'P'
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
for dir in tmp results; do
	mkdir "$1/$dir"
	mount --bind "$1/$dir" "$1/$dir"
done
mount -o remount,bind,ro /
cd "$1/results"
! touch "$1/x" 2>/dev/null
caps=$2
shift 2
TMPDIR=../tmp FALCO_HOSTNAME=node-7 exec setpriv --bounding-set "-all,$caps" --inh-caps -all --no-new-privs "$@"
P
if command -v setpriv >/dev/null && unshare -m true 2>/dev/null; then
	assert_eq "$(caps daemonset)" "+bpf,+perfmon,+sys_ptrace" "capabilities of the survey"
	mkdir survey run
	run_expect 0 unshare -m bash pod.sh "$tmp/survey" "$(caps daemonset)" \
		"$ft" survey --duration 200ms --by process --by cgroup --format json
	assert_match "$out" '"hostname": "node-7"' "the node's name"
	assert_match "$out" '"name": "openat"|"name": "execve"|"name": "read"' "calls"
	if [[ -x $FALCOTUNE_BIN/falcotune-engine ]]; then
		run_expect 0 unshare -m bash pod.sh "$tmp/run" "$(caps job)" "$ft" run --engine embedded --cases open \
			--repeats 1 --duration 1s --warmup 0s --load quick --no-verify --format json
		assert_match "$out" '"hostname": "node-7"' "the node's name"
		assert_true "results" compgen -G "run/results/results/*/results.json"
	fi
else
	echo "note: no mount namespaces here, the manifests' privileges were not tried"
fi
finish
