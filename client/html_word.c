/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and findings, as every part of a page shows them: never by colour alone. */
#include "client/field.h"
#include "client/html.h"

#include <inttypes.h>
#include <string.h>

static const struct html_word {
	const char *word;
	const char *class_;
	const char *symbol;
	const char *text;
} html_words[] = {
	{ "yes", "ok", "\xe2\x9c\x93", "yes" },
	{ "safe", "ok", "\xe2\x9c\x93", "safe" },
	{ "no", "bad", "\xe2\x9c\x95", "no" },
	{ "unsafe", "bad", "\xe2\x9c\x95", "unsafe" },
	{ "unknown", "doubt", "?", "cannot tell" },
};

void html_word_write(struct html_out *out, const char *word)
{
	for (size_t i = 0; i < sizeof(html_words) / sizeof(html_words[0]); i++) {
		const struct html_word *known = &html_words[i];

		if (strcmp(known->word, word) == 0) {
			html_out_print(out,
				"<span class=\"w %s\"><span aria-hidden=\"true\">%s</span> "
				"%s</span>",
				known->class_, known->symbol, known->text);
			return;
		}
	}
	html_out_print(out, "<span class=\"w doubt\">%s</span>", word);
}

void html_word_range(struct html_out *out, uint64_t first, uint64_t last)
{
	html_out_print(out,
		"<code>0x%" PRIx64 "</code>\xe2\x80\x93<wbr /><code>0x%" PRIx64 "</code>", first,
		last);
}
