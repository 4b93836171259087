/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check: whether a guest's memory map is safe on a host. */
#include "client/basis.h"
#include "client/drawing.h"
#include "client/field.h"
#include "client/findings.h"
#include "client/source.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"
#include "core/model/finding.h"

#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_check_decrefp);
CLEANUP_DEFINE(struct arena *, arena_free, verb_check_arena_freep);
CLEANUP_DEFINE(struct guest *, guest_free, verb_check_guest_freep);
CLEANUP_DEFINE(struct source *, source_close, verb_check_source_closep);
CLEANUP_DEFINE(struct table *, table_free, verb_check_table_freep);

/* Targets that are listed in a table; a host has hundreds, and --json lists them. */
#define VERB_CHECK_TARGETS 20U

struct verb_check { /* one check under way */
	const struct verb_call *call;
	struct source *source;
	const struct input *input;
	const json_t *answer;
};

static const struct verb_check_question {
	const char *name;
	const char *label;
	const char *safe, *unsafe, *unknown;
} verb_check_questions[] = {
	{ "migrate", "Run here", "the guest can run here with the devices it has",
		"the guest must not come here", "nothing proves that the guest can run here" },
	{ "hotplug", "Add a device", "devices can be given to the guest here",
		"giving a device to the guest fails or harms it",
		"nothing proves that a device can be given to it" },
	{ "memory_hotplug", "Add memory", "memory can be added with a device there",
		"adding memory with a device there may end the guest",
		"nothing proves that adding memory goes well" },
};

/* The exit code of one answer; a word that nobody promised is no proof of anything. */
static enum verb_exit verb_check_exit(const char *word)
{
	if (word && strcmp(word, "safe") == 0)
		return VERB_DONE;
	if (word && strcmp(word, "unsafe") == 0)
		return VERB_UNSAFE;
	return VERB_UNKNOWN;
}

static const char *verb_check_word(const char *word)
{
	static const char *const words[] = {
		[VERB_DONE] = "safe",
		[VERB_UNSAFE] = "unsafe",
		[VERB_UNKNOWN] = "cannot tell",
	};

	return words[verb_check_exit(word)];
}

/* Unsafe is worse than cannot tell, and that than safe. An answer that was asked for has to be
 * there. */
static enum verb_exit verb_check_worst(const struct verb_check *check)
{
	const json_t *answers = json_object_get(check->answer, "answers");
	unsigned asked = check->call->options->questions;
	enum verb_exit worst = VERB_DONE;

	for (size_t i = 0; i < sizeof(verb_check_questions) / sizeof(verb_check_questions[0]);
		i++) {
		const char *name = verb_check_questions[i].name;
		enum verb_exit one;

		if (asked && !(asked & finding_question_parse(name)))
			continue;
		one = verb_check_exit(field_text(answers, name));
		if (one == VERB_UNSAFE || (one == VERB_UNKNOWN && worst == VERB_DONE))
			worst = one;
	}
	return worst;
}

static void verb_check_headlines(const struct verb_check *check)
{
	const struct display *display = check->call->display;
	const json_t *answers = json_object_get(check->answer, "answers");

	for (size_t i = 0; i < sizeof(verb_check_questions) / sizeof(verb_check_questions[0]);
		i++) {
		const struct verb_check_question *question = &verb_check_questions[i];
		const char *word = field_text(answers, question->name);
		enum verb_exit code = verb_check_exit(word);

		if (!json_object_get(answers, question->name))
			continue;
		fprintf(display->out, "%-14s", question->label);
		display_say(display, display_colour_of(word ? word : ""), "%-13s",
			code == VERB_UNSAFE ? "UNSAFE" : verb_check_word(word));
		(void)display_paragraph(display, 27, false,
			code == VERB_DONE     ? question->safe
			: code == VERB_UNSAFE ? question->unsafe
					      : question->unknown);
	}
}

static int verb_check_targets(const struct verb_check *check)
{
	static const struct table_column columns[] = {
		{ "TARGET", 0 },
		{ "IDENTITY", 0 },
		{ "GROUP", TABLE_RIGHT },
		{ "ADD A DEVICE", TABLE_WORD },
	};
	const struct display *display = check->call->display;
	_cleanup_(verb_check_table_freep) struct table *table = NULL;
	const json_t *targets = field_list(check->answer, "targets");
	size_t n = json_array_size(targets);
	int r;

	if (n < 2)
		return 0;
	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && i < VERB_CHECK_TARGETS; i++) {
		const json_t *target = json_array_get(targets, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_format(target, "target", text));
		table_cell(table, "%s", field_format(target, "identity", text));
		table_cell(table, "%s", field_format(target, "group", text));
		table_cell(table, "%s", verb_check_word(field_text(target, "hotplug")));
	}
	fputc('\n', display->out);
	r = table_print(table, display, 0);
	if (r < 0)
		return r;
	if (n > VERB_CHECK_TARGETS)
		fprintf(display->out, "... and %zu more; --json=pretty lists them\n",
			n - VERB_CHECK_TARGETS);
	return 0;
}

/* The target to draw: the first with the worst answer that is in a group. */
static const json_t *verb_check_drawn(const struct verb_check *check)
{
	static const char *const worst_first[] = { "unsafe", "unknown", "safe" };
	const json_t *targets = field_list(check->answer, "targets");

	for (size_t word = 0; word < sizeof(worst_first) / sizeof(worst_first[0]); word++)
		for (size_t i = 0; i < json_array_size(targets); i++) {
			const json_t *target = json_array_get(targets, i);
			const char *answer = field_text(target, "hotplug");

			if (json_is_integer(json_object_get(target, "group")) && answer &&
				strcmp(answer, worst_first[word]) == 0)
				return target;
		}
	return NULL;
}

static int verb_check_draw_target(const struct verb_check *check, const json_t *target)
{
	_cleanup_(verb_check_arena_freep) struct arena *arena = NULL;
	_cleanup_(verb_check_guest_freep) struct guest *guest = NULL;
	_cleanup_(verb_check_decrefp) json_t *usable = NULL;
	_cleanup_(verb_check_decrefp) json_t *groups = NULL;
	struct trouble *trouble = check->call->trouble;
	char group[FIELD_BYTES], name[FIELD_BYTES], line[3 * FIELD_BYTES];
	struct drawing drawing;
	int r;

	field_format(target, "group", group);
	r = verb_map_guest(check->source, check->input, trouble, &guest);
	if (r != 0)
		return r;
	r = source_report(check->source, "usable", group, trouble, &usable);
	if (r != 0)
		return r;
	r = source_report(check->source, "groups", "", trouble, &groups);
	if (r != 0)
		return r;
	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	r = drawing_init(&drawing, arena, guest, usable, groups);
	if (r < 0)
		return r;
	snprintf(line, sizeof(line),
		"\nThe guest's addresses, as group %.40s (%.300s) sees them:", group,
		field_format(target, "target", name));
	fputc('\n', check->call->display->out);
	r = display_paragraph(check->call->display, 0, false, line + 1);
	if (r < 0)
		return r;
	return drawing_print(&drawing, check->call->display);
}

/* Of another host the class is known, and what it was when that was collected. */
static bool verb_check_is_elsewhere(const struct verb_check *check)
{
	return json_is_true(json_object_get(check->answer, "live-state-not-checked"));
}

static int verb_check_basis(const struct verb_check *check)
{
	char text[FIELD_BYTES], host[FIELD_BYTES], line[4 * FIELD_BYTES];
	const char *age = field_age(check->answer, "collected_at", text);

	if (!verb_check_is_elsewhere(check))
		return 0;
	snprintf(line, sizeof(line),
		"Of %.255s only the class is known%s%s%s: drivers and devices in use there were "
		"not looked at.",
		field_format(check->answer, "host", host), age ? ", collected " : "",
		age ? age : "", age ? " ago" : "");
	return display_paragraph(check->call->display, 0, false, line);
}

static int verb_check_show(const struct verb_check *check)
{
	const struct display *display = check->call->display;
	const json_t *findings = field_list(check->answer, "findings");
	/* What this host's groups can reach says nothing of others. */
	const json_t *drawn = verb_check_is_elsewhere(check) ? NULL : verb_check_drawn(check);
	int r;

	r = basis_print_assumed(display, check->answer);
	if (r < 0)
		return r;
	verb_check_headlines(check);
	r = verb_check_basis(check);
	if (r < 0)
		return r;
	if (json_array_size(findings) > 0)
		fputc('\n', display->out);
	r = findings_print(findings, display);
	if (r < 0)
		return r;
	r = verb_check_targets(check);
	if (r < 0)
		return r;
	return drawn ? verb_check_draw_target(check, drawn) : 0;
}

int verb_check_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_check_source_closep) struct source *source = NULL;
	_cleanup_(input_done) struct input input = { 0 };
	_cleanup_(verb_check_decrefp) json_t *answer = NULL;
	struct verb_check check = { .call = call };
	int r;

	r = input_read(call->options, "check", call->trouble, &input);
	if (r != 0)
		return r;
	r = source_open(call->options, call->trouble, &source);
	if (r != 0)
		return r;
	r = source_check(source, &input, call->trouble, &answer);
	if (r != 0)
		return r;
	check.source = source;
	check.input = &input;
	check.answer = answer;
	*ret_exit = verb_check_worst(&check);
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, answer);
	return verb_check_show(&check);
}
