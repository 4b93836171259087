/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/limits.h"
#include "daemon/collect/wire.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(request__encoded__is_eight_bytes_that_say_the_same)
{
	uint8_t bytes[WIRE_REQUEST_BYTES];

	for (int wake = 0; wake < 2; wake++) {
		struct wire_request request = { .wake = wake }, back = { .wake = !wake };

		wire_encode_request(&request, bytes);
		ck_assert_mem_eq(bytes, wake ? "ifcq\1\1\0" : "ifcq\1\0\0", 8);
		ck_assert_int_eq(wire_decode_request(bytes, &back), WIRE_DONE);
		ck_assert_int_eq(back.wake, wake);
	}
}
END_TEST

START_TEST(decode_request__each_byte_changed__refused)
{
	struct wire_request request = { .wake = false };
	uint8_t bytes[WIRE_REQUEST_BYTES];

	for (size_t at = 0; at < sizeof(bytes); at++) {
		wire_encode_request(&request, bytes);
		bytes[at] ^= 0x42;
		ck_assert_int_eq(wire_decode_request(bytes, &request),
			at == 4 ? WIRE_E_VERSION : WIRE_E_MALFORMED);
	}
}
END_TEST

START_TEST(head__encoded__says_the_same)
{
	static const struct wire_head heads[] = { { false, 0, 1 },
		{ false, WIRE_MESSAGE_BYTES, LIMIT_FACTS_BYTES }, { true, 17, 0 } };
	uint8_t bytes[WIRE_HEAD_BYTES];

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct wire_head back;

		wire_encode_head(&heads[i], bytes);
		ck_assert_int_eq(wire_decode_head(bytes, &back), WIRE_DONE);
		ck_assert_int_eq(back.failed, heads[i].failed);
		ck_assert_uint_eq(back.n_message, heads[i].n_message);
		ck_assert_uint_eq(back.n_document, heads[i].n_document);
	}
}
END_TEST

START_TEST(decode_head__over_a_limit_or_both_or_neither__refused)
{
	static const struct wire_head heads[] = { { false, WIRE_MESSAGE_BYTES + 1, 1 },
		{ false, 0, LIMIT_FACTS_BYTES + 1 }, { false, UINT32_MAX, UINT32_MAX },
		{ false, 5, 0 }, { true, 5, 1 } };
	struct wire_head back = { .n_message = 7 };
	uint8_t bytes[WIRE_HEAD_BYTES];

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		wire_encode_head(&heads[i], bytes);
		ck_assert_int_eq(wire_decode_head(bytes, &back), WIRE_E_MALFORMED);
	}
	wire_encode_head(&(struct wire_head){ false, 0, 1 }, bytes);
	bytes[4]++;
	ck_assert_int_eq(wire_decode_head(bytes, &back), WIRE_E_VERSION);
	ck_assert_int_eq(wire_decode_head((const uint8_t *)"ifcq\1\0\0\0\0\0\0\0\0\0\1", &back),
		WIRE_E_MALFORMED);
	ck_assert_uint_eq(back.n_message, 7);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_test(tcase, request__encoded__is_eight_bytes_that_say_the_same);
	tcase_add_test(tcase, decode_request__each_byte_changed__refused);
	tcase_add_test(tcase, head__encoded__says_the_same);
	tcase_add_test(tcase, decode_head__over_a_limit_or_both_or_neither__refused);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
