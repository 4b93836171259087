# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of questions about many hosts. test_fleet_laws takes "SEED ITERATIONS" to be run again.

fleet_unit_tests = \
	tests/unit/test_fleet \
	tests/unit/test_fleet_alloc \
	tests/unit/test_fleet_answer \
	tests/unit/test_fleet_baseline \
	tests/unit/test_fleet_laws

check_PROGRAMS += $(fleet_unit_tests)
TESTS += $(fleet_unit_tests)

tests_unit_test_fleet_LDADD = $(judge_unit_libs)
tests_unit_test_fleet_alloc_SOURCES = \
	tests/unit/test_fleet_alloc.c \
	$(fault_alloc)
tests_unit_test_fleet_alloc_LDADD = $(judge_unit_libs)
tests_unit_test_fleet_alloc_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)
tests_unit_test_fleet_answer_LDADD = $(judge_unit_libs)
tests_unit_test_fleet_baseline_LDADD = $(judge_unit_libs)
tests_unit_test_fleet_laws_LDADD = $(prop_libs)
