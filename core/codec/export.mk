# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What other systems read of a host and of a daemon.

core_libcore_a_SOURCES += \
	core/codec/export_text.c \
	core/codec/export_text.h \
	core/codec/metrics_text.c \
	core/codec/metrics_text.h \
	core/judge/node_labels.c \
	core/judge/node_labels.h
