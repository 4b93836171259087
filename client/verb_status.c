/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status and digests: the host as a whole. */
#include "client/field.h"
#include "client/status.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_status_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_status_table_freep);

static const struct table_column verb_status_facts[] = { { "", 0 }, { "", TABLE_WRAP } };

static uint64_t verb_status_now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int verb_status_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_status_decrefp) json_t *document = NULL;
	bool shown;
	int r;

	r = verb_report(call, "status", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	return shown ? 0 : status_print(document, verb_status_now_us(), call->display);
}

int verb_status_digests(const struct verb_call *call, enum verb_exit *ret_exit)
{
	static const char *const names[] = { "facts", "class", "map" };
	_cleanup_(verb_status_decrefp) json_t *document = NULL;
	_cleanup_(verb_status_table_freep) struct table *table = NULL;
	struct display display = *call->display;
	bool shown;
	int r;

	r = verb_report(call, "digests", "", &shown, &document);
	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	if (shown)
		return 0;
	r = table_new(verb_status_facts, 2, &table);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[FIELD_BYTES];

		table_cell(table, "%s", names[i]);
		table_cell(table, "%s", field_format(document, names[i], text));
	}
	display.legend = false;
	return table_print(table, &display, 0);
}
