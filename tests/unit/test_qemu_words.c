/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_words.h"
#include "core/codec/qemu_program.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_QEMU_WORDS_MANY 20000

static struct arena *test_qemu_words_arena;

static void test_qemu_words_setup(void)
{
	ck_assert_int_eq(arena_new(64 << 20, &test_qemu_words_arena), 0);
}

static void test_qemu_words_teardown(void)
{
	test_qemu_words_arena = arena_free(test_qemu_words_arena);
}

/* The words of the @n bytes at @bytes are those of @expected, which stand between bars. */
static void test_qemu_words_are_bytes(const char *bytes, size_t n, const char *expected)
{
	struct refusal refusal = { "", "" };
	struct qemu_words words;
	char joined[1024] = "";
	int r = qemu_words_split(test_qemu_words_arena, bytes, n, &refusal, &words);

	ck_assert_msg(r == QEMU_WORDS_DONE, "%s: %s: %s", bytes, refusal.where, refusal.text);
	for (size_t i = 0; i < words.n; i++) {
		strncat(joined, i ? "|" : "", sizeof(joined) - strlen(joined) - 1);
		strncat(joined, words.items[i], sizeof(joined) - strlen(joined) - 1);
	}
	ck_assert_str_eq(joined, expected);
}

static void test_qemu_words_are(const char *text, const char *expected)
{
	test_qemu_words_are_bytes(text, strlen(text), expected);
}

static void test_qemu_words_refused(const char *text, const char *where, const char *word)
{
	struct refusal refusal = { "", "" };
	struct qemu_words words;
	int r = qemu_words_split(test_qemu_words_arena, text, strlen(text), &refusal, &words);

	ck_assert_msg(r == QEMU_WORDS_E_REFUSED, "took %s", text);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s says: %s", refusal.where, refusal.text);
}

START_TEST(split__quotes__as_a_shell_reads_them)
{
	test_qemu_words_are("kvm -name 'a b' -m  4G", "kvm|-name|a b|-m|4G");
	test_qemu_words_are("kvm 'a\\b$c'\"d e\"f\\ g", "kvm|a\\b$cd ef g");
	test_qemu_words_are("kvm \"a\\\"b\\\\c\\d\\$e\"", "kvm|a\"b\\c\\d$e");
	test_qemu_words_are("kvm '' \"\" x", "kvm|||x");
	test_qemu_words_are("kvm \\\n -m \\\r\n 4G\r\n", "kvm|-m|4G");
	test_qemu_words_are("kvm -m 4\\\nG \"a\\\nb\"", "kvm|-m|4G|ab");
	test_qemu_words_are("kvm -name a#b # -m 4G", "kvm|-name|a#b");
	test_qemu_words_are("kvm -vnc [::1]:0 -append x=*", "kvm|-vnc|[::1]:0|-append|x=*");
}
END_TEST

/* Nothing is run: what a shell would expand or take as its own is not the guest's. */
START_TEST(split__what_a_shell_expands__refused_at_its_place)
{
	test_qemu_words_refused("kvm -name $NAME", "line 1 column 11", "nothing is run");
	test_qemu_words_refused("kvm \\\n -name \"$(id)\"", "line 2 column 9", "nothing is run");
	test_qemu_words_refused("kvm `id`", "line 1 column 5", "nothing is run");
	test_qemu_words_refused("kvm -m 4G; reboot", "line 1 column 10", "quoted");
	test_qemu_words_refused("kvm -m 4G | tee x", "line 1 column 11", "quoted");
	test_qemu_words_refused("kvm -m 4G &", "line 1 column 11", "quoted");
	test_qemu_words_refused("kvm -m 4G > log", "line 1 column 11", "quoted");
	test_qemu_words_refused("kvm -device {\"driver\":1}", "line 1 column 13", "quoted");
}
END_TEST

START_TEST(split__open_quote__refused_where_it_opens)
{
	test_qemu_words_refused("kvm -name 'a b", "line 1 column 11", "not closed");
	test_qemu_words_refused("kvm \\\n-name \"a", "line 2 column 7", "not closed");
}
END_TEST

START_TEST(split__nul_separated__words_as_they_stand)
{
	static const char proc[] = "/usr/bin/qemu-system-x86_64\0-name\0a b;$(id)\0\0-m\0004G";

	test_qemu_words_are_bytes(
		proc, sizeof(proc), "/usr/bin/qemu-system-x86_64|-name|a b;$(id)||-m|4G");
	test_qemu_words_are_bytes(
		proc, sizeof(proc) - 1, "/usr/bin/qemu-system-x86_64|-name|a b;$(id)||-m|4G");
	test_qemu_words_are_bytes("kvm\0-S\0\n", 8, "kvm|-S");
}
END_TEST

START_TEST(split__one_a_line__words_as_they_stand)
{
	test_qemu_words_are("qemu-system-x86_64\n-name\na 'b' $c\n-m\n4G\n",
		"qemu-system-x86_64|-name|a 'b' $c|-m|4G");
	test_qemu_words_are("kvm\r\n-m\r\n4G\r\n", "kvm|-m|4G");
	test_qemu_words_refused("kvm\n-m 4G\n-S\n", "the command line", "one argument a line");
}
END_TEST

START_TEST(split__before_the_program__left_out)
{
	test_qemu_words_are("LC_ALL=C HOME=/x/qemu-kvm /usr/bin/qemu-system-aarch64 -S",
		"/usr/bin/qemu-system-aarch64|-S");
	test_qemu_words_are(
		"sudo -u kvm numactl -N 0 /usr/libexec/qemu-kvm -S", "/usr/libexec/qemu-kvm|-S");
	test_qemu_words_are("taskset -c 0-3 kvm -S", "kvm|-S");
	test_qemu_words_are("kvm -pidfile /run/qemu-kvm", "kvm|-pidfile|/run/qemu-kvm");
	test_qemu_words_are("#!/bin/sh\nset -e\n\nexec kvm -S\n", "kvm|-S");
	test_qemu_words_refused("ls -l", "the command line", "names no program");
	test_qemu_words_refused("", "the command line", "names no program");
	test_qemu_words_refused("sh -c 'kvm -S'", "the command line", "names no program");
}
END_TEST

START_TEST(split__log_of_libvirt__its_own_lines_left_out)
{
	test_qemu_words_are("2026-11-21 01:27:03.412+0000: starting up libvirt version: 9.0.0\n"
			    "LC_ALL=C \\\n/usr/bin/kvm \\\n-m 1\n"
			    "2026-11-21 01:27:03.412+0000: Domain id=21 is tainted: it's so\n"
			    "2026-11-21T01:25:23.792738Z kvm: warning: doesn't support (x)\n"
			    "char device redirected to /dev/pts/3 (label charserial0)\n",
		"/usr/bin/kvm|-m|1");
	test_qemu_words_are("kvm -m 1\nqemu-system-x86_64: warning: it's so\n", "kvm|-m|1");
}
END_TEST

/* The log goes on at every start of the guest. */
START_TEST(split__log_with_several_starts__last_one)
{
	test_qemu_words_are("2026-11-21 01:27:03.412+0000: starting up\n"
			    "LC_ALL=C \\\n/usr/bin/kvm \\\n-m 1\n"
			    "kvm: terminating on signal 15\n"
			    "2026-11-21 01:28:03.412+0000: shutting down\n"
			    "2026-11-21 01:29:03.412+0000: starting up\n"
			    "LC_ALL=C \\\n/usr/bin/kvm \\\n-m 2\n",
		"/usr/bin/kvm|-m|2");
}
END_TEST

/* Options on a line of their own are lost without a backslash: they may be what matters. */
START_TEST(split__line_that_does_not_go_on__refused)
{
	test_qemu_words_refused(
		"kvm -m 1\n -device vfio-pci,host=1:0.0\n", "line 2 column 1", "backslash");
	test_qemu_words_refused("kvm -m 1\nkvm -m 2\n", "line 2 column 1", "backslash");
	test_qemu_words_refused("kvm -m 1\n-m: 2\n", "line 2 column 1", "backslash");
}
END_TEST

START_TEST(split__too_many_words__refused)
{
	static char text[2 * TEST_QEMU_WORDS_MANY + 4] = "kvm";

	for (size_t i = 0; i < TEST_QEMU_WORDS_MANY; i++)
		memcpy(text + 3 + 2 * i, " x", 2);
	test_qemu_words_refused(text, "the command line", "words");
}
END_TEST

static void test_qemu_words_program(const char *word, const char *arch, bool kvm)
{
	struct qemu_program program;

	ck_assert_msg(qemu_program_parse(word, &program), "not a program: %s", word);
	ck_assert_uint_eq(program.n_arch, strlen(arch));
	ck_assert_int_eq(strncmp(program.arch, arch, program.n_arch), 0);
	ck_assert_int_eq(program.kvm, kvm);
}

START_TEST(program__names__architecture_as_uname_says_it)
{
	test_qemu_words_program("/usr/bin/qemu-system-x86_64", "x86_64", false);
	test_qemu_words_program("qemu-system-i386", "i686", false);
	test_qemu_words_program("qemu-system-aarch64", "aarch64", false);
	test_qemu_words_program("qemu-system-arm", "armv7l", false);
	test_qemu_words_program("qemu-system-riscv64", "riscv64", false);
	test_qemu_words_program("/nix/x/.qemu-system-x86_64-wrapped", "x86_64", false);
	test_qemu_words_program("qemu-system-x86_64.real", "x86_64", false);
	test_qemu_words_program("/usr/libexec/qemu-kvm", "x86_64", true);
	test_qemu_words_program("kvm", "x86_64", true);
	ck_assert(!qemu_program_parse("qemu-system-", NULL));
	ck_assert(!qemu_program_parse("qemu-system-x86_64:", NULL));
	ck_assert(!qemu_program_parse("qemu-img", NULL));
	ck_assert(!qemu_program_parse("kvm/", NULL));
	ck_assert(!qemu_program_parse("akvm", NULL));
}
END_TEST

static Suite *test_qemu_words_suite(void)
{
	Suite *suite = suite_create("qemu_words");
	TCase *tcase = tcase_create("qemu_words");

	tcase_add_checked_fixture(tcase, test_qemu_words_setup, test_qemu_words_teardown);
	tcase_add_test(tcase, split__quotes__as_a_shell_reads_them);
	tcase_add_test(tcase, split__what_a_shell_expands__refused_at_its_place);
	tcase_add_test(tcase, split__open_quote__refused_where_it_opens);
	tcase_add_test(tcase, split__nul_separated__words_as_they_stand);
	tcase_add_test(tcase, split__one_a_line__words_as_they_stand);
	tcase_add_test(tcase, split__before_the_program__left_out);
	tcase_add_test(tcase, split__log_of_libvirt__its_own_lines_left_out);
	tcase_add_test(tcase, split__log_with_several_starts__last_one);
	tcase_add_test(tcase, split__line_that_does_not_go_on__refused);
	tcase_add_test(tcase, split__too_many_words__refused);
	tcase_add_test(tcase, program__names__architecture_as_uname_says_it);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_qemu_words_suite());
}
