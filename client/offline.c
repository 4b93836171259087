/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/offline.h"

#include "core/cleanup.h"
#include "core/codec/facts_json.h"
#include "core/judge/answer_json.h"
#include "core/judge/definition.h"
#include "core/judge/host.h"
#include "core/judge/node_labels.h"
#include "core/judge/verdict.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, offline_decrefp);
CLEANUP_DEFINE(struct verdict *, verdict_free, offline_verdict_freep);

struct offline {
	const struct arguments *options;
	struct facts *facts;
	struct host *host;
	struct facts *from_facts; /* of the host that the guest is defined on, if it is another */
	struct host *from;
	struct guest_text text; /* what the guest was made of, and borrows from */
	struct guest *guest;
};

int offline_refused(const char *name, const struct refusal *refusal, struct trouble *trouble)
{
	return trouble_set(trouble, "%s: %s%s%s", strcmp(name, "-") == 0 ? "standard input" : name,
		refusal->where, refusal->where[0] ? ": " : "", refusal->text);
}

static int offline_decode(
	const char *path, const char *bytes, size_t n, struct trouble *trouble, struct facts **ret)
{
	struct refusal refusal = { 0 };
	int r = facts_json_decode(bytes, n, ret, &refusal);

	if (r != FACTS_JSON_E_REFUSED)
		return r;
	return trouble_set(trouble,
		"%s: %s%s%s; --facts takes what \"iommufleetctl facts\" prints on a host",
		strcmp(path, "-") == 0 ? "standard input" : path, refusal.where,
		refusal.where[0] ? ": " : "", refusal.text);
}

int offline_read(const char *path, struct trouble *trouble, struct facts **ret)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct file_text text;
	int r = file_read(path, LIMIT_FACTS_BYTES, trouble, &text);

	if (r != 0)
		return r;
	bytes = text.bytes;
	return offline_decode(path, text.bytes, text.n, trouble, ret);
}

/*
 * A host for a guest of @arch that nothing is known of but what is assumed. The width that guests
 * have on Arm is a fact of its own there, which no register of the CPU has to be asked for.
 */
static int offline_suppose(struct offline *offline, const char *arch, struct trouble *trouble)
{
	const struct assume *assumed = &offline->options->assumed;
	_cleanup_(offline_decrefp) json_t *facts = json_pack("{s:s, s:i, s:{s:s}}", "schema",
		"iommufleet-facts-1", "minor", 0, "host", "arch", arch);
	_cleanup_(cleanup_freep) char *bytes = NULL;
	int r;

	if (!facts)
		return -ENOMEM;
	if (assumed->cpu_bits && strcmp(arch, "aarch64") == 0 &&
		json_object_set_new(
			facts, "kvm", json_pack("{s:i}", "ipa_bits", (int)assumed->cpu_bits)) < 0)
		return -ENOMEM;
	bytes = json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS);
	if (!bytes)
		return -ENOMEM;
	r = offline_decode(arch, bytes, strlen(bytes), trouble, &offline->facts);
	return r != 0 ? r : host_new(offline->facts, assumed, &offline->host);
}

static int offline_load(struct offline *offline, struct trouble *trouble)
{
	const char *path = offline->options->facts;
	int r;

	if (!path)
		return 0;
	r = offline_read(path, trouble, &offline->facts);
	if (r != 0)
		return r;
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
	guest_free(offline->guest);
	guest_text_done(&offline->text);
	host_unref(offline->host);
	facts_unref(offline->facts);
	host_unref(offline->from);
	facts_unref(offline->from_facts);
	free(offline);
	return NULL;
}

int offline_report(struct offline *offline, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret)
{
	struct refusal refusal = { 0 };
	int r;

	if (strcmp(kind, "status") == 0)
		return answer_json_status(offline->host, offline->options->facts_name, ret);
	if (strcmp(kind, "groups") == 0)
		return answer_json_groups(offline->host, ret);
	if (strcmp(kind, "devices") == 0)
		return answer_json_devices(offline->host, ret);
	if (strcmp(kind, "digests") == 0)
		return answer_json_digests(offline->host, ret);
	if (strcmp(kind, "labels") == 0)
		return node_labels_json(offline->host, &(struct node_labels_age){ 0 }, ret);
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

/* The host that the guest is defined on, if the command line says which. */
static int offline_open_origin(
	struct offline *offline, struct trouble *trouble, struct definition_origin *ret)
{
	const char *from = offline->options->from, *facts = offline->options->facts;
	int r;

	*ret = (struct definition_origin){ .name = offline->options->from_name };
	if (!from)
		return 0;
	ret->here = facts && strcmp(from, facts) == 0;
	if (ret->here) {
		ret->host = offline->host;
		return 0;
	}
	r = offline_read(from, trouble, &offline->from_facts);
	if (r == 0)
		r = host_new(offline->from_facts, NULL, &offline->from);
	ret->host = offline->from;
	return r;
}

/* In a document an address is one of the host that is asked; of a guest that runs it is not. */
static void offline_disown(struct guest *guest)
{
	for (size_t i = 0; i < guest->n_devices; i++)
		if (guest->devices[i].address && !guest->devices[i].host)
			guest->devices[i].host = "the host it runs on";
}

int offline_decode_guest(const struct arguments *options, const struct input *input,
	struct trouble *trouble, struct guest_text *ret)
{
	int r = input_decode(input, trouble, ret);

	if (r == 0 && input->running && !options->from)
		offline_disown(ret->guest);
	return r;
}

/* Makes the guest of @input as it would be on the host: once for all that is asked of it. */
static int offline_make_guest(
	struct offline *offline, const struct input *input, struct trouble *trouble)
{
	struct guest_text *text = &offline->text;
	struct definition_origin origin;
	int r;

	if (offline->guest)
		return 0;
	r = offline_decode_guest(offline->options, input, trouble, text);
	if (r == 0 && !offline->host)
		r = offline_suppose(
			offline, text->machine ? text->machine->arch : text->guest->arch, trouble);
	if (r == 0)
		r = offline_open_origin(offline, trouble, &origin);
	return r != 0 ? r : definition_guest(text, offline->host, &origin, &offline->guest);
}

int offline_check(
	struct offline *offline, const struct input *input, struct trouble *trouble, json_t **ret)
{
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

	r = offline_make_guest(offline, input, trouble);
	if (r != 0)
		return r;
	question.guest = offline->guest;
	r = verdict_compute(offline->host, &question, &verdict, &refusal);
	if (r < 0)
		return r;
	if (r != VERDICT_DONE)
		return offline_refused(options->facts, &refusal, trouble);
	return answer_json_check(verdict, options->facts_name, ret);
}

int offline_map(
	struct offline *offline, const struct input *input, struct trouble *trouble, json_t **ret)
{
	_cleanup_(offline_decrefp) json_t *map = NULL;
	const char *facts = offline->options->facts_name;
	const struct host *host;
	int r = offline_make_guest(offline, input, trouble);

	if (r != 0)
		return r;
	host = offline->host;
	/* A host that nothing is known of bounds no window. */
	r = answer_json_map(offline->guest, &host, facts ? 1 : 0, &map);
	if (r == 0)
		r = answer_json_map_laid_out_for(map, facts, host);
	if (r != 0)
		return r;
	*ret = cleanup_take(map);
	return 0;
}

int offline_facts(struct offline *offline, struct trouble *trouble, struct file_text *ret)
{
	(void)trouble;
	return facts_json_encode(offline->facts, &ret->bytes, &ret->n);
}
