/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/table.h"

#include "client/escape.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_COLUMNS	12U
#define TABLE_WRAP_MIN	14U
#define TABLE_CELL_TEXT 1024U

struct table_text { /* one line of a cell, printable */
	char *text;
	size_t cell;
	size_t columns;
};

struct table {
	const struct table_column *columns;
	size_t n_columns;
	size_t n_cells;
	size_t n_texts;
	size_t capacity;
	struct table_text *texts; /* in the order of their cells */
	int error;
};

int table_new(const struct table_column *columns, size_t n, struct table **ret)
{
	struct table *table = calloc(1, sizeof(*table));

	assert(n > 0 && n <= TABLE_COLUMNS);
	if (!table)
		return -ENOMEM;
	table->columns = columns;
	table->n_columns = n;
	*ret = table;
	return 0;
}

struct table *table_free(struct table *table)
{
	if (!table)
		return NULL;
	for (size_t i = 0; i < table->n_texts; i++)
		free(table->texts[i].text);
	free(table->texts);
	free(table);
	return NULL;
}

static void table_add(struct table *table, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void table_add(struct table *table, const char *format, va_list arguments)
{
	char raw[TABLE_CELL_TEXT];
	struct table_text *texts;
	size_t capacity;
	int r;

	if (table->error)
		return;
	if (table->n_texts == table->capacity) {
		capacity = table->capacity ? 2 * table->capacity : 64;
		texts = reallocarray(table->texts, capacity, sizeof(*texts));
		if (!texts) {
			table->error = -ENOMEM;
			return;
		}
		table->texts = texts;
		table->capacity = capacity;
	}
	if (vsnprintf(raw, sizeof(raw), format, arguments) < 0)
		raw[0] = '\0';
	texts = &table->texts[table->n_texts];
	r = escape_format(raw, &texts->text, &texts->columns);
	if (r < 0) {
		table->error = r;
		return;
	}
	texts->cell = table->n_cells - 1;
	table->n_texts++;
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list arguments;

	table->n_cells++;
	va_start(arguments, format);
	table_add(table, format, arguments);
	va_end(arguments);
}

void table_line(struct table *table, const char *format, ...)
{
	va_list arguments;

	assert(table->n_cells > 0);
	va_start(arguments, format);
	table_add(table, format, arguments);
	va_end(arguments);
}

struct table_layout {
	size_t widths[TABLE_COLUMNS]; /* 0: left out */
	size_t total;
	size_t gap;
};

static void table_layout_total(const struct table *table, struct table_layout *layout)
{
	layout->total = 0;
	for (size_t i = 0; i < table->n_columns; i++)
		if (layout->widths[i])
			layout->total += layout->widths[i] + (layout->total ? layout->gap : 0);
}

static void table_layout_compute(const struct table *table, const struct display *display,
	size_t room, struct table_layout *ret)
{
	*ret = (struct table_layout){ .gap = 2 };
	for (size_t i = 0; i < table->n_columns; i++)
		ret->widths[i] = display->legend ? strlen(table->columns[i].title) : 1;
	for (size_t i = 0; i < table->n_texts; i++) {
		size_t *width = &ret->widths[table->texts[i].cell % table->n_columns];

		if (*width < table->texts[i].columns)
			*width = table->texts[i].columns;
	}
	table_layout_total(table, ret);
	for (size_t i = table->n_columns; i-- > 0 && ret->total > room;) {
		if (!(table->columns[i].flags & TABLE_GO))
			continue;
		ret->widths[i] = 0;
		table_layout_total(table, ret);
	}
	for (size_t i = table->n_columns; i-- > 0 && ret->total > room;) {
		size_t over = ret->total - room, width = ret->widths[i];

		if (!(table->columns[i].flags & TABLE_WRAP) || width <= TABLE_WRAP_MIN)
			continue;
		ret->widths[i] = width - over > TABLE_WRAP_MIN && over < width ? width - over
									       : TABLE_WRAP_MIN;
		table_layout_total(table, ret);
	}
}

/* The part of @text that stands on one line of a column of @width; what is left in @ret_rest. */
static size_t table_break(const char *text, size_t width, const char **ret_rest)
{
	size_t fit = escape_fit(text, width);

	if (text[fit]) {
		size_t cut = fit;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		fit = cut > 0 ? cut : strcspn(text, " ");
	}
	*ret_rest = text + fit + strspn(text + fit, " ");
	return fit;
}

struct table_cursor { /* what is left of one cell */
	size_t next;  /* index in texts */
	size_t end;
	const char *rest;
};

static void table_print_part(const struct display *display, const struct table_column *column,
	const char *text, size_t bytes, size_t fill)
{
	enum display_colour colour = DISPLAY_PLAIN;

	if (column->flags & TABLE_WORD)
		colour = display_colour_of(text);
	if (column->flags & TABLE_RIGHT)
		fprintf(display->out, "%*s", (int)fill, "");
	display_start(display, colour);
	fprintf(display->out, "%.*s", (int)bytes, text);
	if (colour != DISPLAY_PLAIN)
		display_plain(display);
}

/* Prints one line of a row; false when nothing was left. */
static bool table_print_line(const struct table *table, const struct display *display,
	const struct table_layout *layout, struct table_cursor *cursors, size_t indent)
{
	size_t pending = indent;
	bool some = false;

	for (size_t i = 0; i < table->n_columns; i++)
		some |= layout->widths[i] && (cursors[i].rest || cursors[i].next < cursors[i].end);
	for (size_t i = 0; some && i < table->n_columns; i++) {
		struct table_cursor *cursor = &cursors[i];
		size_t width = layout->widths[i], bytes, columns;
		const char *text;

		if (!width)
			continue;
		if (!cursor->rest && cursor->next < cursor->end)
			cursor->rest = table->texts[cursor->next++].text;
		text = cursor->rest;
		if (!text || !*text) {
			cursor->rest = NULL;
			pending += width + layout->gap;
			continue;
		}
		bytes = table_break(text, width, &cursor->rest);
		if (!*cursor->rest)
			cursor->rest = NULL;
		columns = escape_columns(text, bytes);
		fprintf(display->out, "%*s", (int)pending, "");
		table_print_part(display, &table->columns[i], text, bytes,
			columns < width ? width - columns : 0);
		pending = layout->gap;
		if (!(table->columns[i].flags & TABLE_RIGHT) && columns < width)
			pending += width - columns;
	}
	if (some)
		fputc('\n', display->out);
	return some;
}

static void table_print_titles(const struct table *table, const struct display *display,
	const struct table_layout *layout, size_t indent)
{
	size_t pending = indent;

	display_start(display, DISPLAY_STRONG);
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *title = table->columns[i].title;
		size_t width = layout->widths[i], fill;

		if (!width)
			continue;
		fill = width > strlen(title) ? width - strlen(title) : 0;
		if (table->columns[i].flags & TABLE_RIGHT)
			pending += fill;
		fprintf(display->out, "%*s%s", (int)pending, "", title);
		pending = layout->gap + (table->columns[i].flags & TABLE_RIGHT ? 0 : fill);
	}
	display_plain(display);
	fputc('\n', display->out);
}

/* True if a cell tells that a fact is not known (client/field.h). */
static bool table_is_doubtful(const struct table *table)
{
	for (size_t i = 0; i < table->n_texts; i++)
		if (table->texts[i].text[0] == '?')
			return true;
	return false;
}

int table_print(const struct table *table, const struct display *display, size_t indent)
{
	struct table_layout layout;
	size_t at = 0;

	if (table->error)
		return table->error;
	assert(table->n_cells % table->n_columns == 0);
	table_layout_compute(
		table, display, display->width > indent ? display->width - indent : 1, &layout);
	if (display->legend)
		table_print_titles(table, display, &layout, indent);
	for (size_t row = 0; row < table->n_cells / table->n_columns; row++) {
		struct table_cursor cursors[TABLE_COLUMNS] = { 0 };

		for (size_t i = 0; i < table->n_columns; i++) {
			cursors[i].next = at;
			while (at < table->n_texts &&
				table->texts[at].cell == row * table->n_columns + i)
				at++;
			cursors[i].end = at;
		}
		while (table_print_line(table, display, &layout, cursors, indent))
			;
	}
	if (display->legend && table_is_doubtful(table))
		fprintf(display->out, "%*s?...: not known, and why\n", (int)indent, "");
	return 0;
}
