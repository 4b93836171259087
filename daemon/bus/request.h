/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a caller asks, read from its message: every count is checked before memory is taken, and
 * what is wrong becomes a named error. Texts are borrowed from the message unless said otherwise.
 */
#pragma once

#include "core/codec/guest_text.h"
#include "core/model/limits.h"
#include "daemon/bus/internal.h"

/* What an option may be given to. */
enum bus_request_call {
	BUS_REQUEST_MAP = 1 << 0,
	BUS_REQUEST_GUEST = 1 << 1,
	BUS_REQUEST_REPORT = 1 << 2,
	BUS_REQUEST_PLAIN = 1 << 3, /* takes none yet */
	BUS_REQUEST_LAYOUT = 1 << 4,
};

struct bus_request {
	enum bus_request_call call;
	struct guest *guest;	/* owned; NULL for reports */
	struct guest_text text; /* what it was made of and may borrow from */
	struct host *host;	/* owned: the one that is asked, under the assumptions; or NULL */
	unsigned questions;
	size_t n_attach;
	const char *attach[LIMIT_TARGETS];
	uint64_t attach_memory;
	const char *from;  /* the host that the guest is defined on; NULL: not said */
	const char *arch;  /* of a guest whose text does not say it, or NULL */
	bool started_here; /* it gets, or has, the map that this host gives it */
	struct assume assume;
	bool assumed;
};

void bus_request_done(struct bus_request *request);

/* Each reads the next argument. 0, or a negative errno with @error set. */
int bus_request_read_map(struct bus_request *request, sd_bus_message *message, sd_bus_error *error);
int bus_request_read_attach(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error);
int bus_request_read_options(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error);

/*
 * Reads all arguments of a question about a guest, (s host, s format, s guest, a{sv} options) or
 * with @file (s host, s format, h guest, a{sv} options), and makes the guest and the host ready:
 * a definition is laid out for the host. As above.
 */
int bus_request_read_guest(struct bus_request *request, const struct bus *bus, bool file,
	sd_bus_message *message, sd_bus_error *error);
