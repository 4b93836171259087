/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/status.h"

#include "client/field.h"
#include "client/table.h"
#include "core/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_PROBLEMS 32U
#define STATUS_TEXT	1024U
#define STATUS_UNITS	4U		   /* kinds of IOMMUs that are listed */
#define STATUS_ROWS	24U		   /* of the least screen */
#define STATUS_SLACK_US (300ULL * 1000000) /* that two clocks may be apart */

CLEANUP_DEFINE(struct table *, table_free, status_table_freep);

struct status_problem {
	char text[STATUS_TEXT];
	const char *remedy; /* NULL: none */
};

struct status { /* what is wrong, worst first */
	size_t n;
	struct status_problem problems[STATUS_PROBLEMS];
};

static void status_add(struct status *status, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void status_add(struct status *status, const char *remedy, const char *format, ...)
{
	struct status_problem *problem = &status->problems[status->n];
	va_list arguments;

	if (status->n == STATUS_PROBLEMS)
		return;
	va_start(arguments, format);
	if (vsnprintf(problem->text, sizeof(problem->text), format, arguments) >= 0) {
		problem->remedy = remedy;
		status->n++;
	}
	va_end(arguments);
}

/* "3 min": what has gone by since @then_us. */
static void status_age(uint64_t then_us, uint64_t now_us, char buffer[FIELD_BYTES])
{
	uint64_t seconds = now_us > then_us ? (now_us - then_us) / 1000000 : 0;

	if (seconds < 7200)
		snprintf(buffer, FIELD_BYTES, "%" PRIu64 " min", seconds / 60);
	else if (seconds < 172800)
		snprintf(buffer, FIELD_BYTES, "%" PRIu64 " h", seconds / 3600);
	else
		snprintf(buffer, FIELD_BYTES, "%" PRIu64 " d", seconds / 86400);
}

static void status_see_age(struct status *status, const json_t *document, uint64_t now_us)
{
	uint64_t then_us, limit_us;
	char age[FIELD_BYTES];

	if (!field_number(document, "collected_at", &then_us) || then_us == 0)
		return;
	if (then_us > now_us && then_us - now_us > STATUS_SLACK_US) {
		status_add(status,
			"Set the clock of this host; until then no answer here is safe, and no "
			"host believes this one.",
			"this host's facts were collected in the future: its clock is wrong");
		return;
	}
	if (!field_number(json_object_get(document, "daemon"), "stale_after_us", &limit_us) ||
		limit_us == 0 || now_us < then_us || now_us - then_us <= limit_us)
		return;
	status_age(then_us, now_us, age);
	status_add(status,
		"Restart iommufleetd, which collects when it starts; \"iommufleetctl doctor\" "
		"tells why it did not.",
		"this host's facts are %s old, too old for any answer to be safe", age);
}

/* What is wrong with the daemon: the rest may be old because of it. */
static void status_see_daemon(struct status *status, const json_t *document, uint64_t now_us)
{
	const json_t *daemon = json_object_get(document, "daemon");
	const char *trouble = field_text(daemon, "trouble");
	const char *fleet = field_text(daemon, "fleet_trouble");
	const char *store = field_text(daemon, "store");

	if (trouble)
		status_add(status,
			"All below is of the collection before it. \"iommufleetctl doctor\" tells "
			"what to do.",
			"the last collection of this host failed: %s", trouble);
	status_see_age(status, document, now_us);
	if (fleet)
		status_add(status,
			"Other hosts see nothing new of this one. \"iommufleetctl doctor\" tells "
			"what to do.",
			"this host is not in its fleet: %s", fleet);
	if (store && strcmp(store, "memory") == 0)
		status_add(status,
			"\"iommufleetctl doctor\" tells why its database cannot be used, and what "
			"to do.",
			"nothing is kept: what is known is lost when iommufleetd ends");
}

static void status_see(struct status *status, const json_t *document, uint64_t now_us)
{
	const json_t *problems = field_list(document, "problems");

	status_see_daemon(status, document, now_us);
	for (size_t i = 0; i < json_array_size(problems); i++) {
		const json_t *problem = json_array_get(problems, i);
		const char *text = field_text(problem, "text");

		status_add(status, field_text(problem, "remedy"), "%s", text ? text : "");
	}
}

static int status_print_problem(
	const struct status_problem *problem, bool remedy, const struct display *display)
{
	int r;

	display_say(display, DISPLAY_BAD, "!! ");
	r = display_paragraph(display, 3, false, problem->text);
	if (r < 0 || !remedy || !problem->remedy)
		return r;
	fputs("   -> ", display->out);
	return display_paragraph(display, 6, false, problem->remedy);
}

/* The first @n_shown of them, the first @n_remedies with what to do. */
static int status_print_problems(const struct status *status, size_t n_shown, size_t n_remedies,
	const struct display *display)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_shown; i++)
		r = status_print_problem(&status->problems[i], i < n_remedies, display);
	if (n_shown < status->n)
		fprintf(display->out, "... and %zu more; --json=pretty lists all, and what to do\n",
			status->n - n_shown);
	else if (n_remedies < status->n)
		fprintf(display->out, "... what to do about the last %zu: --json=pretty\n",
			status->n - n_remedies);
	if (status->n > 0)
		fputc('\n', display->out);
	return r;
}

static bool status_same_unit(const json_t *a, const json_t *b)
{
	static const char *const names[] = { "kind", "last", "known_by" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *x = json_object_get(a, names[i]), *y = json_object_get(b, names[i]);

		if (x != y && !(x && y && json_equal(x, y)))
			return false;
	}
	return true;
}

static void status_unit(struct table *table, const json_t *unit, size_t n)
{
	char name[FIELD_BYTES], kind[FIELD_BYTES], last[FIELD_BYTES], by[FIELD_BYTES];

	if (n > 1)
		snprintf(name, sizeof(name), "%zu units", n);
	else
		snprintf(name, sizeof(name), "%.300s", field_format(unit, "name", kind));
	table_cell(table, "%s, %s, %s %s (known by: %s)", name, field_format(unit, "kind", kind),
		n > 1 ? "reach" : "reaches", field_format(unit, "last", last),
		field_format(unit, "known_by", by));
}

/* Units that are alike in one row: a server has one for each few slots. */
static void status_units(struct table *table, const json_t *document)
{
	const json_t *units = field_list(document, "iommus");
	size_t n = json_array_size(units), rows = 0, left = 0;

	if (!units)
		return;
	if (n == 0) {
		table_cell(table, "IOMMU");
		table_cell(table, "none");
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *unit = json_array_get(units, i);
		size_t before = 0, alike = 0;

		for (size_t k = 0; k < n; k++) {
			bool same = status_same_unit(unit, json_array_get(units, k));

			alike += same;
			before += same && k < i;
		}
		if (before > 0)
			continue;
		if (rows++ >= STATUS_UNITS) {
			left += alike;
			continue;
		}
		table_cell(table, "%s", rows == 1 ? "IOMMU" : "");
		status_unit(table, unit, alike);
	}
	if (left > 0) {
		table_cell(table, "%s", "");
		table_cell(table, "and %zu more; --json=pretty lists them", left);
	}
}

static void status_daemon(struct table *table, const json_t *document, uint64_t now_us)
{
	const json_t *daemon = json_object_get(document, "daemon");
	char version[FIELD_BYTES], collection[FIELD_BYTES], fleet[FIELD_BYTES], text[FIELD_BYTES];
	uint64_t then_us;

	if (daemon) {
		table_cell(table, "Daemon");
		table_cell(table, "%s, collection: %s, fleet: %s, store: %s",
			field_format(daemon, "version", version),
			field_format(daemon, "collection", collection),
			field_format(daemon, "fleet", fleet), field_format(daemon, "store", text));
	}
	if (!field_number(document, "collected_at", &then_us))
		return;
	status_age(then_us, now_us, version);
	table_cell(table, "Collected");
	table_cell(table, "%s, %s ago", field_time(document, "collected_at", text), version);
}

static int status_facts(const json_t *document, uint64_t now_us, const struct display *display)
{
	static const struct table_column columns[] = { { "", 0 }, { "", TABLE_WRAP } };
	_cleanup_(status_table_freep) struct table *table = NULL;
	const json_t *interrupts = json_object_get(document, "interrupts");
	const json_t *digests = json_object_get(document, "digests");
	char one[FIELD_BYTES], two[FIELD_BYTES], three[FIELD_BYTES];
	struct display plain = *display;
	int r = table_new(columns, 2, &table);

	if (r < 0)
		return r;
	table_cell(table, "Host");
	table_cell(table, "%s, %s, kernel %s", field_format(document, "host", one),
		field_format(document, "arch", two), field_format(document, "kernel", three));
	table_cell(table, "Itself a guest");
	table_cell(table, "%s", field_format(document, "virtual", one));
	table_cell(table, "Groups");
	table_cell(table, "%s, with %s devices, of which %s can be assigned",
		field_format(document, "groups", one), field_format(document, "devices", two),
		field_format(document, "assignable", three));
	status_units(table, document);
	table_cell(table, "Interrupts isolated");
	table_cell(table, "%s (known by: %s)", field_format(interrupts, "isolated", one),
		field_format(interrupts, "known_by", two));
	status_daemon(table, document, now_us);
	/* Enough to see that two hosts differ; the verb digests has all of it. */
	table_cell(table, "Digests");
	table_cell(table, "class %.12s..., map %.12s...", field_format(digests, "class", one),
		field_format(digests, "map", two));
	plain.legend = false;
	return table_print(table, &plain, 0);
}

static size_t status_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* How many lines the problems take when they are shown so. */
static int status_measure(const struct status *status, size_t n_shown, size_t n_remedies,
	const struct display *display, size_t *ret)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	struct display page = *display;
	size_t n;
	int r;

	page.out = open_memstream(&text, &n);
	if (!page.out)
		return -ENOMEM;
	r = status_print_problems(status, n_shown, n_remedies, &page);
	if (fclose(page.out) != 0)
		return -ENOMEM;
	if (r == 0)
		*ret = status_lines(text);
	return r;
}

/* As many of the problems as @room lines hold, remedies as far as all problems still fit. */
static int status_fit(const struct status *status, size_t room, const struct display *display,
	size_t *ret_shown, size_t *ret_remedies)
{
	size_t n_shown = status->n, n_remedies = status->n, lines;
	int r;

	while ((r = status_measure(status, n_shown, n_remedies, display, &lines)) == 0) {
		if (lines <= room || n_shown <= 1)
			break;
		if (n_remedies > 1)
			n_remedies--;
		else
			n_shown--;
	}
	*ret_shown = n_shown;
	*ret_remedies = n_remedies;
	return r;
}

int status_print(const json_t *document, uint64_t now_us, const struct display *display)
{
	_cleanup_(cleanup_freep) struct status *status = calloc(1, sizeof(*status));
	_cleanup_(cleanup_freep) char *facts = NULL;
	struct display page = *display;
	size_t n, n_facts, rows, n_shown, n_remedies;
	int r;

	if (!status)
		return -ENOMEM;
	status_see(status, document, now_us);
	page.out = open_memstream(&facts, &n);
	if (!page.out)
		return -ENOMEM;
	r = status_facts(document, now_us, &page);
	if (fclose(page.out) != 0)
		return -ENOMEM;
	if (r < 0)
		return r;
	n_facts = status_lines(facts);
	n_shown = n_remedies = status->n;
	rows = display->rows > STATUS_ROWS ? display->rows - 1 : STATUS_ROWS - 1;
	if (display->rows > 0)
		r = status_fit(status, rows > n_facts ? rows - n_facts : 1, display, &n_shown,
			&n_remedies);
	if (r == 0)
		r = status_print_problems(status, n_shown, n_remedies, display);
	fputs(facts, display->out);
	return r;
}
