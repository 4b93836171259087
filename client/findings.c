/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/findings.h"

#include "client/field.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Findings of one code that are spelled out: a host of a thousand devices has a thousand of each.
 */
#define FINDINGS_PER_CODE 4U
#define FINDINGS_INDENT	  4U

static const struct findings_weight {
	const char *severity;
	const char *answer; /* NULL: any */
	const char *label;
	enum display_colour colour;
} findings_weights[] = {
	{ "blocks", "violated", "BLOCKS", DISPLAY_BAD },
	{ "blocks", NULL, "CANNOT TELL", DISPLAY_DOUBT },
	{ "degrades", NULL, "degrades", DISPLAY_PLAIN },
	{ NULL, NULL, "note", DISPLAY_PLAIN },
};
#define FINDINGS_WEIGHTS (sizeof(findings_weights) / sizeof(findings_weights[0]))

static const char *findings_word(const json_t *finding, const char *name)
{
	const char *text = field_text(finding, name);

	return text ? text : "";
}

static const struct findings_weight *findings_weigh(const json_t *finding)
{
	const char *severity = findings_word(finding, "severity");
	const char *answer = findings_word(finding, "answer");

	for (size_t i = 0; i + 1 < FINDINGS_WEIGHTS; i++) {
		const struct findings_weight *weight = &findings_weights[i];

		if (strcmp(weight->severity, severity) == 0 &&
			(!weight->answer || strcmp(weight->answer, answer) == 0))
			return weight;
	}
	return &findings_weights[FINDINGS_WEIGHTS - 1];
}

/* Adds @text to the @n bytes at @line, with a comma after what is there. */
static void findings_join(char *line, size_t n, const char *text)
{
	size_t used = strlen(line);

	snprintf(line + used, n - used, "%s%s", used ? ", " : "", text);
}

/* "hotplug, 0000:01:00.0, group 9": what the finding is about. */
static void findings_subject(const json_t *finding, char *line, size_t n)
{
	const json_t *questions = field_list(finding, "questions");
	char group[FIELD_BYTES], text[FIELD_BYTES];

	line[0] = '\0';
	for (size_t i = 0; i < json_array_size(questions); i++) {
		const char *word = json_string_value(json_array_get(questions, i));

		if (word)
			findings_join(line, n, word);
	}
	if (field_text(finding, "device"))
		findings_join(line, n, field_text(finding, "device"));
	if (json_object_get(finding, "group")) {
		snprintf(group, sizeof(group), "group %.40s", field_format(finding, "group", text));
		findings_join(line, n, group);
	}
}

static int findings_print_one(const json_t *finding, const struct display *display, bool last)
{
	const struct findings_weight *weight = findings_weigh(finding);
	char subject[512], line[768];
	int r;

	findings_subject(finding, subject, sizeof(subject));
	snprintf(line, sizeof(line), "%.200s%s%s%s", findings_word(finding, "code"),
		subject[0] ? " (" : "", subject, subject[0] ? ")" : "");
	display_say(display, weight->colour, "%s", weight->label);
	fputs("  ", display->out);
	r = display_paragraph(display, strlen(weight->label) + 2, false, line);
	if (r < 0)
		return r;
	r = display_paragraph(display, FINDINGS_INDENT, true, findings_word(finding, "text"));
	if (r < 0 || !last || !*findings_word(finding, "remedy"))
		return r;
	fprintf(display->out, "%*s-> ", (int)FINDINGS_INDENT, "");
	return display_paragraph(
		display, FINDINGS_INDENT + 3, false, findings_word(finding, "remedy"));
}

/* How many of @findings from @from on have the same code and weight in a row. */
static size_t findings_run(const json_t *findings, size_t from)
{
	const json_t *first = json_array_get(findings, from), *next;
	size_t n;

	for (n = 1; (next = json_array_get(findings, from + n)); n++)
		if (strcmp(findings_word(first, "code"), findings_word(next, "code")) != 0 ||
			findings_weigh(first) != findings_weigh(next))
			break;
	return n;
}

static int findings_print_run(
	const json_t *findings, size_t from, size_t n, const struct display *display)
{
	size_t shown = n > FINDINGS_PER_CODE ? FINDINGS_PER_CODE - 1 : n;

	for (size_t i = 0; i < shown; i++) {
		int r = findings_print_one(
			json_array_get(findings, from + i), display, i + 1 == shown);

		if (r < 0)
			return r;
	}
	if (shown < n)
		fprintf(display->out, "%*s... and %zu more of these; --json=pretty lists them\n",
			(int)FINDINGS_INDENT, "", n - shown);
	return 0;
}

int findings_print(const json_t *findings, const struct display *display)
{
	for (size_t weight = 0; weight < FINDINGS_WEIGHTS; weight++) {
		size_t n;

		for (size_t i = 0; i < json_array_size(findings); i += n) {
			int r = 0;

			n = findings_run(findings, i);
			if (findings_weigh(json_array_get(findings, i)) ==
				&findings_weights[weight])
				r = findings_print_run(findings, i, n, display);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
