# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each test starts a private bus and the daemon on a captured host.

bus_tests = \
	tests/bus/test_authorise.py \
	tests/bus/test_fleet.py \
	tests/bus/test_fleet_etcd.py \
	tests/bus/test_fleet_large.py \
	tests/bus/test_forms.py \
	tests/bus/test_guests.py \
	tests/bus/test_hostile.py \
	tests/bus/test_life.py \
	tests/bus/test_methods.py \
	tests/bus/test_metrics.py \
	tests/bus/test_nfd.py \
	tests/bus/test_objects.py \
	tests/bus/test_policy.py \
	tests/bus/test_reload.py \
	tests/bus/test_uevents.py

TESTS += $(bus_tests)
EXTRA_DIST += \
	$(bus_tests) \
	tests/bus/fleetlib.py \
	tests/bus/harness.py \
	tests/bus/promtext.py \
	tests/bus/uevent.py \
	tests/bus/wire.py

check_PROGRAMS += tests/bus/fleet_bus
tests_bus_fleet_bus_LDADD = \
	daemon/bus/libbus.a daemon/libdaemon.a core/libcore.a \
	$(CORE_LIBS) $(SYSTEMD_LIBS) $(EXCHANGE_LIBS)
