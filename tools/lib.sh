# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What tools/try.sh and tools/test.sh share: packages, a source tree that can be built out of tree,
# builds below build/. To be sourced by bash.
# Sets: top (the clone), jobs (for make -j), source (by prepare_source: where ./configure is).

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
jobs=$(nproc 2>/dev/null || echo 2)

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# packages GROUP... : the packages of these groups, one a line.
packages() {
	local group
	for group in "$@"; do
		awk -v group="$group" '$1 == group { print $2 }' "$top/tools/packages.txt"
	done | sort -u
}

missing_packages() {
	local name
	for name in $(packages "$@"); do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" != installed ]; then
			printf '%s\n' "$name"
		fi
	done
}

# need_packages GROUP... : install what is missing, or say the exact command and end.
need_packages() {
	local -a missing
	if ! command -v dpkg-query >/dev/null; then
		say "This is not Debian: configure will say which libraries are missing."
		return 0
	fi
	mapfile -t missing < <(missing_packages "$@")
	if [ "${#missing[@]}" -eq 0 ]; then
		return 0
	fi
	if [ "$(id -u)" -ne 0 ]; then
		printf 'Packages are missing. As root:\n\n    apt-get install -y --no-install-recommends %s\n\n' \
			"${missing[*]}" >&2
		exit 1
	fi
	say "Installing ${missing[*]}"
	mkdir -p "$top/build"
	if ! { apt-get update &&
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
			"${missing[@]}"; } >"$top/build/apt.log" 2>&1; then
		tail -n 20 "$top/build/apt.log" >&2
		die "apt-get could not install ${missing[*]}"
	fi
}

# remove_tree DIR : also one that a failed "make distcheck" left read-only.
remove_tree() {
	if [ -e "$1" ]; then
		chmod -R u+w "$1"
		rm -rf "$1"
	fi
}

tree_files() {
	git -c safe.directory='*' -C "$top" ls-files --cached --others --exclude-standard -z
}

# prepare_source : set "source" to a tree with ./configure that nobody has configured in place,
# because automake refuses to build such a one elsewhere: the clone itself, or else a copy of it.
prepare_source() {
	source=$top
	if [ -e "$top/config.status" ]; then
		source=$top/build/source
		say "The clone is configured in place: working on a copy in build/source"
		remove_tree "$source"
		mkdir -p "$source"
		(cd "$top" && tree_files | tar --null --files-from=- --ignore-failed-read -cf -) |
			tar -C "$source" -xf -
		git -C "$source" init -q
		git -C "$source" add -A
	fi
	if [ ! -e "$source/configure" ] || [ "$source/configure.ac" -nt "$source/configure" ]; then
		mkdir -p "$top/build"
		"$source/bootstrap" >"$top/build/bootstrap.log" 2>&1 || {
			cat "$top/build/bootstrap.log" >&2
			die "./bootstrap failed"
		}
	fi
}

# build DIR CONFIGURE-ARGUMENT... : configure and make in DIR; output goes to stdout.
build() {
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && "$source/configure" "$@" && make -j"$jobs")
}
