/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report: everything about a host, and the fleet around it, as one page to look at. */
#include "client/html.h"
#include "client/html_save.h"
#include "client/names.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct names *, names_free, verb_report_names_freep);

/* The guests that the command line names, read. */
struct verb_report_guests {
	size_t n;
	struct input items[HTML_GUESTS];
};

static void verb_report_guests_done(struct verb_report_guests *guests)
{
	while (guests->n > 0)
		input_done(&guests->items[--guests->n]);
}

static int verb_report_read(
	const struct arguments *options, struct trouble *trouble, struct verb_report_guests *guests)
{
	int r = 0;

	if (options->n_guests > HTML_GUESTS)
		return trouble_usage(trouble, "%zu guests are named; one page is about %u at most",
			options->n_guests, HTML_GUESTS);
	for (size_t i = 0; r == 0 && i < options->n_guests; i++) {
		struct arguments mine = *options;

		mine.given = (options->given & ~ARGUMENTS_GUEST_KINDS) | options->guests[i].bit;
		mine.guest = options->guests[i].place;
		r = input_read(&mine, "report", trouble, &guests->items[guests->n]);
		if (r == 0)
			guests->n++;
	}
	return r;
}

/* What only makes sense of a guest needs one. */
static int verb_report_check(const struct arguments *options, struct trouble *trouble)
{
	unsigned bits =
		options->given & (ARGUMENTS_ATTACH | ARGUMENTS_ATTACH_MEMORY | ARGUMENTS_QUESTION |
					 ARGUMENTS_FROM | ARGUMENTS_ARCH);

	if (!options->html)
		return trouble_usage(trouble,
			"report needs a file to write: --html=FILE; - is the standard output");
	for (size_t i = 0; options->n_guests == 0 && i < arguments_table_n; i++)
		if (arguments_table[i].bit & bits)
			return trouble_usage(trouble,
				"--%s is about a guest: name it, with --domain, --cmdline, "
				"--mtree, --map or --qmp",
				arguments_table[i].name);
	return 0;
}

static void verb_report_page_done(struct html_page *page)
{
	for (size_t i = 0; i < page->n_hosts; i++)
		html_host_done(&page->hosts[i]);
	free(page->hosts);
	html_fleet_done(&page->fleet);
	*page = (struct html_page){ 0 };
}

/* Each document that is named is a host; without any the daemon's is. */
static int verb_report_ask(const struct arguments *options, const struct verb_report_guests *guests,
	struct trouble *trouble, struct html_page *page)
{
	size_t n = options->n_facts > 0 ? options->n_facts : 1;
	size_t shown = n < HTML_HOSTS ? n : HTML_HOSTS;
	int r = 0;

	page->n_hosts_left_out = n - shown;
	page->n_assume = options->n_assume;
	page->assume = (const char *const *)options->assume;
	page->hosts = calloc(shown, sizeof(*page->hosts));
	if (!page->hosts)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < shown; i++) {
		struct arguments mine = *options;

		mine.facts = options->n_facts > 0 ? options->all_facts[i] : NULL;
		if (mine.facts)
			mine.facts_name = arguments_document_name(options, mine.facts);
		if (mine.facts && !mine.facts_name)
			return -ENOMEM;
		r = html_host_ask(&mine, guests->items, guests->n, trouble, &page->hosts[i]);
		if (r != 0)
			break;
		page->hosts[i].index = i;
		page->n_hosts++;
	}
	return r != 0 ? r : html_fleet_ask(options, guests->items, guests->n, &page->fleet);
}

static int verb_report_write(const struct verb_call *call, const struct html_page *page)
{
	struct html_out out = { 0 };
	_cleanup_(cleanup_freep) char *bytes = NULL;
	int r;

	html_page_write(&out, page);
	bytes = out.bytes;
	r = html_out_finish(&out);
	if (r < 0)
		return r;
	if (strcmp(call->options->html, "-") != 0)
		return html_save(call->options->html, out.bytes, out.n, call->trouble);
	(void)fwrite(out.bytes, 1, out.n, call->display->out);
	return 0;
}

int verb_report_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_report_guests_done) struct verb_report_guests guests = { 0 };
	_cleanup_(verb_report_page_done) struct html_page page = { 0 };
	_cleanup_(verb_report_names_freep) struct names *names = NULL;
	int r = verb_report_check(call->options, call->trouble);

	if (r == 0)
		r = verb_report_read(call->options, call->trouble, &guests);
	if (r == 0)
		r = names_new(NULL, &names);
	if (r == 0)
		r = verb_report_ask(call->options, &guests, call->trouble, &page);
	if (r != 0)
		return r;
	page.names = names;
	*ret_exit = VERB_DONE;
	return verb_report_write(call, &page);
}
