/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/input.h"

#include "client/qmp.h"
#include "core/cleanup.h"
#include "core/codec/guest_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, input_decrefp);
CLEANUP_DEFINE(struct guest *, guest_free, input_guest_freep);

static const struct input_kind {
	unsigned bit;
	const char *option;
	enum guest_format format; /* that the text has then */
} input_kinds[] = {
	{ ARGUMENTS_DOMAIN, "domain", GUEST_FORMAT_DOMAIN_XML },
	{ ARGUMENTS_CMDLINE, "cmdline", GUEST_FORMAT_CMDLINE },
	{ ARGUMENTS_MTREE, "mtree", GUEST_FORMAT_MTREE },
	{ ARGUMENTS_QMP, "qmp", GUEST_FORMAT_JSON },
	{ ARGUMENTS_MAP, "map", GUEST_FORMAT_JSON },
};
#define INPUT_KINDS (sizeof(input_kinds) / sizeof(input_kinds[0]))

static int input_find(const struct arguments *options, const char *verb, struct trouble *trouble,
	const struct input_kind **ret)
{
	const struct input_kind *found = NULL;

	for (size_t i = 0; i < INPUT_KINDS; i++) {
		if (!(options->given & input_kinds[i].bit))
			continue;
		if (found)
			return trouble_usage(trouble,
				"--%s and --%s: give one; a question is about one guest",
				found->option, input_kinds[i].option);
		found = &input_kinds[i];
	}
	if (!found)
		return trouble_usage(trouble,
			"%s needs a guest: --domain, --cmdline, --mtree or --map with a FILE, or "
			"--qmp=SOCKET; \"iommufleetctl %s --help\" tells more",
			verb, verb);
	*ret = found;
	return 0;
}

/* The document that is read from the input, if one is. */
static const char *input_facts(const struct arguments *options)
{
	for (size_t i = 0; i < options->n_facts; i++)
		if (strcmp(options->all_facts[i], "-") == 0)
			return options->all_facts[i];
	return NULL;
}

/* The input can be read once, so at most one option may name it. */
static int input_check_dashes(
	const struct arguments *options, const struct input_kind *kind, struct trouble *trouble)
{
	const struct {
		const char *option, *value;
	} places[] = {
		{ "facts", input_facts(options) },
		{ kind->option, kind->bit == ARGUMENTS_QMP ? NULL : options->guest },
		{ "from", options->facts ? options->from : NULL },
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!places[i].value || strcmp(places[i].value, "-") != 0)
			continue;
		/* --from that says what --facts says is that host itself. */
		if (first && strcmp(places[i].option, "from") == 0 && strcmp(first, "facts") == 0)
			continue;
		if (first)
			return trouble_usage(trouble,
				"--%s=- and --%s=-: the input can be read once; name a file for "
				"one",
				first, places[i].option);
		first = places[i].option;
	}
	return 0;
}

static int input_check(
	const struct arguments *options, const struct input_kind *kind, struct trouble *trouble)
{
	if (options->arch && kind->bit != ARGUMENTS_MTREE)
		return trouble_usage(trouble,
			"--arch goes with --mtree only: what --%s reads says it itself",
			kind->option);
	if (options->facts && options->host)
		return trouble_usage(trouble,
			"--facts and --host: give one, the file to ask or the host that the daemon "
			"is to answer for");
	return input_check_dashes(options, kind, trouble);
}

/* What a running QEMU says, as the document that --map takes. */
static int input_read_qmp(const char *path, struct trouble *trouble, struct file_text *ret)
{
	_cleanup_(input_guest_freep) struct guest *guest = NULL;
	_cleanup_(input_decrefp) json_t *document = NULL;
	int r;

	r = qmp_read_guest(path, trouble, &guest);
	if (r != 0)
		return r;
	r = guest_json_tree(guest, &document);
	if (r < 0)
		return r;
	ret->bytes = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	if (!ret->bytes)
		return -ENOMEM;
	ret->n = strlen(ret->bytes);
	return 0;
}

/* Decodes it once for what it says of a text that is none. */
static int input_hold(const struct input *input, struct trouble *trouble)
{
	struct guest_text text = { 0 };
	int r = input_decode(input, trouble, &text);

	if (r == 0)
		guest_text_done(&text);
	return r;
}

int input_read(const struct arguments *options, const char *verb, struct trouble *trouble,
	struct input *ret)
{
	_cleanup_(input_done) struct input input = { 0 };
	const struct input_kind *kind = NULL;
	int r;

	r = input_find(options, verb, trouble, &kind);
	if (r != 0)
		return r;
	r = input_check(options, kind, trouble);
	if (r != 0)
		return r;
	input.format = kind->format;
	input.name = options->guest;
	input.arch = options->arch;
	input.running = kind->bit == ARGUMENTS_QMP;
	if (kind->bit == ARGUMENTS_QMP)
		r = input_read_qmp(options->guest, trouble, &input.text);
	else
		r = file_read(
			options->guest, guest_format_limit(kind->format), trouble, &input.text);
	if (r != 0)
		return r;
	r = input_hold(&input, trouble);
	if (r != 0)
		return r;
	*ret = input;
	input.text.bytes = NULL;
	return 0;
}

void input_done(struct input *input)
{
	free(input->text.bytes);
	*input = (struct input){ 0 };
}

int input_decode(const struct input *input, struct trouble *trouble, struct guest_text *ret)
{
	struct guest_text_input wanted = {
		.format = input->format,
		.bytes = input->text.bytes,
		.n = input->text.n,
		.arch = input->arch,
	};
	struct refusal refusal = { 0 };
	int r = guest_text_decode(&wanted, ret, &refusal);

	if (r == GUEST_TEXT_E_REFUSED)
		return trouble_set(trouble, "%s: %s%s%s",
			strcmp(input->name, "-") == 0 ? "standard input" : input->name,
			refusal.where, refusal.where[0] ? ": " : "", refusal.text);
	return r;
}
