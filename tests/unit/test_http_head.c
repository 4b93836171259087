/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/http/head.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_HTTP_HEAD_GET "GET /v1/buckets HTTP/1.1\r\n"

static const struct {
	const char *text;
	enum http_head_outcome outcome;
} test_http_head_rows[] = {
	{ TEST_HTTP_HEAD_GET "Host: x\r\n\r\n", HTTP_HEAD_DONE },
	{ TEST_HTTP_HEAD_GET "hOST:x\r\n\r\n", HTTP_HEAD_DONE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nA: \t b \t\r\n\r\n", HTTP_HEAD_DONE },
	{ "", HTTP_HEAD_MORE },
	{ "G", HTTP_HEAD_MORE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\n", HTTP_HEAD_MORE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\n\r", HTTP_HEAD_MORE },
	{ "\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ TEST_HTTP_HEAD_GET "\r\n", HTTP_HEAD_E_MALFORMED }, /* no host */
	{ TEST_HTTP_HEAD_GET "Host: x\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ TEST_HTTP_HEAD_GET "Host : x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ TEST_HTTP_HEAD_GET ": x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ TEST_HTTP_HEAD_GET "Host\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET  /v1 HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET /v1  HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_VERSION },
	{ " GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET /v1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET http://x/v1 HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "PROPFINDS /v1 HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_MALFORMED },
	{ "GET /v1 HTTP/1.0\r\nHost: x\r\n\r\n", HTTP_HEAD_E_VERSION },
	{ "GET /v1 HTTP/1.1x\r\nHost: x\r\n\r\n", HTTP_HEAD_E_VERSION },
	{ "GET /v1 http/1.1\r\nHost: x\r\n\r\n", HTTP_HEAD_E_VERSION },
	{ "GET /v1 HTTP/1.1\nHost: x\n\n", HTTP_HEAD_E_LINE },
	{ "\n", HTTP_HEAD_E_LINE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\n folded\r\n\r\n", HTTP_HEAD_E_LINE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\n\tfolded\r\n\r\n", HTTP_HEAD_E_LINE },
	{ TEST_HTTP_HEAD_GET "Host: x\ry\r\n\r\n", HTTP_HEAD_E_LINE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\n\n", HTTP_HEAD_E_LINE },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
		HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length: 05\r\n\r\n", HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length: +5\r\n\r\n", HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length: 5 5\r\n\r\n", HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length:\r\n\r\n", HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nContent-Length: 18446744073709551616\r\n\r\n",
		HTTP_HEAD_E_LENGTH },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nTRANSFER-encoding: identity\r\n\r\n",
		HTTP_HEAD_E_ENCODING },
	{ TEST_HTTP_HEAD_GET "Host: x\r\nExpect: 100-continue\r\n\r\n", HTTP_HEAD_E_EXPECT },
};

START_TEST(parse__heads_of_every_kind__only_good_ones_are_taken)
{
	for (size_t i = 0; i < sizeof(test_http_head_rows) / sizeof(test_http_head_rows[0]); i++) {
		const char *text = test_http_head_rows[i].text;
		struct http_head head;
		enum http_head_outcome outcome = http_head_parse(text, strlen(text), &head);

		ck_assert_msg(outcome == test_http_head_rows[i].outcome, "row %zu: %s: %s", i,
			http_head_word(outcome), text);
	}
}
END_TEST

START_TEST(parse__a_good_head__its_parts)
{
	static const char text[] = "POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n"
				   "If-None-Match: \"abc\"\r\nConnection: Close\r\n\r\nbody";
	struct http_head head;

	ck_assert_int_eq(http_head_parse(text, strlen(text), &head), HTTP_HEAD_DONE);
	ck_assert_str_eq(head.method, "POST");
	ck_assert_str_eq(head.path, "/v1/records");
	ck_assert_str_eq(head.tag, "\"abc\"");
	ck_assert(head.has_length && head.close);
	ck_assert_uint_eq(head.length, 17);
	ck_assert_uint_eq(head.n, strlen(text) - 4);
}
END_TEST

/* Where the bytes are cut must make no difference. */
START_TEST(parse__byte_by_byte__more_until_the_last)
{
	static const char text[] = TEST_HTTP_HEAD_GET "Host: x\r\nA: b\r\n\r\n";
	struct http_head head;

	for (size_t n = 0; n < strlen(text); n++)
		ck_assert_int_eq(http_head_parse(text, n, &head), HTTP_HEAD_MORE);
	ck_assert_int_eq(http_head_parse(text, strlen(text), &head), HTTP_HEAD_DONE);
}
END_TEST

START_TEST(parse__at_the_limits__refused_beyond)
{
	static char text[2 * HTTP_HEAD_BYTES];
	size_t n = strlen(TEST_HTTP_HEAD_GET "Host: x\r\nA: ");
	struct http_head head;

	memset(text, 'a', sizeof(text));
	memcpy(text, TEST_HTTP_HEAD_GET "Host: x\r\nA: ", n);
	ck_assert_int_eq(http_head_parse(text, HTTP_HEAD_BYTES - 1, &head), HTTP_HEAD_MORE);
	ck_assert_int_eq(http_head_parse(text, HTTP_HEAD_BYTES, &head), HTTP_HEAD_E_SIZE);
	memcpy(text + HTTP_HEAD_BYTES - 4, "\r\n\r\n", 4);
	ck_assert_int_eq(http_head_parse(text, sizeof(text), &head), HTTP_HEAD_DONE);
	memcpy(text + HTTP_HEAD_BYTES - 4, "a\r\n\r\n", 5);
	ck_assert_int_eq(http_head_parse(text, sizeof(text), &head), HTTP_HEAD_E_SIZE);
}
END_TEST

static enum http_head_outcome test_http_head_with_headers(unsigned n_headers)
{
	char text[HTTP_HEAD_BYTES] = TEST_HTTP_HEAD_GET "Host: x\r\n";
	size_t n = strlen(text);
	struct http_head head;

	for (unsigned i = 1; i < n_headers; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "A: b\r\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	return http_head_parse(text, n, &head);
}

START_TEST(parse__many_headers__refused_beyond)
{
	ck_assert_int_eq(test_http_head_with_headers(HTTP_HEAD_HEADERS), HTTP_HEAD_DONE);
	ck_assert_int_eq(test_http_head_with_headers(HTTP_HEAD_HEADERS + 1), HTTP_HEAD_E_SIZE);
}
END_TEST

START_TEST(parse__a_path_at_its_limit__refused_beyond)
{
	char text[HTTP_HEAD_BYTES], path[HTTP_HEAD_PATH + 1];
	struct http_head head;

	memset(path, '/', sizeof(path));
	for (unsigned i = 0; i < 2; i++) {
		path[HTTP_HEAD_PATH - 1 + i] = '\0';
		(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
		ck_assert_int_eq(http_head_parse(text, strlen(text), &head),
			i == 0 ? HTTP_HEAD_DONE : HTTP_HEAD_E_MALFORMED);
		path[HTTP_HEAD_PATH - 1] = '/';
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_head");
	TCase *tcase = tcase_create("http_head");

	tcase_add_test(tcase, parse__heads_of_every_kind__only_good_ones_are_taken);
	tcase_add_test(tcase, parse__a_good_head__its_parts);
	tcase_add_test(tcase, parse__byte_by_byte__more_until_the_last);
	tcase_add_test(tcase, parse__at_the_limits__refused_beyond);
	tcase_add_test(tcase, parse__many_headers__refused_beyond);
	tcase_add_test(tcase, parse__a_path_at_its_limit__refused_beyond);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
