# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One program per decoder of foreign input, tests/fuzz/fuzz_NAME.c, with tests/fuzz/corpus/NAME.
# Each lists $(fuzz_main) in its sources. "make check" replays the corpus; configured with
# --enable-fuzzers a program fuzzes, keeping what it finds in FOUND: fuzz_NAME FOUND corpus/NAME.

fuzz_programs = tests/fuzz/fuzz_facts

if ENABLE_FUZZERS
fuzz_main = tests/fuzz/fuzz.h
noinst_PROGRAMS += $(fuzz_programs)
else
fuzz_main = tests/fuzz/fuzz.h tests/fuzz/replay.c
check_PROGRAMS += $(fuzz_programs)
TESTS += $(fuzz_programs)
endif

EXTRA_DIST += tests/fuzz/replay.c tests/fuzz/corpus

tests_fuzz_fuzz_facts_SOURCES = tests/fuzz/fuzz_facts.c $(fuzz_main)
tests_fuzz_fuzz_facts_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_facts_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

fuzz_programs += tests/fuzz/fuzz_judge

tests_fuzz_fuzz_judge_SOURCES = tests/fuzz/fuzz_judge.c $(fuzz_main)
tests_fuzz_fuzz_judge_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_judge_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
