/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates for a word of a command line, as a shell reads them: one a line, after a tab what it
 * means. Shells put them on the command line as they are, so nothing is offered that means
 * something to a shell, whoever the name is of.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct completion_offer {
	FILE *out;
	const char *word; /* as typed so far */
	size_t n_before;  /* its bytes that stand before every candidate, such as "--json=" */
};

/* Offers @text if what is typed begins so. @help may be NULL. */
void completion_offer_text(
	const struct completion_offer *offer, const char *text, const char *help);

/* Leaves it to the shell to offer files, or folders only. */
void completion_offer_files(const struct completion_offer *offer);
void completion_offer_folders(const struct completion_offer *offer);
