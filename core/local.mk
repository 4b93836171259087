# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += core/libcore.a

core_libcore_a_CFLAGS = $(CORE_CFLAGS)
core_libcore_a_SOURCES = \
	core/arena.c \
	core/arena.h \
	core/cleanup.h \
	core/codec/document.c \
	core/codec/document.h \
	core/codec/facts_json.c \
	core/codec/facts_json.h \
	core/codec/facts_shape.c \
	core/codec/facts_shape.h \
	core/codec/guard.c \
	core/codec/guard.h \
	core/codec/guest_json.c \
	core/codec/guest_json.h \
	core/codec/member.c \
	core/codec/member.h \
	core/codec/refusal.c \
	core/codec/refusal.h \
	core/codec/shape.c \
	core/codec/shape.h \
	core/codec/shape_decode.c \
	core/codec/shape_encode.c \
	core/codec/text.c \
	core/codec/text.h \
	core/judge/assume.c \
	core/judge/assume.h \
	core/judge/assume_apply.c \
	core/judge/assume_apply.h \
	core/judge/kernel_gate.c \
	core/judge/kernel_gate.h \
	core/model/fact.c \
	core/model/fact.h \
	core/model/facts.c \
	core/model/facts.h \
	core/model/finding.c \
	core/model/finding.h \
	core/model/guest.c \
	core/model/guest.h \
	core/model/limits.h \
	core/model/region.c \
	core/model/region.h
