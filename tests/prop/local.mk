# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Properties of the judge, on the facts of captured hosts: each test prints its seed, and takes
# "SEED ITERATIONS" as arguments to be run again.

check_LIBRARIES += tests/support/libprop.a

tests_support_libprop_a_SOURCES = \
	tests/support/prop.c \
	tests/support/prop.h

prop_libs = tests/support/libprop.a $(judge_unit_libs)

prop_tests = \
	tests/prop/test_prop_class \
	tests/prop/test_prop_monotony \
	tests/prop/test_prop_order \
	tests/prop/test_prop_usable

check_PROGRAMS += $(prop_tests)
TESTS += $(prop_tests)

tests_prop_test_prop_class_LDADD = $(prop_libs)
tests_prop_test_prop_monotony_LDADD = $(prop_libs)
tests_prop_test_prop_order_LDADD = $(prop_libs)
tests_prop_test_prop_usable_LDADD = $(prop_libs)
