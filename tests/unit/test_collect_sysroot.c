/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to files: never out of the root, never stuck, never more than asked for. */
#define _GNU_SOURCE
#include "core/arena.h"
#include "daemon/collect/sysroot.h"
#include "daemon/collect/sysroot_walk.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define TEST_SECOND_US 1000000U

static char test_top[] = "/tmp/test_collect_sysroot.XXXXXX";
static struct sysroot *test_root;
static char test_buffer[64];

static void test_path(char *ret, size_t n, const char *name)
{
	(void)snprintf(ret, n, "%s/%s", test_top, name);
}

static void test_write(const char *name, const char *text)
{
	char path[256];
	test_path(path, sizeof(path), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

static void test_link(const char *target, const char *name)
{
	char path[256];
	test_path(path, sizeof(path), name);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void test_mkdir(const char *name)
{
	char path[256];
	test_path(path, sizeof(path), name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

/* top/secret is outside, top/root the root. */
static void test_setup(void)
{
	char path[256];

	memcpy(test_top + strlen(test_top) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(test_top));
	test_write("secret", "outside");
	test_mkdir("root");
	test_mkdir("root/sys");
	test_mkdir("root/sys/real");
	test_write("root/sys/real/value", "inside");
	test_link("real", "root/sys/link");
	test_link("/sys/real", "root/sys/absolute");
	test_link("../../secret", "root/sys/up");
	test_link("../../../../../../../../etc/passwd", "root/sys/far");
	test_link("/etc/passwd", "root/sys/host");
	test_link("circle", "root/sys/circle");
	test_link("nothing", "root/sys/dangling");
	test_path(path, sizeof(path), "root/sys/pipe");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	test_path(path, sizeof(path), "root");
	ck_assert_int_eq(sysroot_new(path, TEST_SECOND_US, &test_root), 0);
}

static void test_teardown(void)
{
	char command[300];

	test_root = sysroot_free(test_root);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", test_top);
	ck_assert_int_eq(system(command), 0);
}

static int test_read(int fd, const char *path, size_t capacity, size_t *ret_n)
{
	struct sysroot_file file = { .bytes = test_buffer, .capacity = capacity };
	int r = sysroot_read(test_root, (struct sysroot_at){ fd, path }, &file);

	*ret_n = file.n;
	return r;
}

static int test_read_top(const char *path)
{
	size_t n;
	return test_read(SYSROOT_TOP, path, sizeof(test_buffer), &n);
}

START_TEST(read__file_and_links_within__bytes)
{
	static const char *const paths[] = { "sys/real/value", "sys/link/value",
		"sys/absolute/value", "sys/real/../../../../sys/real/value" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		memset(test_buffer, 0, sizeof(test_buffer));
		ck_assert_int_eq(test_read_top(paths[i]), SYSROOT_DONE);
		ck_assert_str_eq(test_buffer, "inside");
	}
}
END_TEST

/* Renames a file of its own until it is killed. */
static void test_rename_forever(void)
{
	char a[256], b[256];

	test_path(a, sizeof(a), "secret");
	test_path(b, sizeof(b), "moved");
	for (;;) {
		(void)rename(a, b);
		(void)rename(b, a);
	}
}

START_TEST(read__somebody_renames_all_the_time__bytes)
{
	char path[1024] = "sys/";
	size_t n = strlen(path);
	pid_t child = fork();
	int r;

	if (child == 0)
		test_rename_forever();
	ck_assert_int_gt(child, 0);
	/* The longer the way up and down, the more often it meets a rename: so until the deadline.
	 */
	for (size_t i = 0; i < 100; i++)
		n += (size_t)snprintf(path + n, sizeof(path) - n, "real/../");
	(void)snprintf(path + n, sizeof(path) - n, "real/value");
	do
		r = test_read_top(path);
	while (r == SYSROOT_DONE);
	(void)kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(r, SYSROOT_E_TIMED_OUT);
}
END_TEST

START_TEST(read__links_out_of_the_root__never_followed)
{
	static const char *const paths[] = { "sys/up", "sys/far", "sys/host" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int r = test_read_top(paths[i]);
		ck_assert_msg(
			r == SYSROOT_E_ABSENT || r == SYSROOT_E_MALFORMED, "%s: %d", paths[i], r);
	}
}
END_TEST

START_TEST(read__circle_dangling_pipe_folder__told_apart)
{
	ck_assert_int_eq(test_read_top("sys/circle"), SYSROOT_E_MALFORMED);
	ck_assert_int_eq(test_read_top("sys/dangling"), SYSROOT_E_ABSENT);
	ck_assert_int_eq(test_read_top("sys/pipe"), SYSROOT_E_MALFORMED);
	ck_assert_int_eq(test_read_top("sys/real"), SYSROOT_E_MALFORMED);
	ck_assert_int_eq(test_read_top("sys/real/value/more"), SYSROOT_E_MALFORMED);
	ck_assert_int_eq(test_read_top("sys/none"), SYSROOT_E_ABSENT);
}
END_TEST

START_TEST(read__in_a_folder__no_link_is_followed)
{
	_cleanup_(sysroot_closep) int fd = -1;
	size_t n;

	ck_assert_int_eq(
		sysroot_open_dir(test_root, (struct sysroot_at){ SYSROOT_TOP, "sys" }, &fd),
		SYSROOT_DONE);
	ck_assert_int_eq(test_read(fd, "real/value", 64, &n), SYSROOT_DONE);
	ck_assert_int_eq(test_read(fd, "link/value", 64, &n), SYSROOT_E_MALFORMED);
	ck_assert_int_eq(test_read(fd, "dangling", 64, &n), SYSROOT_E_MALFORMED);
	ck_assert_int_ne(test_read(fd, "../sys/real/value", 64, &n), SYSROOT_DONE);
	ck_assert_int_ne(test_read(fd, "../../secret", 64, &n), SYSROOT_DONE);
	ck_assert_int_ne(test_read(fd, "..", 64, &n), SYSROOT_DONE);
}
END_TEST

START_TEST(read__longer_than_asked_for__over_limit)
{
	size_t n;

	ck_assert_int_eq(test_read(SYSROOT_TOP, "sys/real/value", 5, &n), SYSROOT_E_OVER_LIMIT);
	ck_assert_int_eq(test_read(SYSROOT_TOP, "sys/real/value", 6, &n), SYSROOT_DONE);
	ck_assert_uint_eq(n, 6);
}
END_TEST

START_TEST(deadline__passed__everything_times_out)
{
	struct sysroot_file file = { .bytes = test_buffer, .capacity = 64 };
	struct sysroot *late;
	struct sysroot_names names;
	int fd = -1;

	ck_assert_int_eq(sysroot_new(test_top, 0, &late), 0);
	ck_assert_int_eq(sysroot_read(late, (struct sysroot_at){ SYSROOT_TOP, "secret" }, &file),
		SYSROOT_E_TIMED_OUT);
	ck_assert_int_eq(sysroot_open_dir(late, (struct sysroot_at){ SYSROOT_TOP, "root" }, &fd),
		SYSROOT_E_TIMED_OUT);
	ck_assert_int_eq(
		sysroot_list(late, (struct sysroot_at){ SYSROOT_TOP, "root" }, NULL, 1, &names),
		SYSROOT_E_TIMED_OUT);
	ck_assert_int_eq(sysroot_fact(SYSROOT_E_TIMED_OUT, FACT_ABSENT).why, FACT_TIMED_OUT);
	sysroot_free(late);
}
END_TEST

START_TEST(list__names__sorted_and_capped)
{
	struct sysroot_names names = { 0 };
	struct arena *arena;

	ck_assert_int_eq(arena_new(1 << 20, &arena), 0);
	ck_assert_int_eq(sysroot_list(test_root, (struct sysroot_at){ SYSROOT_TOP, "sys" }, arena,
				 9, &names),
		SYSROOT_DONE);
	ck_assert_uint_eq(names.n, 9);
	for (size_t i = 1; i < names.n; i++)
		ck_assert_int_lt(strcmp(names.items[i - 1], names.items[i]), 0);
	ck_assert_int_eq(sysroot_list(test_root, (struct sysroot_at){ SYSROOT_TOP, "sys" }, arena,
				 8, &names),
		SYSROOT_E_OVER_LIMIT);
	arena_free(arena);
}
END_TEST

START_TEST(link__target__as_text_without_following)
{
	_cleanup_(sysroot_closep) int fd = -1;
	char target[64];

	ck_assert_int_eq(
		sysroot_open_dir(test_root, (struct sysroot_at){ SYSROOT_TOP, "sys" }, &fd),
		SYSROOT_DONE);
	ck_assert_int_eq(sysroot_link(test_root, (struct sysroot_at){ fd, "host" }, target, 64),
		SYSROOT_DONE);
	ck_assert_str_eq(target, "/etc/passwd");
	ck_assert_int_eq(sysroot_link(test_root, (struct sysroot_at){ fd, "real" }, target, 64),
		SYSROOT_E_MALFORMED);
	ck_assert_int_eq(sysroot_link(test_root, (struct sysroot_at){ fd, "none" }, target, 64),
		SYSROOT_E_ABSENT);
	ck_assert_int_eq(sysroot_link(test_root, (struct sysroot_at){ fd, "host" }, target, 4),
		SYSROOT_E_OVER_LIMIT);
}
END_TEST

/* What sysroot_read() does with openat2() has to come out of the walk by hand as well. */
START_TEST(walk__same_paths__same_answers)
{
	static const struct {
		const char *path;
		bool links;
		bool opens;
	} cases[] = {
		{ "sys/real/value", true, true },
		{ "sys/link/value", true, true },
		{ "sys/absolute/value", true, true },
		{ "sys/real/../../../../sys/real/value", true, true },
		{ "sys/up", true, false },
		{ "sys/far", true, false },
		{ "sys/host", true, false },
		{ "sys/circle", true, false },
		{ "sys/dangling", true, false },
		{ "sys/real/value", false, true },
		{ "sys/link/value", false, false },
		{ "sys/host", false, false },
	};
	char path[256];
	test_path(path, sizeof(path), "root");
	int root = open(path, O_PATH | O_DIRECTORY);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int fd = sysroot_walk_open(
			root, cases[i].path, O_RDONLY | O_NONBLOCK, cases[i].links);
		ck_assert_msg((fd >= 0) == cases[i].opens, "%s: %d", cases[i].path, fd);
		if (fd >= 0)
			(void)close(fd);
	}
	(void)close(root);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sysroot");
	TCase *tcase = tcase_create("sysroot");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, test_setup, test_teardown);
	tcase_add_test(tcase, read__file_and_links_within__bytes);
	tcase_add_test(tcase, read__somebody_renames_all_the_time__bytes);
	tcase_add_test(tcase, read__links_out_of_the_root__never_followed);
	tcase_add_test(tcase, read__circle_dangling_pipe_folder__told_apart);
	tcase_add_test(tcase, read__in_a_folder__no_link_is_followed);
	tcase_add_test(tcase, read__longer_than_asked_for__over_limit);
	tcase_add_test(tcase, deadline__passed__everything_times_out);
	tcase_add_test(tcase, list__names__sorted_and_capped);
	tcase_add_test(tcase, link__target__as_text_without_following);
	tcase_add_test(tcase, walk__same_paths__same_answers);
	return unit_run(suite);
}
