# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of QEMU's arguments.

cmdline_unit_tests = \
	tests/unit/test_qemu_cmdline \
	tests/unit/test_qemu_device \
	tests/unit/test_qemu_opts \
	tests/unit/test_qemu_words

noinst_HEADERS += tests/unit/test_qemu.h

check_PROGRAMS += $(cmdline_unit_tests)
TESTS += $(cmdline_unit_tests)

tests_unit_test_qemu_cmdline_LDADD = $(core_unit_libs)
tests_unit_test_qemu_device_LDADD = $(core_unit_libs)
tests_unit_test_qemu_opts_LDADD = $(core_unit_libs)
tests_unit_test_qemu_words_LDADD = $(core_unit_libs)
