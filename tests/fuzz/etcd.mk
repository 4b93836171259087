# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_etcd

tests_fuzz_fuzz_etcd_SOURCES = tests/fuzz/fuzz_etcd.c $(fuzz_main)
tests_fuzz_fuzz_etcd_LDADD = daemon/exchange/libexchange.a core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_etcd_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
