/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/completion_offer.h"

#include "client/escape.h"
#include "core/cleanup.h"

#include <string.h>

static const char completion_offer_harmless[] = "abcdefghijklmnopqrstuvwxyz"
						"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						"0123456789"
						"-_.:,=/@+";

void completion_offer_text(const struct completion_offer *offer, const char *text, const char *help)
{
	const char *typed = offer->word + offer->n_before;
	_cleanup_(cleanup_freep) char *clean = NULL;
	size_t columns;

	if (!*text || strncmp(text, typed, strlen(typed)) != 0 ||
		text[strspn(text, completion_offer_harmless)])
		return;
	fprintf(offer->out, "%.*s%s", (int)offer->n_before, offer->word, text);
	if (help && escape_format(help, &clean, &columns) == 0)
		fprintf(offer->out, "\t%s", clean);
	fputc('\n', offer->out);
}

void completion_offer_files(const struct completion_offer *offer)
{
	fputs(":files\n", offer->out);
}

void completion_offer_folders(const struct completion_offer *offer)
{
	fputs(":folders\n", offer->out);
}
