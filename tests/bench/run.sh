#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark, or those named: run.sh [--engine PATH] [--falco PATH] [--runs N] [NAME...]
# (NAME as in bench_NAME.sh). With --engine or --falco an engine that speaks Falco's command line is
# measured; without, the capture core alone.
usage() { sed -n '3,5s/^# //p' "$0"; }
cd "$(dirname "$0")" || exit 4
names=()
while [ $# -gt 0 ]; do
	case $1 in
	--engine) export BENCH_ENGINE=$2; shift ;;
	--falco) export BENCH_FALCO=$2; shift ;;
	--runs) export BENCH_RUNS=$2; shift ;;
	-h | --help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) names+=("$1") ;;
	esac
	shift
done
if [ ${#names[@]} = 0 ]; then
	for f in bench_*.sh; do
		f=${f#bench_}
		names+=("${f%.sh}")
	done
fi
rc=0
for name in "${names[@]}"; do
	if [ ! -f "bench_$name.sh" ]; then
		echo "run.sh: no benchmark '$name'" >&2
		exit 2
	fi
	bash "bench_$name.sh"
	got=$?
	[ $got = 0 ] || [ $got = 77 ] || rc=1
done
exit $rc
