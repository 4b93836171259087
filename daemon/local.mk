# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_SOURCES = \
	daemon/collector.c \
	daemon/collector.h \
	daemon/config.c \
	daemon/config.h \
	daemon/config_file.c \
	daemon/config_file.h \
	daemon/config_words.c \
	daemon/config_words.h \
	daemon/doctor.c \
	daemon/doctor.h \
	daemon/doctor_fleet.c \
	daemon/doctor_host.c \
	daemon/fleet_index.c \
	daemon/fleet_index.h \
	daemon/fleet_trouble.c \
	daemon/fleet_trouble.h \
	daemon/gaps.c \
	daemon/gaps.h \
	daemon/guests.c \
	daemon/guests.h \
	daemon/keep.c \
	daemon/keep.h \
	daemon/keep_fleet.c \
	daemon/keep_fleet.h \
	daemon/log.c \
	daemon/log.h \
	daemon/loop.c \
	daemon/loop.h \
	daemon/loop_collect.c \
	daemon/loop_export.c \
	daemon/loop_fleet.c \
	daemon/loop_fleet.h \
	daemon/loop_live.c \
	daemon/loop_view.h \
	daemon/meeting.c \
	daemon/meeting.h \
	daemon/membership.c \
	daemon/membership.h \
	daemon/merge.c \
	daemon/merge.h \
	daemon/metrics.c \
	daemon/metrics.h \
	daemon/metrics_exchange.c \
	daemon/metrics_fleet.c \
	daemon/metrics_http.c \
	daemon/metrics_http.h \
	daemon/metrics_list.c \
	daemon/metrics_list.h \
	daemon/nfd_file.c \
	daemon/nfd_file.h \
	daemon/options.c \
	daemon/options.h \
	daemon/peering.c \
	daemon/peering.h \
	daemon/publisher.c \
	daemon/publisher.h \
	daemon/risk.c \
	daemon/risk.h \
	daemon/state.c \
	daemon/state.h \
	daemon/supervisor.c \
	daemon/supervisor.h \
	daemon/turn.c \
	daemon/turn.h \
	daemon/uevents.c \
	daemon/uevents.h \
	daemon/workers.c \
	daemon/workers.h

sbin_PROGRAMS += daemon/iommufleetd
daemon_iommufleetd_SOURCES = daemon/main.c
daemon_iommufleetd_LDADD = \
	daemon/libdaemon.a \
	daemon/collect/libcollect.a \
	daemon/bus/libbus.a \
	daemon/exchange/libexchange.a \
	daemon/store/libstore.a \
	core/libcore.a \
	$(CORE_LIBS) $(SYSTEMD_LIBS) $(SQLITE_LIBS) $(EXCHANGE_LIBS) $(INIH_LIBS) $(UDEV_LIBS)

dist_man_MANS += man/iommufleetd.8 man/iommufleetd.conf.5

daemon_unit_tests = \
	tests/unit/test_config \
	tests/unit/test_fleet_index \
	tests/unit/test_gaps \
	tests/unit/test_merge \
	tests/unit/test_metrics \
	tests/unit/test_turn
check_PROGRAMS += $(daemon_unit_tests)
TESTS += $(daemon_unit_tests)

tests_unit_test_config_LDADD = \
	daemon/libdaemon.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(INIH_LIBS) $(TEST_LIBS)
tests_unit_test_fleet_index_SOURCES = \
	tests/unit/test_fleet_index.c \
	tests/support/fake_fleet.c \
	tests/support/fake_fleet.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h
tests_unit_test_fleet_index_LDADD = \
	daemon/libdaemon.a daemon/exchange/libexchange.a tests/support/libask.a \
	core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_unit_test_gaps_LDADD = daemon/libdaemon.a core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_unit_test_merge_LDADD = daemon/libdaemon.a core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_unit_test_metrics_SOURCES = \
	tests/unit/test_metrics.c \
	tests/support/fake_fleet.c \
	tests/support/fake_fleet.h \
	tests/support/fake_keeper.c \
	tests/support/fake_keeper.h
tests_unit_test_metrics_LDADD = \
	daemon/libdaemon.a daemon/exchange/libexchange.a daemon/store/libstore.a \
	tests/support/libask.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS) $(SQLITE_LIBS) \
	$(EXCHANGE_LIBS) $(INIH_LIBS) $(TEST_LIBS)
tests_unit_test_turn_LDADD = \
	daemon/libdaemon.a $(EVENT_LIBS) $(SYSTEMD_LIBS) $(TEST_LIBS)
