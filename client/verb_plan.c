/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan: whether a guest fits all hosts, and what to change if not. */
#include "client/basis.h"
#include "client/escape.h"
#include "client/field.h"
#include "client/plan_ask.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_plan_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_plan_table_freep);

#define VERB_PLAN_INDENT 5
#define VERB_PLAN_NAMES	 6U /* of hosts that are named one by one */

static uint64_t verb_plan_number(const json_t *object, const char *name)
{
	uint64_t value = 0;

	(void)field_number(object, name, &value);
	return value;
}

/* A document that does not say so proves nothing. */
static enum verb_exit verb_plan_exit(const json_t *plan)
{
	if (json_is_true(json_object_get(plan, "fits")))
		return VERB_DONE;
	return verb_plan_number(plan, "unsafe") > 0 ? VERB_UNSAFE : VERB_UNKNOWN;
}

static int verb_plan_headline(const struct display *display, const json_t *plan)
{
	uint64_t hosts = verb_plan_number(plan, "hosts"), safe = verb_plan_number(plan, "safe");
	char line[256];

	if (hosts == 0)
		return display_paragraph(display, 0, false, "No host is like that.");
	if (verb_plan_exit(plan) == VERB_DONE)
		snprintf(line, sizeof(line),
			hosts == 1 ? "The guest fits the host."
				   : "The guest fits all %" PRIu64 " hosts.",
			hosts);
	else
		snprintf(line, sizeof(line),
			"The guest does not fit all hosts: it is safe on %" PRIu64 " of %" PRIu64
			".",
			safe, hosts);
	return display_paragraph(display, 0, false, line);
}

/* Lines that are to be copied: they are not broken. */
static int verb_plan_lines(const struct display *display, const char *lines)
{
	while (lines && *lines) {
		size_t n = strcspn(lines, "\n"), columns;
		_cleanup_(cleanup_freep) char *line = strndup(lines, n);
		_cleanup_(cleanup_freep) char *clean = NULL;
		int r = line ? escape_format(line, &clean, &columns) : -ENOMEM;

		if (r < 0)
			return r;
		fprintf(display->out, "%*s%s\n", VERB_PLAN_INDENT, "", clean);
		lines += n + (lines[n] == '\n');
	}
	return 0;
}

/* What to write is shown in the form that the guest came in. */
static int verb_plan_suggestion(
	const struct verb_call *call, const json_t *suggestion, size_t number, uint64_t hosts)
{
	bool cmdline = (call->options->given & ARGUMENTS_CMDLINE) != 0;
	const char *xml = field_text(suggestion, "xml"), *option = field_text(suggestion, "option");
	char line[1024], text[FIELD_BYTES];
	uint64_t safe = verb_plan_number(suggestion, "safe");
	int r;

	snprintf(line, sizeof(line), "%2zu. %s", number, field_format(suggestion, "text", text));
	if (safe == hosts)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ".");
	else
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			": safe on %" PRIu64 " of %" PRIu64 " hosts.", safe, hosts);
	r = display_paragraph(call->display, VERB_PLAN_INDENT - 1, false, line);
	return r < 0 ? r : verb_plan_lines(call->display, xml && !cmdline ? xml : option);
}

static int verb_plan_suggestions(const struct verb_call *call, const json_t *plan)
{
	const json_t *suggestions = field_list(plan, "suggestions");
	size_t n = json_array_size(suggestions);
	int r = 0;

	if (n == 0)
		return 0;
	if (call->display->legend) {
		fputc('\n', call->display->out);
		r = display_paragraph(call->display, 0, false,
			n == 1 ? "With this change it does, wherever it is started:"
			       : "With any one of these changes it does, wherever it is started; "
				 "the smallest is first:");
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = verb_plan_suggestion(call, json_array_get(suggestions, i), i + 1,
			verb_plan_number(plan, "hosts"));
	return r;
}

/* Why nothing is suggested. */
static const char *verb_plan_why(const json_t *plan)
{
	size_t helpless = json_array_size(field_list(plan, "cannot_be_helped"));

	if (!json_is_true(json_object_get(plan, "changeable")))
		return "A map is what it is: give the guest's definition (--domain, --cmdline) to "
		       "be told what to change.";
	if (json_array_size(field_list(plan, "suggestions")) > 0)
		return NULL;
	if (json_is_true(json_object_get(plan, "exhausted")))
		return "None of the changes that were tried is enough; there are more than can be "
		       "tried.";
	if (helpless == json_array_size(field_list(plan, "leave_out")))
		return "Where it does not fit, no change of its memory, CPU or machine helps.";
	return "No change of its memory, CPU or machine, nor two at once, helps everywhere.";
}

/* Those that a suggestion does not reach. */
static int verb_plan_helpless(const struct display *display, const json_t *plan)
{
	const json_t *hosts = field_list(plan, "cannot_be_helped");
	char line[1024] = "No change helps on";
	size_t n = json_array_size(hosts);

	for (size_t i = 0; i < n && i < VERB_PLAN_NAMES; i++) {
		char text[FIELD_BYTES];

		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s %.100s",
			i ? "," : "", field_format(json_array_get(hosts, i), "host", text));
	}
	if (n > VERB_PLAN_NAMES)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " and %zu more",
			n - VERB_PLAN_NAMES);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), ".");
	fputc('\n', display->out);
	return display_paragraph(display, 0, false, line);
}

static int verb_plan_notes(const struct display *display, const json_t *plan)
{
	const char *why = verb_plan_why(plan);

	if (!display->legend || json_array_size(field_list(plan, "leave_out")) == 0)
		return 0;
	if (!why)
		return json_array_size(field_list(plan, "cannot_be_helped"))
			       ? verb_plan_helpless(display, plan)
			       : 0;
	fputc('\n', display->out);
	return display_paragraph(display, 0, false, why);
}

static int verb_plan_leave_out(const struct display *display, const json_t *plan)
{
	static const struct table_column columns[] = {
		{ "LEAVE OUT", 0 },
		{ "ANSWER", TABLE_WORD },
		{ "IN THE WAY", TABLE_WRAP },
	};
	_cleanup_(verb_plan_table_freep) struct table *table = NULL;
	const json_t *hosts = field_list(plan, "leave_out");
	int r;

	if (json_array_size(hosts) == 0)
		return 0;
	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	for (size_t i = 0; r == 0 && i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(host, "host", text));
		table_cell(table, "%s", field_format(host, "answer", text));
		table_cell(table, "%s", field_format(host, "reason", text));
	}
	if (r < 0)
		return r;
	fputc('\n', display->out);
	return table_print(table, display, 0);
}

static int verb_plan_show(const struct verb_call *call, const json_t *plan)
{
	int r = basis_print_assumed(call->display, plan);

	if (r == 0)
		r = verb_plan_headline(call->display, plan);
	if (r == 0)
		r = verb_plan_suggestions(call, plan);
	if (r == 0)
		r = verb_plan_notes(call->display, plan);
	if (r == 0)
		r = verb_plan_leave_out(call->display, plan);
	return r < 0 ? r : basis_print_age(call->display, plan);
}

int verb_plan_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(input_done) struct input input = { 0 };
	_cleanup_(verb_plan_decrefp) json_t *plan = NULL;
	int r = input_read(call->options, "plan", call->trouble, &input);

	if (r == 0)
		r = plan_ask(call->options, &input, call->trouble, &plan);
	if (r != 0)
		return r;
	*ret_exit = verb_plan_exit(plan);
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, plan);
	return verb_plan_show(call, plan);
}
