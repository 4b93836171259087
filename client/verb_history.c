/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* history: what a host was, from when to when. */
#include "client/field.h"
#include "client/table.h"
#include "client/verb.h"
#include "core/cleanup.h"

CLEANUP_DEFINE(json_t *, json_decref, verb_history_decrefp);
CLEANUP_DEFINE(struct table *, table_free, verb_history_table_freep);

static int verb_history_show(const struct verb_call *call, const json_t *periods)
{
	static const struct table_column columns[] = {
		{ "FROM", 0 },
		{ "TO", 0 },
		{ "CLASS", 0 },
		{ "FACTS", 0 },
	};
	_cleanup_(verb_history_table_freep) struct table *table = NULL;
	int r;

	if (json_array_size(periods) == 0)
		return display_paragraph(call->display, 0, false, "Nothing has been recorded yet.");
	r = table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
	for (size_t i = 0; r == 0 && i < json_array_size(periods); i++) {
		const json_t *period = json_array_get(periods, i);
		char text[FIELD_BYTES];

		table_cell(table, "%s", field_time(period, "from", text));
		table_cell(table, "%s",
			json_object_get(period, "to") ? field_time(period, "to", text) : "now");
		table_cell(table, "%.12s", field_format(period, "class", text));
		table_cell(table, "%.12s", field_format(period, "facts", text));
	}
	return r < 0 ? r : table_print(table, call->display, 0);
}

int verb_history_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_history_decrefp) json_t *document = NULL;
	const char *host = call->n_arguments > 0 ? call->arguments[0] : "";
	bool shown;
	int r = verb_report(call, "history", host, &shown, &document);

	if (r != 0)
		return r;
	*ret_exit = VERB_DONE;
	return shown ? 0 : verb_history_show(call, field_list(document, "history"));
}
