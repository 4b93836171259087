/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/capture_text.h"
#include "core/cleanup.h"
#include "tests/support/capture_read.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static uint64_t test_capture_read_seed;

/* What a sink got, as one text. */
struct test_capture_read_got {
	FILE *out;
	int fail; /* what the next entry answers */
	unsigned char bytes[8192];
	size_t n;
};

static int test_capture_read_dir(void *data, const char *path)
{
	struct test_capture_read_got *got = data;

	fprintf(got->out, "dir %s;", path);
	return got->fail;
}

static int test_capture_read_link(void *data, const char *path, const char *target)
{
	struct test_capture_read_got *got = data;

	fprintf(got->out, "link %s -> %s;", path, target);
	return got->fail;
}

static int test_capture_read_keep(
	struct test_capture_read_got *got, const unsigned char *bytes, size_t n)
{
	got->n = n;
	memcpy(got->bytes, bytes, n < sizeof(got->bytes) ? n : sizeof(got->bytes));
	return got->fail;
}

static int test_capture_read_file(
	void *data, const char *path, unsigned int mode, const unsigned char *bytes, size_t n)
{
	struct test_capture_read_got *got = data;

	fprintf(got->out, "file %s %o %zu;", path, mode, n);
	return test_capture_read_keep(got, bytes, n);
}

static int test_capture_read_log(void *data, const unsigned char *bytes, size_t n)
{
	struct test_capture_read_got *got = data;

	fprintf(got->out, "log %zu;", n);
	return test_capture_read_keep(got, bytes, n);
}

static const struct capture_read_sink test_capture_read_sink = {
	.dir = test_capture_read_dir,
	.link = test_capture_read_link,
	.file = test_capture_read_file,
	.kernel_log = test_capture_read_log,
};

/* Reads @text of @n bytes; *ret_got is what came, as text that the caller frees. */
static int test_capture_read_text(const char *text, size_t n, struct test_capture_read_got *got,
	char **ret_got, struct capture_read_problem *ret_problem)
{
	size_t size;

	got->out = open_memstream(ret_got, &size);
	ck_assert_ptr_nonnull(got->out);
	int r = capture_read(text, n, &test_capture_read_sink, got, ret_problem);
	(void)fclose(got->out);
	return r;
}

/* What a capture with these @entries, and an end that counts @n_entries, gives. */
static void test_capture_read_gives(const char *entries, unsigned int n_entries, const char *want)
{
	struct test_capture_read_got got = { 0 };
	struct capture_read_problem problem = { 0 };
	_cleanup_(cleanup_freep) char *text = NULL;
	_cleanup_(cleanup_freep) char *seen = NULL;

	ck_assert_int_ge(
		asprintf(&text, CAPTURE_TEXT_HEADER "\n%send %u\n", entries, n_entries), 0);
	int r = test_capture_read_text(text, strlen(text), &got, &seen, &problem);
	ck_assert_msg(r == 0, "line %zu: %s in\n%s", problem.line, problem.text, text);
	ck_assert_str_eq(seen, want);
}

static void test_capture_read_refuses(
	const char *entries, unsigned int n_entries, size_t line, const char *why)
{
	struct test_capture_read_got got = { 0 };
	struct capture_read_problem problem = { 0 };
	_cleanup_(cleanup_freep) char *text = NULL;
	_cleanup_(cleanup_freep) char *seen = NULL;

	ck_assert_int_ge(
		asprintf(&text, CAPTURE_TEXT_HEADER "\n%send %u\n", entries, n_entries), 0);
	int r = test_capture_read_text(text, strlen(text), &got, &seen, &problem);
	ck_assert_msg(r == CAPTURE_READ_E_REFUSED, "not refused: %s", entries);
	ck_assert_msg(strstr(problem.text, why) != NULL, "%s: %s", entries, problem.text);
	ck_assert_msg(problem.line == line, "%s: line %zu", entries, problem.line);
}

START_TEST(read__each_kind_of_entry__handed_on)
{
	test_capture_read_gives("in proc\nfile cmdline 0444 text\n  quiet\n"
				"in sys/kernel\ndir iommu_groups\nunreadable notes EACCES\n"
				"in .\nlink z\\x20y sys/kernel\n"
				"kernel-log text-no-newline\n  [    0.0] Linux\n",
		5,
		"file proc/cmdline 444 6;dir sys/kernel/iommu_groups;link z y -> sys/kernel;"
		"log 15;");
	test_capture_read_gives("kernel-log unreadable EPERM\n", 1, "");
	test_capture_read_gives("", 0, "");
}
END_TEST

START_TEST(read__a_path_that_could_lead_out__refused)
{
	static const char plain[] = "plain one below the root";

	test_capture_read_refuses("in ..\ndir x\n", 1, 2, plain);
	test_capture_read_refuses("in /etc\ndir x\n", 1, 2, plain);
	test_capture_read_refuses("in a/../../b\ndir x\n", 1, 2, plain);
	test_capture_read_refuses("in a//b\ndir x\n", 1, 2, plain);
	test_capture_read_refuses("in a/\ndir x\n", 1, 2, plain);
	test_capture_read_refuses("in a\ndir ..\n", 1, 3, plain);
	test_capture_read_refuses("in a\ndir .\n", 1, 3, plain);
	test_capture_read_refuses("dir /etc\n", 1, 2, "without a slash");
	test_capture_read_refuses("dir a\\x2fb\n", 1, 2, "without a slash");
	test_capture_read_refuses("dir a\\x00b\n", 1, 2, "without a slash");
	test_capture_read_refuses("dir \n", 1, 2, "without a slash");
	test_capture_read_refuses("dir a\\b\n", 1, 2, "without a slash");
}
END_TEST

START_TEST(read__an_entry_below_a_link_or_a_file__refused)
{
	test_capture_read_refuses(
		"link a b\nin a\nfile x 0644 empty\n", 2, 4, "below a file or a link");
	test_capture_read_refuses(
		"file a 0644 empty\nin a/b\ndir x\n", 2, 4, "below a file or a link");
	test_capture_read_refuses("unreadable a EACCES\nin a\ndir x\n", 2, 4, "below a file");
	/* A name that only starts alike is another one. */
	test_capture_read_gives(
		"link a b\nlink a-b b\nin ab\ndir x\n", 3, "link a -> b;link a-b -> b;dir ab/x;");
}
END_TEST

START_TEST(read__a_link_out_of_the_root__refused)
{
	test_capture_read_refuses("link a /etc\n", 1, 2, "leads out");
	test_capture_read_refuses("link a ..\n", 1, 2, "leads out");
	test_capture_read_refuses("in a/b\nlink c ../../../d\n", 1, 3, "leads out");
	test_capture_read_refuses("in a/b\nlink c d/../../../../e/f\n", 1, 3, "leads out");
	test_capture_read_gives("in a/b\nlink c ../../d\n", 1, "link a/b/c -> ../../d;");
}
END_TEST

START_TEST(read__unsorted_or_twice__refused)
{
	test_capture_read_refuses("dir b\ndir a\n", 2, 3, "not sorted");
	test_capture_read_refuses("dir a\ndir a\n", 2, 3, "not sorted");
	test_capture_read_refuses("dir a-b\nin a\ndir c\n", 2, 4, "not sorted");
	test_capture_read_refuses("kernel-log empty\ndir a\n", 2, 3, "not the last");
	test_capture_read_refuses("kernel-log empty\nkernel-log empty\n", 2, 3, "second");
}
END_TEST

START_TEST(read__a_capture_cut_short__refused)
{
	struct test_capture_read_got got = { 0 };
	struct capture_read_problem problem = { 0 };
	static const char whole[] =
		CAPTURE_TEXT_HEADER "\nin a\ndir b\nfile c 0444 text\n  x\nend 2\n";

	for (size_t n = 0; n < strlen(whole); n++) {
		_cleanup_(cleanup_freep) char *seen = NULL;
		int r = test_capture_read_text(whole, n, &got, &seen, &problem);
		ck_assert_msg(r == CAPTURE_READ_E_REFUSED, "%zu bytes are taken for all", n);
	}
	test_capture_read_refuses("dir a\n", 2, 3, "entries are missing");
	test_capture_read_refuses("dir a\nend 1\n", 1, 3, "more after the end");
}
END_TEST

START_TEST(read__malformed_content__refused)
{
	test_capture_read_refuses("file a 0444 hex\n  0000 0g\n", 1, 3, "hexadecimal");
	test_capture_read_refuses("file a 0444 hex\n  0000 123\n", 1, 3, "whole bytes");
	test_capture_read_refuses("file a 0444 hex\n  0001 12\n", 1, 3, "offset");
	test_capture_read_refuses("file a 0444 hex\n  0000 00*0\n", 1, 3, "whole bytes");
	test_capture_read_refuses("file a 0444 hex\n  0000 00*x\n", 1, 3, "count");
	test_capture_read_refuses(
		"file a 0444 hex\n  0000 00*99999999999999999999\n", 1, 3, "count");
	test_capture_read_refuses("file a 0444 hex\n  0000\n", 1, 3, "offset");
	test_capture_read_refuses("file a 0444 hex\n", 1, 2, "missing");
	test_capture_read_refuses("file a 0444 text\n", 1, 2, "missing");
	test_capture_read_refuses("file a 0444 base64\n  AAAA\n", 1, 2, "form");
	test_capture_read_refuses("file a 1777 empty\n", 1, 2, "mode");
	test_capture_read_refuses("file a 0888 empty\n", 1, 2, "mode");
	test_capture_read_refuses("file a 0444\n", 1, 2, "mode");
	test_capture_read_refuses("device a 1 3\n", 1, 2, "kind");
	test_capture_read_refuses("  text of nothing\n", 1, 2, "name");
}
END_TEST

START_TEST(read__folded_rows_without_end__refused_before_the_memory_is_taken)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (unsigned int i = 0; i < 9; i++)
		fprintf(out, "file %u 0444 hex\n  0000 00*16777216\n", i);
	(void)fclose(out);
	test_capture_read_refuses(text, 9, 19, "too large");
	test_capture_read_refuses(
		"file a 0444 hex\n  0000 00*16777216\n  1000000 00\n", 1, 4, "too large");
}
END_TEST

START_TEST(compare__paths__a_directory_before_what_follows_it)
{
	static const char *const sorted[] = { "a", "a/b", "a/b/c", "a/b-c", "a/b.c", "a-b", "a.b",
		"aa", "b" };

	for (size_t i = 0; i < 9; i++)
		for (size_t k = 0; k < 9; k++) {
			int order = capture_text_compare(sorted[i], sorted[k]);
			ck_assert_msg(i < k   ? order < 0
				      : i > k ? order > 0
					      : order == 0,
				"%s %s", sorted[i], sorted[k]);
		}
}
END_TEST

START_TEST(read__another_version__refused)
{
	struct test_capture_read_got got = { 0 };
	struct capture_read_problem problem = { 0 };
	_cleanup_(cleanup_freep) char *seen = NULL;
	static const char other[] = "iommufleet-capture 2\nend 0\n";

	ck_assert_int_eq(test_capture_read_text(other, strlen(other), &got, &seen, &problem),
		CAPTURE_READ_E_REFUSED);
	ck_assert_uint_eq(problem.line, 1);
}
END_TEST

START_TEST(read__the_sink_fails__its_error_comes_back_at_once)
{
	struct test_capture_read_got got = { .fail = -ENOSPC };
	struct capture_read_problem problem;
	_cleanup_(cleanup_freep) char *seen = NULL;
	static const char text[] = CAPTURE_TEXT_HEADER "\ndir a\ndir b\nend 2\n";

	ck_assert_int_eq(
		test_capture_read_text(text, strlen(text), &got, &seen, &problem), -ENOSPC);
	ck_assert_str_eq(seen, "dir a;");
}
END_TEST

/* Fills @bytes with one of the shapes that files have: text, strings, tables of zeros, noise. */
static size_t test_capture_read_make(uint64_t *state, unsigned char *bytes, size_t max)
{
	static const char *const alphabets[] = { "ab \t\n\\", "ab\0", "\0\0\0\0\0\0\0\0\0\xff" };
	static const size_t n_letters[] = { 6, 3, 10 };
	uint64_t shape = unit_random(state) % 5;
	size_t n = unit_random(state) % max;

	for (size_t i = 0; i < n; i++) {
		uint64_t number = unit_random(state);
		if (shape < 3)
			bytes[i] = (unsigned char)alphabets[shape][number % n_letters[shape]];
		else if (shape == 3)
			bytes[i] = (unsigned char)number;
		else
			bytes[i] = i > 0 && number % 50 ? bytes[i - 1] : number % 3 ? 0 : 0xff;
	}
	return n;
}

START_TEST(text_and_read__random_content__the_same_bytes_back)
{
	uint64_t state = test_capture_read_seed;

	for (int round = 0; round < 2000; round++) {
		unsigned char bytes[600];
		size_t n = test_capture_read_make(&state, bytes, sizeof(bytes));
		struct test_capture_read_got got = { 0 };
		struct capture_read_problem problem = { 0 };
		struct capture_text text;
		_cleanup_(cleanup_freep) char *written = NULL;
		_cleanup_(cleanup_freep) char *seen = NULL;
		size_t size;
		FILE *out = open_memstream(&written, &size);

		capture_text_begin(&text, out);
		capture_text_file(&text, "a b/c\\d\x7f", 0640, bytes, n);
		ck_assert_int_eq(capture_text_end(&text), 0);
		(void)fclose(out);
		int r = test_capture_read_text(written, size, &got, &seen, &problem);
		ck_assert_msg(r == 0, "round %d, line %zu: %s", round, problem.line, problem.text);
		ck_assert_uint_eq(got.n, n);
		ck_assert_msg(memcmp(got.bytes, bytes, n) == 0, "round %d", round);
		ck_assert_ptr_nonnull(strstr(seen, "file a b/c\\d\x7f 640 "));
	}
}
END_TEST

START_TEST(read__random_damage__an_answer_and_nothing_worse)
{
	uint64_t state = test_capture_read_seed;
	static const char whole[] = CAPTURE_TEXT_HEADER
		"\nin a/b\ndir c\nfile d 0444 hex\n  0000 00*64\n  0040 1234\nlink e ../c\n"
		"in f\nfile g 0600 strings\n  x\n  y\nkernel-log text\n  z\nend 5\n";

	for (int round = 0; round < 20000; round++) {
		char damaged[sizeof(whole)];
		struct test_capture_read_got got = { 0 };
		struct capture_read_problem problem = { 0 };
		_cleanup_(cleanup_freep) char *seen = NULL;

		memcpy(damaged, whole, sizeof(whole));
		for (uint64_t i = unit_random(&state) % 4; i < 4; i++)
			damaged[unit_random(&state) % strlen(whole)] =
				whole[unit_random(&state) % strlen(whole)];
		size_t n = strlen(whole) - (unit_random(&state) % 4 ? 0 : unit_random(&state) % 40);
		int r = test_capture_read_text(damaged, n, &got, &seen, &problem);
		ck_assert(r == 0 || (r == CAPTURE_READ_E_REFUSED && problem.text));
		ck_assert_ptr_null(strstr(seen, "dir .."));
		ck_assert_ptr_null(strstr(seen, "file .."));
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("capture_read");
	TCase *tc = tcase_create("capture_read");

	test_capture_read_seed = unit_seed(argc, argv);
	tcase_add_test(tc, read__each_kind_of_entry__handed_on);
	tcase_add_test(tc, read__a_path_that_could_lead_out__refused);
	tcase_add_test(tc, read__an_entry_below_a_link_or_a_file__refused);
	tcase_add_test(tc, read__a_link_out_of_the_root__refused);
	tcase_add_test(tc, read__unsorted_or_twice__refused);
	tcase_add_test(tc, read__a_capture_cut_short__refused);
	tcase_add_test(tc, read__malformed_content__refused);
	tcase_add_test(tc, read__folded_rows_without_end__refused_before_the_memory_is_taken);
	tcase_add_test(tc, compare__paths__a_directory_before_what_follows_it);
	tcase_add_test(tc, read__another_version__refused);
	tcase_add_test(tc, read__the_sink_fails__its_error_comes_back_at_once);
	tcase_add_test(tc, text_and_read__random_content__the_same_bytes_back);
	tcase_add_test(tc, read__random_damage__an_answer_and_nothing_worse);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
