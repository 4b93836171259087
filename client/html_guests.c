/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guests of a page on one host: what was answered about those that were named, and who runs. */
#include "client/field.h"
#include "client/html.h"

#include <string.h>

#define HTML_GUESTS_MOST 500U /* rows */

const char *html_guests_name(const struct input *input)
{
	const char *slash = strrchr(input->name, '/');

	if (strcmp(input->name, "-") == 0)
		return "standard input";
	return slash && slash[1] ? slash + 1 : input->name;
}

static void html_guests_answers(struct html_out *out, const json_t *check)
{
	static const char *const questions[][2] = {
		{ "migrate", "May it run here" },
		{ "hotplug", "May a device be added" },
		{ "memory_hotplug", "May memory be added while a device is attached" },
	};
	const json_t *answers = json_object_get(check, "answers");

	html_out_print(out, "<dl class=\"answers\">");
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const char *word = field_text(answers, questions[i][0]);

		if (!word)
			continue;
		html_out_print(out, "<div><dt>%s</dt><dd>", questions[i][1]);
		html_word_write(out, word);
		html_out_print(out, "</dd></div>");
	}
	html_out_print(out, "</dl>\n");
}

static void html_guests_one(struct html_out *out, const struct html_guest *guest)
{
	html_out_print(out, "<h4>");
	html_out_name(out, guest->name);
	html_out_print(out, "</h4>\n");
	if (!guest->check || !guest->map)
		html_out_print(out, "<p class=\"cut\">Not all could be asked about it: %s</p>\n",
			guest->trouble.text);
	if (!guest->check)
		return;
	html_guests_answers(out, guest->check);
	html_findings_write(out, field_list(guest->check, "findings"));
}

static void html_guests_registered_one(struct html_out *out, const json_t *guest)
{
	static const char *const questions[] = { "migrate", "hotplug", "memory_hotplug" };
	const json_t *devices = field_list(guest, "devices");
	char text[FIELD_BYTES];

	html_out_print(out, "<tr><th scope=\"row\">");
	html_out_name(out, field_format(guest, "name", text));
	html_out_print(out, "</th>");
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const char *word = field_text(json_object_get(guest, "answers"), questions[i]);

		html_out_print(out, "<td>");
		html_word_write(out, word ? word : "not judged");
		html_out_print(out, "</td>");
	}
	html_out_print(out, "<td class=\"n\">%s</td><td>", field_time(guest, "since", text));
	if (json_array_size(devices) == 0)
		html_out_print(out, "\xe2\x80\x93");
	for (size_t i = 0; i < json_array_size(devices); i++)
		html_out_print(out, "<code>%s</code> ",
			field_format_value(json_array_get(devices, i), text));
	html_out_print(out, "</td></tr>\n");
}

static void html_guests_registered(struct html_out *out, const json_t *guests)
{
	static const char *const titles[] = { "Guest", "Run", "Add a device", "Add memory", "Since",
		"Devices" };
	size_t n = json_array_size(guests);

	if (n == 0)
		return;
	html_out_print(out,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Guests that run "
		"here\">\n<table><caption>Guests that run here, as the daemon was told</caption>\n"
		"<thead><tr>");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		html_out_print(out, "<th scope=\"col\">%s</th>", titles[i]);
	html_out_print(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n && i < HTML_GUESTS_MOST; i++)
		html_guests_registered_one(out, json_array_get(guests, i));
	html_out_print(out, "</tbody></table></div>\n");
	if (n > HTML_GUESTS_MOST)
		html_out_print(out,
			"<p class=\"cut\">%zu more are not shown: \"iommufleetctl guests\" lists "
			"all.</p>\n",
			n - HTML_GUESTS_MOST);
}

void html_guests_write(struct html_out *out, const struct html_host *host)
{
	const json_t *registered = field_list(host->registered, "guests");

	if (host->n_guests == 0 && json_array_size(registered) == 0)
		return;
	html_out_print(out,
		"<section aria-labelledby=\"h%zu-guests\">\n<h3 id=\"h%zu-guests\">Guests on this "
		"host</h3>\n",
		host->index, host->index);
	for (size_t i = 0; i < host->n_guests; i++)
		html_guests_one(out, &host->guests[i]);
	html_guests_registered(out, registered);
	html_out_print(out, "</section>\n");
}
