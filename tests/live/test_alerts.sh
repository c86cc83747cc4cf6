#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What rules describe is done, and the embedded engine raises the alerts with the right fields: the
# rows of alerts.table, on the upstream rules where they are here and on a small set of this project's
# own everywhere. Near misses raise none. All of it happens in name spaces of its own, on files that
# end with them.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
here=$FALCOTUNE_SOURCE/tests/live
[[ -x $FALCOTUNE_BIN/falcotune-engine ]] || skip "the embedded engine was not built"
actor=$FALCOTUNE_BIN/../tests/live-actor
[[ -x $actor ]] || skip "the actor of the tests was not built"
[[ $(id -u) = 0 ]] || skip "needs root"
command -v python3 >/dev/null || skip "needs python3"
[[ $tmp != /home/* && $tmp != /root/* ]] || skip "TMPDIR is in a home folder, which the test covers"
unshare -m -n true 2>/dev/null || skip "no mount and network name spaces"
! grep -Eq '[0-9a-f]{64}' /proc/self/cgroup || skip "this is in a container, so nothing happens on the host"
chmod 711 "$tmp"

session=
group=
clean_up() {
	[[ -z $session ]] || { kill -KILL -- "-$session"; wait "$session"; } 2>/dev/null
	[[ -n $group ]] || return
	for _ in $(seq 100); do
		! rmdir "$group" 2>/dev/null || break
		sleep 0.02
	done
}
at_exit clean_up

# A control group that is named like docker's.
id=5ca1ab1e5ca1
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/memory; do
	[[ -e $hierarchy/cgroup.procs ]] || continue
	group=$hierarchy/docker-$(printf '5ca1ab1e%.0s' 1 2 3 4 5 6 7 8).scope
	mkdir -p "$group" 2>/dev/null && break
	group=
done
why=()
[[ -n $group ]] || why=(--no-container "no control group can be made here")

# The programs may be below a folder that is covered.
cp "$FALCOTUNE_BIN/falcotune-engine" "$tmp/engine"
cp "$actor" "$tmp/actor"
chmod 755 "$tmp/actor"
sets=(own)
mkdir "$tmp/own"
cp "$FALCOTUNE_SOURCE/tests/data/alerts/rules.yaml" "$tmp/own/0-rules.yaml"
if [[ -d ${FALCOTUNE_SHARED-}/upstream ]]; then
	sets+=(upstream)
	mkdir "$tmp/upstream"
	n=0
	for f in falco_rules falco-incubating_rules falco-sandbox_rules falco-deprecated_rules; do
		cp "$FALCOTUNE_SHARED/upstream/$f.yaml" "$tmp/upstream/$((n++))-$f.yaml"
	done
fi
for set in "${sets[@]}"; do
	sed "s#%DIR#$tmp#" "$FALCOTUNE_SOURCE/tests/data/alerts/local.yaml" >"$tmp/$set/9-local.yaml"
done

python3 "$here/alerts.py" plan "$here/alerts.table" "$tmp" "${why[@]}" >"$tmp/plan" ||
	die "no plan"
FT_GROUP=$group/cgroup.procs setsid timeout -k 5 120 unshare -m -n --propagation private \
	bash "$here/run_actions.sh" "$tmp" "$tmp/engine" "$tmp/actor" "${sets[@]}" \
	>"$tmp/out" 2>&1 </dev/null &
session=$!
wait "$session"
code=$?
session=
[[ $code != 3 ]] || skip "$(tail -n 1 "$tmp/own/log")"
[[ $code = 0 ]] || {
	tail -n 5 "$tmp/out" "$tmp"/*/log >&2
	die "the actions were not run ($code)"
}

for set in "${sets[@]}"; do
	assert_no_match "$(cat "$tmp/$set/log")" 'is not evaluated|the engine ended' "engine's log, $set"
	rules=("$tmp/$set"/[!9]*.yaml)
	python3 "$here/alerts.py" check "$here/alerts.table" "$tmp" "$set" "$id" "${rules[@]}" \
		"${why[@]}" >"$tmp/result"
	code=$?
	cat "$tmp/result"
	assert_eq $code 0 "alerts of the $set rules are what they describe"
	summary=$(tail -n 1 "$tmp/result")
	assert_match "$summary" '^[1-9][0-9]+ of [1-9][0-9]+ ' 'what was done'
done
finish
