/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usable and explain: one device or one group. */
#include "client/drawing.h"
#include "client/drawing_path.h"
#include "client/field.h"
#include "client/findings.h"
#include "client/source.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_target_decrefp);
CLEANUP_DEFINE(struct arena *, arena_free, verb_target_arena_freep);
CLEANUP_DEFINE(struct source *, source_close, verb_target_source_closep);

static int verb_target_answer(
	const struct verb_call *call, const char *label, const json_t *document, const char *name)
{
	char text[FIELD_BYTES];
	const char *word = field_format(document, name, text);
	int r;

	fprintf(call->display->out, "%-28s", label);
	display_start(call->display, display_colour_of(word));
	r = display_paragraph(call->display, 28, false, word);
	display_plain(call->display);
	return r;
}

/* "0000:01:00.0, group 9", or "Group 9" for a target that is a group. */
static int verb_target_headline(const struct verb_call *call, const json_t *document)
{
	char target_text[FIELD_BYTES], group_text[FIELD_BYTES], line[2 * FIELD_BYTES + 32];
	const char *target = field_format(document, "target", target_text);
	const char *group = field_format(document, "group", group_text);

	if (!json_object_get(document, "group"))
		snprintf(line, sizeof(line), "%.300s, in no group", target);
	else if (strcmp(target, group) == 0)
		snprintf(line, sizeof(line), "Group %.300s", target);
	else
		snprintf(line, sizeof(line), "%.300s, group %.300s", target, group);
	return display_paragraph(call->display, 0, false, line);
}

static int verb_target_reach(const struct verb_call *call, const json_t *document)
{
	const json_t *aperture = json_object_get(document, "aperture");
	char last[FIELD_BYTES], most[FIELD_BYTES], by[FIELD_BYTES], line[4 * FIELD_BYTES];
	bool wider = json_object_get(aperture, "at_most") != NULL;

	if (!aperture)
		return 0;
	fprintf(call->display->out, "%-28s", "Reaches up to");
	snprintf(line, sizeof(line), "%.300s%s%.300s (known by: %.300s)",
		field_format(aperture, "last", last), wider ? ", at most " : "",
		wider ? field_format(aperture, "at_most", most) : "",
		field_format(aperture, "known_by", by));
	return display_paragraph(call->display, 28, false, line);
}

static int verb_target_draw(
	const struct verb_call *call, const json_t *usable, const json_t *groups)
{
	_cleanup_(verb_target_arena_freep) struct arena *arena = NULL;
	struct drawing drawing;
	int r;

	if (!json_object_get(usable, "group"))
		return 0;
	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	r = drawing_init(&drawing, arena, NULL, usable, groups);
	if (r < 0)
		return r;
	fputc('\n', call->display->out);
	return drawing_print(&drawing, call->display);
}

static int verb_target_show_usable(
	const struct verb_call *call, const json_t *usable, const json_t *groups)
{
	const json_t *findings = field_list(usable, "findings");
	int r;

	r = verb_target_headline(call, usable);
	if (r < 0)
		return r;
	verb_target_answer(call, "Assignable now", usable, "assignable");
	verb_target_answer(call, "Assignable once on vfio-pci", usable, "assignable_after_rebind");
	r = verb_target_reach(call, usable);
	if (r < 0)
		return r;
	if (json_array_size(findings) > 0)
		fputc('\n', call->display->out);
	r = findings_print(findings, call->display);
	if (r < 0)
		return r;
	return verb_target_draw(call, usable, groups);
}

/* The argument as documents write it. */
static int verb_target_of(const struct verb_call *call, const char **ret)
{
	const char *target = arguments_target(call->options, call->arguments[0]);

	if (!target)
		return -ENOMEM;
	if (!*target)
		return trouble_usage(call->trouble,
			"an empty target; name a device such as 01:00.0, or a group number");
	*ret = target;
	return 0;
}

int verb_target_usable(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_target_source_closep) struct source *source = NULL;
	_cleanup_(verb_target_decrefp) json_t *usable = NULL;
	_cleanup_(verb_target_decrefp) json_t *groups = NULL;
	const char *target = NULL;
	int r;

	r = verb_target_of(call, &target);
	if (r != 0)
		return r;
	r = source_open(call->options, call->trouble, &source);
	if (r != 0)
		return r;
	r = source_report(source, "usable", target, call->trouble, &usable);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, usable);
	r = source_report(source, "groups", "", call->trouble, &groups);
	if (r != 0)
		return r;
	return verb_target_show_usable(call, usable, groups);
}

static int verb_target_show_path(const struct verb_call *call, const json_t *document)
{
	const json_t *findings = field_list(document, "findings");
	const char *hole = field_text(document, "first_hole");
	int r;

	r = verb_target_headline(call, document);
	if (r < 0)
		return r;
	if (json_object_get(document, "isolated"))
		r = verb_target_answer(call, "Isolated", document, "isolated");
	if (r < 0)
		return r;
	if (hole) {
		fprintf(call->display->out, "%-28s", "First port that spoils it");
		r = display_paragraph(call->display, 28, false, hole);
		if (r < 0)
			return r;
	}
	fputc('\n', call->display->out);
	r = drawing_path_print(document, call->display);
	if (r < 0)
		return r;
	if (json_array_size(findings) > 0)
		fputc('\n', call->display->out);
	return findings_print(findings, call->display);
}

int verb_target_explain(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_target_decrefp) json_t *document = NULL;
	const char *target = NULL;
	bool shown;
	int r;

	r = verb_target_of(call, &target);
	if (r != 0)
		return r;
	r = verb_report(call, "explain", target, &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	return shown ? 0 : verb_target_show_path(call, document);
}
