#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The container file: what it copies is there and is all that a build needs; and it is built and run
# where podman and its base image are.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
file=$FALCOTUNE_SOURCE/templates/container/Containerfile
base=$(awk '$1 == "FROM" {print $2}' "$file" | sort -u)
assert_eq "$(wc -w <<<"$base")" 1 "one base image"

# The build stage's copies, in a folder of their own.
mkdir "$tmp/src"
while read -r -a words; do
	to=${words[-1]}
	for from in "${words[@]:0:${#words[@]}-1}"; do
		[[ -e $FALCOTUNE_SOURCE/$from ]] || fail "COPY $from: is not in the source tree"
		if [[ $to == ./ ]]; then
			cp -r "$FALCOTUNE_SOURCE/$from" "$tmp/src/"
		else
			cp -r "$FALCOTUNE_SOURCE/$from" "$tmp/src/$to"
		fi
	done
done < <(sed -n '1,/^RUN/s/^COPY //p' "$file")
cd "$tmp/src" || exit 99
run_expect 0 cmake -S . -B build-deb -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF -DFALCOTUNE_ENGINE=OFF
run_expect 0 make -n deb
assert_match "$out" "cpack -G DEB" "make deb"

if ! command -v podman >/dev/null; then
	echo "skipped: podman is not here"
elif ! podman image exists "$base" 2>/dev/null; then
	echo "skipped: the base image $base is not here"
else
	cd "$FALCOTUNE_SOURCE" || exit 99
	if ! timeout 550 podman build --pull=never -t falcotune-test -f "$file" . >"$tmp/build" 2>&1; then
		! grep -qE 'Temporary failure resolving|Could not connect' "$tmp/build" ||
			skip "containers have no network here, which installing packages needs"
		die "podman build: $(tail -5 "$tmp/build")"
	fi
	limit=60 run_expect 0 podman run --rm falcotune-test matrix
	assert_match "$out" "spawned-process" "it runs"
	podman image rm -f falcotune-test >/dev/null 2>&1
fi
finish
