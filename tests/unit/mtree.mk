# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of what QEMU itself says.

mtree_unit_tests = \
	tests/unit/test_mtree \
	tests/unit/test_mtree_device \
	tests/unit/test_qmp_talk

check_PROGRAMS += $(mtree_unit_tests)
TESTS += $(mtree_unit_tests)

tests_unit_test_mtree_LDADD = $(core_unit_libs)
tests_unit_test_mtree_device_LDADD = $(core_unit_libs)
tests_unit_test_qmp_talk_LDADD = $(core_unit_libs)
