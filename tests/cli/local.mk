# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command line as its users see it. "test_output.py --update" rewrites what is expected.

cli_tests = \
	tests/cli/test_completion.py \
	tests/cli/test_daemon.py \
	tests/cli/test_doctor.py \
	tests/cli/test_export.py \
	tests/cli/test_fleet.py \
	tests/cli/test_fleet_daemon.py \
	tests/cli/test_hook.py \
	tests/cli/test_hostile.py \
	tests/cli/test_map.py \
	tests/cli/test_output.py \
	tests/cli/test_plan.py \
	tests/cli/test_qmp.py \
	tests/cli/test_readme.py \
	tests/cli/test_report.py \
	tests/cli/test_report_browser.py \
	tests/cli/test_report_daemon.py \
	tests/cli/test_shapes.py \
	tests/cli/test_status.py \
	tests/cli/test_terminal.py \
	tests/cli/test_usage.py

TESTS += $(cli_tests)

cli_expected = \
	tests/cli/expected/arm64-smmuv3-acpi-check.txt \
	tests/cli/expected/arm64-smmuv3-acpi-groups.txt \
	tests/cli/expected/arm64-smmuv3-acpi-status.txt \
	tests/cli/expected/arm64-smmuv3-acpi-usable.txt \
	tests/cli/expected/check-all-devices.txt \
	tests/cli/expected/check-domain-from-nowhere.txt \
	tests/cli/expected/check-domain.txt \
	tests/cli/expected/check-json.txt \
	tests/cli/expected/check-memory.txt \
	tests/cli/expected/check-no-devices.txt \
	tests/cli/expected/check-safe.txt \
	tests/cli/expected/check-what-if.txt \
	tests/cli/expected/devices-json.txt \
	tests/cli/expected/devices.txt \
	tests/cli/expected/digests.txt \
	tests/cli/expected/explain-asleep.txt \
	tests/cli/expected/explain-json.txt \
	tests/cli/expected/explain-utf8.txt \
	tests/cli/expected/explain.txt \
	tests/cli/expected/groups-json.txt \
	tests/cli/expected/groups-no-legend.txt \
	tests/cli/expected/groups.txt \
	tests/cli/expected/help-check.txt \
	tests/cli/expected/help-map.txt \
	tests/cli/expected/help.txt \
	tests/cli/expected/map-assumed.txt \
	tests/cli/expected/map-domain.txt \
	tests/cli/expected/map-json.txt \
	tests/cli/expected/map-refused.txt \
	tests/cli/expected/status.txt \
	tests/cli/expected/usable-json.txt \
	tests/cli/expected/usable-unknown.txt \
	tests/cli/expected/usable-utf8.txt \
	tests/cli/expected/usable.txt \
	tests/cli/expected/x86-vfio-check.txt \
	tests/cli/expected/x86-vfio-devices.txt \
	tests/cli/expected/x86-vfio-explain.txt \
	tests/cli/expected/x86-vfio-groups.txt \
	tests/cli/expected/x86-vfio-map.txt \
	tests/cli/expected/x86-vfio-status.txt \
	tests/cli/expected/x86-vfio-usable.txt

cli_hook_samples = \
	tests/cli/hook/migrate-begin.xml \
	tests/cli/hook/prepare-begin.xml \
	tests/cli/hook/release-end.xml \
	tests/cli/hook/start-begin.xml \
	tests/cli/hook/started-begin.xml \
	tests/cli/hook/stopped-end.xml

EXTRA_DIST += \
	$(cli_tests) \
	$(cli_hook_samples) \
	$(cli_expected) \
	tests/cli/browser.py \
	tests/cli/clilib.py \
	tests/cli/four-groups.json \
	tests/cli/guest-4g.json \
	tests/cli/guest-far.json \
	tests/cli/guest-hostdev.xml \
	tests/cli/liar.py

# The parts of the client that are easier to hold one by one.
client_unit_tests = \
	tests/unit/test_arguments \
	tests/unit/test_drawing \
	tests/unit/test_names \
	tests/unit/test_table

check_PROGRAMS += $(client_unit_tests)
TESTS += $(client_unit_tests)

tests_unit_test_arguments_LDADD = $(client_libs) $(TEST_LIBS)
tests_unit_test_drawing_LDADD = $(client_libs) $(TEST_LIBS)
tests_unit_test_names_LDADD = $(client_libs) $(TEST_LIBS)
tests_unit_test_table_LDADD = $(client_libs) $(TEST_LIBS)
