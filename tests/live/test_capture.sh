#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The capture core on the running kernel: counts to the event, drops add up, buffers are as asked,
# missing rights are named, nothing stays behind.
set -u
core=$FALCOTUNE_BIN/bench-capture
loop=$FALCOTUNE_BIN/bench-loop
[ -x "$core" ] || { echo "skipped: the embedded engine was not built"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 77; }

tmp=$(mktemp -d)
pid=
cleanup() {
	[ -z "$pid" ] || { kill -INT "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
	rm -rf "$tmp"
}
trap cleanup EXIT
failed=0
fail() { echo "FAIL: $*"; failed=1; }
same() { [ "$2" = "$3" ] || fail "$1: expected $3, got $2"; }

# begin OPTIONS...: starts the core; end: stops it, its report is in $tmp/out.
begin() {
	: >"$tmp/out"
	"$core" "$@" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	for _ in $(seq 1000); do
		grep -q '^ready' "$tmp/out" && return 0
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	if grep -q 'no BPF\|no BTF\|no CAP\|did not take' "$tmp/err"; then
		echo "skipped: $(head -1 "$tmp/err")"
		exit 77
	fi
	cat "$tmp/err"
	exit 1
}
end() {
	kill -INT $pid
	wait $pid
	same "exit code" $? 0
	pid=
}
field() { tail -1 "$tmp/out" | grep -o "\"$1\": [0-9]*" | head -1 | sed 's/.*: //'; }
seen() { local n; n=$(field "$1"); echo "${n:-0}"; }
# As in Falco, n_evts counts a connect twice, whosever it is; the consumer sees it once.
adds_up() {
	same "$1: n_evts = seen + drops + connects" "$(field n_evts)" \
		"$(($(field n_seen) + $(field n_drops) + $(field n_connects)))"
}

# calls OPERATION COUNT SET NR...: events seen of those numbers, made by bench-loop and its children
# beyond what it makes with a count of zero.
calls() {
	local op=$1 n=$2 set=$3 total=0 base=0 nr
	shift 3
	for count in 0 "$n"; do
		begin --preset 6 --set "$set" --only bench-loop
		"$loop" "$op" $count >/dev/null
		end
		adds_up "$op"
		same "$op: drops" "$(field n_drops)" 0
		total=0
		for nr in "$@"; do total=$((total + $(seen "$nr"))); done
		[ $count = 0 ] && base=$total
	done
	echo $((total - base)) >"$tmp/calls"
}

process=56,57,58,59,322,435
calls open 20000 $process,2,257,437,3 257 3
same "open/close pairs" "$(cat "$tmp/calls")" 40000
calls spawn 100 $process 56 57 58 435 59 511
same "fork+exec+exit" "$(cat "$tmp/calls")" 400
calls thread 100 $process 56 435 511
same "threads: clone twice and exit" "$(cat "$tmp/calls")" 300
calls failed-exec 500 $process 59
same "failed execve" "$(cat "$tmp/calls")" 500
calls connect 200 $process,42 42
same "connect" "$(cat "$tmp/calls")" 200
calls connect 200 $process,41,42,43,3 41 42 43 3
same "socket, connect, accept, two closes" "$(cat "$tmp/calls")" 1000
# What is not asked for is not counted.
calls open 1000 $process,42 257 3 2
same "uncollected" "$(cat "$tmp/calls")" 0

# Drops: a consumer that takes 10,000 events a second, and one buffer that holds as many.
begin --preset 1 --cpus 0 --spin 100000
"$loop" open 100000 >/dev/null
end
[ "$(field n_drops)" -gt 100000 ] || fail "a slow consumer dropped only $(field n_drops)"
# The drain at the end is limited in time, so seen may be lower by what stayed in the buffer.
[ $(($(field n_seen) + $(field n_drops))) -le "$(field n_evts)" ] || fail "more seen than counted"
read -r -a categories <<<"$(tail -1 "$tmp/out" | grep -o '"drops": \[[^]]*' | sed 's/.*\[//; s/,//g')"
sum=0
for c in "${categories[@]}"; do sum=$((sum + c)); done
same "categories add up to n_drops" "$sum" "$(field n_drops)"
[ "${categories[4]}" -gt 30000 ] && [ "${categories[7]}" -gt 30000 ] ||
	fail "drops of open and close are not in their categories: ${categories[*]}"

# Not as slow: nothing is lost between kernel and consumer.
begin --preset 1 --spin 1500
"$loop" open 100000 >/dev/null
end
adds_up "slow consumer"

# Buffers, by what the kernel says of the maps.
online=$(getconf _NPROCESSORS_ONLN)
check_buffers() { # PRESET CPUS_FOR_EACH EXPECTED_NUMBER
	local bytes=$((1 << (19 + $1))) n
	begin --preset "$1" --cpus "$2"
	n=$(grep -l '^map_type:[[:space:]]*27$' /proc/$pid/fdinfo/* 2>/dev/null |
		xargs grep -l "^max_entries:[[:space:]]*$bytes\$" | wc -l)
	end
	same "buffers of preset $1, $2 CPUs each (of $online)" "$n" "$3"
	same "reported number" "$(field buffers)" "$3"
}
check_buffers 1 1 "$online"
check_buffers 3 0 1
check_buffers 4 2 $(((online + 1) / 2))
check_buffers 2 $((online + 5)) 1

# The thread table has a limit.
begin --threads 20
end
same "thread table" "$(field n_threads)" 20
[ "$(field n_drops_full_threadtable)" -gt 0 ] || fail "a full thread table was not counted"

# Names follow the process.
mkdir "$tmp/dir"
cp "$loop" "$tmp/dir/real-name"
ln -s real-name "$tmp/dir/other-name"
begin --print --only other-name --set $process,2,257,3,80
(cd "$tmp/dir" && ./other-name open 1 >/dev/null)
end
# The kernel knows the whole path, also from inside a chroot.
grep -q "exe=.*$tmp/dir/real-name cmd=other-name open 1 .* f /dev/null" "$tmp/out" ||
	fail "names: $(grep -a other-name "$tmp/out" | head -3)"

long=$tmp/$(printf 'd%.0s' $(seq 200))/$(printf 'e%.0s' $(seq 200))/$(printf 'f%.0s' $(seq 200))
mkdir -p "$long"
echo >"$long/file"
begin --print --only cat --set $process,2,257,3
cat "$long/file" "$long/missing" >/dev/null 2>&1
end
grep -q " f $long/file\$" "$tmp/out" || fail "a path of ${#long} bytes was cut"
grep -q "res=-2 .* f $long/missing\$" "$tmp/out" || fail "a failed open has no name"

# Rights: each missing thing is named, exit code 3.
refused() { # WHAT WORDS COMMAND...
	local what=$1 words=$2 rc
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	same "$what: exit code" $rc 3
	grep -q "$words" "$tmp/err" || fail "$what: says $(cat "$tmp/err")"
}
if command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	cp "$core" "$tmp/core"
	refused "no root" "no root" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--bounding-set -all "$tmp/core"
	refused "no CAP_BPF" "no CAP_BPF" setpriv --bounding-set -all --inh-caps -all "$core"
fi
if unshare -m true 2>/dev/null; then
	refused "no BTF" "no BTF" unshare -m sh -c \
		'mount -t tmpfs none /sys/kernel/btf && exec "$0"' "$core"
fi

# Killed, it leaves no program.
begin
ids=$(cat /proc/$pid/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p' | sort -u)
[ -n "$ids" ] || fail "no programs found"
kill -9 $pid
wait $pid 2>/dev/null
pid=
if command -v bpftool >/dev/null; then
	for id in $ids; do
		gone=0
		for _ in $(seq 200); do
			bpftool prog show id "$id" >/dev/null 2>&1 || { gone=1; break; }
			sleep 0.02
		done
		[ $gone = 1 ] || fail "BPF program $id stayed behind"
	done
fi
[ $failed = 0 ] && echo "all as expected"
exit $failed
