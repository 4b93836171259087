# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A suite is a folder: what tests/NAME/local.mk puts into TESTS belongs to suite NAME, and
# "make check SUITES=NAME" runs it. A test is a program, a shell script (.sh, run by bash) or a
# Python script (.py); it exits 0 (passed), 77 (skipped, with the reason as its last line) or
# anything else. It finds what it needs through srcdir, top_srcdir, top_builddir (absolute, both)
# and starts in the top of the build tree. Time limits of Check are five times what a test states:
# they are there to end what hangs, not to measure a busy machine.

EXTRA_DIST += tests/suites.mk tests/expected-skips

TEST_EXTENSIONS = .py .sh
PY_LOG_COMPILER = $(PYTHON3)
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	PYTHON3='$(PYTHON3)'; export PYTHON3; \
	CC='$(CC)'; export CC; \
	LINT_CPPFLAGS='$(LIBRARY_CFLAGS)'; export LINT_CPPFLAGS; \
	CK_TIMEOUT_MULTIPLIER=$${CK_TIMEOUT_MULTIPLIER-5}; export CK_TIMEOUT_MULTIPLIER; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;

# "make bench" runs what tests/bench/local.mk puts here: programs (EXTRA_PROGRAMS, so that nothing
# else builds them) and scripts, one after the other, with the environment of a test. Each prints
# JSON and fails only if it could not measure.
BENCHES =

include tests/unit/local.mk
include tests/unit/guest.mk
include tests/unit/judge.mk
include tests/unit/collect.mk
include tests/unit/layout.mk
include tests/unit/domain.mk
include tests/unit/cmdline.mk
include tests/unit/mtree.mk
include tests/unit/exchange.mk
include tests/unit/etcd.mk
include tests/unit/fleet.mk
include tests/unit/peers.mk
include tests/unit/plan.mk
include tests/unit/export.mk
include tests/golden/local.mk
include tests/domains/local.mk
include tests/qemu/local.mk
include tests/libvirt/local.mk
include tests/collect/local.mk
include tests/prop/local.mk
include tests/bus/local.mk
include tests/systemd/local.mk
include tests/exchange/local.mk
include tests/exchange/etcd.mk
include tests/cli/local.mk
include tests/fault/local.mk
include tests/fuzz/local.mk
include tests/fuzz/guest.mk
include tests/fuzz/collect.mk
include tests/fuzz/capture.mk
include tests/fuzz/domain.mk
include tests/fuzz/cmdline.mk
include tests/fuzz/mtree.mk
include tests/fuzz/http.mk
include tests/fuzz/record.mk
include tests/fuzz/class.mk
include tests/fuzz/etcd.mk
include tests/fuzz/export.mk
include tests/bench/local.mk
include tests/bench/etcd.mk
include tests/bench/life.mk
include tests/bench/peers.mk
include tests/bench/store.mk
include tests/vm/local.mk
include tests/deb/local.mk
include tests/lint/local.mk

bench: all $(BENCHES)
	@$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)'; export srcdir; \
	for one in $(BENCHES); do \
		path=$$one; test -e "$$path" || path='$(srcdir)'/$$one; \
		case $$one in \
		*.py) $(PYTHON3) "$$path" ;; \
		*.sh) bash "$$path" ;; \
		*) "$$path" ;; \
		esac || exit 1; \
	done

.PHONY: bench
