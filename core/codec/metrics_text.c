/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/metrics_text.h"

#include "core/cleanup.h"
#include "core/codec/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define METRICS_TEXT_NAME   128U
#define METRICS_TEXT_LABELS 8U

static const char metrics_text_first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char metrics_text_more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					"0123456789";

/* [a-zA-Z_][a-zA-Z0-9_]*: what both a metric (the colon is left to rules) and a label can be. */
static bool metrics_text_is_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return n > 0 && n <= METRICS_TEXT_NAME && strchr(metrics_text_first, name[0]) &&
	       strspn(name, metrics_text_more) == n;
}

static bool metrics_text_is_type(const char *type)
{
	return type && (strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0);
}

/* Printable ASCII and line feeds: it may be shown on a terminal. */
static bool metrics_text_is_text(const char *text)
{
	for (size_t n; text; text += n + 1) {
		n = strcspn(text, "\n");
		if (!text_is_printable(text, n))
			return false;
		if (!text[n])
			return true;
	}
	return false;
}

/* A quote is escaped in the value of a label only. */
static void metrics_text_escape(FILE *file, const char *text, bool quoted)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", file);
		else if (*text == '\\' || (quoted && *text == '"'))
			fprintf(file, "\\%c", *text);
		else
			fputc(*text, file);
	}
}

/* The least name behind @after (NULL: of all), or NULL. */
static const char *metrics_text_next(const json_t *labels, const char *after)
{
	const char *name, *least = NULL;
	json_t *value;

	json_object_foreach((json_t *)labels, name, value)
	{
		if ((!after || strcmp(name, after) > 0) && (!least || strcmp(name, least) < 0))
			least = name;
	}
	return least;
}

static bool metrics_text_may_label(const json_t *labels)
{
	const char *name;
	json_t *value;

	if (!json_is_object(labels) || json_object_size(labels) > METRICS_TEXT_LABELS)
		return false;
	json_object_foreach((json_t *)labels, name, value)
	{
		/* Two underscores begin names that are the server's own. */
		if (!metrics_text_is_name(name) || strncmp(name, "__", 2) == 0 ||
			!metrics_text_is_text(json_string_value(value)))
			return false;
	}
	return true;
}

static void metrics_text_write_labels(FILE *file, const json_t *labels)
{
	const char *name = metrics_text_next(labels, NULL);

	if (!name)
		return;
	fputc('{', file);
	for (bool first = true; name; name = metrics_text_next(labels, name)) {
		fprintf(file, "%s%s=\"", first ? "" : ",", name);
		metrics_text_escape(file, json_string_value(json_object_get(labels, name)), true);
		fputc('"', file);
		first = false;
	}
	fputc('}', file);
}

static int metrics_text_write_samples(
	FILE *file, const char *name, const json_t *samples, struct refusal *refusal)
{
	for (size_t i = 0; i < json_array_size(samples); i++) {
		const json_t *sample = json_array_get(samples, i);
		const json_t *labels = json_object_get(sample, "labels");
		const json_t *value = json_object_get(sample, "value");

		if (!metrics_text_may_label(labels))
			return refusal_set(refusal, name, "sample %zu has no such labels", i);
		if (!json_is_integer(value))
			return refusal_set(refusal, name, "sample %zu has no integer value", i);
		fputs(name, file);
		metrics_text_write_labels(file, labels);
		fprintf(file, " %" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
	}
	return METRICS_TEXT_DONE;
}

static int metrics_text_write(FILE *file, const json_t *metric, struct refusal *refusal)
{
	const char *name = json_string_value(json_object_get(metric, "name"));
	const char *help = json_string_value(json_object_get(metric, "help"));
	const char *type = json_string_value(json_object_get(metric, "type"));
	const json_t *samples = json_object_get(metric, "samples");

	if (!metrics_text_is_name(name))
		return refusal_set(refusal, "metrics", "one has no name that a metric can have");
	if (!metrics_text_is_text(help) || !metrics_text_is_type(type))
		return refusal_set(refusal, name, "has no help, or is no counter and no gauge");
	if (!json_is_array(samples))
		return refusal_set(refusal, name, "has no samples");
	if (json_array_size(samples) == 0)
		return METRICS_TEXT_DONE;
	fprintf(file, "# HELP %s ", name);
	metrics_text_escape(file, help, false);
	fprintf(file, "\n# TYPE %s %s\n", name, type);
	return metrics_text_write_samples(file, name, samples, refusal);
}

static int metrics_text_write_all(FILE *file, const json_t *document, struct refusal *refusal)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	const json_t *metrics = json_object_get(document, "metrics");
	int r = METRICS_TEXT_DONE;

	if (!schema || strcmp(schema, METRICS_TEXT_SCHEMA) != 0)
		return refusal_set(refusal, "schema", "is not " METRICS_TEXT_SCHEMA);
	if (!json_is_array(metrics))
		return refusal_set(refusal, "metrics", "is not an array");
	for (size_t i = 0; r == METRICS_TEXT_DONE && i < json_array_size(metrics); i++)
		r = metrics_text_write(file, json_array_get(metrics, i), refusal);
	return r;
}

int metrics_text_format(const json_t *document, char **ret, size_t *ret_n, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);
	int r, failed;

	if (!file)
		return -ENOMEM;
	r = metrics_text_write_all(file, document, refusal);
	failed = ferror(file);
	if (fclose(file) != 0 || failed)
		return -ENOMEM;
	if (r != METRICS_TEXT_DONE)
		return r;
	*ret = cleanup_take(text);
	*ret_n = n;
	return METRICS_TEXT_DONE;
}
