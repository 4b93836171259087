/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/source.h"

#include "client/remote.h"
#include "client/offline.h"

#include <errno.h>
#include <stdlib.h>

struct source {
	const struct arguments *options;
	struct offline *offline; /* NULL: the daemon is asked */
	struct remote_talk remote;
};

static int source_make(
	const struct arguments *options, bool offline, struct trouble *trouble, struct source **ret)
{
	struct source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return -ENOMEM;
	source->options = options;
	if (offline)
		r = offline_open(options, trouble, &source->offline);
	else
		r = remote_talk_open(options, trouble, &source->remote);
	if (r != 0) {
		source_close(source);
		return r;
	}
	*ret = source;
	return 0;
}

int source_open(const struct arguments *options, struct trouble *trouble, struct source **ret)
{
	return source_make(options, options->facts, trouble, ret);
}

bool source_is_assumed(const struct arguments *options)
{
	struct assume rest = options->assumed;

	rest.cpu_bits = 0;
	rest.cpu_vendor[0] = '\0';
	return !(options->given & (ARGUMENTS_FACTS | ARGUMENTS_BUS | ARGUMENTS_HOST)) &&
	       !assume_is_nothing(&options->assumed) && assume_is_nothing(&rest);
}

int source_open_assumed(
	const struct arguments *options, struct trouble *trouble, struct source **ret)
{
	return source_make(options, true, trouble, ret);
}

struct source *source_close(struct source *source)
{
	if (!source)
		return NULL;
	offline_close(source->offline);
	remote_talk_done(&source->remote);
	free(source);
	return NULL;
}

int source_report(struct source *source, const char *kind, const char *target,
	struct trouble *trouble, json_t **ret)
{
	if (source->offline)
		return offline_report(source->offline, kind, target, trouble, ret);
	return remote_report(&source->remote, kind, target, trouble, ret);
}

int source_check(
	struct source *source, const struct input *input, struct trouble *trouble, json_t **ret)
{
	if (source->offline)
		return offline_check(source->offline, input, trouble, ret);
	return remote_check(&source->remote, input, trouble, ret);
}

int source_map(
	struct source *source, const struct input *input, struct trouble *trouble, json_t **ret)
{
	if (source->offline)
		return offline_map(source->offline, input, trouble, ret);
	return remote_map(&source->remote, input, trouble, ret);
}

int source_facts(struct source *source, struct trouble *trouble, struct file_text *ret)
{
	if (source->offline)
		return offline_facts(source->offline, trouble, ret);
	return remote_facts(&source->remote, trouble, ret);
}
