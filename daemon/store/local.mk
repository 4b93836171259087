# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/store/libstore.a
daemon_store_libstore_a_SOURCES = \
	daemon/store/fleet.c \
	daemon/store/fleet.h \
	daemon/store/guests.c \
	daemon/store/internal.h \
	daemon/store/snapshot.c \
	daemon/store/statements.c \
	daemon/store/store.c \
	daemon/store/verify.c \
	daemon/store/store.h
nodist_daemon_store_libstore_a_SOURCES = daemon/store/steps.c

# In the order of their numbers.
sql_steps = \
	schema/sql/0001-snapshots.sql \
	schema/sql/0002-guests.sql \
	schema/sql/0003-records.sql

daemon/store/steps.c: $(sql_steps) daemon/store/embed.awk
	$(AM_V_GEN)$(MKDIR_P) daemon/store && \
	list=; for step in $(sql_steps); do list="$$list $(top_srcdir)/$$step"; done; \
	$(AWK) -f $(top_srcdir)/daemon/store/embed.awk $$list > $@.new && mv $@.new $@

CLEANFILES += daemon/store/steps.c
EXTRA_DIST += $(sql_steps) daemon/store/embed.awk

store_tests = \
	tests/fault/test_store \
	tests/fault/test_store_faults \
	tests/fault/test_store_fleet \
	tests/fault/test_store_guests
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)
tests_fault_test_store_SOURCES = tests/fault/test_store.c
tests_fault_test_store_LDADD = \
	daemon/store/libstore.a core/libcore.a $(CORE_LIBS) $(SQLITE_LIBS) $(TEST_LIBS)
tests_fault_test_store_faults_SOURCES = tests/fault/test_store_faults.c
tests_fault_test_store_faults_LDADD = $(tests_fault_test_store_LDADD)
tests_fault_test_store_guests_SOURCES = tests/fault/test_store_guests.c
tests_fault_test_store_guests_LDADD = $(tests_fault_test_store_LDADD)
tests_fault_test_store_fleet_SOURCES = tests/fault/test_store_fleet.c
tests_fault_test_store_fleet_LDADD = $(tests_fault_test_store_LDADD)
