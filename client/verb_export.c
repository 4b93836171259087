/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* export: what is known here in the forms that other systems read. */
#include "client/file_write.h"
#include "client/fleet_ask.h"
#include "client/source.h"
#include "client/verb.h"
#include "core/cleanup.h"
#include "core/codec/export_text.h"
#include "core/codec/metrics_text.h"
#include "core/judge/node_labels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_export_decrefp);
CLEANUP_DEFINE(struct source *, source_close, verb_export_source_closep);

struct verb_export_text {
	char *bytes; /* to be freed with free() */
	size_t n;
};

/* 0, 1 with @refusal set: the document is none such; -ENOMEM. */
typedef int (*verb_export_render)(
	const json_t *document, struct verb_export_text *ret, struct refusal *refusal);

static int verb_export_nfd(
	const json_t *document, struct verb_export_text *ret, struct refusal *refusal)
{
	int r = export_text_nfd(document, &ret->bytes, refusal);

	ret->n = r == 0 ? strlen(ret->bytes) : 0;
	return r;
}

static int verb_export_nova(
	const json_t *document, struct verb_export_text *ret, struct refusal *refusal)
{
	int r = export_text_nova(document, &ret->bytes, refusal);

	ret->n = r == 0 ? strlen(ret->bytes) : 0;
	return r;
}

static int verb_export_prometheus(
	const json_t *document, struct verb_export_text *ret, struct refusal *refusal)
{
	return metrics_text_format(document, &ret->bytes, &ret->n, refusal);
}

static const struct verb_export_form {
	const char *name;
	const char *report; /* the document that it is made of */
	verb_export_render render;
} verb_export_forms[] = {
	{ "nfd", "labels", verb_export_nfd },
	{ "nova", "labels", verb_export_nova },
	{ "prometheus", "metrics", verb_export_prometheus },
};

static const struct verb_export_form *verb_export_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verb_export_forms) / sizeof(verb_export_forms[0]); i++) {
		if (strcmp(verb_export_forms[i].name, name) == 0)
			return &verb_export_forms[i];
	}
	return NULL;
}

/* Class and map of another host of the fleet, as labels of it: the rest only its daemon can tell.
 */
static int verb_export_ask_of(const struct verb_call *call, const char *host, json_t **ret)
{
	const char *const names[2] = { host, host };
	_cleanup_(verb_export_decrefp) json_t *compared = NULL;
	json_t *of;
	int r = fleet_ask_compare(call->options, names, call->trouble, &compared);

	if (r != 0)
		return r;
	of = json_object_get(compared, "a");
	*ret = json_pack("{s:s, s:s, s:O*, s:O*}", "schema", NODE_LABELS_SCHEMA, "host", host,
		"class", json_object_get(of, "class"), "map", json_object_get(of, "map"));
	return *ret ? 0 : -ENOMEM;
}

static int verb_export_ask(
	const struct verb_call *call, const struct verb_export_form *form, json_t **ret)
{
	const char *host = call->options->host;
	_cleanup_(verb_export_source_closep) struct source *source = NULL;
	int r;

	if (host && form->render != verb_export_nova)
		return trouble_usage(call->trouble,
			"--host goes with nova alone; ask for %s on the host itself", form->name);
	if (host)
		return verb_export_ask_of(call, host, ret);
	r = source_open(call->options, call->trouble, &source);
	return r != 0 ? r : source_report(source, form->report, "", call->trouble, ret);
}

int verb_export_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	const struct verb_export_form *form = verb_export_find(call->arguments[0]);
	_cleanup_(verb_export_decrefp) json_t *document = NULL;
	_cleanup_(cleanup_freep) char *bytes = NULL;
	const char *output = call->options->output;
	struct verb_export_text text = { 0 };
	struct refusal refusal;
	int r;

	if (!form)
		return trouble_usage(call->trouble, "%s: no such form; use nfd, nova or prometheus",
			call->arguments[0]);
	if (output && call->display->json != DISPLAY_JSON_OFF)
		return trouble_usage(call->trouble,
			"--output and --json: give one, the file of %s or the JSON it is made of",
			form->name);
	r = verb_export_ask(call, form, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (call->display->json != DISPLAY_JSON_OFF)
		return display_document(call->display, document);
	r = form->render(document, &text, &refusal);
	bytes = text.bytes;
	if (r > 0)
		return trouble_set(call->trouble,
			"iommufleetd gave an answer that makes no sense (%s: %s); check that it is "
			"of this version",
			refusal.where, refusal.text);
	if (r == 0 && output)
		return file_write(output, text.bytes, text.n, call->trouble);
	if (r == 0)
		fwrite(text.bytes, 1, text.n, call->display->out);
	return r;
}
