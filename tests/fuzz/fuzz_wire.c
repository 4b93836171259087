/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and heads of answers over the collector's socket: what is taken says the same again. */
#include "core/model/limits.h"
#include "daemon/collect/wire.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void wire_request_again(const uint8_t bytes[static WIRE_REQUEST_BYTES])
{
	uint8_t again[WIRE_REQUEST_BYTES];
	struct wire_request request;

	if (wire_decode_request(bytes, &request) != WIRE_DONE)
		return;
	wire_encode_request(&request, again);
	if (memcmp(again, bytes, sizeof(again)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	uint8_t again[WIRE_HEAD_BYTES];
	struct wire_head head;

	if (n >= WIRE_REQUEST_BYTES)
		wire_request_again(bytes);
	if (n < WIRE_HEAD_BYTES || wire_decode_head(bytes, &head) != WIRE_DONE)
		return 0;
	if (head.n_message > WIRE_MESSAGE_BYTES || head.n_document > LIMIT_FACTS_BYTES)
		abort();
	wire_encode_head(&head, again);
	if (memcmp(again, bytes, sizeof(again)) != 0)
		abort();
	return 0;
}
