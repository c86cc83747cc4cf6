#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune rules as a user sees it: formats, selection of rules, errors and exit codes.
set -u
bin=$FALCOTUNE_BIN/falcotune
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail()
{
	echo "FAILED: $*"
	failed=1
}

# expect CODE PATTERN COMMAND...: exit code, and a pattern in stdout and stderr together.
expect()
{
	local code=$1 pattern=$2 out rc
	shift 2
	out=$("$@" 2>&1)
	rc=$?
	[ $rc -eq "$code" ] || fail "$*: exit $rc, expected $code: $out"
	grep -q -- "$pattern" <<< "$out" || fail "$*: no '$pattern' in: $out"
}

cat > "$tmp/a.yaml" <<'END'
- macro: opens
  condition: evt.type in (open, openat)
- list: names
  items: [cat, head]
- rule: Reads
  desc: d
  condition: opens and proc.name in (names)
  output: file %fd.name
  priority: WARNING
  tags: [b, a]
END
cat > "$tmp/b.yaml" <<'END'
- rule: Closes
  desc: d
  condition: evt.type=close and fd.name=/x
  output: o
  priority: INFO
END

expect 0 'condition  (evt.type in (open, openat) and proc.name in (cat, head))' \
	"$bin" rules -r "$tmp/a.yaml"
expect 0 'syscalls   open, openat' "$bin" rules -r "$tmp/a.yaml"
expect 0 '1 rules, 1 macros, 1 lists' "$bin" rules -r "$tmp/a.yaml"
expect 0 'Closes' "$bin" rules -r "$tmp" Closes
expect 0 '^2 rules' "$bin" rules -r "$tmp"
expect 0 '^2 rules' "$bin" rules -r "$tmp/a.yaml" -r "$tmp/b.yaml"
expect 0 'Reads' "$bin" rules -r - < "$tmp/a.yaml"
expect 0 'Usage: falcotune rules' "$bin" rules --help
expect 2 "no rule 'Nope'" "$bin" rules -r "$tmp/a.yaml" Nope
expect 2 'unknown option' "$bin" rules --nosuch
expect 2 'nosuch.yaml' "$bin" rules -r "$tmp/nosuch.yaml"

# JSON is one object on stdout, whatever the warnings say.
printf -- '- list: unused\n  items: [x]\n' > "$tmp/c.yaml"
out=$("$bin" rules -r "$tmp" --format json 2> "$tmp/err") || fail "JSON: exit $?"
grep -q LOAD_UNUSED_LIST "$tmp/err" || fail "the warning is not on stderr"
case $out in
'{'*'"condition_compiled": "(evt.type = close and fd.name = /x)"'*'}') ;;
*) fail "JSON: $out" ;;
esac
rm "$tmp/c.yaml"

# Refused files: the place, and exit code 2.
refuse()
{
	printf '%b' "$2" > "$tmp/bad.yaml"
	expect 2 "$tmp/bad.yaml:$1" "$bin" rules -r "$tmp/bad.yaml"
}
head='- rule: R\n  desc: d\n  output: o\n  priority: INFO\n'
refuse '5:28: rule R: expected .)' "$head  condition: (evt.type=open\n"
refuse '5:32: rule R: macro nope is not defined' "$head  condition: evt.type=open and nope\n"
refuse '1:3: rule R: the key condition is missing' "$head"
refuse '4:13: rule R: the priority' '- rule: R\n  desc: d\n  output: o\n  priority: LOUD\n  condition: a\n'
refuse '1:28: ' '- required_engine_version: 99.0.0\n'
refuse '1:3: rule R: appends to a rule' '- rule: R\n  condition: or a\n  override: {condition: append}\n'
refuse '3:1: not valid YAML' '- rule: [\n  x: {\n'
refuse '5:32: rule R: there is no field fd.nosuch' "$head  condition: evt.type=open and fd.nosuch=1\n"

exit $failed
