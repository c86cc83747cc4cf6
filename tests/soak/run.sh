#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make soak`: the proofs that take too long for `make test`. Every script here prints one closing line.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export FALCOTUNE_BIN=${FALCOTUNE_BIN:-$here/../../build/bin}
export FALCOTUNE_SOURCE=${FALCOTUNE_SOURCE:-$(cd "$here/../.." && pwd)}
export FALCOTUNE_SHARED=${FALCOTUNE_SHARED:-$FALCOTUNE_SOURCE/../shared}
passed=0 failed=0 skipped=0
for script in "$here"/soak_*.sh; do
	[[ -e $script ]] || continue
	echo "== $(basename "$script")"
	rc=0
	bash "$script" || rc=$?
	case $rc in
	0) ((passed++)) ;;
	77) ((skipped++)) ;;
	*)
		((failed++))
		echo "failed: $(basename "$script") (exit $rc)"
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
