# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Peers: what they say, to whom, and what they put up with.

peers_unit_tests = \
	tests/unit/test_http_account \
	tests/unit/test_http_head \
	tests/unit/test_peers_places \
	tests/unit/test_peers_talk

check_PROGRAMS += $(peers_unit_tests)
TESTS += $(peers_unit_tests)

tests_unit_test_http_account_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
tests_unit_test_http_head_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
tests_unit_test_peers_places_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
tests_unit_test_peers_talk_SOURCES = \
	tests/unit/test_peers_talk.c \
	tests/support/fake_fleet.c \
	tests/support/fake_fleet.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h \
	tests/support/fake_talk.c \
	tests/support/fake_talk.h
tests_unit_test_peers_talk_LDADD = daemon/exchange/libexchange.a $(core_unit_libs)
