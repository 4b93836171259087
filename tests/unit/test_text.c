/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/text.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *text;
	uint64_t value;
} test_text_hex[] = {
	{ "0x0", 0 },
	{ "0x1f", 31 },
	{ "0xfee00000", 0xfee00000 },
	{ "0x8000000000000000", 0x8000000000000000 },
	{ "0xffffffffffffffff", UINT64_MAX },
};

START_TEST(hex__canonical_text__there_and_back)
{
	uint64_t value;
	char text[TEXT_HEX_BYTES];

	ck_assert_int_eq(
		text_parse_hex(test_text_hex[_i].text, strlen(test_text_hex[_i].text), &value), 0);
	ck_assert_uint_eq(value, test_text_hex[_i].value);
	ck_assert_uint_eq(text_format_hex(value, text), strlen(test_text_hex[_i].text));
	ck_assert_str_eq(text, test_text_hex[_i].text);
}
END_TEST

static const char *const test_text_not_hex[] = { "", "0", "0x", "1f", "0X1f", "0x1F", "0x01",
	"0x00", " 0x1", "0x1 ", "0x-1", "-0x1", "0x1g", "0x10000000000000000",
	"0x1ffffffffffffffff", "x1", "0x1\n" };

START_TEST(hex__any_other_spelling__refused)
{
	uint64_t value = 77;

	ck_assert_int_eq(
		text_parse_hex(test_text_not_hex[_i], strlen(test_text_not_hex[_i]), &value),
		-EINVAL);
	ck_assert_uint_eq(value, 77);
}
END_TEST

static const char *const test_text_not_decimal[] = { "", "00", "01", "+1", "-1", " 1", "1 ", "1a",
	"0x1", "1.0", "18446744073709551616", "99999999999999999999" };

START_TEST(decimal__any_other_spelling__refused)
{
	uint64_t value = 77;

	ck_assert_int_eq(text_parse_decimal(test_text_not_decimal[_i],
				 strlen(test_text_not_decimal[_i]), &value),
		-EINVAL);
	ck_assert_uint_eq(value, 77);
}
END_TEST

START_TEST(decimal__up_to_the_greatest__read)
{
	uint64_t value;

	ck_assert_int_eq(text_parse_decimal("0", 1, &value), 0);
	ck_assert_uint_eq(value, 0);
	ck_assert_int_eq(text_parse_decimal("18446744073709551615", 20, &value), 0);
	ck_assert_uint_eq(value, UINT64_MAX);
	ck_assert_int_eq(text_parse_decimal("12345", 3, &value), 0);
	ck_assert_uint_eq(value, 123);
}
END_TEST

START_TEST(is_printable__control_and_beyond_ascii__false)
{
	ck_assert(text_is_printable(" ~az09\"\\", 8));
	ck_assert(text_is_printable("", 0));
	ck_assert(!text_is_printable("a\n", 2));
	ck_assert(!text_is_printable("a\0", 2));
	ck_assert(!text_is_printable("\x7f", 1));
	ck_assert(!text_is_printable("\xc3\xa9", 2));
}
END_TEST

#define TEST_TEXT_N(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, hex__canonical_text__there_and_back, 0, TEST_TEXT_N(test_text_hex));
	tcase_add_loop_test(
		tc, hex__any_other_spelling__refused, 0, TEST_TEXT_N(test_text_not_hex));
	tcase_add_loop_test(
		tc, decimal__any_other_spelling__refused, 0, TEST_TEXT_N(test_text_not_decimal));
	tcase_add_test(tc, decimal__up_to_the_greatest__read);
	tcase_add_test(tc, is_printable__control_and_beyond_ascii__false);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
