/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the decoder takes, the encoder writes in a form that decodes to the same bytes. */
#include "core/codec/facts_json.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_facts_must(bool condition)
{
	if (!condition)
		abort();
}

static struct facts *fuzz_facts_decode(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct facts *facts = NULL;
	int r = facts_json_decode(bytes, n, &facts, &refusal);

	if (r == FACTS_JSON_DONE)
		return facts;
	fuzz_facts_must(r == FACTS_JSON_E_REFUSED && !facts);
	fuzz_facts_must(refusal.where[0] && refusal.text[0]);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct facts *facts = fuzz_facts_decode((const char *)bytes, n);
	struct facts *again;
	char *text;
	char *text_again;
	size_t n_text;
	size_t n_text_again;

	if (!facts)
		return 0;
	fuzz_facts_must(facts_json_encode(facts, &text, &n_text) == 0);
	again = fuzz_facts_decode(text, n_text);
	fuzz_facts_must(again && again->minor == facts->minor);
	fuzz_facts_must(facts_json_encode(again, &text_again, &n_text_again) == 0);
	fuzz_facts_must(n_text == n_text_again && memcmp(text, text_again, n_text) == 0);
	free(text);
	free(text_again);
	facts_unref(facts);
	facts_unref(again);
	return 0;
}
