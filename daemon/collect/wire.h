/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon and the collector say to each other over a socket: one request of fixed size,
 * then one answer, which is a head, messages for the log and the facts document. The request says
 * whether sleepers are read and nothing else: whoever has the privilege takes no path from who has
 * none. Bytes and values only, no sockets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_REQUEST_BYTES 8U
#define WIRE_HEAD_BYTES	   16U
#define WIRE_MESSAGE_BYTES 512U /* of messages, at most */

enum wire_outcome {
	WIRE_DONE,
	WIRE_E_MALFORMED, /* these bytes are no request, or no head of an answer */
	WIRE_E_VERSION,	  /* of another version of this program */
};

struct wire_request {
	bool wake; /* read the configuration space of sleeping devices */
};

struct wire_head {
	bool failed;	     /* the messages say why; there is no document */
	uint32_t n_message;  /* bytes, up to WIRE_MESSAGE_BYTES */
	uint32_t n_document; /* bytes, up to LIMIT_FACTS_BYTES, after the messages */
};

void wire_encode_request(
	const struct wire_request *request, uint8_t ret[static WIRE_REQUEST_BYTES]);
int wire_decode_request(const uint8_t bytes[static WIRE_REQUEST_BYTES], struct wire_request *ret);

void wire_encode_head(const struct wire_head *head, uint8_t ret[static WIRE_HEAD_BYTES]);
int wire_decode_head(const uint8_t bytes[static WIRE_HEAD_BYTES], struct wire_head *ret);
