#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run the harnesses for some time each and print what they did.
#   tests/fuzz/run.sh BUILD SECONDS [NAME...]
# The grown corpus is kept in BUILD/corpus/NAME, what was found in BUILD/found/NAME-*, the logs in
# BUILD/logs. A harness goes on after a finding, until its time is over or it has ten. Exit 1 when
# anything was found.
set -uo pipefail
build=$(realpath "$1")
seconds=$2
shift 2
here=$(dirname "$(realpath "$0")")
most=10
names=("$@")
if ! ((${#names[@]})); then
	for f in "$build"/bin/fuzz-*; do
		names+=("${f##*/fuzz-}")
	done
fi
mkdir -p "$build"/{found,logs}
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:abort_on_error=0
export UBSAN_OPTIONS=print_stacktrace=1

found_of() { find "$build/found" -name "$1-*" | wc -l; }

total=0
printf '%-10s %8s %12s %8s %9s\n' harness seconds executions corpus findings
for name in "${names[@]}"; do
	corpus=$build/corpus/$name
	log=$build/logs/$name.log
	mkdir -p "$corpus"
	: >"$log"
	# A profile has a dozen parts even with one rule.
	max_len=8192
	[[ $name != eprofile ]] || max_len=32768
	args=(-print_final_stats=1 -timeout=10 -rss_limit_mb=1024 -max_len=$max_len
		"-artifact_prefix=$build/found/$name-")
	[[ -e $here/dict/$name ]] && args+=("-dict=$here/dict/$name")
	seeds=("$here/corpus/$name")
	[[ $name == check ]] && seeds+=("$here/corpus/rules")
	[[ -d $here/regress/$name ]] && seeds+=("$here/regress/$name")
	before=$(found_of "$name")
	begin=$SECONDS
	while left=$((seconds - (SECONDS - begin))) && ((left > 0)); do
		"$build/bin/fuzz-$name" "${args[@]}" -max_total_time=$left "$corpus" "${seeds[@]}" \
			>>"$log" 2>&1 && break
		findings=$(($(found_of "$name") - before))
		((findings > 0 && findings < most)) || break
	done
	spent=$((SECONDS - begin))
	executions=$(awk '/stat::number_of_executed_units/ {n += $2} END {print n + 0}' "$log")
	findings=$(($(found_of "$name") - before))
	if ! ((executions)); then # it did not even start
		tail -n 5 "$log" >&2
		findings=$((findings + 1))
	fi
	total=$((total + findings))
	printf '%-10s %8d %12d %8d %9d\n' "$name" "$spent" "$executions" \
		"$(find "$corpus" -type f | wc -l)" "$findings"
done
if ((total)); then
	echo "found in $build/found, logs in $build/logs" >&2
	exit 1
fi
