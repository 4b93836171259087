# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_PROGRAMS += \
	tests/bench/bench_bus \
	tests/bench/bench_files \
	tests/bench/bench_fleet \
	tests/bench/bench_layout \
	tests/bench/bench_verdict

tests_bench_bench_bus_CFLAGS = $(AM_CFLAGS) $(SYSTEMD_CFLAGS)
tests_bench_bench_bus_LDADD = $(SYSTEMD_LIBS)
tests_bench_bench_fleet_SOURCES = \
	tests/bench/bench_classes.c \
	tests/bench/bench_classes.h \
	tests/bench/bench_fleet.c
tests_bench_bench_fleet_LDADD = core/libcore.a $(CORE_LIBS)
tests_bench_bench_layout_LDADD = core/libcore.a $(CORE_LIBS)
tests_bench_bench_verdict_LDADD = core/libcore.a $(JANSSON_LIBS) $(CRYPTO_LIBS)

EXTRA_DIST += \
	tests/bench/domain.xml \
	tests/bench/make_sysroot.py \
	tests/bench/run.py

CLEANFILES += \
	tests/bench/bench_bus$(EXEEXT) \
	tests/bench/bench_files$(EXEEXT) \
	tests/bench/bench_fleet$(EXEEXT) \
	tests/bench/bench_layout$(EXEEXT) \
	tests/bench/bench_verdict$(EXEEXT)

BENCHES += tests/bench/run.py
tests/bench/run.py: \
	tests/bench/bench_bus$(EXEEXT) \
	tests/bench/bench_files$(EXEEXT) \
	tests/bench/bench_fleet$(EXEEXT) \
	tests/bench/bench_layout$(EXEEXT) \
	tests/bench/bench_verdict$(EXEEXT) \
	tests/support/unpack-capture$(EXEEXT)
