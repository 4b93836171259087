/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* facts and capture: a host as a document that can be carried away. */
#include "client/capture.h"
#include "client/source.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_record_decrefp);
CLEANUP_DEFINE(struct source *, source_close, verb_record_source_closep);

static void verb_record_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The canonical bytes as they are, so that their digest is the host's; indented only on demand. */
static int verb_record_show(const struct verb_call *call, const struct file_text *facts)
{
	_cleanup_(verb_record_decrefp) json_t *document = NULL;

	if (call->display->json != DISPLAY_JSON_PRETTY) {
		fwrite(facts->bytes, 1, facts->n, call->display->out);
		fputc('\n', call->display->out);
		return 0;
	}
	document = json_loadb(facts->bytes, facts->n, JSON_REJECT_DUPLICATES, NULL);
	if (!document)
		return trouble_set(call->trouble, "the facts are not a JSON document");
	return display_document(call->display, document);
}

int verb_record_facts(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_record_source_closep) struct source *source = NULL;
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct file_text facts;
	int r;

	r = source_open(call->options, call->trouble, &source);
	if (r != 0)
		return r;
	r = source_facts(source, call->trouble, &facts);
	if (r != 0)
		return r;
	bytes = facts.bytes;
	*ret_exit = VERB_DONE;
	return verb_record_show(call, &facts);
}

int verb_record_capture(const struct verb_call *call, enum verb_exit *ret_exit)
{
	const struct arguments *options = call->options;
	const char *root = options->sysroot ? options->sysroot : "/";
	const char *kernel_log = options->kernel_log;
	_cleanup_(verb_record_closep) int fd = -1;
	int r;

	/* The log of this host is not that of another one's files. */
	if (!kernel_log && !options->sysroot)
		kernel_log = "/dev/kmsg";
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return trouble_set(
			call->trouble, "cannot open the directory %s: %s", root, strerror(errno));
	r = capture_write(fd, kernel_log, call->display->out);
	if (r < 0)
		return trouble_set(call->trouble, "cannot capture %s: %s", root, strerror(-r));
	*ret_exit = VERB_DONE;
	return 0;
}
