#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An installed falcotune finds its rule sets, cases, profiles and templates from any folder, and does
# not look into the tree that it was built from.
set -euo pipefail
build=$(cd "$FALCOTUNE_BIN/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

cmake --install "$build" --prefix "$root/usr" >/dev/null
for f in bin/falcotune bin/falcotune-load share/man/man1/falcotune.1 \
	share/man/man1/falcotune-run.1 share/bash-completion/completions/falcotune \
	share/zsh/vendor-completions/_falcotune share/fish/vendor_completions.d/falcotune.fish \
	share/falcotune/testcases/open.yaml share/falcotune/testcases/load/quick.yaml \
	share/falcotune/rulesets/dummy.yaml share/falcotune/templates/results.schema.json; do
	[[ -e $root/usr/$f ]] || { echo "not installed: $f"; exit 1; }
done
[[ ! -x $FALCOTUNE_BIN/falcotune-engine || -x $root/usr/bin/falcotune-engine ]]
[[ ! -x $FALCOTUNE_BIN/falcotune-survey || -x $root/usr/bin/falcotune-survey ]]

# Moved as a package would be, and run from elsewhere: the stock cases still expand.
mv "$root/usr" "$root/moved"
cd /
n=$("$root/moved/bin/falcotune" matrix --format json | /usr/bin/python3 -c '
import json, sys
cases = json.load(sys.stdin)["cases"]
print(len(cases))')
[[ $n == 6 ]] || { echo "expected six stock cases, got $n"; exit 1; }
if FALCOTUNE_DATADIR=$root/nowhere "$root/moved/bin/falcotune" matrix >/dev/null 2>&1; then
	echo "a data folder that is not there must not be replaced silently by another"
	exit 1
fi
