/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of text: rows of cells beneath headings, laid out to the width of the display. When it is
 * too wide, columns that may go are left out, last first, then columns that may wrap get narrower;
 * what is left over runs past the edge, for nothing is ever cut.
 */
#pragma once

#include "client/display.h"

#include <stddef.h>

enum table_flags {
	TABLE_RIGHT = 1, /* numbers */
	TABLE_GO = 2,	 /* left out where there is no room */
	TABLE_WRAP = 4,	 /* broken at spaces where there is no room */
	TABLE_WORD = 8,	 /* coloured by display_colour_of() */
};

struct table_column {
	const char *title;
	unsigned flags;
};

struct table;

/* A table of the @n columns at @columns, which must outlive it. -ENOMEM. */
int table_new(const struct table_column *columns, size_t n, struct table **ret);

struct table *table_free(struct table *table);

/*
 * The next cell, row by row. Lines within it are parted by '\n'; everything else that cannot be
 * printed is escaped. Memory that runs out is remembered and told by table_print().
 */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a line to the last cell. */
void table_line(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the table, each line after @indent spaces. -ENOMEM. */
int table_print(const struct table *table, const struct display *display, size_t indent);
