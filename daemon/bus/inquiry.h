/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A question about many hosts: read from its message, then answered with one document. What it
 * needs is all read and found before the document is made.
 */
#pragma once

#include "daemon/bus/text.h"
#include "daemon/bus/view.h"

#define BUS_INQUIRY_HOSTS 1000U /* that one question names */

struct bus_inquiry;

/* Makes the document: a new reference in @ret. 0, or a negative errno with @error set. */
typedef int (*bus_inquiry_make)(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error);

struct bus_inquiry {
	struct bus *bus;
	bus_authorised again; /* the method, for when it has to wait */
	struct bus_request request;
	struct bus_view view;
	struct definition_origin origin; /* of the guest */
	bool has_guest;
	bool cmdline;		       /* it is QEMU's arguments */
	size_t n_members, *members;    /* those that were named, as indices in view.fleet.members */
	struct verdict_in_use *in_use; /* on this host */
	size_t n_in_use;
	bus_inquiry_make make;
	uint64_t class_us, member_us; /* about what it costs, for each */
	size_t guest_bytes;
};

/* Begins an inquiry with the options of @call. The caller hands it to bus_inquiry_done(). */
int bus_inquiry_init(struct bus_inquiry *inquiry, struct bus *bus, enum bus_request_call call);
void bus_inquiry_done(struct bus_inquiry *inquiry);

/* Each reads the next arguments. 0, or a negative errno with @error set. */
int bus_inquiry_read_hosts(
	struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error);
/* One more member, by its name. */
int bus_inquiry_read_host(
	struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error);
/* A guest and the options. With @optional an empty format stands for no guest. */
int bus_inquiry_read_guest(
	struct bus_inquiry *inquiry, bool optional, sd_bus_message *message, sd_bus_error *error);

/* Answers @message with the document; one that takes long is made beside the loop. */
int bus_inquiry_answer(struct bus_inquiry *inquiry, sd_bus_message *message, sd_bus_error *error);

/* Makes it here and now. As bus_inquiry_make. */
int bus_inquiry_make_now(struct bus_inquiry *inquiry, json_t **ret, sd_bus_error *error);
