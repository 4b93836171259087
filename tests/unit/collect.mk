# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The collector's decoders, and its way to files.

collect_unit_tests = \
	tests/unit/test_collect_host \
	tests/unit/test_collect_log \
	tests/unit/test_collect_pci_config \
	tests/unit/test_collect_sysroot \
	tests/unit/test_collect_tables \
	tests/unit/test_collect_units

collect_unit_libs = \
	daemon/collect/libcollect.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(TEST_LIBS)

check_PROGRAMS += $(collect_unit_tests)
TESTS += $(collect_unit_tests)

tests_unit_test_collect_host_LDADD = $(collect_unit_libs)
tests_unit_test_collect_log_LDADD = $(collect_unit_libs)
tests_unit_test_collect_pci_config_LDADD = $(collect_unit_libs)
tests_unit_test_collect_sysroot_LDADD = $(collect_unit_libs)
tests_unit_test_collect_tables_LDADD = $(collect_unit_libs)
tests_unit_test_collect_units_LDADD = $(collect_unit_libs)
