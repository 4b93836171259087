# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += core/libcore.a

core_libcore_a_CFLAGS = $(CORE_CFLAGS)
core_libcore_a_SOURCES = \
	core/arena.c \
	core/arena.h \
	core/cleanup.h \
	core/model/fact.c \
	core/model/fact.h \
	core/model/facts.c \
	core/model/facts.h \
	core/model/limits.h \
	core/model/region.c \
	core/model/region.h
