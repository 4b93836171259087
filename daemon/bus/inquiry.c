/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/inquiry.h"

#include "daemon/bus/document.h"
#include "daemon/bus/work.h"

#include <errno.h>
#include <stdlib.h>

#define BUS_INQUIRY_SHORT_US	20000U /* that the loop may stand still */
#define BUS_INQUIRY_ASSUME_US	1500U  /* for a class that is made anew */
#define BUS_INQUIRY_GUEST_BYTES 4096U

int bus_inquiry_init(struct bus_inquiry *inquiry, struct bus *bus, enum bus_request_call call)
{
	*inquiry = (struct bus_inquiry){ .bus = bus };
	bus_request_init(&inquiry->request, bus, call);
	return bus_view_open(bus, &inquiry->view);
}

void bus_inquiry_done(struct bus_inquiry *inquiry)
{
	bus_request_done(&inquiry->request);
	bus_view_done(&inquiry->view);
	free(inquiry->members);
	free(inquiry->in_use);
}

static int bus_inquiry_add(struct bus_inquiry *inquiry, const char *name, sd_bus_error *error)
{
	const struct fleet_member *member =
		bus_view_find(inquiry->bus, &inquiry->view, name, error);

	if (!member)
		return -ENXIO;
	if (inquiry->n_members == BUS_INQUIRY_HOSTS)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH,
			"more than %u hosts in one question", BUS_INQUIRY_HOSTS);
	if (!inquiry->members)
		inquiry->members = calloc(BUS_INQUIRY_HOSTS, sizeof(*inquiry->members));
	if (!inquiry->members)
		return -ENOMEM;
	inquiry->members[inquiry->n_members++] = (size_t)(member - inquiry->view.fleet.members);
	return 0;
}

int bus_inquiry_read_host(struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	return r < 0 ? r : bus_inquiry_add(inquiry, name, error);
}

static int bus_inquiry_compare(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* In order and each once, as the fleet has them. */
static void bus_inquiry_sort(struct bus_inquiry *inquiry)
{
	size_t n = 0;

	if (inquiry->n_members == 0)
		return;
	qsort(inquiry->members, inquiry->n_members, sizeof(*inquiry->members), bus_inquiry_compare);
	for (size_t i = 0; i < inquiry->n_members; i++)
		if (n == 0 || inquiry->members[n - 1] != inquiry->members[i])
			inquiry->members[n++] = inquiry->members[i];
	inquiry->n_members = n;
}

int bus_inquiry_read_hosts(
	struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &name)) > 0) {
		r = bus_inquiry_add(inquiry, name, error);
		if (r < 0)
			return r;
	}
	bus_inquiry_sort(inquiry);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int bus_inquiry_read_guest(
	struct bus_inquiry *inquiry, bool optional, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_text_done) struct bus_text text = { 0 };
	int r = optional ? bus_text_read_if_any(message, &text, error)
			 : bus_text_read(message, &text, error);

	if (r < 0)
		return r;
	inquiry->has_guest = !optional || r > 0;
	r = bus_request_read_options(&inquiry->request, message, error);
	if (r >= 0)
		r = bus_subject_origin(inquiry->bus, &inquiry->request, &inquiry->origin, error);
	if (r < 0 || !inquiry->has_guest)
		return r;
	inquiry->guest_bytes = text.n;
	inquiry->cmdline = text.format == GUEST_FORMAT_CMDLINE;
	r = bus_request_decode(&inquiry->request, &text, error);
	if (r == 0 && inquiry->bus->world.facts)
		r = bus_guests_in_use(
			inquiry->bus, &inquiry->request.text, &inquiry->in_use, &inquiry->n_in_use);
	return r;
}

/*
 * Whether the loop would stand still too long. A guest that is described at length is asked about
 * at length, and assumptions make every class anew.
 */
static bool bus_inquiry_is_long(const struct bus_inquiry *inquiry)
{
	const struct fleet *fleet = &inquiry->view.fleet;
	uint64_t class_us =
		inquiry->class_us * (1 + inquiry->guest_bytes / BUS_INQUIRY_GUEST_BYTES);

	if (inquiry->request.assumed)
		class_us += BUS_INQUIRY_ASSUME_US;
	return fleet->n_classes * class_us + fleet->n_members * inquiry->member_us >
	       BUS_INQUIRY_SHORT_US;
}

int bus_inquiry_make_now(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error)
{
	int r = bus_view_assume(inquiry->bus, &inquiry->view, &inquiry->request);

	return r < 0 ? r : inquiry->make(inquiry, ret, error);
}

int bus_inquiry_answer(struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_json_decrefp) json_t *json = NULL;
	int r;

	if (bus_inquiry_is_long(inquiry))
		return bus_work_answer(inquiry, message, error);
	r = bus_inquiry_make_now(inquiry, &json, error);
	return r < 0 ? r : bus_document_reply(json, message, error);
}
