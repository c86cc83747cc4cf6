#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: what is in it, what it says of itself, and that its programs run unpacked.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
build=$(cd "$FALCOTUNE_BIN/.." && pwd)
for tool in cpack dpkg-shlibdeps dpkg-deb file gzip; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
! ldd "$ft" | grep -q libasan || skip "a build with sanitizers is not packed"

limit=300 run_expect 0 cpack -G DEB --config "$build/CPackConfig.cmake" -B "$tmp/deb" || die "$err"
deb=$(echo "$tmp"/deb/*.deb)
version=$("$ft" --version)
assert_eq "${deb##*/}" "falcotune_${version#* }_$(dpkg --print-architecture).deb" "its name"

field() { dpkg-deb -f "$deb" "$1"; }
assert_eq "$(field Package)" falcotune "Package"
assert_eq "$(field Version)" "${version#* }" "Version"
assert_eq "$(field Section) $(field Priority)" "admin optional" "Section and Priority"
assert_match "$(field Maintainer)" "^.+ <.+@.+>$" "Maintainer"
assert_match "$(field Description)" "^rule-set tuning advisor" "the first line of Description"
for library in 'libc6 \(>= 2' libyaml-0-2 libjansson4 libpcre2-8-0; do
	assert_match "$(field Depends)" "$library" "Depends"
done
[[ ! -x $FALCOTUNE_BIN/falcotune-engine ]] || assert_match "$(field Depends)" "libbpf" "Depends of the engine"

# Nothing in Depends but what the programs are linked to, and each of them.
dpkg-deb --raw-extract "$deb" "$tmp/raw"
assert_eq "$(find "$tmp/raw/DEBIAN" -type f -printf '%f\n' | sort | tr '\n' ' ')" "control md5sums " \
	"no maintainer scripts and no conffiles"
(cd "$tmp/raw" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"
root=$tmp/raw/usr
for f in bin/falcotune bin/falcotune-load bin/falcotune-true share/falcotune/templates/results.schema.json \
	share/doc/falcotune/copyright share/lintian/overrides/falcotune share/doc/falcotune/changelog.gz share/man/man1/falcotune.1.gz \
	share/man/man1/falcotune-run.1.gz share/bash-completion/completions/falcotune \
	share/zsh/vendor-completions/_falcotune share/fish/vendor_completions.d/falcotune.fish; do
	[[ -f $root/$f ]] || fail "not packed: $f"
done
assert_eq "$(find "$root/bin" -name 'falcotune*' ! -name falcotune-true | while read -r f; do
	[[ -e $FALCOTUNE_BIN/${f##*/} ]] || echo "$f"; done)" "" "programs that were not built"
assert_eq "$(dpkg-deb -c "$deb" | awk '$2 != "root/root" || $1 !~ /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x)$/')" "" \
	"owners and modes"
assert_eq "$(find "$root" -perm -111 -type f ! -path "$root/bin/*")" "" "executables outside bin"
assert_match "$(file "$root/bin/falcotune")" ", stripped" "without debugging symbols"
gzip -t "$root"/share/man/man?/*.gz || fail "a man page"
assert_eq "$(find "$root/share/man" -type f ! -name '*.gz')" "" "all pages are compressed"

# Unpacked, from elsewhere, with what is in the package only.
cd /
run_expect 0 env -u FALCOTUNE_DATADIR "$root/bin/falcotune" matrix
assert_match "$out" "spawned-process" "stock cases"
run_expect 0 "$root/bin/falcotune-load" --profile quick --check
[[ ! -x $root/bin/falcotune-engine ]] || run_expect 0 "$root/bin/falcotune-engine" --dry-run -r "$root/share/falcotune/rulesets/dummy.yaml"
if command -v lintian >/dev/null; then
	assert_eq "$(lintian --fail-on none --suppress-tags initial-upload-closes-no-bugs "$deb" 2>/dev/null | grep ^E:)" "" "lintian"
fi
finish
