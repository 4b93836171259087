/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs: one table of what there is, from which dispatch, help and usage errors come. Each verb
 * asks its source for one JSON document and shows it as JSON or as text.
 */
#pragma once

#include "client/display.h"
#include "client/arguments.h"
#include "client/source.h"
#include "client/trouble.h"

#include <jansson.h>
#include <stddef.h>

/* What the program ends with; part of its interface. */
enum verb_exit {
	VERB_DONE = 0, /* done, or the answer is safe */
	VERB_FAILED = 1,
	VERB_USAGE = 2,
	VERB_UNSAFE = 3,
	VERB_UNKNOWN = 4, /* cannot tell */
};

struct verb_call {
	const struct arguments *options;
	const struct display *display;
	size_t n_arguments;
	const char *const *arguments; /* after the verb */
	struct trouble *trouble;
};

struct verb {
	const char *name;
	const char *arguments; /* for the synopsis; empty: none */
	size_t min_arguments;
	size_t max_arguments;
	unsigned options; /* bits of enum arguments_bit that it takes */
	/* 0 with @ret_exit set, TROUBLE_E_SAID, or a negative errno. */
	int (*run)(const struct verb_call *call, enum verb_exit *ret_exit);
	const char *help; /* one line, for the list of verbs */
	const char *more; /* what its own help adds */
};

extern const struct verb verb_table[];
extern const size_t verb_table_n;

/* The verb of that name, or NULL. */
const struct verb *verb_find(const char *name);

/*
 * Asks for one document (client/source.h). If JSON was asked for, it is printed and @ret_shown is
 * true. A new reference in @ret. TROUBLE_E_SAID, or a negative errno.
 */
int verb_report(const struct verb_call *call, const char *kind, const char *target, bool *ret_shown,
	json_t **ret);

/* The guest of @input with the map that it has on the host of @source. As source_map(). */
int verb_map_guest(struct source *source, const struct input *input, struct trouble *trouble,
	struct guest **ret);

int verb_status_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_inventory_groups(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_inventory_devices(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_target_explain(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_target_usable(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_check_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_map_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_fleet_hosts(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_fleet_classes(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_fleet_compare(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_fleet_baseline(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_fleet_forget(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_plan_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_report_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_record_facts(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_status_digests(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_history_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_export_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_doctor_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_hook_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_guests_run(const struct verb_call *call, enum verb_exit *ret_exit);
int verb_record_capture(const struct verb_call *call, enum verb_exit *ret_exit);
