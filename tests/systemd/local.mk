# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed for systemd, and the daemon as systemd runs it, as far as that can be shown
# without booting. "make check-booted" does boot, in a container, and is no part of "make check": a
# Debian has to be made first, which takes minutes and a mirror. The build has to be one to install.

systemd_tests = \
	tests/systemd/test_collector.py \
	tests/systemd/test_notify.py \
	tests/systemd/test_units.py

TESTS += $(systemd_tests)
EXTRA_DIST += \
	$(systemd_tests) \
	tests/systemd/booted.py \
	tests/systemd/bootlib.py

# BOOTED_BASE=FOLDER is a Debian that was made before.
check-booted: all tests/support/unpack-capture$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/systemd/booted.py
.PHONY: check-booted

check_PROGRAMS += tests/unit/test_wire
TESTS += tests/unit/test_wire
tests_unit_test_wire_LDADD = daemon/collect/libcollect.a core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
