# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Read by make itself, not by automake: picks the suites that "make check" runs out of all that the
# fragments put into TESTS. A suite is a folder below tests/.
#
#   make check                      what configure was told (--with-test-suites), else all
#   make check SUITES="unit golden" these

SUITES ?= $(TEST_SUITES)

ifneq ($(filter-out all,$(SUITES)),)
override TESTS := $(foreach suite,$(SUITES),$(filter tests/$(suite)/%,$(TESTS)))
endif
