#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that building and testing need. As root it installs what is missing;
# otherwise it prints the one command to run and exits 3.
#   scripts/deps.sh [--engine] [--test] [--deb] [--bench]
set -euo pipefail

packages=(gcc make cmake pkg-config libc6-dev libyaml-dev libjansson-dev libpcre2-dev
	libelf-dev zlib1g-dev)
for arg in "$@"; do
	case $arg in
	--engine) packages+=(libbpf-dev clang llvm bpftool) ;;
	--test) packages+=(ansible-core check clang libclang-rt-14-dev dpkg-dev file fish git
		graphviz groff-base libxml2-utils mandoc python3 python3-jsonschema strace zsh) ;;
	--deb) packages+=(dpkg-dev file) ;;
	--bench) packages+=(jq python3) ;;
	*)
		echo "scripts/deps.sh: unknown option $arg, expected --engine, --test, --deb or --bench" >&2
		exit 2
		;;
	esac
done

missing=()
for p in "${packages[@]}"; do
	status=$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true)
	[[ $status == "install ok installed" ]] || missing+=("$p")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
	echo "These Debian packages are missing; install them with:" >&2
	echo "  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
	exit 3
fi
echo "Installing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
# The package lists may be old or absent on a new machine: refresh them only when needed.
if ! install; then
	if ! apt-get update >"$log" 2>&1 || ! install; then
		cat "$log" >&2
		echo "scripts/deps.sh: the packages could not be installed: ${missing[*]}" >&2
		exit 3
	fi
fi
