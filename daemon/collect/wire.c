/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/wire.h"

#include "core/model/limits.h"

#include <endian.h>
#include <string.h>

#define WIRE_VERSION 1U

/* Both begin with who speaks, the version and one flag, and two bytes that are zero. */
#define WIRE_MARK     4U
#define WIRE_PREAMBLE 8U

static const char wire_request_mark[WIRE_MARK] = { 'i', 'f', 'c', 'q' };
static const char wire_answer_mark[WIRE_MARK] = { 'i', 'f', 'c', 'a' };

_Static_assert(WIRE_REQUEST_BYTES == WIRE_PREAMBLE, "a request is a preamble");
_Static_assert(WIRE_HEAD_BYTES == WIRE_PREAMBLE + 8, "a head is a preamble and two lengths");

static void wire_encode_preamble(
	const char mark[static WIRE_MARK], bool flag, uint8_t ret[static WIRE_PREAMBLE])
{
	memset(ret, 0, WIRE_PREAMBLE);
	memcpy(ret, mark, WIRE_MARK);
	ret[WIRE_MARK] = WIRE_VERSION;
	ret[WIRE_MARK + 1] = flag;
}

static int wire_decode_preamble(
	const char mark[static WIRE_MARK], const uint8_t bytes[static WIRE_PREAMBLE], bool *ret)
{
	if (memcmp(bytes, mark, WIRE_MARK) != 0)
		return WIRE_E_MALFORMED;
	if (bytes[WIRE_MARK] != WIRE_VERSION)
		return WIRE_E_VERSION;
	if (bytes[WIRE_MARK + 1] > 1 || bytes[WIRE_MARK + 2] != 0 || bytes[WIRE_MARK + 3] != 0)
		return WIRE_E_MALFORMED;
	*ret = bytes[WIRE_MARK + 1] == 1;
	return WIRE_DONE;
}

void wire_encode_request(const struct wire_request *request, uint8_t ret[static WIRE_REQUEST_BYTES])
{
	wire_encode_preamble(wire_request_mark, request->wake, ret);
}

int wire_decode_request(const uint8_t bytes[static WIRE_REQUEST_BYTES], struct wire_request *ret)
{
	return wire_decode_preamble(wire_request_mark, bytes, &ret->wake);
}

static void wire_encode_number(uint32_t number, uint8_t ret[static sizeof(uint32_t)])
{
	number = htobe32(number);
	memcpy(ret, &number, sizeof(number));
}

static uint32_t wire_decode_number(const uint8_t bytes[static sizeof(uint32_t)])
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return be32toh(number);
}

void wire_encode_head(const struct wire_head *head, uint8_t ret[static WIRE_HEAD_BYTES])
{
	wire_encode_preamble(wire_answer_mark, head->failed, ret);
	wire_encode_number(head->n_message, ret + WIRE_PREAMBLE);
	wire_encode_number(head->n_document, ret + WIRE_PREAMBLE + sizeof(uint32_t));
}

int wire_decode_head(const uint8_t bytes[static WIRE_HEAD_BYTES], struct wire_head *ret)
{
	struct wire_head head = { 0 };
	int r = wire_decode_preamble(wire_answer_mark, bytes, &head.failed);

	if (r != WIRE_DONE)
		return r;
	head.n_message = wire_decode_number(bytes + WIRE_PREAMBLE);
	head.n_document = wire_decode_number(bytes + WIRE_PREAMBLE + sizeof(uint32_t));
	if (head.n_message > WIRE_MESSAGE_BYTES || head.n_document > LIMIT_FACTS_BYTES ||
		head.failed != (head.n_document == 0))
		return WIRE_E_MALFORMED;
	*ret = head;
	return WIRE_DONE;
}
