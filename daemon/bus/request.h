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
	BUS_REQUEST_FLEET = 1 << 5, /* a guest and many hosts */
	BUS_REQUEST_HOSTS = 1 << 6, /* many hosts, no guest */
};

/* One host that is asked about. All is borrowed. */
struct bus_subject {
	const char *name;
	bool own;
	bool expired;
	struct host *host; /* without assumptions of the request */
	uint64_t collected_us;
};

struct bus_request {
	enum bus_request_call call;
	struct guest *guest;	    /* owned; NULL for reports */
	struct guest_text text;	    /* what it was made of and may borrow from */
	struct bus_subject subject; /* the host that is asked, if it is one */
	struct host *host;	    /* owned: it under the assumptions; or NULL */
	unsigned questions;
	size_t n_attach;
	const char *attach[LIMIT_TARGETS];
	uint64_t attach_memory;
	const char *from;  /* the host that the guest is defined on; NULL: not said */
	const char *arch;  /* of a guest whose text does not say it, or NULL */
	bool started_here; /* it gets, or has, the map that this host gives it */
	const char *label; /* NULL: any host; "NAME" or "NAME=VALUE" */
	const char *class_digest;
	struct assume assume;	     /* of this host, besides what its configuration does */
	struct assume assume_others; /* the same of a host of which only the class is known */
	bool assumed;
};

/* Begins a request of @call. */
void bus_request_init(
	struct bus_request *request, const struct bus *bus, enum bus_request_call call);

void bus_request_done(struct bus_request *request);

/* Each reads the next argument. 0, or a negative errno with @error set. */
int bus_request_read_map(struct bus_request *request, sd_bus_message *message, sd_bus_error *error);
int bus_request_read_attach(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error);
int bus_request_read_options(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error);

/* Decodes @text into request->text. As above. */
struct bus_text;
int bus_request_decode(
	struct bus_request *request, const struct bus_text *text, sd_bus_error *error);

/*
 * Reads all arguments of a question about a guest, (s host, s format, s guest, a{sv} options) or
 * with @file (s host, s format, h guest, a{sv} options), and makes the guest and the host ready:
 * a definition is laid out for the host. As above.
 */
int bus_request_read_guest(struct bus_request *request, const struct bus *bus,
	sd_bus_message *message, sd_bus_error *error);
