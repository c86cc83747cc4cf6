#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Make the man pages and the shell completions of the executables in BIN, from their own tables of
# options; what man/NAME.inc says in addition goes before a page's SEE ALSO.
#   scripts/gen-docs.sh BIN OUT
# gives OUT/man1/*.1, OUT/man8/*.8, OUT/bash/NAME, OUT/zsh/_NAME and OUT/fish/NAME.fish.
set -euo pipefail
bin=$1 out=$2
extra=$(cd "$(dirname "$0")/../man" && pwd)

rm -rf "$out"
mkdir -p "$out"/{man1,man8,bash,zsh,fish}

page() { # page SECTION NAME COMMAND...
	local file=$out/man$1/$2.$1 inc=$extra/$2.inc
	local name=$2
	[[ $1 == 1 ]] || inc=$extra/$2.$1.inc
	shift 2
	"$@" --help=man >"$file" || { echo "$name has no man page: $*" >&2; exit 1; }
	[[ ! -r $inc ]] || {
		{
			sed '/^\.SH SEE ALSO$/,$d' "$file"
			grep -v '^\.\\" SPDX' "$inc"
			sed -n '/^\.SH SEE ALSO$/,$p' "$file"
		} >"$file.new"
		mv "$file.new" "$file"
	}
}

completions() { # completions PROGRAM
	local name=${1##*/}
	"$1" --help=bash >"$out/bash/$name"
	"$1" --help=zsh >"$out/zsh/_$name"
	"$1" --help=fish >"$out/fish/$name.fish"
}

cp "$extra"/*.1 "$out/man1"
page 1 falcotune "$bin/falcotune"
while read -r -a words; do
	name="falcotune-${words[*]}"
	name=${name// --/-}
	page 1 "${name// /-}" "$bin/falcotune" "${words[@]}"
done < <("$bin/falcotune" --help=commands)
completions "$bin/falcotune"
for program in load engine; do
	[[ -x $bin/falcotune-$program ]] || continue
	page 1 "falcotune-$program" "$bin/falcotune-$program"
	completions "$bin/falcotune-$program"
done
# The counter behind `falcotune survey`, whose page is in section 1.
if [[ -x $bin/falcotune-survey ]]; then
	page 8 falcotune-survey "$bin/falcotune-survey"
	completions "$bin/falcotune-survey"
fi
