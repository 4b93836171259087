# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A host that holds a large fleet: its start, its memory. HOSTS= and OWN_CLASSES= say how many.

EXTRA_PROGRAMS += tests/bench/bench_store
tests_bench_bench_store_SOURCES = \
	tests/bench/bench_classes.c \
	tests/bench/bench_classes.h \
	tests/bench/bench_store.c
tests_bench_bench_store_LDADD = \
	daemon/libdaemon.a daemon/exchange/libexchange.a daemon/store/libstore.a core/libcore.a \
	$(CORE_LIBS) $(SYSTEMD_LIBS) $(SQLITE_LIBS) $(EXCHANGE_LIBS)
EXTRA_DIST += tests/bench/store.py
CLEANFILES += tests/bench/bench_store$(EXEEXT)

BENCHES += tests/bench/store.py
tests/bench/store.py: tests/bench/bench_store$(EXEEXT) tests/bench/bench_etcd$(EXEEXT)
