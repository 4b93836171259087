# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of libvirt's domain XML.

domain_unit_tests = \
	tests/unit/test_domain_bars \
	tests/unit/test_domain_xml \
	tests/unit/test_domain_xml_devices \
	tests/unit/test_domain_xml_hostile \
	tests/unit/test_domain_xml_memory

noinst_HEADERS += tests/unit/test_domain_xml.h

check_PROGRAMS += $(domain_unit_tests)
TESTS += $(domain_unit_tests)

tests_unit_test_domain_bars_LDADD = $(core_unit_libs)
tests_unit_test_domain_xml_LDADD = $(core_unit_libs)
tests_unit_test_domain_xml_devices_LDADD = $(core_unit_libs)
tests_unit_test_domain_xml_hostile_LDADD = $(core_unit_libs)
tests_unit_test_domain_xml_memory_LDADD = $(core_unit_libs)
