/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -cpu MODEL,+feature,-feature,key=value (QEMU target/i386/cpu.c, target/arm/cpu.c). */
#pragma once

#include "core/codec/qemu_reader.h"

/* Of several -cpu the last one counts. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_cpu_take(struct qemu_reader *reader, const char *text);

/* Fills in the machine's CPU. Same outcomes. */
int qemu_cpu_finish(struct qemu_reader *reader);

/* True for a property of a CPU by which a map is laid out, in QEMU's spelling. */
bool qemu_cpu_property_matters(const char *key);
