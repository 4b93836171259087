/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hosts: which hosts can take a guest, or which there are. */
#include "client/basis.h"
#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"
#include "core/model/finding.h"

#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_fleet_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_fleet_table_freep);

#define VERB_FLEET_DIGITS 12 /* of a digest: enough to tell classes apart, and to ask for one */

static const struct {
	const char *name, *title;
} verb_fleet_questions[] = {
	{ "migrate", "MIGRATE" },
	{ "hotplug", "HOTPLUG" },
	{ "memory_hotplug", "MEMORY" },
};
#define VERB_FLEET_QUESTIONS (sizeof(verb_fleet_questions) / sizeof(verb_fleet_questions[0]))

/* What was asked, whatever the document says: what it leaves out is not known. */
static bool verb_fleet_is_asked(const struct arguments *options, size_t question)
{
	unsigned bit = finding_question_parse(verb_fleet_questions[question].name);

	return options->guest && (!options->questions || (options->questions & bit));
}

/* The worst answer of @host to what was asked; a word that nobody promised proves nothing. */
static enum verb_exit verb_fleet_worst(const struct arguments *options, const json_t *host)
{
	const json_t *answers = json_object_get(host, "answers");
	enum verb_exit worst = VERB_DONE;

	for (size_t i = 0; i < VERB_FLEET_QUESTIONS; i++) {
		const char *word = field_text(answers, verb_fleet_questions[i].name);

		if (!verb_fleet_is_asked(options, i))
			continue;
		if (word && strcmp(word, "unsafe") == 0)
			return VERB_UNSAFE;
		if (!word || strcmp(word, "safe") != 0)
			worst = VERB_UNKNOWN;
	}
	return worst;
}

static size_t verb_fleet_count(
	const struct arguments *options, const json_t *document, enum verb_exit worst)
{
	const json_t *hosts = field_list(document, "hosts");
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(hosts); i++)
		n += verb_fleet_worst(options, json_array_get(hosts, i)) == worst;
	return n;
}

/* Some host can take it; or none can, which is sure only if each says so. */
static enum verb_exit verb_fleet_exit(const struct arguments *options, const json_t *document)
{
	size_t n = json_array_size(field_list(document, "hosts"));

	if (!options->guest || verb_fleet_count(options, document, VERB_DONE) > 0)
		return VERB_DONE;
	return n > 0 && verb_fleet_count(options, document, VERB_UNSAFE) == n ? VERB_UNSAFE
									      : VERB_UNKNOWN;
}

static void verb_fleet_digest(struct table *table, const json_t *object, const char *name)
{
	const char *digest = field_text(object, name);

	if (digest)
		table_cell(table, "%.*s", VERB_FLEET_DIGITS, digest);
	else
		table_cell(table, "?");
}

/* "3 h", since the facts were collected; "-" where nobody knows. */
static void verb_fleet_age(struct table *table, const json_t *host)
{
	bool stale = json_is_true(json_object_get(host, "stale"));
	char text[FIELD_BYTES];
	const char *age = field_age(host, "collected_at", text);

	table_cell(table, "%s%s",
		age	? age
		: stale ? ""
			: "-",
		!stale ? ""
		: age  ? ", stale"
		       : "stale");
}

/* The first of what stands in the way, and how much more there is. */
static void verb_fleet_finding(struct table *table, const json_t *host)
{
	const json_t *findings = field_list(host, "findings");
	const char *code = json_string_value(json_array_get(findings, 0));
	size_t n = json_array_size(findings);

	if (!field_text(host, "class"))
		table_cell(table, "its class is not known here");
	else if (!code)
		table_cell(table, "-");
	else if (n > 1)
		table_cell(table, "%s and %zu more", code, n - 1);
	else
		table_cell(table, "%s", code);
}

static int verb_fleet_table(const struct verb_call *call, const json_t *document)
{
	struct table_column columns[4 + VERB_FLEET_QUESTIONS] = { { "HOST", 0 } };
	_cleanup_(verb_fleet_table_freep) struct table *table = NULL;
	const json_t *hosts = field_list(document, "hosts");
	size_t n = 1;
	char name[FIELD_BYTES];
	int r;

	for (size_t i = 0; i < VERB_FLEET_QUESTIONS; i++)
		if (verb_fleet_is_asked(call->options, i))
			columns[n++] =
				(struct table_column){ verb_fleet_questions[i].title, TABLE_WORD };
	columns[n++] = (struct table_column){ "CLASS", TABLE_GO };
	columns[n++] = (struct table_column){ "AGE", 0 };
	columns[n++] = (struct table_column){ "IN THE WAY", TABLE_WRAP };
	r = table_new(columns, n, &table);
	for (size_t i = 0; r == 0 && i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		const json_t *answers = json_object_get(host, "answers");

		table_cell(table, "%s", field_format(host, "host", name));
		for (size_t j = 0; j < VERB_FLEET_QUESTIONS; j++)
			if (verb_fleet_is_asked(call->options, j))
				table_cell(table, "%s",
					field_format(answers, verb_fleet_questions[j].name, name));
		verb_fleet_digest(table, host, "class");
		verb_fleet_age(table, host);
		verb_fleet_finding(table, host);
	}
	return r < 0 ? r : table_print(table, call->display, 0);
}

static int verb_fleet_list(const struct verb_call *call, const json_t *document)
{
	static const struct table_column columns[] = {
		{ "HOST", 0 },
		{ "CLASS", 0 },
		{ "MAP", 0 },
		{ "AGE", 0 },
		{ "STATE", 0 },
	};
	_cleanup_(verb_fleet_table_freep) struct table *table = NULL;
	const json_t *hosts = field_list(document, "hosts");
	int r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);

	for (size_t i = 0; r == 0 && i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		char name[FIELD_BYTES];

		table_cell(table, "%s", field_format(host, "host", name));
		verb_fleet_digest(table, host, "class");
		verb_fleet_digest(table, host, "map");
		verb_fleet_age(table, host);
		if (!field_text(host, "class"))
			table_cell(table, "class not known");
		else
			table_cell(table,
				json_is_true(json_object_get(host, "stale")) ? "stale" : "known");
	}
	return r < 0 ? r : table_print(table, call->display, 0);
}

/* What the answers rest on: assumptions, and what a class cannot tell. */
static int verb_fleet_notes(const struct verb_call *call, const json_t *document)
{
	const json_t *hosts = field_list(document, "hosts");
	size_t n = 0;
	char line[256];

	for (size_t i = 0; i < json_array_size(hosts); i++)
		n += json_is_true(
			json_object_get(json_array_get(hosts, i), "live-state-not-checked"));
	if (n == 0 || !call->display->legend)
		return 0;
	snprintf(line, sizeof(line),
		"\nOf %zu of them only the class is known: drivers and devices in use there were "
		"not looked at.",
		n);
	fputc('\n', call->display->out);
	return display_paragraph(call->display, 0, false, line + 1);
}

static int verb_fleet_headline(const struct verb_call *call, const json_t *document)
{
	size_t n = json_array_size(field_list(document, "hosts"));
	size_t safe = verb_fleet_count(call->options, document, VERB_DONE);
	char line[256];
	int r = basis_print_assumed(call->display, document);

	if (r < 0 || !call->options->guest || !call->display->legend)
		return r;
	snprintf(line, sizeof(line), "%zu of %zu hosts %s safe for all that was asked.", safe, n,
		safe == 1 ? "is" : "are");
	r = display_paragraph(call->display, 0, false, line);
	fputc('\n', call->display->out);
	return r;
}

static int verb_fleet_show(const struct verb_call *call, const json_t *document)
{
	int r;

	if (json_array_size(field_list(document, "hosts")) == 0)
		return display_paragraph(call->display, 0, false, "No host is like that.");
	r = verb_fleet_headline(call, document);
	if (r < 0)
		return r;
	if (!call->options->guest)
		return verb_fleet_list(call, document);
	r = verb_fleet_table(call, document);
	return r < 0 ? r : verb_fleet_notes(call, document);
}

/* What is asked about a guest needs one. */
static int verb_fleet_check_guest(const struct arguments *options, struct trouble *trouble)
{
	unsigned bits =
		options->given & (ARGUMENTS_ATTACH | ARGUMENTS_ATTACH_MEMORY | ARGUMENTS_QUESTION |
					 ARGUMENTS_FROM | ARGUMENTS_ARCH);

	for (size_t i = 0; !options->guest && i < arguments_table_n; i++)
		if (arguments_table[i].bit & bits)
			return trouble_usage(trouble,
				"--%s is about a guest: name it, with --domain, --cmdline, "
				"--mtree, --map or --qmp",
				arguments_table[i].name);
	return 0;
}

int verb_fleet_hosts(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(input_done) struct input input = { 0 };
	_cleanup_(verb_fleet_decrefp) json_t *document = NULL;
	bool guest = call->options->guest != NULL;
	int r = verb_fleet_check_guest(call->options, call->trouble);

	if (r == 0 && guest)
		r = input_read(call->options, "hosts", call->trouble, &input);
	if (r == 0)
		r = fleet_ask_hosts(call->options, guest ? &input : NULL, call->trouble, &document);
	if (r != 0)
		return r;
	*ret_exit = verb_fleet_exit(call->options, document);
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, document);
	return verb_fleet_show(call, document);
}
