/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/serve.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define SERVE_READ_S	 5
#define SERVE_WRITE_S	 10
#define SERVE_USER_BYTES 4096 /* of what is known of a user */

static bool serve_is_user(uid_t uid, const char *user)
{
	struct passwd entry, *found = NULL;
	char texts[SERVE_USER_BYTES];

	return getpwnam_r(user, &entry, texts, sizeof(texts), &found) == 0 && found &&
	       entry.pw_uid == uid;
}

int serve_read(int fd, const char *user, struct wire_request *ret)
{
	struct timeval patience = { .tv_sec = SERVE_READ_S };
	uint8_t bytes[WIRE_REQUEST_BYTES];
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || n != sizeof(peer) ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return SERVE_E_NO_SOCKET;
	if (peer.uid != 0 && !serve_is_user(peer.uid, user))
		return SERVE_E_STRANGER;
	if (recv(fd, bytes, sizeof(bytes), MSG_WAITALL) != (ssize_t)sizeof(bytes) ||
		wire_decode_request(bytes, ret) != WIRE_DONE)
		return SERVE_E_REQUEST;
	return SERVE_DONE;
}

static int serve_send(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t r = send(fd, at, n, MSG_NOSIGNAL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		at += r;
		n -= (size_t)r;
	}
	return 0;
}

int serve_write(int fd, const struct serve_answer *answer)
{
	struct timeval patience = { .tv_sec = SERVE_WRITE_S };
	size_t n_message = strnlen(answer->message, WIRE_MESSAGE_BYTES);
	struct wire_head head = { .failed = !answer->document,
		.n_message = (uint32_t)n_message,
		.n_document = answer->document ? (uint32_t)answer->n_document : 0 };
	uint8_t bytes[WIRE_HEAD_BYTES];
	int r = setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));

	wire_encode_head(&head, bytes);
	r = r < 0 ? -errno : serve_send(fd, bytes, sizeof(bytes));
	if (r == 0)
		r = serve_send(fd, answer->message, n_message);
	return r < 0 ? r : serve_send(fd, answer->document, head.n_document);
}

const char *serve_text(int outcome)
{
	switch ((enum serve_outcome)outcome) {
	case SERVE_DONE:
		break;
	case SERVE_E_NO_SOCKET:
		return "standard input is no connected local socket; iommufleet-collect.socket "
		       "makes one";
	case SERVE_E_STRANGER:
		return "only root and the daemon's user may ask";
	case SERVE_E_REQUEST:
		return "no request came that this version knows";
	}
	return "";
}
