#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tools/test.sh [--quick | --coverage]
#
# Installs what is missing (root) or says what is, builds below build/, runs every test, prints one
# table. --quick: one build and the suites only. --coverage: an instrumented build, the statement
# coverage of core/, and a failure below 95 %.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

coverage_floor=95
suites="unit collect golden domains qemu prop bus systemd exchange cli libvirt vm fault fuzz lint"
sanitized_suites="unit collect golden domains fault fuzz bus systemd exchange cli"
coverage_suites="unit golden domains prop fault fuzz cli"
suite_seconds=600

mode=full
case ${1-} in
'') ;;
--quick) mode=quick ;;
--coverage) mode=coverage ;;
-h | --help)
	sed -n '4,8s/^# \{0,1\}//p' "$0"
	exit 0
	;;
*) die "unknown option $1 (known: --quick, --coverage)" ;;
esac

work=$top/build/test
rows=$work/rows
skips=$work/skips

# Every process started from here inherits this word and can be found by it at the end.
run_mark=run-$$-$(date +%s)
export IOMMUFLEET_TEST_RUN="$run_mark"
unset MAKEFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS CC DESTDIR

# leftovers : ids of processes that this run started and that are still there. This shell and its
# subshells are not among them: what a process was started with does not change by export.
leftovers() (
	unset IOMMUFLEET_TEST_RUN
	grep -lzxs "IOMMUFLEET_TEST_RUN=$run_mark" /proc/[0-9]*/environ |
		sed 's,^/proc/\([0-9]*\)/.*,\1,' || true
)

cleanup() {
	local pid
	for pid in $(leftovers); do
		kill "$pid" 2>/dev/null || true
	done
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# row NAME RAN SKIPPED FAILED SECONDS
row() {
	printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$rows"
	printf '%-24s %6s ran %4s skipped %4s failed %5ss\n' "$@"
}

# step NAME COMMAND... : a step that passes or fails as a whole. Its command may leave how many
# things it looked at in $work/count.
step() {
	local name=$1 start=$SECONDS ran=1 failed=0 log
	shift
	log=$work/${name//[ \/]/-}.log
	rm -f "$work/count"
	if ! ("$@") >"$log" 2>&1; then
		failed=1
		say "---- $name failed; the end of ${log#"$top"/}:"
		tail -n 40 "$log"
		say "----"
	fi
	if [ -s "$work/count" ]; then
		ran=$(cat "$work/count")
	fi
	row "$name" "$ran" 0 "$failed" $((SECONDS - start))
	[ "$failed" -eq 0 ]
}

# suite LABEL DIR SUITE : run one suite of the build in DIR.
suite() {
	local label=$1 dir=$2 name=$3 start=$SECONDS log status=0 ran skipped failed
	log=$work/$label.log
	log=${log// /-}
	mkdir -p "$dir/tests/$name"
	find "$dir/tests/$name" \( -name '*.trs' -o -name '*.log' \) -delete
	timeout -k 10 "$suite_seconds" make -C "$dir" -k -j"$jobs" check SUITES="$name" \
		>"$log" 2>&1 </dev/null || status=$?
	read -r ran skipped failed < <(/usr/bin/python3 "$top/tools/count-tests.py" "$dir" "$name" "$skips")
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	if [ "$ran" -eq 0 ] && [ "$skipped" -eq 0 ]; then
		say "---- $label: there is no test in this suite"
		failed=1
	fi
	if [ "$failed" -ne 0 ]; then
		say "---- $label failed; the end of ${log#"$top"/} and of what failed:"
		tail -n 25 "$log"
		show_failures "$dir/tests/$name"
		say "----"
	fi
	row "$label" "$ran" "$skipped" "$failed" $((SECONDS - start))
}

show_failures() {
	local trs
	while IFS= read -r trs; do
		say "-- ${trs%.trs}"
		tail -n 30 "${trs%.trs}.log" || true
	done < <(grep -rlE --include='*.trs' '^:test-result: (FAIL|ERROR|XPASS)' "$1" || true)
}

suites_of() {
	local label=$1 dir=$2 name
	shift 2
	for name in "$@"; do
		suite "$name$label" "$dir" "$name"
	done
}

tracked() {
	(cd "$source" && git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@" |
		while IFS= read -r file; do if [ -f "$file" ]; then printf '%s\n' "$file"; fi; done)
}

shell_scripts() {
	tracked | while IFS= read -r file; do
		case $file in
		*.py | *.c | *.h) ;;
		*.sh | *.bash) printf '%s\n' "$file" ;;
		*) if head -n 1 "$source/$file" | tr -d '\0' | grep -qE '^#!.*\b(ba)?sh\b'; then printf '%s\n' "$file"; fi ;;
		esac
	done
}

# each_file LIST COMMAND... : the command on all files of the list, which must not be empty.
each_file() {
	local list=$1
	shift
	wc -l <"$list" >"$work/count"
	[ -s "$list" ] || {
		say "no file found"
		return 1
	}
	cd "$source"
	xargs -d '\n' "$@" <"$list"
}

check_format() {
	tracked '*.c' '*.h' >"$work/files.c"
	each_file "$work/files.c" clang-format --dry-run -Werror
}

check_cppcheck() {
	tracked 'core/*.c' 'daemon/*.c' 'client/*.c' 'tests/*.c' >"$work/files.cppcheck"
	each_file "$work/files.cppcheck" cppcheck --quiet -j"$jobs" --std=c11 --library=posix \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppressions-list=tests/lint/cppcheck.suppressions -I . -DPACKAGE_VERSION='"0"' \
		--include=tests/lint/cppcheck.macros
}

check_shell() {
	shell_scripts >"$work/files.sh"
	each_file "$work/files.sh" shellcheck -x
}

check_man() {
	tracked 'man/*.[1-8]' >"$work/files.man"
	each_file "$work/files.man" mandoc -T lint -W warning
}

check_install() {
	local dest=$work/dest file bad=0
	make -C "$work/gcc" install DESTDIR="$dest" >"$work/install-make.log" 2>&1 || {
		tail -n 30 "$work/install-make.log"
		return 1
	}
	(cd "$dest" && find . -type f | sort)
	for file in bin/iommufleetctl sbin/iommufleetd libexec/iommufleet/iommufleet-collect \
		share/dbus-1/system-services/org.iommufleet1.service share/polkit-1/actions/org.iommufleet1.policy \
		share/dbus-1/system.d/org.iommufleet1.conf share/dbus-1/interfaces/org.iommufleet1.xml \
		share/man/man1/iommufleetctl.1 share/man/man8/iommufleetd.8 \
		share/man/man8/iommufleet-collect.8 share/man/man5/iommufleetd.conf.5 share/man/man5/org.iommufleet1.5 \
		share/man/man7/iommufleet-findings.7 share/man/man7/iommufleet-libvirt-hook.7 \
		share/iommufleet/schema/facts-1.schema.json share/iommufleet/schema/guest-1.schema.json \
		lib/sysusers.d/iommufleet.conf lib/tmpfiles.d/iommufleet.conf lib/systemd/catalog/iommufleet.catalog \
		share/bash-completion/completions/iommufleetctl share/zsh/site-functions/_iommufleetctl; do
		if [ ! -f "$dest/usr/$file" ]; then
			say "not installed: $file"
			bad=1
		fi
	done
	if ! grep -qx "ctl='/usr/bin/iommufleetctl'" "$dest/etc/libvirt/hooks/qemu.d/50-iommufleet" ||
		[ ! -x "$dest/etc/libvirt/hooks/qemu.d/50-iommufleet" ]; then
		say "the hook is not installed, not executable, or runs something else"
		bad=1
	fi
	if find "$dest" -type f ! -path "$dest/usr/*" ! -path "$dest/etc/*" ! -path "$dest/var/*" \
		! -path "$dest/lib/systemd/system/*" | grep .; then
		say "installed outside the prefix"
		bad=1
	fi
	find "$dest" -type f | wc -l >"$work/count"
	return "$bad"
}

check_skips() {
	local name reason unexpected=0
	wc -l <"$skips" >"$work/count"
	while IFS=$'\t' read -r name reason; do
		if ! sed 's/ *|.*//' "$source/tests/expected-skips" | grep -qxF -- "$name"; then
			say "unexpected skip: $name ($reason)"
			unexpected=1
		fi
	done < <(sort -u "$skips")
	return "$unexpected"
}

check_leftovers() {
	local pid found=0
	# What was told to stop may need a moment.
	for _ in 1 2 3 4 5; do
		[ -n "$(leftovers)" ] || return 0
		sleep 0.5
	done
	for pid in $(leftovers); do
		say "left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		found=1
	done
	return "$found"
}

measure_coverage() {
	local info=$work/coverage.info percent
	# The first capture also counts what no test ever linked.
	lcov --quiet --capture --initial --directory "$work/coverage/core" \
		--base-directory "$work/coverage" --output-file "$info.none" &&
		lcov --quiet --capture --directory "$work/coverage/core" \
			--base-directory "$work/coverage" --output-file "$info.run" &&
		lcov --quiet --add-tracefile "$info.none" --add-tracefile "$info.run" \
			--output-file "$info.all" &&
		lcov --quiet --extract "$info.all" '*/core/*' --output-file "$info" || return 1
	lcov --list "$info"
	percent=$(lcov --summary "$info" 2>&1 | sed -n 's/^ *lines\.*: \([0-9.]*\)%.*/\1/p')
	say "statement coverage of core/: $percent % (floor $coverage_floor %)"
	awk -v percent="$percent" -v floor="$coverage_floor" 'BEGIN { exit !(percent + 0 >= floor) }'
}

run_coverage() {
	step 'build coverage' build "$work/coverage" --enable-coverage || return 0
	# shellcheck disable=SC2086
	suites_of '' "$work/coverage" $coverage_suites
	step 'coverage core' measure_coverage || true
	sed -n '/^ *|Lines/,$p' "$work/coverage-core.log"
}

run_quick() {
	step 'build gcc' build "$work/gcc" CC=gcc --enable-werror --prefix=/usr --sysconfdir=/etc \
		--localstatedir=/var --libexecdir=/usr/libexec --with-libvirt-hooks || return 0
	# shellcheck disable=SC2086
	suites_of '' "$work/gcc" $suites
	step clang-format check_format || true
	step shellcheck check_shell || true
}

run_full() {
	run_quick
	step cppcheck check_cppcheck || true
	step mandoc check_man || true
	if [ -e "$work/gcc/config.status" ]; then
		step install check_install || true
	fi
	if step 'build clang' build "$work/clang" CC=clang --enable-werror --enable-fuzzers CFLAGS='-g -O1'; then
		suites_of ' clang' "$work/clang" unit
	fi
	if step 'build sanitizers' build "$work/asan" CC=gcc --enable-sanitizers CFLAGS='-g -O1'; then
		# shellcheck disable=SC2086
		suites_of ' sanitized' "$work/asan" $sanitized_suites
	fi
	if [ -e "$work/gcc/config.status" ]; then
		step distcheck make -C "$work/gcc" distcheck AM_MAKEFLAGS=-j"$jobs" || true
	fi
}

print_result() {
	local passed failed skipped
	say ''
	awk -F '\t' 'BEGIN { printf "%-24s %7s %8s %7s %8s\n", "suite", "ran", "skipped", "failed", "seconds" }
		{ printf "%-24s %7d %8d %7d %8d\n", $1, $2, $3, $4, $5 }' "$rows"
	read -r passed failed skipped < <(awk -F '\t' '{ ran += $2; skipped += $3; failed += $4 }
		END { passed = (ran > failed) ? ran - failed : 0; print passed, failed, skipped }' "$rows")
	say ''
	say "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}

need_packages build test
prepare_source
remove_tree "$work"
mkdir -p "$work"
: >"$rows"
: >"$skips"
"run_$mode"
step 'expected skips' check_skips || true
step 'nothing left running' check_leftovers || true
print_result
