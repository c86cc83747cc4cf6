#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The catalogue files are what the generator makes of the tables, and the generator refuses bad ones.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_shared

gen=$FALCOTUNE_SOURCE/scripts/gen-catalogue.sh
tables=$shared/reference/catalog
[[ -d $tables ]] || skip "the catalogue tables are not here"
for file in "$FALCOTUNE_SOURCE"/src/syscalls/catalogue-*.c; do
	version=${file##*/catalogue-}
	version=${version%.c}
	run_expect 0 sh "$gen" "$tables" "$version"
	assert_true "$version is up to date" cmp -s "$tmp/out" "$file"
done

run_expect 2 sh "$gen" "$tables" 9.9.9
assert_match "$err" 'cannot be read' 'unknown release'
run_expect 2 sh "$gen"
mkdir "$tmp/falco-1.0.0"
printf 'falco\tlibs\tdriver\trules_engine\n1.0.0\t1\t1\t1\n' > "$tmp/falco-versions.tsv"
printf 'sc\tname\tx86_64\tstate\n0\tunknown\t-1\t0\n1\ta\t1\t0\n' > "$tmp/falco-1.0.0/syscalls.tsv"
printf 'event\tname\tsource\tcategory\tflags\tsyscalls\n0\ts\tsyscall\tfile\t-\tnosuch\n' \
	> "$tmp/falco-1.0.0/events.tsv"
run_expect 2 sh "$gen" "$tmp" 1.0.0
assert_match "$err" 'events\.tsv:2: unknown syscall nosuch' 'place of the mistake'
finish
