/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members of the documents that are shown. A document may come from a daemon of another version or
 * from one that lies, so each look checks the type. The states of a fact stay apart to the last
 * column: a value; "-", there is no such thing; "?why", not known and why.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for whatever field_format() makes of one member. */
#define FIELD_BYTES 320U

/* The member as a cell shows it; borrowed from @buffer or @object. */
const char *field_format(const json_t *object, const char *name, char buffer[FIELD_BYTES]);

/* As field_format() of the value itself, which may be NULL: no such member. */
const char *field_format_value(const json_t *value, char buffer[FIELD_BYTES]);

/* The text of the member, or NULL when it is none. Borrowed. */
const char *field_text(const json_t *object, const char *name);

/* The list of the member, or NULL: json_array_foreach() takes that as empty. Borrowed. */
const json_t *field_list(const json_t *object, const char *name);

/* True if the member is an address "0x1f", a bare "1f", or an integer; its value in @ret. */
bool field_number(const json_t *object, const char *name, uint64_t *ret);

/* A size in bytes for people: "64G", "2030M", "513"; one that is cut short says so: "~15.9E". */
const char *field_size(uint64_t bytes, char buffer[FIELD_BYTES]);

/* "2026-03-01 14:05:09 UTC" of a time in microseconds, or what stands there instead. */
const char *field_time(const json_t *object, const char *name, char buffer[FIELD_BYTES]);

/*
 * "3 h" since the time in microseconds at the member, to the unit that tells enough; NULL where it
 * is none.
 */
const char *field_age(const json_t *object, const char *name, char buffer[FIELD_BYTES]);

/*
 * The member "acs" of a port: "SV RR CR UF", the features that are switched on, or, if @all, those
 * with a plus and with a minus those that it has and that are not; "off" when there are none; else
 * as field_format().
 */
const char *field_acs(const json_t *object, bool all, char buffer[FIELD_BYTES]);
