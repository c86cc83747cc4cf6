#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pages of reports in a browser without a screen, where there is one: nothing on the console, and at 1280
# and at 390 pixels nothing that is wider than the window but what scrolls by itself. Light and dark differ.
. "${FALCOTUNE_SOURCE:?}/tests/lib.sh"
require_command report
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "no chromium"
cd "$tmp" || exit 99
for k in after sweep; do
	"$ft" report "$FALCOTUNE_SOURCE/tests/data/report/$k.json" --format html -o "$k.html" || die "no page of $k"
done
"$ft" report "$FALCOTUNE_SOURCE"/tests/data/report/{before,after,capacity,search}.json --format html -o all.html

browse() { # ARGUMENT...: standard output into $out, the console into $err
	run_expect 0 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$tmp/profile" \
		--enable-logging=stderr "$@"
	said=$(grep -E 'CONSOLE|Refused|Uncaught' "$tmp/err")
	assert_eq "$said" "" "console"
}

# The frame's width of what it shows; only this test's own page runs a script.
for w in 1280 390; do
	for k in after sweep all; do
		cat >frame.html <<H
<!doctype html><title>?</title><iframe width="$w" height="900" style="border:0" src="$k.html"></iframe>
<script>onload = () => { const d = frames[0].document.documentElement;
document.title = d.scrollWidth + " " + d.scrollHeight + " " + frames[0].document.querySelectorAll("svg").length; }</script>
H
		browse --allow-file-access-from-files --disable-web-security --window-size=1400,1000 --dump-dom \
			"file://$tmp/frame.html"
		read -r width height figures < <(sed -n 's/.*<title>\([0-9 ]*\)<.*/\1/p' <<<"$out")
		assert_eq "${width-}" "$w" "$k: width of the page in a window of $w"
		assert_true "$k: it is a page" test "${height:-0}" -gt 900
		assert_true "$k: figures" test "${figures:-0}" -gt 0
	done
done
for scheme in 0 1; do # dark, light
	browse --blink-settings=preferredColorScheme=$scheme --window-size=390,800 --screenshot="shot$scheme.png" \
		"file://$tmp/all.html"
	assert_eq "$(python3 -c 'import struct, sys; print(*struct.unpack(">II", open(sys.argv[1], "rb").read()[16:24]))' \
		"shot$scheme.png")" "390 800" "size"
done
assert_true "dark is not light" test -n "$(cmp shot0.png shot1.png 2>&1)"
finish
