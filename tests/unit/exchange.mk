# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Records: their payload, their times, who signs them and who is trusted.

exchange_unit_tests = \
	tests/unit/test_base64 \
	tests/unit/test_directory \
	tests/unit/test_record \
	tests/unit/test_record_json \
	tests/unit/test_signed_record

check_PROGRAMS += $(exchange_unit_tests)
TESTS += $(exchange_unit_tests)

tests_unit_test_base64_LDADD = $(core_unit_libs)
tests_unit_test_directory_SOURCES = \
	tests/unit/test_directory.c \
	tests/support/fake_fleet.c \
	tests/support/fake_fleet.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h
tests_unit_test_directory_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
tests_unit_test_record_LDADD = $(core_unit_libs)
tests_unit_test_record_json_LDADD = $(core_unit_libs)
tests_unit_test_signed_record_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
