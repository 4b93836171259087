# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += client/libclient.a

client_libclient_a_SOURCES = \
	client/remote.c \
	client/remote.h \
	client/remote_hint.c \
	client/remote_hint.h \
	client/remote_fleet.c \
	client/remote_fleet.h \
	client/remote_options.c \
	client/remote_options.h \
	client/remote_talk.c \
	client/remote_talk.h \
	client/remote_value.c \
	client/remote_value.h \
	client/remote_wire.c \
	client/remote_wire.h \
	client/basis.c \
	client/basis.h \
	client/command.c \
	client/command.h \
	client/completion.c \
	client/completion.h \
	client/completion_ask.c \
	client/completion_ask.h \
	client/completion_offer.c \
	client/completion_offer.h \
	client/display.c \
	client/display.h \
	client/drawing.c \
	client/drawing.h \
	client/drawing_path.c \
	client/drawing_path.h \
	client/drawing_print.c \
	client/doctor.c \
	client/doctor.h \
	client/doctor_local.c \
	client/escape.c \
	client/escape.h \
	client/field.c \
	client/field.h \
	client/file.c \
	client/file.h \
	client/file_write.c \
	client/file_write.h \
	client/findings.c \
	client/fleet_ask.c \
	client/fleet_ask.h \
	client/fleet_files.c \
	client/fleet_files.h \
	client/fleet_offline.c \
	client/fleet_offline.h \
	client/findings.h \
	client/help.c \
	client/help.h \
	client/html.h \
	client/html_device.c \
	client/html_draw.c \
	client/html_draw.h \
	client/html_escape.c \
	client/html_escape.h \
	client/html_findings.c \
	client/html_fleet.c \
	client/html_groups.c \
	client/html_guests.c \
	client/html_host.c \
	client/html_out.c \
	client/html_out.h \
	client/html_page.c \
	client/html_problems.c \
	client/html_regions.c \
	client/html_save.c \
	client/html_save.h \
	client/html_space.c \
	client/html_space.h \
	client/html_style.c \
	client/html_style.h \
	client/html_tree.c \
	client/html_word.c \
	client/input.c \
	client/input.h \
	client/names.c \
	client/names.h \
	client/nearest.c \
	client/nearest.h \
	client/offline.c \
	client/offline.h \
	client/arguments.c \
	client/arguments.h \
	client/pager.c \
	client/pager.h \
	client/plan_ask.c \
	client/plan_ask.h \
	client/progress.c \
	client/progress.h \
	client/source.c \
	client/source.h \
	client/status.c \
	client/status.h \
	client/table.c \
	client/table.h \
	client/trouble.c \
	client/trouble.h \
	client/variable.c \
	client/variable.h \
	client/verb.c \
	client/verb.h \
	client/verb_check.c \
	client/verb_doctor.c \
	client/verb_export.c \
	client/verb_fleet.c \
	client/verb_fleet_baseline.c \
	client/verb_fleet_classes.c \
	client/verb_fleet_compare.c \
	client/verb_fleet_holes.c \
	client/verb_fleet_holes.h \
	client/verb_fleet_forget.c \
	client/verb_guests.c \
	client/verb_history.c \
	client/verb_inventory.c \
	client/verb_map.c \
	client/verb_plan.c \
	client/verb_record.c \
	client/verb_report.c \
	client/verb_status.c \
	client/verb_target.c

client_libs = \
	client/libclient.a \
	client/libcapture.a \
	core/libcore.a \
	$(CORE_LIBS) \
	$(SYSTEMD_LIBS) \
	$(PCI_LIBS)

bin_PROGRAMS += client/iommufleetctl

client_iommufleetctl_SOURCES = client/main.c
client_iommufleetctl_LDADD = $(client_libs)

include client/hook.mk
include client/qmp.mk
