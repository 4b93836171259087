# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/bus/libbus.a
daemon_bus_libbus_a_SOURCES = \
	daemon/bus/announce.c \
	daemon/bus/authorise.c \
	daemon/bus/bus.c \
	daemon/bus/bus.h \
	daemon/bus/check.c \
	daemon/bus/compare.c \
	daemon/bus/dict.c \
	daemon/bus/dict.h \
	daemon/bus/document.c \
	daemon/bus/document.h \
	daemon/bus/entry.c \
	daemon/bus/entry.h \
	daemon/bus/errors.c \
	daemon/bus/errors.h \
	daemon/bus/fetch.c \
	daemon/bus/fetch.h \
	daemon/bus/find.c \
	daemon/bus/fleet.h \
	daemon/bus/gate.c \
	daemon/bus/gate.h \
	daemon/bus/guests.c \
	daemon/bus/hosts.c \
	daemon/bus/inquiry.c \
	daemon/bus/inquiry.h \
	daemon/bus/internal.h \
	daemon/bus/introspect.c \
	daemon/bus/log_control.c \
	daemon/bus/manager.c \
	daemon/bus/map.c \
	daemon/bus/objects.c \
	daemon/bus/policy.c \
	daemon/bus/policy.h \
	daemon/bus/polkit.c \
	daemon/bus/polkit.h \
	daemon/bus/quota.c \
	daemon/bus/quota.h \
	daemon/bus/refresh.c \
	daemon/bus/reload.c \
	daemon/bus/reply.c \
	daemon/bus/reply.h \
	daemon/bus/report.c \
	daemon/bus/request.c \
	daemon/bus/request.h \
	daemon/bus/text.c \
	daemon/bus/text.h \
	daemon/bus/view.c \
	daemon/bus/view.h \
	daemon/bus/wait.c \
	daemon/bus/wait.h \
	daemon/bus/work.c \
	daemon/bus/work.h
nodist_daemon_bus_libbus_a_SOURCES = daemon/bus/error_rows.c

daemon/bus/error_rows.c: dbus/errors.list dbus/errors.awk
	$(AM_V_GEN)$(MKDIR_P) daemon/bus && \
	$(AWK) -f $(top_srcdir)/dbus/errors.awk $(top_srcdir)/dbus/errors.list > $@.new && \
	mv $@.new $@

CLEANFILES += daemon/bus/error_rows.c

bus_unit_tests = \
	tests/unit/test_bus_queue \
	tests/unit/test_policy \
	tests/unit/test_quota
check_PROGRAMS += $(bus_unit_tests)
TESTS += $(bus_unit_tests)
tests_unit_test_bus_queue_LDADD = \
	daemon/bus/libbus.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(TEST_LIBS)
tests_unit_test_policy_LDADD = \
	daemon/bus/libbus.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(TEST_LIBS)
tests_unit_test_quota_LDADD = daemon/bus/libbus.a $(TEST_LIBS)
