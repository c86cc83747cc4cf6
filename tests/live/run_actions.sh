#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run_actions.sh DIR ENGINE LAST SET...: runs the engine with the rules files DIR/SET/*.yaml, for each
# SET, and does what DIR/plan says beside it: lines "MARK NAME ARGS" with the arguments quoted for a
# shell. To be started in a session, mount and network name space of its own: what actions write
# below /etc, /root, /home, /var/log and /dev/shm goes to file systems that end with it.
# Writes DIR/SET/alerts and log, and DIR/failed: a line for each action that could not be done.
# Exit status: 0, or the engine's when it did not start.
set -u
dir=$1 engine=$2 actor=$3
shift 3
pids=()
stop() { ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null; }
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
	echo "run_actions.sh: $*" >&2
	exit 99
}

# private FOLDER: empty here, as it was outside.
private() { [[ ! -d $1 ]] || mount -t tmpfs -o mode=755 none "$1" || die "$1"; }

keep=$dir/etc
mkdir "$keep"
for f in alternatives ld.so.cache ld.so.conf ld.so.conf.d localtime nsswitch.conf; do
	[[ ! -e /etc/$f ]] || cp -a "/etc/$f" "$keep/"
done
for folder in /etc /root /home /var/log; do
	private "$folder"
done
cp -a "$keep/." /etc/
mkdir -p /etc/cron.d /etc/pam.d /etc/apt /root/.ssh /home/u/.ssh
for f in shadow hostname pam.d/other profile cron.d/job; do
	echo "# of a test" >"/etc/$f"
done
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'daemon:x:1:1:daemon:/:/bin/false' \
	'nobody:x:65534:65534:nobody:/:/bin/false' >/etc/passwd
printf '%s\n' 'root:x:0:' 'daemon:x:1:' 'nogroup:x:65534:' >/etc/group
printf '%s\n' '10.96.0.1 kubernetes.default.svc.cluster.local' '203.0.113.2 pool.minexmr.com' \
	'203.0.113.3 c2.example' >/etc/hosts
touch /root/.ssh/known_hosts /root/.profile /root/.bashrc /var/log/auth.log /var/log/wtmp
n=0
for address in 127.0.0.1 10.96.0.1 169.254.169.254 203.0.113.1 203.0.113.2 203.0.113.3; do
	"$actor" "do" loopback $((n++)) "$address" || die "no address $address"
done

# Fields that every alert is asked for, or that tell of which action it is.
always='%container.id %proc.exepath %proc.cmdline %proc.name %proc.pname %user.name %evt.type'
for set in "$@"; do
	rules=()
	for f in "$dir/$set"/*.yaml; do
		rules+=(-r "$f")
	done
	# One large buffer: what the rest of the host does meanwhile must not push an action out.
	"$engine" "${rules[@]}" -o engine.modern_ebpf.cpus_for_each_buffer=0 \
		-o engine.modern_ebpf.buf_size_preset=7 \
		-o 'rules[].enable.rule=*' -o rule_matching=all -o priority=debug \
		-o json_output=true -o stdout_output.enabled=false -o syslog_output.enabled=false \
		-o file_output.enabled=true -o file_output.filename="$dir/$set/alerts" \
		-o "append_output[]={\"extra_output\": \"$always\"}" \
		-o metrics.enabled=true -o metrics.interval=200ms -o metrics.output_rule=false \
		-o metrics.output_file="$dir/$set/metrics" >"$dir/$set/log" 2>&1 &
	pids+=($!)
done

# wait_for FILE PID: until FILE is not empty or the engine ended.
wait_for() {
	local k
	for ((k = 0; k < 1500; k++)); do
		[[ ! -s $1 ]] || return 0
		kill -0 "$2" 2>/dev/null || return 1
		sleep 0.02
	done
	return 1
}

i=0
for set in "$@"; do
	wait_for "$dir/$set/metrics" "${pids[i]}" || {
		kill -KILL "${pids[i]}" 2>/dev/null
		wait "${pids[i]}"
		exit $?
	}
	((++i))
done

# act MARK NAME ARGS...
act() {
	local mark=$1 at=$dir/a/$1
	shift
	mkdir -m 777 "$at" && ln "$actor" "$at/$1" || return
	PATH=$at:/usr/sbin:/usr/bin:/sbin:/bin "$@" 2>"$at/stderr" ||
		echo "$mark $? $(tail -n 1 "$at/stderr")" >>"$dir/failed"
}
mkdir "$dir/a"
chmod 711 "$dir/a"
: >"$dir/failed"
# Those that sleep first, beside the others.
slow=()
while read -r line; do
	[[ $line == *" sleep "* ]] || continue
	eval "act $line" &
	slow+=($!)
done <"$dir/plan"
while read -r line; do
	[[ $line == *" sleep "* ]] || eval "act $line"
done <"$dir/plan"
((${#slow[@]} == 0)) || wait "${slow[@]}"

# The last event is the last that can raise an alert.
ln "$actor" "$dir/last-action"
"$dir/last-action"
i=0
for set in "$@"; do
	for ((k = 0; k < 1500; k++)); do
		! grep -qs '"Last action"' "$dir/$set/alerts" || break
		sleep 0.02
	done
	kill -INT "${pids[i]}"
	wait "${pids[i]}" || echo "the engine ended with $?" >>"$dir/$set/log"
	((++i))
done
pids=()
exit 0
