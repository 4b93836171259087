# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What libvirt's hook runs.

client_libclient_a_SOURCES += \
	client/hook.c \
	client/hook.h \
	client/hook_answer.c \
	client/hook_answer.h \
	client/hook_daemon.c \
	client/hook_daemon.h \
	client/hook_policy.c \
	client/hook_policy.h \
	client/hook_say.c \
	client/hook_say.h \
	client/verb_hook.c

dist_man_MANS += man/iommufleet-libvirt-hook.7

client_libs += $(INIH_LIBS)
