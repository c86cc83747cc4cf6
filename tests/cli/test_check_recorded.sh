#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# falcotune check says of each recorded file what the real Falco said: verdict, codes, exit code.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_shared
require_command check
command -v python3 >/dev/null || skip "no python3"

n=0
for json in "$shared"/recorded/validate/*.json; do
	base=${json%.json}
	checks=$((checks + 1))
	"$ft" check --format json --fail-on none "$base.yaml" >"$tmp/out" 2>"$tmp/err"
	got=$?
	python3 - "$json" "$base.exit" "$tmp/out" "$got" <<'END' || fail "${base##*/}"
import json, sys
want = json.load(open(sys.argv[1]))["falco_load_results"][0]
code = json.load(open(sys.argv[2]))["exit"]
got = json.load(open(sys.argv[3]))
for key in ("errors", "warnings"):
    w, g = [[x["code"] for x in d[key]] for d in (want, got)]
    if w != g:
        sys.exit(f"{key}: {g}, Falco {w}")
if want["successful"] != got["successful"]:
    sys.exit("another verdict")
for key in ("schema_valid", "schema_warnings"):
    if want.get(key) != got.get(key):
        sys.exit(f"{key}: {got.get(key)}, Falco {want.get(key)}")
if code != int(sys.argv[4]):
    sys.exit(f"exit code {sys.argv[4]}, Falco {code}")
END
	n=$((n + 1))
done
echo "note: $n recorded validations: verdict, codes and exit code as Falco's"
((n >= 23)) || fail "only $n recorded files"

# All upstream rules, alone and together.
for file in falco_rules falco-incubating_rules falco-sandbox_rules; do
	run_expect 0 "$ft" check "$shared/upstream/$file.yaml"
	assert_match "$out" 'would accept this file: 0 errors' "$file"
done

finish
