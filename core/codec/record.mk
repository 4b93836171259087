# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a host tells its fleet.

core_libcore_a_SOURCES += \
	core/codec/base64.c \
	core/codec/base64.h \
	core/codec/record_json.c \
	core/codec/record_json.h \
	core/codec/record_json_write.c \
	core/model/record.c \
	core/model/record.h \
	core/model/record_time.c \
	core/model/record_time.h
