# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A running QEMU asked through its monitor.

client_libclient_a_SOURCES += \
	client/qmp.c \
	client/qmp.h
