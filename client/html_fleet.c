/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fleet: its classes, and which of them can take which guest. */
#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/html.h"

#include <string.h>

#define HTML_FLEET_NAMES      3U /* of hosts, shown at once */
#define HTML_FLEET_NAMES_MOST 200U
#define HTML_FLEET_CODES      3U

static const struct html_fleet_question {
	const char *name;
	const char *title;
} html_fleet_questions[] = {
	{ "migrate", "run" },
	{ "hotplug", "add a device" },
	{ "memory_hotplug", "add memory" },
};
#define HTML_FLEET_QUESTIONS (sizeof(html_fleet_questions) / sizeof(html_fleet_questions[0]))

int html_fleet_ask(const struct arguments *options, const struct input *guests, size_t n,
	struct html_fleet *ret)
{
	struct html_fleet fleet = { 0 };
	int r = fleet_ask_classes(options, &fleet.trouble, &fleet.classes);

	for (size_t i = 0; r == 0 && i < n; i++) {
		fleet.names[i] = html_guests_name(&guests[i]);
		fleet.n_guests++;
		r = fleet_ask_hosts(options, &guests[i], &fleet.troubles[i], &fleet.found[i]);
		if (r > 0)
			r = 0;
	}
	if (r < 0) {
		html_fleet_done(&fleet);
		return r;
	}
	*ret = fleet;
	return 0;
}

void html_fleet_done(struct html_fleet *fleet)
{
	json_decref(fleet->classes);
	for (size_t i = 0; i < fleet->n_guests; i++)
		json_decref(fleet->found[i]);
	*fleet = (struct html_fleet){ 0 };
}

static bool html_fleet_is_asked(const json_t *found, const char *name)
{
	const json_t *questions = field_list(found, "questions");

	for (size_t i = 0; i < json_array_size(questions); i++) {
		const char *word = json_string_value(json_array_get(questions, i));

		if (word && strcmp(word, name) == 0)
			return true;
	}
	return false;
}

/* Whether @host of a list of hosts is of the class @digest; NULL: of one that is not known. */
static bool html_fleet_is_of(const json_t *host, const char *digest)
{
	const char *class_ = field_text(host, "class");

	return digest ? class_ && strcmp(class_, digest) == 0 : !class_;
}

/* What the hosts of one class answer to each question: how many of them say each word. */
struct html_fleet_counts {
	struct html_fleet_count {
		size_t safe, unsafe, unknown;
	} of[HTML_FLEET_QUESTIONS];
};

static void html_fleet_count_host(struct html_fleet_counts *counts, const json_t *host)
{
	for (size_t i = 0; i < HTML_FLEET_QUESTIONS; i++) {
		const char *word =
			field_text(json_object_get(host, "answers"), html_fleet_questions[i].name);

		if (word && strcmp(word, "safe") == 0)
			counts->of[i].safe++;
		else if (word && strcmp(word, "unsafe") == 0)
			counts->of[i].unsafe++;
		else
			counts->of[i].unknown++;
	}
}

static struct html_fleet_counts html_fleet_count(const json_t *found, const char *digest)
{
	const json_t *hosts = field_list(found, "hosts");
	struct html_fleet_counts counts = { 0 };

	for (size_t i = 0; i < json_array_size(hosts); i++)
		if (html_fleet_is_of(json_array_get(hosts, i), digest))
			html_fleet_count_host(&counts, json_array_get(hosts, i));
	return counts;
}

static void html_fleet_word(struct html_out *out, const char *word, size_t n, bool counted)
{
	if (n == 0)
		return;
	html_word_write(out, word);
	if (counted)
		html_out_print(out, " <span class=\"note\">on %zu</span>", n);
	html_out_print(out, " ");
}

/* The codes of what is in the way on the hosts of a class, each once. */
static void html_fleet_codes(struct html_out *out, const json_t *found, const char *digest)
{
	const json_t *hosts = field_list(found, "hosts");
	const char *codes[HTML_FLEET_CODES];
	size_t n = 0, more = 0;

	for (size_t i = 0; i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		const json_t *findings = field_list(host, "findings");

		for (size_t j = 0; html_fleet_is_of(host, digest) && j < json_array_size(findings);
			j++) {
			const char *code = json_string_value(json_array_get(findings, j));
			size_t k = 0;

			while (code && k < n && strcmp(codes[k], code) != 0)
				k++;
			if (code && k == n && n < HTML_FLEET_CODES)
				codes[n++] = code;
			else if (code && k == n)
				more++;
		}
	}
	for (size_t i = 0; i < n; i++)
		html_out_print(out, "%s<code>%s</code>", i == 0 ? "" : " ", codes[i]);
	if (more > 0)
		html_out_print(out, " and more");
}

/*
 * The worst that hosts of the class say, as a class of html_style.c: unsafe, then not known. What
 * nobody answered is not known either.
 */
static const char *html_fleet_worst(const json_t *found, const struct html_fleet_counts *counts)
{
	size_t asked = 0, safe = 0;

	for (size_t i = 0; i < HTML_FLEET_QUESTIONS; i++) {
		if (!html_fleet_is_asked(found, html_fleet_questions[i].name))
			continue;
		if (counts->of[i].unsafe > 0)
			return "bad";
		asked++;
		safe += counts->of[i].safe > 0 && counts->of[i].unknown == 0;
	}
	return asked > 0 && safe == asked ? "ok" : "doubt";
}

static void html_fleet_answer(
	struct html_out *out, const char *title, const struct html_fleet_count *count)
{
	bool counted = (count->safe > 0) + (count->unsafe > 0) + (count->unknown > 0) > 1;

	html_out_print(out, "<div><dt>%s</dt><dd>", title);
	if (count->safe + count->unknown + count->unsafe == 0)
		html_word_write(out, "unknown");
	html_fleet_word(out, "safe", count->safe, counted);
	html_fleet_word(out, "unknown", count->unknown, counted);
	html_fleet_word(out, "unsafe", count->unsafe, counted);
	html_out_print(out, "</dd></div>");
}

static void html_fleet_cell(struct html_out *out, const json_t *found, const char *digest)
{
	struct html_fleet_counts counts = html_fleet_count(found, digest);

	html_out_print(out, "<td class=\"cell %s\">", html_fleet_worst(found, &counts));
	if (!found) {
		html_out_print(out, "<span class=\"w doubt\">? not asked</span></td>");
		return;
	}
	html_out_print(out, "<dl class=\"answers\">");
	for (size_t i = 0; i < HTML_FLEET_QUESTIONS; i++)
		if (html_fleet_is_asked(found, html_fleet_questions[i].name))
			html_fleet_answer(out, html_fleet_questions[i].title, &counts.of[i]);
	html_out_print(out, "</dl><p class=\"codes\">");
	html_fleet_codes(out, found, digest);
	html_out_print(out, "</p></td>");
}

static void html_fleet_names(struct html_out *out, const json_t *names)
{
	size_t n = json_array_size(names);

	for (size_t i = 0; i < n && i < HTML_FLEET_NAMES_MOST; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (i == HTML_FLEET_NAMES)
			html_out_print(out, "<details><summary>and %zu more</summary>", n - i);
		html_out_print(out, "<div class=\"name\">");
		html_out_name(out, name ? name : "?");
		html_out_print(out, "</div>");
	}
	if (n > HTML_FLEET_NAMES_MOST)
		html_out_print(out, "<p class=\"note\">%zu more are not shown.</p>",
			n - HTML_FLEET_NAMES_MOST);
	if (n > HTML_FLEET_NAMES)
		html_out_print(out, "</details>");
}

/* What the hosts of @class_ are: architecture, how far their IOMMUs reach, what can be given. */
static void html_fleet_side(struct html_out *out, const json_t *class_)
{
	const json_t *reaches = field_list(class_, "reaches");
	char arch[FIELD_BYTES], text[FIELD_BYTES];

	html_out_print(out, "<td><p>%s", field_format(class_, "arch", arch));
	if (json_object_get(class_, "cpu_bits"))
		html_out_print(out, ", CPU of %s bits", field_format(class_, "cpu_bits", text));
	html_out_print(out, "</p>");
	if (reaches && json_array_size(reaches) == 0)
		html_out_print(out, "<p>no IOMMU</p>");
	for (size_t i = 0; i < json_array_size(reaches); i++)
		html_out_print(out, "<p>reaches <code>%s</code></p>",
			field_format(json_array_get(reaches, i), "last", text));
	html_out_print(out, "<p>kinds of devices to give: %s</p></td>",
		field_format(class_, "assignable_kinds", text));
}

static void html_fleet_row(
	struct html_out *out, const struct html_fleet *fleet, const json_t *class_)
{
	const char *digest = field_text(class_, "class");

	if (!digest)
		return;
	html_out_print(out, "<tr><th scope=\"row\"><code>%.12s</code></th><td>", digest);
	html_fleet_names(out, field_list(class_, "hosts"));
	html_out_print(out, "</td>");
	html_fleet_side(out, class_);
	for (size_t i = 0; i < fleet->n_guests; i++)
		html_fleet_cell(out, fleet->found[i], digest);
	html_out_print(out, "</tr>\n");
}

/* Hosts of which no class is known have no row of their own kind: all that is sure is their name.
 */
static void html_fleet_unknown(struct html_out *out, const struct html_fleet *fleet)
{
	const json_t *names = field_list(fleet->classes, "unknown");

	if (json_array_size(names) == 0)
		return;
	html_out_print(out, "<tr><th scope=\"row\">not known</th><td>");
	html_fleet_names(out, names);
	html_out_print(out, "</td><td>what they are has not been received yet</td>");
	for (size_t i = 0; i < fleet->n_guests; i++)
		html_fleet_cell(out, fleet->found[i], NULL);
	html_out_print(out, "</tr>\n");
}

static void html_fleet_table(struct html_out *out, const struct html_fleet *fleet)
{
	const json_t *classes = field_list(fleet->classes, "classes");
	size_t n = json_array_size(classes);

	html_out_print(out,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
		"aria-label=\"Classes by guests\">\n<table class=\"matrix\">"
		"<caption>%s</caption>\n<thead><tr><th scope=\"col\">Class</th>"
		"<th scope=\"col\">Hosts</th><th scope=\"col\">What they are</th>",
		fleet->n_guests > 0 ? "Classes of hosts by guests" : "Classes of hosts");
	for (size_t i = 0; i < fleet->n_guests; i++) {
		html_out_print(out, "<th scope=\"col\">");
		html_out_name(out, fleet->names[i]);
		html_out_print(out, "</th>");
	}
	html_out_print(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n && i < HTML_CLASSES; i++)
		html_fleet_row(out, fleet, json_array_get(classes, i));
	html_fleet_unknown(out, fleet);
	html_out_print(out, "</tbody></table></div>\n");
	if (n > HTML_CLASSES)
		html_out_print(out,
			"<p class=\"cut\">These are the %u classes with the most hosts of %zu. The "
			"other %zu are not shown: \"iommufleetctl classes\" lists them all.</p>\n",
			HTML_CLASSES, n, n - HTML_CLASSES);
}

/* Of hosts that say @member of themselves, such as that they are stale. */
static size_t html_fleet_saying(const struct html_fleet *fleet, const char *member)
{
	size_t most = 0;

	for (size_t i = 0; i < fleet->n_guests; i++) {
		const json_t *hosts = field_list(fleet->found[i], "hosts");
		size_t n = 0;

		for (size_t j = 0; j < json_array_size(hosts); j++)
			n += json_is_true(json_object_get(json_array_get(hosts, j), member));
		most = n > most ? n : most;
	}
	return most;
}

/* What the answers rest on. */
static void html_fleet_notes(struct html_out *out, const struct html_fleet *fleet)
{
	size_t unseen = html_fleet_saying(fleet, "live-state-not-checked");
	size_t stale = html_fleet_saying(fleet, "stale");

	if (unseen > 0)
		html_out_print(out,
			"<p class=\"note\">Of %zu host%s only the class is known: drivers and "
			"devices "
			"in use there were not looked at.</p>\n",
			unseen, unseen == 1 ? "" : "s");
	if (stale > 0)
		html_out_print(out,
			"<p class=\"cut\">What is known of %zu host%s is too old to be a proof: no "
			"answer is safe there.</p>\n",
			stale, stale == 1 ? "" : "s");
}

static size_t html_fleet_hosts(const struct html_fleet *fleet)
{
	const json_t *classes = field_list(fleet->classes, "classes");
	size_t n = json_array_size(field_list(fleet->classes, "unknown"));

	for (size_t i = 0; i < json_array_size(classes); i++)
		n += json_array_size(field_list(json_array_get(classes, i), "hosts"));
	return n;
}

void html_fleet_write(struct html_out *out, const struct html_page *page)
{
	const struct html_fleet *fleet = &page->fleet;
	size_t hosts = html_fleet_hosts(fleet);
	size_t classes = json_array_size(field_list(fleet->classes, "classes"));

	html_out_print(out, "<section id=\"fleet\" aria-labelledby=\"fleet-head\">\n"
			    "<h2 id=\"fleet-head\">Which hosts can take which guest</h2>\n");
	if (!fleet->classes)
		html_out_print(out, "<p class=\"cut\">The fleet could not be asked: %s</p>\n",
			fleet->trouble.text);
	else
		html_out_print(out,
			"<p>%zu host%s in %zu class%s. Hosts of one class give every guest the "
			"same "
			"answers, as far as those do not depend on what is bound or in use at the "
			"moment.</p>\n",
			hosts, hosts == 1 ? "" : "s", classes, classes == 1 ? "" : "es");
	for (size_t i = 0; i < fleet->n_guests; i++)
		if (!fleet->found[i])
			html_out_print(out,
				"<p class=\"cut\">%s could not be asked about: %s</p>\n",
				fleet->names[i], fleet->troubles[i].text);
	if (fleet->classes && fleet->n_guests == 0)
		html_out_print(out, "<p class=\"note\">No guest was named: with --domain or --map "
				    "this table says "
				    "which class can take it.</p>\n");
	html_fleet_notes(out, fleet);
	if (fleet->classes)
		html_fleet_table(out, fleet);
	html_out_print(out, "</section>\n");
}
