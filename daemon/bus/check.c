/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CheckMap, CheckGuest and CheckGuestFile: the questions that all of this is for. */
#include "daemon/bus/fetch.h"
#include "daemon/bus/reply.h"
#include "daemon/bus/view.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static uint64_t bus_check_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int bus_check_facts(const struct bus *bus, sd_bus_error *error)
{
	return bus->world.host ? 1 : bus_error_set(error, BUS_ERROR_NO_FACTS, NULL);
}

/* Of another host all has an age: one that nobody tells proves nothing. */
static const char *bus_check_outdated(const struct bus_subject *subject)
{
	if (subject->own)
		return NULL;
	if (subject->expired)
		return "the host's record is past its time, or nobody who is trusted proves it";
	return subject->collected_us ? NULL : "when the host's facts were collected is not known";
}

/* What is at an address, or in a group, of another host nobody here knows. */
static int bus_check_targets(const struct bus_request *request, sd_bus_error *error)
{
	struct guest_device wanted;

	for (size_t i = 0; !request->subject.own && i < request->n_attach; i++)
		if (guest_device_parse(request->attach[i], &wanted) < 0 || wanted.address)
			return bus_error_set(error, BUS_ERROR_NO_SUCH_TARGET,
				"%.64s: of another host only kinds of devices are known: name one, "
				"such as 8086:10d3 or class:0200",
				request->attach[i]);
	return 0;
}

static int bus_check_answer(const struct bus *bus, const struct bus_request *request,
	sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_verdict_freep) struct verdict *verdict = NULL;
	_cleanup_(cleanup_freep) struct verdict_in_use *in_use = NULL;
	struct verdict_question question = {
		.questions = request->questions,
		.guest = request->guest,
		.n_attach = request->n_attach,
		.attach = request->attach,
		.attach_memory = request->attach_memory,
		.now_us = bus_check_now_us(),
		.collected_us = request->subject.collected_us,
		.stale_after_us = bus->state.stale_after_us,
		.outdated = bus_check_outdated(&request->subject),
	};
	struct refusal refusal;
	int r = bus_check_targets(request, error);

	if (r == 0 && request->subject.own)
		r = bus_guests_in_use(bus, &request->text, &in_use, &question.n_in_use);
	question.in_use = in_use;
	if (r == 0)
		r = verdict_compute(request->host, &question, &verdict, &refusal);
	if (r < 0)
		return r;
	if (r > 0)
		return bus_error_set(
			error, BUS_ERROR_NO_SUCH_TARGET, "%s: %s", refusal.where, refusal.text);
	bus->backend.answered(bus->backend.data, verdict);
	return bus_reply_verdict(&request->subject, verdict, message);
}

static int bus_check_read_map(struct bus_request *request, const struct bus *bus,
	sd_bus_message *message, sd_bus_error *error)
{
	const char *host, *arch;
	int r = sd_bus_message_read(message, "ss", &host, &arch);

	if (r >= 0)
		r = bus_subject_find(bus, host, &request->subject, error);
	if (r < 0)
		return r;
	if (!*arch)
		return bus_error_set(error, BUS_ERROR_INVALID_MAP,
			"the architecture is empty; it is the guest's, such as x86_64");
	request->guest->arch = arch;
	r = bus_request_read_map(request, message, error);
	if (r >= 0)
		r = bus_request_read_attach(request, message, error);
	if (r >= 0)
		r = bus_request_read_options(request, message, error);
	return r < 0 ? r : bus_subject_assume(bus, request, &request->host);
}

static int bus_check_map_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_request_done) struct bus_request request;
	int r;

	bus_request_init(&request, bus, BUS_REQUEST_MAP);
	r = guest_new(&request.guest);
	if (r < 0)
		return r;
	r = bus_check_read_map(&request, bus, message, error);
	return r < 0 ? r : bus_check_answer(bus, &request, message, error);
}

int bus_check_map(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_ONE, bus_check_map_known, error);
}

static int bus_check_guest_known(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_request_done) struct bus_request request;
	int r;

	bus_request_init(&request, bus, BUS_REQUEST_GUEST);
	r = bus_request_read_guest(&request, bus, message, error);
	return r < 0 ? r : bus_check_answer(bus, &request, message, error);
}

int bus_check_guest(sd_bus_message *message, void *data, sd_bus_error *error)
{
	return bus_fetch_then(data, message, BUS_FETCH_ONE, bus_check_guest_known, error);
}
