#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Without root, scripts/deps.sh prints the one command that installs what is missing and exits 3; with
# nothing missing it is silent and exits 0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
as_user=()
if [[ $EUID == 0 ]]; then
	as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
cp "$FALCOTUNE_SOURCE/scripts/deps.sh" "$dir/deps.sh"
run() { # run STATUS-OF-libyaml-dev: the exit code and output of deps.sh on a made package database
	cat >"$dir/dpkg-query" <<Q
#!/bin/sh
for last; do :; done
if [ "\$last" = libyaml-dev ]; then printf '%s' "$1"; else printf 'install ok installed'; fi
Q
	chmod 755 "$dir/dpkg-query" "$dir/deps.sh"
	rc=0
	PATH="$dir:$PATH" "${as_user[@]}" "$dir/deps.sh" --engine >"$dir/out" 2>&1 || rc=$?
}
run 'install ok installed'
[[ $rc == 0 && ! -s $dir/out ]] || { echo "complete: exit $rc"; cat "$dir/out"; exit 1; }
run 'deinstall ok config-files'
[[ $rc == 3 ]] || { echo "missing: exit $rc, expected 3"; exit 1; }
grep -qx '  sudo apt-get install -y --no-install-recommends libyaml-dev' "$dir/out" || {
	cat "$dir/out"
	exit 1
}
