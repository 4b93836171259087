# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What hosts tell each other. The records in tests/exchange/vectors were made once by
# make_vectors.py and stay: what a released version wrote has to be read by every later one.

exchange_libs = daemon/exchange/libexchange.a core/libcore.a $(CORE_LIBS)

check_PROGRAMS += tests/exchange/check_record
tests_exchange_check_record_SOURCES = tests/exchange/check_record.c
tests_exchange_check_record_LDADD = $(exchange_libs)

check_PROGRAMS += tests/exchange/peer_node
tests_exchange_peer_node_SOURCES = \
	tests/exchange/peer_node.c \
	tests/exchange/node.c \
	tests/exchange/node.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h
tests_exchange_peer_node_LDADD = $(exchange_libs) $(EXCHANGE_LIBS)

exchange_tests = \
	tests/exchange/test_daemon_kill.py \
	tests/exchange/test_daemon_metrics.py \
	tests/exchange/test_daemon_mixed.py \
	tests/exchange/test_daemon_partition.py \
	tests/exchange/test_daemon_peers.py \
	tests/exchange/test_daemon_record.py \
	tests/exchange/test_fleet_ca.py \
	tests/exchange/test_hostile_peer.py \
	tests/exchange/test_peers.py \
	tests/exchange/test_record.py

TESTS += $(exchange_tests)
EXTRA_DIST += \
	$(exchange_tests) \
	tests/exchange/make_vectors.py \
	tests/exchange/memberlib.py \
	tests/exchange/peerlib.py \
	tests/exchange/vectors
