# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed for systemd, and the daemon as systemd runs it, as far as that can be shown
# without booting.

systemd_tests = \
	tests/systemd/test_collector.py \
	tests/systemd/test_notify.py \
	tests/systemd/test_units.py

TESTS += $(systemd_tests)
EXTRA_DIST += $(systemd_tests)

check_PROGRAMS += tests/unit/test_wire
TESTS += tests/unit/test_wire
tests_unit_test_wire_LDADD = daemon/collect/libcollect.a core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
