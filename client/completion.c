/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/completion.h"

#include "client/completion_ask.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COMPLETION_WORD 64U /* bytes of a word of a table */

struct completion {
	struct completion_offer offer;
	const struct verb *verb;	 /* NULL: none so far */
	size_t n_arguments;		 /* of the verb, before the last word */
	unsigned given;			 /* bits of options */
	const struct arguments_row *row; /* whose value the last word is; NULL: of none */
	bool ended;			 /* "--": no options follow */
	size_t n_asked;
	char **asked;			 /* a command line of those options that say whom to ask */
	const struct arguments *options; /* what it says */
};

typedef void (*completion_ask)(
	const struct arguments *options, const struct completion_offer *offer);

/* What stands for a value in the synopsis of a verb or an option; the first row that fits counts.
 */
static const struct completion_kind {
	const char *owner; /* verb or option; NULL: any */
	const char *value;
	const char *words;  /* with blanks between, or NULL */
	completion_ask ask; /* or NULL */
} completion_kinds[] = {
	{ "json", "FORM", "short pretty off", NULL },
	{ "question", "NAME", "migrate hotplug memory_hotplug", NULL },
	{ "assume", "KEY=VALUE",
		"kernel= cpu-bits= iommu-bits= page-size= cpu-vendor=intel cpu-vendor=amd "
		"allow-unsafe-interrupts=yes allow-unsafe-interrupts=no nested=trust",
		NULL },
	{ "bus", "BUS", "system session unix:path=", NULL },
	{ "arch", "ARCH", "x86_64 aarch64", NULL },
	{ "export", "FORM", "nfd nova prometheus", NULL },
	{ "guests", "NAME", NULL, completion_ask_guests },
	{ NULL, "TARGET", NULL, completion_ask_targets },
	{ NULL, "HOST", NULL, completion_ask_hosts },
	{ NULL, "DIGEST", NULL, completion_ask_classes },
};

static const struct arguments_row *completion_find_option(const char *word)
{
	size_t n = strcspn(word + 2, "=");

	for (size_t i = 0; i < arguments_table_n; i++)
		if (strlen(arguments_table[i].name) == n &&
			memcmp(arguments_table[i].name, word + 2, n) == 0)
			return &arguments_table[i];
	return NULL;
}

/* Of options that say whom to ask. */
static void completion_keep(
	struct completion *completion, const struct arguments_row *row, const char *word)
{
	if (row->bit & (ARGUMENTS_FACTS | ARGUMENTS_BUS))
		completion->asked[completion->n_asked++] = (char *)word;
}

/* Sees the word at @at, one before the last; how many words it is, with its value. */
static size_t completion_see(struct completion *completion, const char *const *at, size_t n_left)
{
	const struct arguments_row *row = NULL;

	if (completion->ended || (*at)[0] != '-' || !(*at)[1]) {
		if (completion->verb)
			completion->n_arguments++;
		else
			completion->verb = verb_find(*at);
		return 1;
	}
	completion->ended = strcmp(*at, "--") == 0;
	if (strncmp(*at, "--", 2) == 0)
		row = completion_find_option(*at);
	if (!row)
		return 1;
	completion->given |= row->bit;
	if (row->value && !strchr(*at, '=') && n_left == 1) {
		completion->row = row;
		return 1;
	}
	completion_keep(completion, row, at[0]);
	if (!row->value || strchr(*at, '='))
		return 1;
	completion_keep(completion, row, at[1]);
	return 2;
}

/* Each of the words that @text holds with @between between them. */
static void completion_offer_words(
	const struct completion_offer *offer, const char *text, const char *between)
{
	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		char word[COMPLETION_WORD];
		size_t n = strcspn(text, between);

		if (n < sizeof(word)) {
			memcpy(word, text, n);
			word[n] = '\0';
			completion_offer_text(offer, word, NULL);
		}
		text += n;
	}
}

/* What can stand for @value of the verb or option @owner. */
static void completion_offer_value(
	const struct completion *completion, const char *owner, const char *value)
{
	const struct completion_offer *offer = &completion->offer;
	bool fleet = completion->verb && completion->verb->options & ARGUMENTS_FLEET;

	if (strcmp(value, "FILE") == 0 || strcmp(value, "SOCKET") == 0) {
		completion_offer_files(offer);
		return;
	}
	if (strcmp(value, "DIR") == 0) {
		completion_offer_folders(offer);
		return;
	}
	/* With facts a host that a guest is from is a file. */
	if (strcmp(owner, "from") == 0 && completion->given & ARGUMENTS_FACTS)
		completion_offer_files(offer);
	for (size_t i = 0; i < sizeof(completion_kinds) / sizeof(completion_kinds[0]); i++) {
		const struct completion_kind *kind = &completion_kinds[i];

		if (strcmp(kind->value, value) != 0 ||
			(kind->owner && strcmp(kind->owner, owner) != 0))
			continue;
		if (kind->words)
			completion_offer_words(offer, kind->words, " ");
		else if (kind->ask == completion_ask_targets && fleet)
			completion_ask_kinds(completion->options, offer);
		else
			kind->ask(completion->options, offer);
		return;
	}
}

/*
 * The word of the synopsis that the last word is: "HOST" of "--domain FILE [HOST ...]". Options and
 * their values are no arguments, and "..." stands for more of what is before it. False: none.
 */
static bool completion_find_argument(const struct completion *completion, char ret[COMPLETION_WORD])
{
	const char *text = completion->verb->arguments;
	size_t at = 0;
	bool is_value = false, found = false;

	for (text += strspn(text, " []"); *text; text += strspn(text, " []")) {
		size_t n = strcspn(text, " []");
		bool is_option = strncmp(text, "--", 2) == 0;

		if (strncmp(text, "...", 3) == 0)
			return found;
		if (!is_option && !is_value && n < COMPLETION_WORD) {
			memcpy(ret, text, n);
			ret[n] = '\0';
			found = true;
			if (at++ == completion->n_arguments)
				return true;
		}
		is_value = is_option;
		text += n;
	}
	return false;
}

/* An argument of the verb. False if it takes no more. */
static bool completion_offer_argument(const struct completion *completion)
{
	const struct verb *verb = completion->verb;
	char word[COMPLETION_WORD];

	if (completion->n_arguments >= verb->max_arguments ||
		!completion_find_argument(completion, word))
		return false;
	if (islower((unsigned char)word[0]))
		completion_offer_words(&completion->offer, word, "|");
	else
		completion_offer_value(completion, verb->name, word);
	return true;
}

static void completion_offer_options(const struct completion *completion)
{
	unsigned allowed = completion->verb ? completion->verb->options : ~0U;

	for (size_t i = 0; i < arguments_table_n; i++) {
		const struct arguments_row *row = &arguments_table[i];
		char text[COMPLETION_WORD];

		if (!(row->bit & allowed) ||
			(row->bit & completion->given && !arguments_repeats(row)))
			continue;
		snprintf(text, sizeof(text), "--%.40s%s", row->name, row->value ? "=" : "");
		completion_offer_text(&completion->offer, text, row->help);
	}
}

static void completion_offer_verbs(const struct completion *completion)
{
	for (size_t i = 0; i < verb_table_n; i++)
		completion_offer_text(&completion->offer, verb_table[i].name, verb_table[i].help);
}

static void completion_offer_last(struct completion *completion)
{
	const char *word = completion->offer.word, *equal = strchr(word, '=');
	bool is_option = !completion->ended && word[0] == '-';

	if (!completion->row && is_option && equal && strncmp(word, "--", 2) == 0) {
		completion->row = completion_find_option(word);
		completion->offer.n_before = (size_t)(equal + 1 - word);
		if (!completion->row || !completion->row->value)
			return;
	}
	if (completion->row)
		completion_offer_value(completion, completion->row->name, completion->row->value);
	else if (is_option)
		completion_offer_options(completion);
	else if (!completion->verb)
		completion_offer_verbs(completion);
	else if (!completion_offer_argument(completion) && !completion->ended)
		completion_offer_options(completion);
}

void completion_run(size_t n, const char *const *words, FILE *out)
{
	struct completion completion = { .offer = { .out = out } };
	_cleanup_(arguments_done) struct arguments options = { 0 };
	_cleanup_(cleanup_freep) char **asked = calloc(n + 2, sizeof(*asked));
	static char name[] = "iommufleetctl";
	struct trouble trouble;

	if (!asked || n == 0)
		return;
	completion.asked = asked;
	completion.asked[completion.n_asked++] = name;
	for (size_t i = 0; i + 1 < n;)
		i += completion_see(&completion, &words[i], n - 1 - i);
	if (arguments_parse((int)completion.n_asked, asked, &options, &trouble) != 0)
		return;
	completion.offer.word = words[n - 1];
	completion.options = &options;
	completion_offer_last(&completion);
}
