/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/arguments.h"
#include "tests/support/unit.h"

START_TEST(arguments_target__written_by_people__as_documents_write_it)
{
	static const struct {
		const char *given, *expected;
	} rows[] = {
		{ "01:00.0", "0000:01:00.0" },
		{ "1:00.0", "0000:01:00.0" },
		{ "AF:1F.7", "0000:af:1f.7" },
		{ "0000:AF:1f.7", "0000:af:1f.7" },
		{ "10000:e1:00.0", "10000:e1:00.0" },
		{ "9", "9" },
		{ "8086:10d3", "8086:10d3" },
		{ "8086:10D3", "8086:10D3" },
		{ "01:00.8", "01:00.8" },
		{ "01:00", "01:00" },
		{ "fe0000.Serial", "fe0000.Serial" },
		{ "0000:1:00.0", "0000:1:00.0" },
		{ "01:00.0 ", "01:00.0 " },
		{ "", "" },
	};
	struct arguments arguments = { 0 };

	ck_assert_int_eq(arena_new(4096, &arguments.arena), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(arguments_target(&arguments, rows[i].given), rows[i].expected);
	arguments_done(&arguments);
}
END_TEST

START_TEST(arguments_parse_size__units__bytes)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "1", 1 },
		{ "4096", 4096 },
		{ "1K", 1 << 10 },
		{ "512M", 512ULL << 20 },
		{ "64G", 64ULL << 30 },
		{ "1T", 1ULL << 40 },
		{ "15E", 15ULL << 60 },
		{ "18446744073709551615", UINT64_MAX },
	};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(arguments_parse_size(rows[i].text, &bytes), "%s", rows[i].text);
		ck_assert_uint_eq(bytes, rows[i].bytes);
	}
}
END_TEST

START_TEST(arguments_parse_size__not_a_size_or_too_large__refused_untouched)
{
	static const char *const rows[] = { "", "0", "0K", "G", "-1", "1k", "1GB", "1.5G", " 1",
		"1 ", "16E", "17E", "99999999999G", "18446744073709551616", "17179869184G",
		"0x10" };
	uint64_t bytes = 42;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(!arguments_parse_size(rows[i], &bytes), "%s", rows[i]);
	ck_assert_uint_eq(bytes, 42);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arguments");
	TCase *cases = tcase_create("arguments");

	tcase_add_test(cases, arguments_target__written_by_people__as_documents_write_it);
	tcase_add_test(cases, arguments_parse_size__units__bytes);
	tcase_add_test(cases, arguments_parse_size__not_a_size_or_too_large__refused_untouched);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
