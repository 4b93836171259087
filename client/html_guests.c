/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guests of a page on one host: what was answered about those that were named, and who runs. */
#include "client/field.h"
#include "client/html.h"

#include <string.h>

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

static void html_guests_registered(struct html_out *out, const json_t *guests)
{
	char text[FIELD_BYTES];

	if (json_array_size(guests) == 0)
		return;
	html_out_print(out,
		"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Guests that run "
		"here\">\n<table><caption>Guests that run here, as libvirt's hook told the daemon"
		"</caption>\n<thead><tr><th scope=\"col\">Guest</th><th scope=\"col\">Since</th>"
		"<th scope=\"col\">Devices</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < json_array_size(guests); i++) {
		const json_t *guest = json_array_get(guests, i);
		const json_t *devices = field_list(guest, "devices");

		html_out_print(out, "<tr><th scope=\"row\">");
		html_out_name(out, field_format(guest, "name", text));
		html_out_print(
			out, "</th><td class=\"n\">%s</td><td>", field_time(guest, "since", text));
		if (json_array_size(devices) == 0)
			html_out_print(out, "\xe2\x80\x93");
		for (size_t j = 0; j < json_array_size(devices); j++)
			html_out_print(out, "<code>%s</code> ",
				field_format_value(json_array_get(devices, j), text));
		html_out_print(out, "</td></tr>\n");
	}
	html_out_print(out, "</tbody></table></div>\n");
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
