/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/export_text.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define EXPORT_TEXT_DIGEST 64U
#define EXPORT_TEXT_NAMES  32U
#define EXPORT_TEXT_NAME   48U /* letters of a label's own name */
#define EXPORT_TEXT_PREFIX "feature.node.kubernetes.io/iommufleet-"

/* The first digits of the digest @key of @labels, or NULL with @refusal set. */
static const char *export_text_digest(
	const json_t *labels, const char *key, struct refusal *refusal)
{
	const char *text = json_string_value(json_object_get(labels, key));

	if (text && strlen(text) == EXPORT_TEXT_DIGEST &&
		strspn(text, "0123456789abcdef") == EXPORT_TEXT_DIGEST)
		return text;
	(void)refusal_set(refusal, key, "is not 64 hexadecimal digits");
	return NULL;
}

/* ------------------------------------------------------------- lines */

/* A label as it is sorted and written: a name of ours and a value that needs no escaping. */
struct export_text_label {
	const char *name;
	const char *value;
};

struct export_text_list {
	size_t n;
	struct export_text_label labels[EXPORT_TEXT_NAMES];
};

static void export_text_insert(struct export_text_list *list, const char *name, const char *value)
{
	size_t at = list->n++;

	while (at > 0 && strcmp(list->labels[at - 1].name, name) > 0) {
		list->labels[at] = list->labels[at - 1];
		at--;
	}
	list->labels[at] = (struct export_text_label){ name, value };
}

static bool export_text_has(const struct export_text_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->labels[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool export_text_is_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= EXPORT_TEXT_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && name[n - 1] != '-';
}

/* The value of a label for @word, or NULL: it is none of the three. */
static const char *export_text_value(const char *word)
{
	static const char *const values[][2] = { { "yes", "true" }, { "no", "false" },
		{ "unknown", "unknown" } };

	for (size_t i = 0; word && i < sizeof(values) / sizeof(values[0]); i++) {
		if (strcmp(word, values[i][0]) == 0)
			return values[i][1];
	}
	return NULL;
}

static int export_text_take_words(
	const json_t *words, struct export_text_list *list, struct refusal *refusal)
{
	const char *name;
	json_t *word;

	if (!json_is_object(words))
		return refusal_set(refusal, "labels", "is not an object");
	json_object_foreach((json_t *)words, name, word)
	{
		const char *value = export_text_value(json_string_value(word));

		if (!export_text_is_name(name) || export_text_has(list, name) ||
			list->n == EXPORT_TEXT_NAMES)
			return refusal_set(refusal, "labels", "has a name that no label can have");
		if (!value)
			return refusal_set(
				refusal, name, "is none of \"yes\", \"no\" and \"unknown\"");
		export_text_insert(list, name, value);
	}
	return EXPORT_TEXT_DONE;
}

/* What is written to @file becomes the text; @file is closed. -ENOMEM. */
static int export_text_finish(FILE *file)
{
	int failed = ferror(file);

	return fclose(file) != 0 || failed ? -ENOMEM : EXPORT_TEXT_DONE;
}

static int export_text_write_lines(const struct export_text_list *list, char **ret)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);
	int r;

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		fprintf(file, EXPORT_TEXT_PREFIX "%s=%.*s\n", list->labels[i].name,
			(int)EXPORT_TEXT_DIGITS, list->labels[i].value);
	r = export_text_finish(file);
	if (r == 0)
		*ret = cleanup_take(text);
	return r;
}

int export_text_nfd(const json_t *labels, char **ret, struct refusal *refusal)
{
	const char *class_ = export_text_digest(labels, "class", refusal);
	const char *map = class_ ? export_text_digest(labels, "map", refusal) : NULL;
	const json_t *bits = json_object_get(labels, "address_bits");
	struct export_text_list list = { .n = 0 };
	char number[8] = "unknown";
	int r;

	if (!map)
		return EXPORT_TEXT_E_REFUSED;
	if (bits && !(json_integer_value(bits) > 0 && json_integer_value(bits) <= 64))
		return refusal_set(refusal, "address_bits", "is not a number from 1 to 64");
	if (bits)
		(void)snprintf(number, sizeof(number), "%d", (int)json_integer_value(bits));
	export_text_insert(&list, "address-bits", number);
	export_text_insert(&list, "class", class_);
	export_text_insert(&list, "map", map);
	r = export_text_take_words(json_object_get(labels, "labels"), &list, refusal);
	return r != EXPORT_TEXT_DONE ? r : export_text_write_lines(&list, ret);
}

/* ------------------------------------------------------------- Nova */

static void export_text_trait(FILE *file, const char *kind, const char *digest)
{
	fprintf(file, "        - 'CUSTOM_IOMMUFLEET_%s_", kind);
	for (size_t i = 0; i < EXPORT_TEXT_DIGITS; i++)
		fputc(digest[i] >= 'a' ? digest[i] - 'a' + 'A' : digest[i], file);
	fputs("'\n", file);
}

int export_text_nova(const json_t *labels, char **ret, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	const char *class_ = export_text_digest(labels, "class", refusal);
	const char *map = class_ ? export_text_digest(labels, "map", refusal) : NULL;
	FILE *file;
	size_t n;
	int r;

	if (!map)
		return EXPORT_TEXT_E_REFUSED;
	file = open_memstream(&text, &n);
	if (!file)
		return -ENOMEM;
	fputs("meta:\n  schema_version: '1.0'\nproviders:\n  - identification:\n"
	      "      uuid: '$COMPUTE_NODE'\n    traits:\n      additional:\n",
		file);
	export_text_trait(file, "CLASS", class_);
	export_text_trait(file, "MAP", map);
	r = export_text_finish(file);
	if (r == 0)
		*ret = cleanup_take(text);
	return r;
}
