/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/offline.h"

#include "core/cleanup.h"
#include "core/codec/facts_json.h"
#include "core/codec/guest_json.h"
#include "core/judge/answer_json.h"
#include "core/judge/host.h"
#include "core/judge/verdict.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, offline_guest_freep);
CLEANUP_DEFINE(struct verdict *, verdict_free, offline_verdict_freep);

struct offline {
	const struct arguments *options;
	struct facts *facts;
	struct host *host;
};

/* Says that the document @name was refused, and where in it. */
static int offline_refused(const char *name, const struct refusal *refusal, struct trouble *trouble)
{
	return trouble_set(trouble, "%s: %s%s%s", strcmp(name, "-") == 0 ? "standard input" : name,
		refusal->where, refusal->where[0] ? ": " : "", refusal->text);
}

static int offline_load(struct offline *offline, struct trouble *trouble)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	const char *path = offline->options->facts;
	struct refusal refusal = { 0 };
	struct file_text text;
	int r;

	r = file_read(path, LIMIT_FACTS_BYTES, trouble, &text);
	if (r != 0)
		return r;
	bytes = text.bytes;
	r = facts_json_decode(text.bytes, text.n, &offline->facts, &refusal);
	if (r < 0)
		return r;
	if (r != FACTS_JSON_DONE)
		return offline_refused(path, &refusal, trouble);
	return host_new(offline->facts, &offline->options->assumed, &offline->host);
}

int offline_open(const struct arguments *options, struct trouble *trouble, struct offline **ret)
{
	struct offline *offline = calloc(1, sizeof(*offline));
	int r;

	if (!offline)
		return -ENOMEM;
	offline->options = options;
	r = offline_load(offline, trouble);
	if (r != 0) {
		offline_close(offline);
		return r;
	}
	*ret = offline;
	return 0;
}

struct offline *offline_close(struct offline *offline)
{
	if (!offline)
		return NULL;
	host_unref(offline->host);
	facts_unref(offline->facts);
	free(offline);
	return NULL;
}

int offline_report(struct offline *offline, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret)
{
	struct refusal refusal = { 0 };
	int r;

	if (strcmp(kind, "status") == 0)
		return answer_json_status(offline->host, offline->options->facts, ret);
	if (strcmp(kind, "groups") == 0)
		return answer_json_groups(offline->host, ret);
	if (strcmp(kind, "devices") == 0)
		return answer_json_devices(offline->host, ret);
	if (strcmp(kind, "digests") == 0)
		return answer_json_digests(offline->host, ret);
	if (strcmp(kind, "usable") == 0)
		r = answer_json_usable(offline->host, target, ret, &refusal);
	else if (strcmp(kind, "explain") == 0)
		r = answer_json_explain(offline->host, target, ret, &refusal);
	else
		return trouble_set(trouble,
			"a facts document has no %s: the daemon keeps it; ask without --facts",
			kind);
	if (r > 0)
		return offline_refused(offline->options->facts, &refusal, trouble);
	return r;
}

int offline_check(
	struct offline *offline, const struct file_text *map, struct trouble *trouble, json_t **ret)
{
	_cleanup_(offline_guest_freep) struct guest *guest = NULL;
	_cleanup_(offline_verdict_freep) struct verdict *verdict = NULL;
	const struct arguments *options = offline->options;
	struct refusal refusal = { 0 };
	struct verdict_question question = {
		.questions = options->questions,
		.n_attach = options->n_attach,
		.attach = options->attach,
		.attach_memory = options->attach_memory,
	};
	int r;

	r = guest_json_decode(map->bytes, map->n, &guest, &refusal);
	if (r < 0)
		return r;
	if (r != GUEST_JSON_DONE)
		return offline_refused(options->map, &refusal, trouble);
	question.guest = guest;
	r = verdict_compute(offline->host, &question, &verdict, &refusal);
	if (r < 0)
		return r;
	if (r != VERDICT_DONE)
		return offline_refused(options->facts, &refusal, trouble);
	return answer_json_check(verdict, options->facts, ret);
}

int offline_facts(struct offline *offline, struct trouble *trouble, struct file_text *ret)
{
	(void)trouble;
	return facts_json_encode(offline->facts, &ret->bytes, &ret->n);
}
