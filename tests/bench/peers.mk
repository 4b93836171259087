# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_PROGRAMS += tests/bench/bench_peers
tests_bench_bench_peers_SOURCES = \
	tests/bench/bench_peers.c \
	tests/support/fake_talk.c \
	tests/support/fake_talk.h
tests_bench_bench_peers_LDADD = daemon/exchange/libexchange.a core/libcore.a $(CORE_LIBS) -lm

EXTRA_DIST += tests/bench/peers.py
CLEANFILES += tests/bench/bench_peers$(EXEEXT)

BENCHES += tests/bench/peers.py
tests/bench/peers.py: tests/bench/bench_peers$(EXEEXT)
