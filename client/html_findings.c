/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings with their remedies, what blocks first; those of one code together. */
#include "client/field.h"
#include "client/html.h"

#include <stdbool.h>
#include <string.h>

/* Texts of one code that are shown at once, and in all. */
#define HTML_FINDINGS_SHOWN 3U
#define HTML_FINDINGS_MOST  200U

static const struct html_findings_weight {
	const char *severity;
	const char *answer; /* NULL: any */
	const char *class_;
	const char *label;
} html_findings_weights[] = {
	{ "blocks", "violated", "bad", "blocks" },
	{ "blocks", NULL, "doubt", "cannot tell" },
	{ "degrades", NULL, "warn", "degrades" },
	{ NULL, NULL, "note", "note" },
};
#define HTML_FINDINGS_WEIGHTS (sizeof(html_findings_weights) / sizeof(html_findings_weights[0]))

static const char *html_findings_word(const json_t *finding, const char *name)
{
	const char *text = field_text(finding, name);

	return text ? text : "";
}

static size_t html_findings_weigh(const json_t *finding)
{
	const char *severity = html_findings_word(finding, "severity");
	const char *answer = html_findings_word(finding, "answer");
	size_t i;

	for (i = 0; i + 1 < HTML_FINDINGS_WEIGHTS; i++) {
		const struct html_findings_weight *weight = &html_findings_weights[i];

		if (strcmp(weight->severity, severity) == 0 &&
			(!weight->answer || strcmp(weight->answer, answer) == 0))
			break;
	}
	return i;
}

static bool html_findings_are_alike(const json_t *a, const json_t *b)
{
	return html_findings_weigh(a) == html_findings_weigh(b) &&
	       strcmp(html_findings_word(a, "code"), html_findings_word(b, "code")) == 0 &&
	       strcmp(html_findings_word(a, "remedy"), html_findings_word(b, "remedy")) == 0;
}

static bool html_findings_is_first(const json_t *findings, size_t index)
{
	const json_t *finding = json_array_get(findings, index);

	for (size_t i = 0; i < index; i++)
		if (html_findings_are_alike(json_array_get(findings, i), finding))
			return false;
	return true;
}

/* The texts of all that are like the one at @index: the first few, the others behind a click. */
static void html_findings_texts(struct html_out *out, const json_t *findings, size_t index)
{
	const json_t *finding = json_array_get(findings, index);
	size_t n = 0, shown = 0;

	for (size_t i = index; i < json_array_size(findings); i++)
		n += html_findings_are_alike(json_array_get(findings, i), finding);
	for (size_t i = index; i < json_array_size(findings) && shown < HTML_FINDINGS_MOST; i++) {
		const json_t *other = json_array_get(findings, i);

		if (!html_findings_are_alike(other, finding))
			continue;
		/* One more is shown rather than hidden alone. */
		if (shown == HTML_FINDINGS_SHOWN && n > HTML_FINDINGS_SHOWN + 1)
			html_out_print(
				out, "<details><summary>%zu more like this</summary>", n - shown);
		html_out_print(out, "<p>%s.</p>", html_findings_word(other, "text"));
		shown++;
	}
	if (n > shown)
		html_out_print(out, "<p class=\"note\">%zu more are not shown.</p>", n - shown);
	if (n > HTML_FINDINGS_SHOWN + 1)
		html_out_print(out, "</details>");
}

static void html_findings_one(struct html_out *out, const json_t *findings, size_t index)
{
	const json_t *finding = json_array_get(findings, index);
	const struct html_findings_weight *weight =
		&html_findings_weights[html_findings_weigh(finding)];
	const char *remedy = html_findings_word(finding, "remedy");

	html_out_print(out,
		"<li class=\"f %s\"><p class=\"head\"><span class=\"w %s\">%s</span> "
		"<code>%s</code></p>",
		weight->class_, weight->class_, weight->label, html_findings_word(finding, "code"));
	html_findings_texts(out, findings, index);
	if (*remedy)
		html_out_print(out, "<p class=\"do\"><strong>What to do:</strong> %s</p>", remedy);
	html_out_print(out, "</li>\n");
}

/* Those of one weight; gives how many codes there are of it. */
static size_t html_findings_of(
	struct html_out *out, const json_t *findings, size_t weight, bool count)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(findings); i++) {
		if (html_findings_weigh(json_array_get(findings, i)) != weight ||
			!html_findings_is_first(findings, i))
			continue;
		n++;
		if (!count)
			html_findings_one(out, findings, i);
	}
	return n;
}

void html_findings_write(struct html_out *out, const json_t *findings)
{
	size_t last = HTML_FINDINGS_WEIGHTS - 1, heavy = 0, notes;

	for (size_t weight = 0; weight < last; weight++)
		heavy += html_findings_of(out, findings, weight, true);
	notes = html_findings_of(out, findings, last, true);
	if (heavy > 0) {
		html_out_print(out, "<ul class=\"fs\">\n");
		for (size_t weight = 0; weight < last; weight++)
			(void)html_findings_of(out, findings, weight, false);
		html_out_print(out, "</ul>\n");
	}
	if (notes == 0)
		return;
	html_out_print(out,
		"<details><summary>%zu note%s: nothing is wrong, but it is good to know"
		"</summary>\n<ul class=\"fs\">\n",
		notes, notes == 1 ? "" : "s");
	(void)html_findings_of(out, findings, last, false);
	html_out_print(out, "</ul></details>\n");
}
