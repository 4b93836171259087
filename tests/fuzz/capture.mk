# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_capture

tests_fuzz_fuzz_capture_SOURCES = \
	tests/fuzz/fuzz_capture.c \
	tests/support/capture_read.c \
	$(fuzz_main)
tests_fuzz_fuzz_capture_LDADD = client/libcapture.a
tests_fuzz_fuzz_capture_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
