/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bus_view_open(const struct bus *bus, struct bus_view *ret)
{
	struct bus_view view = { .own = bus->host_name };
	int r = bus->backend.fleet.get(bus->backend.data, &view.fleet, &view.own);

	if (r == 0)
		*ret = view;
	return r;
}

void bus_view_done(struct bus_view *view)
{
	for (size_t i = 0; i < view->n_made; i++)
		host_unref(view->made[i]);
	free(view->made);
	*view = (struct bus_view){ 0 };
}

/* @host, which is this one or one of which the class is known, as @request assumes it. */
static int bus_view_assume_host(const struct bus *bus, const struct host *host,
	const struct bus_request *request, struct host **ret)
{
	const char *document;
	struct refusal refusal;
	int r;

	if (!host_is_of_class(host))
		return host_new(bus->world.facts, &request->assume, ret);
	document = host_class_document(host);
	r = host_new_of_class(document, strlen(document), &request->assume_others, ret, &refusal);
	/* It is a document that was read before. */
	return r == HOST_CLASS_DONE ? 0 : r < 0 ? r : -EINVAL;
}

int bus_view_assume(const struct bus *bus, struct bus_view *view, const struct bus_request *request)
{
	size_t n = view->fleet.n_classes;
	int r = 0;

	if (!request->assumed)
		return 0;
	view->made = calloc(n + 1, sizeof(struct host *));
	if (!view->made)
		return -ENOMEM;
	for (; r == 0 && view->n_made < n; view->n_made += r == 0)
		r = bus_view_assume_host(
			bus, view->fleet.classes[view->n_made], request, &view->made[view->n_made]);
	if (r == 0)
		view->fleet.classes = (const struct host *const *)view->made;
	return r;
}

static void bus_view_tell_unknown(
	const struct bus *bus, const struct bus_view *view, const char *name, sd_bus_error *error)
{
	const char *trouble = bus->backend.fleet.trouble(bus->backend.data);

	(void)bus_error_set(error, BUS_ERROR_NO_SUCH_HOST,
		"nothing is known of a host \"%.64s\" here, only of %zu others, which ListHosts "
		"names%s%s",
		name, view->fleet.n_members, *trouble ? "; " : "", trouble);
}

const struct fleet_member *bus_view_find(
	const struct bus *bus, const struct bus_view *view, const char *name, sd_bus_error *error)
{
	const struct fleet_member *found =
		fleet_find_member(&view->fleet, *name ? name : view->own);

	/* A machine may have another name than its certificate gives it. */
	if (!found && (strcmp(name, bus->host_name) == 0 || strcmp(name, bus->machine) == 0))
		found = fleet_find_member(&view->fleet, view->own);
	if (!found)
		bus_view_tell_unknown(bus, view, name, error);
	return found;
}

/* ---------------------------------------------------------------- one host */

static bool bus_subject_is_own(const struct bus *bus, const char *name)
{
	return !*name || strcmp(name, bus->host_name) == 0;
}

static int bus_subject_own(const struct bus *bus, struct bus_subject *ret, sd_bus_error *error)
{
	if (!bus->world.host)
		return bus_error_set(error, BUS_ERROR_NO_FACTS, NULL);
	*ret = (struct bus_subject){
		.name = bus->host_name,
		.own = true,
		.host = bus->world.host,
		.collected_us = bus->state.collected_us,
	};
	return 0;
}

int bus_subject_find(
	const struct bus *bus, const char *name, struct bus_subject *ret, sd_bus_error *error)
{
	const struct fleet_member *member;
	struct bus_view view;
	int r;

	if (bus_subject_is_own(bus, name))
		return bus_subject_own(bus, ret, error);
	r = bus_view_open(bus, &view);
	if (r < 0)
		return r;
	member = bus_view_find(bus, &view, name, error);
	if (!member)
		return -ENXIO;
	if (strcmp(member->name, view.own) == 0)
		return bus_subject_own(bus, ret, error);
	if (member->class_index < 0)
		return bus_error_set(error, BUS_ERROR_NO_FACTS,
			"\"%.64s\" is in the fleet, but what class it is of is not known here",
			name);
	*ret = (struct bus_subject){
		.name = member->name,
		.expired = member->expired,
		.host = (struct host *)view.fleet.classes[member->class_index],
		.collected_us = member->collected_us,
	};
	return 0;
}

int bus_subject_assume(const struct bus *bus, const struct bus_request *request, struct host **ret)
{
	if (request->assumed)
		return bus_view_assume_host(bus, request->subject.host, request, ret);
	*ret = host_ref(request->subject.host);
	return 0;
}

int bus_subject_origin(const struct bus *bus, const struct bus_request *request,
	struct definition_origin *ret, sd_bus_error *error)
{
	const struct fleet_member *member;
	struct bus_view view;
	int r;

	*ret = (struct definition_origin){ .started_here = request->started_here };
	if (!request->from)
		return 0;
	ret->here = bus_subject_is_own(bus, request->from);
	ret->host = bus->world.host;
	ret->name = bus->host_name;
	if (ret->here)
		return 0;
	r = bus_view_open(bus, &view);
	if (r < 0)
		return r;
	member = bus_view_find(bus, &view, request->from, error);
	if (!member)
		return -ENXIO;
	ret->here = strcmp(member->name, view.own) == 0;
	if (ret->here)
		return 0;
	ret->host = member->class_index < 0 ? NULL : view.fleet.classes[member->class_index];
	ret->name = member->name;
	return 0;
}
