#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every header compiles alone, and starts with its purpose and #pragma once.
set -eu
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
cc=${CC:-cc}
cd "$top"
list=$(git -c safe.directory='*' ls-files -- 'core/*.h' 'daemon/*.h' 'client/*.h' 'tests/*.h' 2>/dev/null) || {
	echo "no git checkout: a release archive does not say which files are tracked"
	exit 77
}
bad=0
count=0
for header in $list; do
	[ -f "$header" ] || continue
	count=$((count + 1))
	warn=
	case $header in core/*) warn=-Wconversion ;; esac
	# shellcheck disable=SC2086
	if ! printf '#include "%s"\n' "$header" | $cc -std=gnu11 -fsyntax-only -Wall -Wextra -Werror \
		-Wstrict-prototypes -Wundef $warn -I . ${LINT_CPPFLAGS-} -x c -; then
		echo "$header: does not compile alone"
		bad=$((bad + 1))
	fi
	if ! grep -q '^#pragma once$' "$header"; then
		echo "$header: no #pragma once"
		bad=$((bad + 1))
	fi
	if ! sed -n 2p "$header" | grep -q '^/\*'; then
		echo "$header: the second line does not start the purpose paragraph"
		bad=$((bad + 1))
	fi
done
echo "headers: looked at $count, $bad findings"
[ "$bad" -eq 0 ] && [ "$count" -gt 0 ]
