# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of what becomes a map.

layout_unit_tests = \
	tests/unit/test_layout \
	tests/unit/test_layout_build \
	tests/unit/test_layout_device \
	tests/unit/test_layout_place \
	tests/unit/test_layout_random \
	tests/unit/test_layout_type \
	tests/unit/test_layout_viommu \
	tests/unit/test_layout_virt

noinst_HEADERS += tests/unit/test_layout.h
check_PROGRAMS += $(layout_unit_tests)
TESTS += $(layout_unit_tests)

tests_unit_test_layout_LDADD = $(core_unit_libs)
tests_unit_test_layout_build_LDADD = $(core_unit_libs)
tests_unit_test_layout_device_LDADD = $(core_unit_libs)
tests_unit_test_layout_place_LDADD = $(core_unit_libs)
tests_unit_test_layout_random_LDADD = $(core_unit_libs)
tests_unit_test_layout_type_LDADD = $(core_unit_libs)
tests_unit_test_layout_viommu_LDADD = $(core_unit_libs)
tests_unit_test_layout_virt_LDADD = $(core_unit_libs)
