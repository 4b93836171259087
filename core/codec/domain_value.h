/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, sizes with units, sets of nodes and switches, as libvirt writes and reads them. */
#pragma once

#include "core/codec/domain_node.h"

/*
 * The number in @text: digits of @base 10 or 16 ("0x" may come first), or of the base that the
 * number itself shows for @base 0 (libvirt util/virstring.c virStrToLong). Blanks around it are
 * skipped. 0, -EINVAL for what is no such number, a negative one too, or -ERANGE.
 */
int domain_value_parse(const char *text, unsigned base, uint64_t *ret);

/* How many bytes one of @unit is: "KiB", "kB", "bytes" (util/virutil.c virScaleInteger). 0, or
 * -EINVAL. */
int domain_value_scale(const char *unit, uint64_t *ret);

/* The number in the attribute @name, at most @most; @ret stays as it is without the attribute. */
struct domain_value_number {
	const char *name;
	unsigned base;
	uint64_t most;
};
int domain_value_read_number(struct domain_node_reader *reader, const xmlNode *node,
	const struct domain_value_number *number, uint64_t *ret);

/*
 * The size that an element holds, in bytes and at most INT64_MAX: its text with its attribute
 * "unit", or the attribute @name with "unit" for @name not NULL; @scale is the unit without any.
 */
int domain_value_read_size(struct domain_node_reader *reader, const xmlNode *node, const char *name,
	uint64_t scale, uint64_t *ret);

/* A size of memory, without a unit in KiB: libvirt keeps whole KiB and rounds up to them. */
int domain_value_read_memory(
	struct domain_node_reader *reader, const xmlNode *node, const char *name, uint64_t *ret);

/* The attribute @name as "on" or "off", "yes" or "no"; TRI_UNKNOWN without it or when "auto". */
int domain_value_read_switch(
	struct domain_node_reader *reader, const xmlNode *node, const char *name, enum tri *ret);

/* Whether @node_number is in a set like "0-3,^2,5". 0, or -EINVAL for what is no set. */
int domain_value_set_has(const char *set, uint64_t node_number, bool *ret);

/* @value rounded up to a multiple of @step, which is a power of two; @value is at most INT64_MAX.
 */
uint64_t domain_value_round_up(uint64_t value, uint64_t step);
