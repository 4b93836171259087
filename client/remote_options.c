/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote_options.h"

#include "client/remote_wire.h"
struct remote_options_assumed {
	sd_bus_message *call;
	int r;
};

static void remote_options_on_assumption(const char *key, const char *value, void *data)
{
	struct remote_options_assumed *assumed = data;

	if (assumed->r >= 0)
		assumed->r = sd_bus_message_append(assumed->call, "{ss}", key, value);
}

static int remote_options_assume(const struct arguments *options, sd_bus_message *call)
{
	struct remote_options_assumed assumed = { .call = call };

	if (assume_is_nothing(&options->assumed))
		return 0;
	assumed.r = remote_wire_open_option(call, "assume", "a{ss}", "{ss}");
	assume_each(&options->assumed, remote_options_on_assumption, &assumed);
	return assumed.r < 0 ? assumed.r : remote_wire_close_option(call);
}

static int remote_options_text(const char *key, const char *value, sd_bus_message *call)
{
	return value ? sd_bus_message_append(call, "{sv}", key, "s", value) : 0;
}

static int remote_options_question(const struct arguments *options, sd_bus_message *call)
{
	int r = remote_wire_append_questions(options->questions, call);

	if (r >= 0)
		r = remote_wire_append_texts(call, "attach", options->n_attach, options->attach);
	if (r >= 0 && options->attach_memory)
		r = sd_bus_message_append(
			call, "{sv}", "attach-memory", "t", options->attach_memory);
	return r;
}

static int remote_options_filter(const struct arguments *options, sd_bus_message *call)
{
	int r = remote_options_text("label", options->label, call);

	return r < 0 ? r : remote_options_text("class", options->class_digest, call);
}

int remote_options_append(
	const struct arguments *options, unsigned which, const char *from, sd_bus_message *call)
{
	int r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");

	if (r >= 0 && (which & REMOTE_OPTIONS_GUEST))
		r = remote_options_text("from", from, call);
	if (r >= 0 && (which & REMOTE_OPTIONS_GUEST))
		r = remote_options_text("arch", options->arch, call);
	if (r >= 0 && (which & REMOTE_OPTIONS_QUESTION))
		r = remote_options_question(options, call);
	if (r >= 0 && (which & REMOTE_OPTIONS_FILTER))
		r = remote_options_filter(options, call);
	if (r >= 0 && (which & REMOTE_OPTIONS_ASSUME))
		r = remote_options_assume(options, call);
	return r < 0 ? r : sd_bus_message_close_container(call);
}
