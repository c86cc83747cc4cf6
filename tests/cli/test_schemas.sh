#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every command that gives JSON has a published schema, and what it gives is valid: here for commands
# that need no engine, and in the test that is named for those that do. A command or a schema that is
# not in the table below fails.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
templates=$FALCOTUNE_SOURCE/templates
cd "$tmp" || exit 99
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

# One Python for all: documents are gathered as "SCHEMA DOCUMENT valid|faulty WHAT" and checked in the end.
n_docs=0
gather() { # gather SCHEMA valid|faulty WHAT, with the document on standard input
	n_docs=$((n_docs + 1))
	cat >"doc$n_docs.json"
	printf '%s\t%s\t%s\t%s\n' "$1" "doc$n_docs.json" "$2" "$3" >>documents
}

cat >rules.yaml <<'END'
- list: shells
  items: [sh, bash]
- macro: spawned
  condition: (evt.type in (execve, execveat))
- rule: A shell
  desc: a shell was started
  condition: spawned and proc.name in (shells) and not proc.pname exists
  exceptions: [{name: names, fields: [proc.name, proc.pname], comps: [=, in], values: [[sh, [make]]]}]
  output: A shell (%proc.name)
  priority: NOTICE
  tags: [process]
- rule: Blind without open
  desc: reads a file
  condition: evt.type = open and fd.name startswith /etc
  output: open
  priority: debug
END
sed 's/evt.type = open/evt.type in (open, openat)/' rules.yaml >new.yaml
printf -- '- rule: x\n  desc: y\n  nonsense: 1\n' >broken.yaml
cat >falco.yaml <<'END'
engine: {kind: kmod, kmod: {buf_size_preset: 6}}
base_syscalls: {custom_set: [open, "!close"], repair: true}
metrics: {enabled: true, interval: 15m, output_rule: true}
stdout_output: {enabled: true}
unknown_key: [1, two, 3.5]
END

# COMMAND | SCHEMA | by TEST, or the arguments of one call (exit code first, where it is not 0).
table='
check|check|rules.yaml
check|check|1 broken.yaml
check|check|--falco 0.40.0 rules.yaml
config|config|
config|config|-c falco.yaml -o engine.kind=modern_ebpf
config|config|-c falco.yaml --falco 0.38.2
rules|rules|-r rules.yaml
rules|cost|--cost -r rules.yaml
syscalls|syscalls|-r rules.yaml
syscalls|syscalls|-r rules.yaml -c falco.yaml
syscalls|syscalls|-r rules.yaml -o base_syscalls.custom_set[]=nonsense
syscalls|syscalls-diff|--diff 0.38.2 0.44.1
syscalls|syscalls-diff|-r rules.yaml --diff base base_syscalls.custom_set[]=close
matrix|matrix|-r rules.yaml
matrix|matrix|--cases buffers --cpus 64
diff|diff|rules.yaml new.yaml
explain|explain|scap.n_drops
explain|explain|openat
explain|explain|FT004
explain|explain|preset 6
explain|explain|--list
doctor|doctor|any
run|results|by test_run_dry.sh
run --sweep buffers|sweep|by test_sweep.sh
run --search|search|by test_search.sh
survey|host|by test_survey.sh
capacity|capacity|by test_capacity.sh
profile|profile-report|by test_profile.sh
profile|profile|by test_profile.sh
profile|knock-out|by test_profile_knock.sh
profile|calibration|by test_profile.sh
profile|sample|by test_profile_sample.sh
advise|advice|by test_verify.sh
import|import|by test_import.sh
report|results|by test_report.sh
report|comparison|by test_report.sh
fleet report|fleet-report|by test_fleet_report.sh
fleet collect|fleet|by test_fleet_report.sh
'
while IFS='|' read -r command schema call; do
	[[ $command ]] || continue
	checks=$((checks + 1))
	[[ -r $templates/$schema.schema.json ]] || { fail "falcotune $command: no $schema.schema.json"; continue; }
	if [[ $call == "by "* ]]; then
		test=$FALCOTUNE_SOURCE/tests/cli/${call#by }
		grep -qE '(validate\.py"?|^[[:space:]]*valid) ' "$test" && grep -q "$schema" "$test" || fail "${call#by } does not validate $schema.schema.json"
		continue
	fi
	code=0
	[[ $call != 1\ * ]] || { code=1 && call=${call#1 }; }
	read -r -a words <<<"$command $call"
	[[ $call != any ]] || words=("$command")
	timeout 60 "$ft" "${words[@]}" --format json >out.json 2>err
	got=$?
	[[ $got == "$code" || $call == any ]] || fail "falcotune ${words[*]}: exit code $got: $(cat err)"
	gather "$schema" valid "falcotune ${words[*]}" <out.json
done <<<"$table"

# Every command with --format json is in the table.
while read -r -a command; do
	checks=$((checks + 1))
	"$ft" "${command[@]}" --help | grep -qE '^ +--format=.*\bjson\b' || continue
	grep -qE "^${command[*]}\|" <<<"$table" || fail "falcotune ${command[*]} gives JSON and has no schema in this table"
done < <("$ft" --help=commands)

# A document that is not valid is found: the schemas do not allow just anything.
gather check faulty "a wrong type" < <("$ft" check --format json rules.yaml | sed 's/"successful": true/"successful": "yes"/')
gather doctor faulty "a wrong name" < <("$ft" doctor --format json | sed 's/"found"/"fond"/')
if [[ -x $FALCOTUNE_BIN/falcotune-engine ]]; then
	gather fields valid "falcotune-engine --list" < <("$FALCOTUNE_BIN/falcotune-engine" --list --format json)
	gather rules valid "falcotune-engine -L" < <("$FALCOTUNE_BIN/falcotune-engine" -L -r rules.yaml -o json_output=true 2>/dev/null)
fi

# Every schema is one, says what it is of, and is of something.
for f in "$templates"/*.schema.json; do
	checks=$((checks + 1))
	name=${f##*/}
	name=${name%.schema.json}
	grep -q "|$name|" <<<"$table" || [[ $name == fields ]] || fail "$f is of no command in this table"
done
run_expect 0 python3 - "$templates" <<'END'
import glob, json, sys, jsonschema

faults = 0
schemas = {}
for path in glob.glob(sys.argv[1] + "/*.schema.json"):
    doc = json.load(open(path))
    try:
        jsonschema.Draft7Validator.check_schema(doc)
        assert doc["title"] and doc["$schema"].endswith("draft-07/schema#"), "title and $schema"
    except Exception as e:
        faults += 1
        print(f"{path}: {str(e)[:200]}", file=sys.stderr)
    schemas[path.rsplit("/", 1)[1][:-len(".schema.json")]] = jsonschema.Draft7Validator(doc)
for line in open("documents"):
    schema, path, want, what = line.rstrip("\n").split("\t")
    try:
        found = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in schemas[schema].iter_errors(json.load(open(path)))]
    except ValueError as e:
        found = [str(e)]
    if bool(found) != (want == "faulty"):
        faults += 1
        print(f"{what} against {schema}.schema.json: {'; '.join(found[:3]) or 'passes'}", file=sys.stderr)
sys.exit(faults > 0)
END
checks=$((checks + n_docs))
finish
