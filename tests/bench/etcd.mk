# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A fleet that meets in etcd. HOSTS= and MEMBERS= say how many.

EXTRA_PROGRAMS += tests/bench/bench_etcd
tests_bench_bench_etcd_LDADD = \
	daemon/exchange/libexchange.a core/libcore.a $(CORE_LIBS) $(EXCHANGE_LIBS)
EXTRA_DIST += tests/bench/etcd.py
CLEANFILES += tests/bench/bench_etcd$(EXEEXT)

BENCHES += tests/bench/etcd.py
tests/bench/etcd.py: tests/bench/bench_etcd$(EXEEXT)
