/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a page asks of one host. */
#include "client/field.h"
#include "client/html.h"
#include "client/progress.h"
#include "client/source.h"
#include "core/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct source *, source_close, html_host_source_closep);

/* Whether a device of the group @id is something else than a bridge, or may be. */
static bool html_host_has_endpoint(const struct html_host *host, uint64_t id)
{
	const json_t *devices = field_list(host->devices, "devices");
	bool found = false;

	for (size_t i = 0; i < json_array_size(devices); i++) {
		const json_t *device = json_array_get(devices, i);
		uint64_t group;

		if (!field_number(device, "group", &group) || group != id)
			continue;
		if (!html_device_is_bridge(device))
			return true;
		found = true;
	}
	return !found;
}

static bool html_host_says(const json_t *object, const char *name, const char *word)
{
	const char *text = field_text(object, name);

	return text && strcmp(text, word) == 0;
}

static enum html_standing html_host_standing(const struct html_host *host, const json_t *group)
{
	uint64_t id;

	if (field_number(group, "id", &id) && !html_host_has_endpoint(host, id))
		return HTML_BRIDGES;
	if (html_host_says(group, "assignable", "yes"))
		return HTML_NOW;
	if (html_host_says(group, "assignable_after_rebind", "yes"))
		return HTML_REBIND;
	if (html_host_says(group, "assignable_after_rebind", "no"))
		return HTML_NEVER;
	return HTML_UNKNOWN;
}

/* The shape that @item has, made if it is a new one; HTML_SHAPES: there is no room for it. */
static size_t html_host_shape(struct html_host *host, const struct html_group *item)
{
	json_t *reserved = json_object_get(item->group, "reserved");

	for (size_t i = 0; i < host->n_shapes; i++) {
		const json_t *usable = host->shapes[i].usable;

		if (json_equal((json_t *)host->shapes[i].reserved, reserved) &&
			json_equal(json_object_get(usable, "aperture"),
				json_object_get(item->usable, "aperture")) &&
			json_equal(json_object_get(usable, "ranges"),
				json_object_get(item->usable, "ranges")))
			return i;
	}
	if (host->n_shapes == HTML_SHAPES)
		return HTML_SHAPES;
	host->shapes[host->n_shapes] = (struct html_shape){
		.usable = item->usable,
		.reserved = reserved,
	};
	return host->n_shapes++;
}

static void html_host_add_shape(struct html_host *host, struct html_group *item)
{
	item->shape = item->usable ? html_host_shape(host, item) : HTML_SHAPES;
	if (item->shape == HTML_SHAPES)
		return;
	host->shapes[item->shape].n_groups++;
	if (item->standing != HTML_NEVER && item->standing != HTML_BRIDGES)
		host->shapes[item->shape].offered = true;
}

static int html_host_ask_group(
	struct html_host *host, struct source *source, struct html_group *item)
{
	char target[24];
	uint64_t id;
	int r;

	if (!field_number(item->group, "id", &id))
		return 0;
	snprintf(target, sizeof(target), "%" PRIu64, id);
	r = source_report(source, "usable", target, &host->trouble, &item->usable);
	if (r == 0 && item->standing != HTML_BRIDGES &&
		!html_host_says(item->group, "isolated", "yes"))
		r = source_report(source, "explain", target, &host->trouble, &item->explain);
	return r;
}

/* Asks about each group. The first that cannot be asked ends it: the page then says so. */
static int html_host_ask_groups(struct html_host *host, struct source *source)
{
	const json_t *groups = field_list(host->groups, "groups");
	struct progress progress;
	int r = 0;

	if (json_array_size(groups) == 0)
		return 0;
	host->items = calloc(json_array_size(groups), sizeof(*host->items));
	if (!host->items)
		return -ENOMEM;
	host->n_groups = json_array_size(groups);
	progress_start(&progress);
	for (size_t i = 0; i < host->n_groups; i++) {
		struct html_group *item = &host->items[i];

		item->group = json_array_get(groups, i);
		item->standing = html_host_standing(host, item->group);
		progress_show(&progress, "asking about groups: %zu of %zu", i, host->n_groups);
		if (r == 0)
			r = html_host_ask_group(host, source, item);
		html_host_add_shape(host, item);
	}
	progress_stop(&progress);
	return r < 0 ? r : 0;
}

/* The facts document whose host is called @name, or @name: to one host a host is its file. */
static const char *html_host_from(const struct arguments *options, const char *name)
{
	for (size_t i = 0; name && i < options->n_facts; i++) {
		const char *path = options->all_facts[i], *slash = strrchr(path, '/');
		size_t n = strlen(name);

		slash = slash ? slash + 1 : path;
		if (strncmp(slash, name, n) == 0 && strcmp(slash + n, ".json") == 0)
			return path;
	}
	return name;
}

/* A guest of a kind that the host does not take leaves the rest of the page as it is. */
static int html_host_ask_guest(
	const struct arguments *options, const struct input *input, struct html_guest *guest)
{
	_cleanup_(html_host_source_closep) struct source *source = NULL;
	int r;

	guest->name = html_guests_name(input);
	r = source_open(options, &guest->trouble, &source);
	if (r == 0)
		r = source_check(source, input, &guest->trouble, &guest->check);
	if (r == 0)
		r = source_map(source, input, &guest->trouble, &guest->map);
	return r < 0 ? r : 0;
}

static int html_host_ask_all(struct html_host *host, const struct arguments *options,
	struct source *source, struct trouble *trouble)
{
	struct trouble unsaid = { 0 };
	int r = source_report(source, "status", "", trouble, &host->status);

	if (r == 0)
		r = source_report(source, "groups", "", trouble, &host->groups);
	if (r == 0)
		r = source_report(source, "devices", "", trouble, &host->devices);
	if (r == 0)
		r = html_host_ask_groups(host, source);
	/* An older daemon knows no guests; nor does a facts document. */
	if (r == 0 && !options->facts &&
		source_report(source, "guests", "", &unsaid, &host->registered) < 0)
		r = -ENOMEM;
	return r;
}

/* A host is called as the fleet calls it: a facts document without its folder and ".json". */
static void html_host_name(const struct arguments *options, struct html_host *host)
{
	const char *name = field_text(host->status, "host"), *slash;
	size_t n;

	if (!name)
		name = "this host";
	slash = options->facts ? strrchr(name, '/') : NULL;
	if (slash)
		name = slash + 1;
	n = strlen(name);
	if (options->facts && n > 5 && strcmp(name + n - 5, ".json") == 0)
		n -= 5;
	if (options->facts && strcmp(name, "-") == 0)
		snprintf(host->name, sizeof(host->name), "standard input");
	else
		snprintf(host->name, sizeof(host->name), "%.*s",
			(int)(n < sizeof(host->name) ? n : sizeof(host->name)), name);
}

int html_host_ask(const struct arguments *options, const struct input *guests, size_t n,
	struct trouble *trouble, struct html_host *ret)
{
	_cleanup_(html_host_source_closep) struct source *source = NULL;
	struct arguments mine = *options;
	struct html_host host = { 0 };
	int r;

	mine.from = options->facts ? html_host_from(options, options->from) : options->from;
	if (mine.from)
		mine.from_name = arguments_document_name(options, mine.from);
	if (mine.from && !mine.from_name)
		return -ENOMEM;
	mine.n_facts = options->facts ? 1 : 0;
	r = source_open(&mine, trouble, &source);
	if (r == 0)
		r = html_host_ask_all(&host, &mine, source, trouble);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = html_host_ask_guest(&mine, &guests[i], &host.guests[host.n_guests++]);
	if (r != 0) {
		html_host_done(&host);
		return r;
	}
	html_host_name(options, &host);
	*ret = host;
	return 0;
}

void html_host_done(struct html_host *host)
{
	for (size_t i = 0; i < host->n_groups; i++) {
		json_decref(host->items[i].usable);
		json_decref(host->items[i].explain);
	}
	for (size_t i = 0; i < host->n_guests; i++) {
		json_decref(host->guests[i].check);
		json_decref(host->guests[i].map);
	}
	free(host->items);
	json_decref(host->registered);
	json_decref(host->devices);
	json_decref(host->groups);
	json_decref(host->status);
	*host = (struct html_host){ 0 };
}
