/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/digest.h"
#include "tests/support/unit.h"

#include <string.h>

/* The examples of FIPS 180-4, as published with it. */
START_TEST(compute__published_examples__as_published)
{
	static const struct {
		const char *text, *digest;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char digest[DIGEST_LENGTH + 1];

		ck_assert_int_eq(digest_compute(rows[i].text, strlen(rows[i].text), digest), 0);
		ck_assert_str_eq(digest, rows[i].digest);
	}
}
END_TEST

START_TEST(compute__bytes_that_are_no_text__count)
{
	char a[DIGEST_LENGTH + 1], b[DIGEST_LENGTH + 1];

	ck_assert_int_eq(digest_compute("a\0b", 3, a), 0);
	ck_assert_int_eq(digest_compute("a\0c", 3, b), 0);
	ck_assert_str_ne(a, b);
}
END_TEST

static Suite *test_digest_suite(void)
{
	Suite *suite = suite_create("digest");
	TCase *cases = tcase_create("digest");

	tcase_add_test(cases, compute__published_examples__as_published);
	tcase_add_test(cases, compute__bytes_that_are_no_text__count);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_digest_suite());
}
