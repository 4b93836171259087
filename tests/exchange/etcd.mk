# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hosts that meet in etcd: a real etcd with TLS and users.

check_PROGRAMS += tests/exchange/etcd_node
tests_exchange_etcd_node_SOURCES = \
	tests/exchange/etcd_node.c \
	tests/exchange/node.c \
	tests/exchange/node.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h
tests_exchange_etcd_node_LDADD = $(exchange_libs) $(EXCHANGE_LIBS)

etcd_tests = tests/exchange/test_daemon_etcd.py tests/exchange/test_etcd.py
TESTS += $(etcd_tests)
EXTRA_DIST += $(etcd_tests) tests/exchange/etcdlib.py
