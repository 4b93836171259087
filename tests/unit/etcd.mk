# SPDX-License-Identifier: LGPL-2.1-or-later

etcd_unit_tests = tests/unit/test_etcd_message

check_PROGRAMS += $(etcd_unit_tests)
TESTS += $(etcd_unit_tests)

tests_unit_test_etcd_message_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
