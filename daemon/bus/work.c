/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/work.h"

#include "daemon/bus/document.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUS_WORK_EACH 8U /* of one caller */
#define BUS_WORK_TEXT 1024

/* What a copy gives. */
enum bus_work_result {
	BUS_WORK_DONE,	  /* the file has the document */
	BUS_WORK_REFUSED, /* it has the name of an error, NUL, and its text */
	BUS_WORK_FAULT,
};

struct bus_work {
	struct bus *bus;
	struct bus_wait wait;
	bus_authorised again;
	uint64_t number; /* who came first goes first */
	int fd;		 /* what is made goes there; -1: it waits for its turn */
};

/* ---------------------------------------------------------------- in the copy */

static int bus_work_refuse(const sd_bus_error *error, int fd)
{
	const char *text = error->message ? error->message : "";

	if (!error->name || bus_document_write(fd, error->name, strlen(error->name) + 1) < 0 ||
		bus_document_write(fd, text, strlen(text)) < 0)
		return BUS_WORK_FAULT;
	return BUS_WORK_REFUSED;
}

static int bus_work_run(void *what, int fd)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(cleanup_freep) char *text = NULL;
	json_t *json = NULL;
	int r = bus_inquiry_make_now(what, &json, &error);

	if (r < 0)
		return bus_work_refuse(&error, fd);
	/* In one piece: jansson writes into a file a word at a time. The copy ends with all that it
	 * has, so nothing is given back. */
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	return text && bus_document_write(fd, text, strlen(text)) == 0 ? BUS_WORK_DONE
								       : BUS_WORK_FAULT;
}

/* ---------------------------------------------------------------- in the loop */

static struct bus_work **bus_work_place(struct bus *bus, const struct bus_work *work)
{
	for (size_t i = 0; i < BUS_WORK_MAX; i++)
		if (bus->works[i] == work)
			return &bus->works[i];
	return NULL;
}

static void bus_work_free(struct bus_work *work)
{
	bus_wait_end(&work->wait);
	bus_document_closep(&work->fd);
	*bus_work_place(work->bus, work) = NULL;
	free(work);
}

static void bus_work_drop(struct bus_work *work)
{
	if (work->fd >= 0)
		work->bus->backend.fleet.end(work->bus->backend.data, work);
	bus_work_free(work);
}

void bus_work_done(struct bus *bus)
{
	for (size_t i = 0; i < BUS_WORK_MAX; i++)
		if (bus->works[i])
			bus_work_drop(bus->works[i]);
}

/* How many there are that are made, or that wait for their turn. */
static size_t bus_work_count(const struct bus *bus, bool made)
{
	size_t n = 0;

	for (size_t i = 0; i < BUS_WORK_MAX; i++)
		n += bus->works[i] && (bus->works[i]->fd >= 0) == made;
	return n;
}

/* Has who waits longest ask again. */
static void bus_work_again(struct bus *bus)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(bus_message_unrefp) sd_bus_message *message = NULL;
	struct bus_work *first = NULL;
	bus_authorised again;
	int r;

	for (size_t i = 0; i < BUS_WORK_MAX; i++) {
		struct bus_work *work = bus->works[i];

		if (work && work->fd < 0 && (!first || work->number < first->number))
			first = work;
	}
	if (!first)
		return;
	message = sd_bus_message_ref(first->wait.message);
	again = first->again;
	bus_work_free(first);
	r = sd_bus_message_rewind(message, 1);
	if (r >= 0)
		r = again(bus, message, &error);
	if (r < 0)
		(void)sd_bus_reply_method_errno(message, r, &error);
}

/* One is over: who can be answered without its place is, until one takes that. */
static void bus_work_next(struct bus *bus)
{
	size_t made = bus_work_count(bus, true), waiting;

	do {
		waiting = bus_work_count(bus, false);
		bus_work_again(bus);
	} while (bus_work_count(bus, true) == made && bus_work_count(bus, false) < waiting);
}

static void bus_work_on_gone(struct bus_wait *wait)
{
	struct bus_work *work = (struct bus_work *)((char *)wait - offsetof(struct bus_work, wait));
	struct bus *bus = work->bus;
	bool ran = work->fd >= 0;

	bus_work_drop(work);
	if (ran)
		bus_work_next(bus);
}

/* The error that the copy wrote. */
static int bus_work_reply_refused(const struct bus_work *work)
{
	char text[BUS_WORK_TEXT] = "";
	ssize_t n = pread(work->fd, text, sizeof(text) - 1, 0);

	if (n <= 0 || strlen(text) == (size_t)n)
		return -EIO;
	return sd_bus_reply_method_errorf(work->wait.message, text, "%s", text + strlen(text) + 1);
}

static int bus_work_reply(const struct bus_work *work, int result, sd_bus_error *error)
{
	if (result == BUS_WORK_DONE)
		return bus_document_reply_written(work->fd, work->wait.message, error);
	if (result == BUS_WORK_REFUSED)
		return bus_work_reply_refused(work);
	if (result == -ETIMEDOUT)
		return bus_error_set(
			error, BUS_ERROR_TOO_MUCH, "this takes too long; ask about fewer hosts");
	return result < 0 ? result : -ENOMEM;
}

static void bus_work_on_ended(int result, void *data)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	struct bus_work *work = data;
	struct bus *bus = work->bus;
	int r = bus_work_reply(work, result, &error);

	if (r < 0)
		(void)sd_bus_reply_method_errno(work->wait.message, r, &error);
	bus_work_free(work);
	bus_work_next(bus);
}

/* How many the caller of @message has here. */
static size_t bus_work_count_of(const struct bus *bus, sd_bus_message *message)
{
	const char *sender = sd_bus_message_get_sender(message);
	size_t n = 0;

	for (size_t i = 0; sender && i < BUS_WORK_MAX; i++)
		n += bus->works[i] &&
		     strcmp(sd_bus_message_get_sender(bus->works[i]->wait.message), sender) == 0;
	return n;
}

/* A place for @message among those that wait. */
static int bus_work_new(const struct bus_inquiry *inquiry, sd_bus_message *message,
	struct bus_work **ret, sd_bus_error *error)
{
	struct bus *bus = inquiry->bus;
	struct bus_work **place = bus_work_place(bus, NULL);
	struct bus_work *work;
	int r;

	if (!place || bus_work_count_of(bus, message) >= BUS_WORK_EACH)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH,
			"too many long answers are waited for already; try again");
	work = calloc(1, sizeof(*work));
	if (!work)
		return -ENOMEM;
	*work = (struct bus_work){
		.bus = bus, .again = inquiry->again, .number = bus->n_works, .fd = -1
	};
	r = bus_wait_begin(&work->wait, message, bus_work_on_gone);
	if (r < 0) {
		free(work);
		return r;
	}
	bus->n_works++;
	*place = work;
	*ret = work;
	return 0;
}

static int bus_work_begin(struct bus_work *work, struct bus_inquiry *inquiry)
{
	const struct bus_backend *backend = &work->bus->backend;
	struct bus_fleet_task task = {
		.run = bus_work_run,
		.what = inquiry,
		.ended = bus_work_on_ended,
		.data = work,
	};
	int r = bus_document_new_file(&task.fd);

	if (r < 0)
		return r;
	r = backend->fleet.begin(backend->data, &task);
	if (r < 0)
		(void)close(task.fd);
	else
		work->fd = task.fd;
	return r == -EBUSY ? 0 : r;
}

int bus_work_answer(struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error)
{
	struct bus_work *work = NULL;
	int r = bus_work_new(inquiry, message, &work, error);

	if (r < 0)
		return r;
	r = bus_work_begin(work, inquiry);
	if (r < 0)
		bus_work_free(work);
	return r < 0 ? r : 1;
}
