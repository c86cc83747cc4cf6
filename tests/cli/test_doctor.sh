#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune doctor: with a Falco in PATH and without, with and without rights, and what the exit code says.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command doctor
cd "$tmp" || exit 99
py() { /usr/bin/python3 -c "import json, sys; d = json.load(open('$tmp/out')); c = {x['id']: x for x in d['checks']}; a = {x['id']: x for x in d['abilities']}; print($1)"; }
doctor() { # doctor COMMAND... : its JSON in $tmp/out, valid; the exit code agrees with it
	timeout 60 "$@" >"$tmp/out" 2>"$tmp/err"
	local rc=$?
	assert_true "$* gives JSON of the schema" /usr/bin/python3 "$FALCOTUNE_SOURCE/tests/validate.py" \
		"$FALCOTUNE_SOURCE/templates/doctor.schema.json" "$tmp/out"
	assert_eq "$rc" "$(py '0 if d["ready"] else 3')" "the exit code"
	assert_eq "$(py '[x["id"] for x in d["checks"] if x["status"] in ("missing", "warning") and not x["fix"]]')" "[]" \
		"a fix for everything"
	assert_eq "$(py 'sorted({i for x in d["abilities"] for i in x["because"]} - set(c))')" "[]" "reasons are checks"
}

mkdir bin state
cat >bin/falco <<'END'
#!/bin/sh
echo "Falco version: 0.43.1 (x86_64)"
END
chmod +x bin/falco
path=/usr/bin:/bin
doctor env PATH="$tmp/bin:$path" "$ft" doctor --format json
assert_eq "$(py 'c["falco"]["status"], c["falco"]["found"], a["falco"]["can"]')" \
	"ok $tmp/bin/falco: Falco version: 0.43.1 (x86_64) True" "a Falco"
assert_match "$(py 'c["engine"]["found"]')" "0.43.1" "which would be the engine"
# It has no plugins, and the shipped configuration wants one.
[[ -e /usr/share/falco/plugins/libcontainer.so || -e /etc/falco/falco.yaml ]] ||
	assert_match "$(py 'c["plugins"]["status"], c["plugins"]["found"]')" "warning.*libcontainer.so" "plugins"
echo 'load_plugins: []' >plain.yaml
doctor env PATH="$tmp/bin:$path" "$ft" doctor -c plain.yaml --format json
assert_eq "$(py 'c["plugins"]["status"], c["plugins"]["found"]')" "ok none are to be loaded" "no plugins"
doctor env PATH="$path" "$ft" doctor --format json
assert_eq "$(py 'c["falco"]["status"], a["falco"]["because"]')" "missing ['falco']" "no Falco"
assert_eq "$(py 'a["predict"]["can"]')" True "what needs nothing"
assert_match "$(py 'c["cpus"]["found"]')" "^$(nproc --all) online|^[0-9]+ online" "CPUs"
assert_match "$(py 'c["page-size"]["found"]')" "^$(($(getconf PAGESIZE) / 1024)) KiB" "page size"

# An engine that does not answer.
printf '#!/bin/sh\nexit 1\n' >bin/falco
doctor env PATH="$tmp/bin:$path" "$ft" doctor --format json
assert_eq "$(py 'd["ready"], a["dry-run"]["because"]')" "False ['engine']" "an engine that says nothing"
run_expect 3 "$ft" doctor --engine "$tmp/nowhere"
assert_match "$out" "no .*dry runs" "text says so"
assert_match "$out" "What to do" "with the fix"

# Buffers that no host has memory for.
cat >big.yaml <<'END'
engine:
  kind: modern_ebpf
  modern_ebpf:
    cpus_for_each_buffer: 1
    buf_size_preset: 10
END
doctor "$ft" doctor -c big.yaml --format json
assert_match "$(py 'c["memory"]["found"]')" "$(getconf _NPROCESSORS_ONLN) x 512 MiB of buffers \(preset 10\)" "its buffers"
assert_match "$(py 'c["configuration"]["found"]')" "^big.yaml: engine modern_ebpf, buf_size_preset 10, cpus_for_each_buffer 1$" "named"
run_expect 2 "$ft" doctor -o engine.kind=nonsense
run_expect 2 "$ft" doctor operand
run_expect 0 "$ft" doctor --help

# Another user: no rights, said with the fix, and nothing was made.
if ((EUID == 0)) && command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	before=$(find "$tmp" | sort)
	if setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$ft"; then
		doctor setpriv --reuid=65534 --regid=65534 --clear-groups env PATH="$path" TMPDIR="$tmp" "$ft" doctor --format json
		assert_eq "$(py 'd["ready"], c["privileges"]["status"]')" "False missing" "without rights"
		assert_match "$(py 'c["privileges"]["fix"]')" "sudo" "its fix"
		assert_match "$(py 'a["live-run"]["because"]')" "privileges" "no live runs"
		assert_match "$(py 'c["results"]["status"]')" "warning" "a folder of someone else"
		rm -f "$tmp/out" "$tmp/err"
		assert_eq "$(find "$tmp" | sort)" "$(grep -vE '/(out|err)$' <<<"$before")" "files afterwards"
	fi

	# What a killed run has left is named, and left for the next run.
	mkdir -p runtime/falcotune
	chown 65534 runtime runtime/falcotune
	echo '{"owner": {"pid": 4194300, "start": 1}, "dir": "/nowhere/results"}' >runtime/falcotune/4194300-1.json
	chmod 644 runtime/falcotune/*
	doctor setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$tmp/runtime" "$ft" doctor --format json
	assert_match "$(py 'c["leftovers"]["status"], c["leftovers"]["found"]')" "warning.*falcotune 4194300 in /nowhere/results" "a killed run"
	[[ -e runtime/falcotune/4194300-1.json ]] || fail "doctor removed a record"
fi
finish
