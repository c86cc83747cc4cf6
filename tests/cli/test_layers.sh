#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The architecture that README.md states: modules include downward only, and nothing below src/cmd
# prints or ends the program.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
cd "$FALCOTUNE_SOURCE/src" || exit 99

# A module may include those of a lower rank. lint is for cmd alone, and probe for nobody.
declare -A rank=([base]=0 [bpf]=1 [stats]=1 [syscalls]=1 [config]=1 [rules]=2 [survey]=2 [cost]=3 [engine]=3
	[load]=3 [lint]=3 [probe]=3 [run]=4 [sample]=4 [import]=4 [advise]=5 [fleet]=6 [tune]=6 [report]=7 [cmd]=8)

# allowed MODULE INCLUDED
allowed() {
	case $2 in
	"$1") return 0 ;;
	probe) return 1 ;;
	lint) [[ $1 == cmd ]] ;;
	*) ((rank[$2] < rank[$1])) ;;
	esac
}

edges=0
for module in */; do
	module=${module%/}
	[[ -n ${rank[$module]-} ]] || { fail "src/$module has no rank here"; continue; }
	while IFS=: read -r file line; do
		to=${line#*\"}
		to=${to%%/*}
		edges=$((edges + 1))
		[[ -n ${rank[$to]-} ]] || { fail "$file: $line: no module"; continue; }
		assert_true "$file: $line" allowed "$module" "$to"
	done < <(grep -rHE '^#include "[a-z]+/' --include='*.[ch]' "$module")
done
((edges > 500)) || fail "only $edges includes were found"

# Programs of their own (main.c, the engine) print; base prints help and logs for them.
said=$(grep -rnE '\b(printf|puts|putchar|exit)\(|\b(fputs|fprintf|fwrite|vfprintf|perror)\(.*\bstd(out|err)\b' \
	--include='*.c' bpf stats syscalls config rules survey cost engine load lint import run sample advise fleet tune report |
	grep -v '/main\.c:')
assert_eq "$said" "" "below src/cmd"
finish
