/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request over a connected socket that systemd accepted (Accept=yes, StandardInput=socket): who
 * asks, what they ask, and the answer. Nothing that comes from there names a file.
 */
#pragma once

#include "daemon/collect/wire.h"

struct serve_answer {
	const char *document; /* NULL: it failed */
	size_t n_document;
	const char *message; /* lines for the log; empty: none */
};

enum serve_outcome {
	SERVE_DONE,
	SERVE_E_NO_SOCKET, /* the descriptor is no connected local socket */
	SERVE_E_STRANGER,  /* neither root nor the user is at the other end */
	SERVE_E_REQUEST,   /* no request came within five seconds, or none that is known here */
};

/*
 * Reads the request at @fd of root, or of the user called @user, into @ret. Who connected is what
 * the kernel says (SO_PEERCRED of unix(7)).
 */
int serve_read(int fd, const char *user, struct wire_request *ret);

/* Writes the answer; a peer that does not take it within ten seconds gets a part. Negative errno.
 */
int serve_write(int fd, const struct serve_answer *answer);

/* Says in words what a refusal of serve_read() means. */
const char *serve_text(int outcome);
