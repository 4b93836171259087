/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first byte of the input says which form: a feature file, a provider configuration or metrics,
 * of a document that may be anything. What is written has the lines that the form allows, and no
 * others.
 */
#include "core/codec/document.h"
#include "core/codec/export_text.h"
#include "core/codec/metrics_text.h"
#include "core/codec/text.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_export_must(bool condition)
{
	if (!condition)
		abort();
}

static bool fuzz_export_begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* Every line is one of a label, with a value that a label can have. */
static void fuzz_export_check_nfd(char *text)
{
	static const char prefix[] = "feature.node.kubernetes.io/iommufleet-";
	char *state = NULL;

	fuzz_export_must(text[0] && text[strlen(text) - 1] == '\n');
	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		const char *value = strchr(line, '=');

		fuzz_export_must(fuzz_export_begins(line, prefix) && value);
		fuzz_export_must(strlen(value + 1) >= 1 && strlen(value + 1) <= 63);
		fuzz_export_must(strspn(value + 1, "abcdefghijklmnopqrstuvwxyz0123456789") ==
				 strlen(value + 1));
	}
}

/* It has as many lines as it has, whatever the document says. */
static void fuzz_export_check_nova(const char *text)
{
	unsigned lines = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	fuzz_export_must(lines == 9 && fuzz_export_begins(text, "meta:\n"));
	fuzz_export_must(strspn(strstr(text, "_MAP_") + 5, "0123456789ABCDEF") == 32);
}

/* Every line is a comment of the format, or ends with a number behind a blank. */
static void fuzz_export_check_metrics(char *text, size_t n)
{
	char *state = NULL;

	fuzz_export_must(strlen(text) == n && (n == 0 || text[n - 1] == '\n'));
	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		const char *value = strrchr(line, ' ');

		fuzz_export_must(text_is_printable(line, strlen(line)));
		if (fuzz_export_begins(line, "# HELP ") || fuzz_export_begins(line, "# TYPE "))
			continue;
		fuzz_export_must(line[0] != '#' && value && value[1]);
		fuzz_export_must(strspn(value + 1, "-0123456789") == strlen(value + 1));
	}
}

static void fuzz_export_document(char form, const json_t *document)
{
	struct refusal refusal = { "", "" };
	char *text = NULL;
	size_t n = 0;
	int r;

	if (form == 'l')
		r = export_text_nfd(document, &text, &refusal);
	else if (form == 'n')
		r = export_text_nova(document, &text, &refusal);
	else
		r = metrics_text_format(document, &text, &n, &refusal);
	fuzz_export_must(r >= 0 && (r == 0 || refusal.text[0]));
	if (r == 0 && form == 'l')
		fuzz_export_check_nfd(text);
	else if (r == 0 && form == 'n')
		fuzz_export_check_nova(text);
	else if (r == 0)
		fuzz_export_check_metrics(text, n);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct guard_limits limits = { 1U << 20, 20000, 16 };
	struct refusal refusal;
	json_t *document;

	if (n == 0 || document_parse(&limits, (const char *)bytes + 1, n - 1, &refusal,
			      &document) != DOCUMENT_DONE)
		return 0;
	fuzz_export_document((char)bytes[0], document);
	json_decref(document);
	return 0;
}
