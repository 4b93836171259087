/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest made ready to be asked about on one host: a definition is laid out as QEMU would lay it
 * out there, compared with what it is where it was started, and the addresses of its devices, which
 * belong to the host that it is defined on, become kinds of devices.
 */
#pragma once

#include "core/codec/guest_text.h"
#include "core/judge/host.h"
#include "core/layout/layout.h"

/* The host that a guest is defined on, and, if it runs, was started on. */
struct definition_origin {
	const struct host *host; /* NULL: not known */
	const char *name;	 /* of it, or NULL */
	bool here; /* addresses are those of the host that is asked; it was started there too,
		    * unless host is NULL: then that was somewhere else */
	bool started_here; /* it is about to be started on the host that is asked: its map is new */
};

/* What of @host a map depends on. */
struct layout_place definition_place(const struct host *host);

/*
 * The guest of @text as it would be on @there, in @ret, which the caller owns. Devices at addresses
 * that no origin explains keep a host, so that an answer about them is unknown. -ENOMEM.
 */
int definition_guest(const struct guest_text *text, const struct host *there,
	const struct definition_origin *origin, struct guest **ret);
