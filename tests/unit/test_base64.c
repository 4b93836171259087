/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/base64.h"
#include "tests/support/unit.h"

#include <string.h>

/* RFC 4648 section 10. */
static const char *const test_base64_pairs[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

START_TEST(both__vectors_of_the_rfc__same)
{
	const char *const *pair = test_base64_pairs[_i];
	unsigned char bytes[16];
	char text[16];
	size_t n = 99;

	base64_encode(pair[0], strlen(pair[0]), text);
	ck_assert_str_eq(text, pair[1]);
	ck_assert_int_eq(base64_decode(pair[1], strlen(pair[1]), bytes, &n), 0);
	ck_assert_uint_eq(n, strlen(pair[0]));
	ck_assert_mem_eq(bytes, pair[0], n);
}
END_TEST

START_TEST(both__all_bytes__come_back)
{
	unsigned char bytes[257];
	unsigned char back[BASE64_BYTES(BASE64_LETTERS(257))];
	char text[BASE64_LETTERS(257) + 1];
	size_t n;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t length = 0; length <= sizeof(bytes); length++) {
		base64_encode(bytes, length, text);
		ck_assert_uint_eq(strlen(text), BASE64_LETTERS(length));
		ck_assert_int_eq(base64_decode(text, strlen(text), back, &n), 0);
		ck_assert_uint_eq(n, length);
		ck_assert_mem_eq(back, bytes, n);
	}
}
END_TEST

START_TEST(decode__other_spelling__refused)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zm8", "=",
		"==", "====", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm-_", "Zh==", "Zm9=", "Z===", "Zg=g",
		"Zm9vY===", "Zm9\x80" };
	unsigned char bytes[16];
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
			base64_decode(bad[i], strlen(bad[i]), bytes, &n) < 0, "took %s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base64");
	TCase *cases = tcase_create("base64");

	tcase_add_loop_test(cases, both__vectors_of_the_rfc__same, 0,
		(int)(sizeof(test_base64_pairs) / sizeof(test_base64_pairs[0])));
	tcase_add_test(cases, both__all_bytes__come_back);
	tcase_add_test(cases, decode__other_spelling__refused);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
