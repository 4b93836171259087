/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_opts.h"
#include "core/codec/qemu_text.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static struct arena *test_qemu_opts_arena;
static struct refusal test_qemu_opts_refusal;
static struct qemu_opts_place test_qemu_opts_place;

static void test_qemu_opts_setup(void)
{
	ck_assert_int_eq(arena_new(16 << 20, &test_qemu_opts_arena), 0);
	test_qemu_opts_place =
		(struct qemu_opts_place){ test_qemu_opts_arena, &test_qemu_opts_refusal };
}

static void test_qemu_opts_teardown(void)
{
	test_qemu_opts_arena = arena_free(test_qemu_opts_arena);
}

static struct qemu_opts test_qemu_opts_take(const char *text, const char *implied)
{
	struct qemu_opts opts = { .option = "-device", .argument = 3 };
	int r = qemu_opts_parse(&test_qemu_opts_place, text, implied, &opts);

	ck_assert_msg(r == QEMU_OPTS_DONE, "%s: %s", text, test_qemu_opts_refusal.text);
	return opts;
}

static void test_qemu_opts_refused(const char *text, const char *word)
{
	struct qemu_opts opts = { .option = "-device", .argument = 3 };
	int r = qemu_opts_parse(&test_qemu_opts_place, text, "driver", &opts);

	ck_assert_msg(r == QEMU_OPTS_E_REFUSED, "took %s", text);
	ck_assert_str_eq(test_qemu_opts_refusal.where, "argument 3 -device");
	ck_assert_msg(strstr(test_qemu_opts_refusal.text, word), "%s", test_qemu_opts_refusal.text);
}

static void test_qemu_opts_has(const struct qemu_opts *opts, const char *key, const char *value)
{
	const char *found = qemu_opts_find(opts, key);

	ck_assert_msg(found != NULL, "no %s", key);
	ck_assert_str_eq(found, value);
}

START_TEST(parse__keys_and_values__as_qemu_reads_them)
{
	struct qemu_opts opts = test_qemu_opts_take("e1000,id=a,file=x,,y=z,,,ro,nosnap", "driver");

	test_qemu_opts_has(&opts, "driver", "e1000");
	test_qemu_opts_has(&opts, "id", "a");
	test_qemu_opts_has(&opts, "file", "x,y=z,");
	test_qemu_opts_has(&opts, "ro", "on");
	test_qemu_opts_has(&opts, "snap", "off");
	ck_assert(!opts.json);
	ck_assert_ptr_null(qemu_opts_find(&opts, "z"));
}
END_TEST

START_TEST(parse__implied_key__only_of_the_first)
{
	struct qemu_opts opts = test_qemu_opts_take("accel=kvm,q35", "type");

	ck_assert_ptr_null(qemu_opts_find(&opts, "type"));
	test_qemu_opts_has(&opts, "q35", "on");
	opts = test_qemu_opts_take("q35,type=pc", "type");
	test_qemu_opts_has(&opts, "type", "pc");
	opts = test_qemu_opts_take("a=1,a=2", NULL);
	test_qemu_opts_has(&opts, "a", "2");
	opts = test_qemu_opts_take("a=", NULL);
	test_qemu_opts_has(&opts, "a", "");
}
END_TEST

START_TEST(parse__json__same_as_text)
{
	struct qemu_opts opts = test_qemu_opts_take(
		"{\"driver\":\"vfio-pci\",\"port\":8,\"on\":true,\"off\":false,\"x\":null,"
		"\"file\":{\"driver\":\"nvme\",\"at\":[{\"a\":1},\"b\"]}}",
		"driver");

	ck_assert(opts.json);
	test_qemu_opts_has(&opts, "driver", "vfio-pci");
	test_qemu_opts_has(&opts, "port", "8");
	test_qemu_opts_has(&opts, "on", "on");
	test_qemu_opts_has(&opts, "off", "off");
	test_qemu_opts_has(&opts, "x", "");
	test_qemu_opts_has(&opts, "file.driver", "nvme");
	test_qemu_opts_has(&opts, "file.at.0.a", "1");
	test_qemu_opts_has(&opts, "file.at.1", "b");
}
END_TEST

START_TEST(parse__hostile__refused)
{
	char text[4096] = "{\"";

	test_qemu_opts_refused("{\"driver\":", "line 1 column");
	test_qemu_opts_refused("{\"a\":1,\"a\":2}", "duplicate");
	test_qemu_opts_refused("a,=b", "is no name");
	memset(text + 2, 'k', 200);
	memcpy(text + 202, "\":1}", 5);
	test_qemu_opts_refused(text, "a name of more than");
	memset(text, 'k', 200);
	memcpy(text + 200, "=1", 3);
	test_qemu_opts_refused(text, "is no name");
	for (size_t i = 0; i < 300; i++)
		memcpy(text + 2 * i, "a,", 3);
	test_qemu_opts_refused(text, "parts");
	memset(text, '[', 100);
	memcpy(text, "{\"a\":", 5);
	text[100] = '\0';
	test_qemu_opts_refused(text, "deep");
}
END_TEST

START_TEST(merge__same_key__later_one)
{
	struct qemu_opts all = { .option = "-machine" };
	struct qemu_opts first = test_qemu_opts_take("q35,accel=tcg", "type");
	struct qemu_opts second = test_qemu_opts_take("accel=kvm,usb=off", "type");

	second.argument = 9;
	ck_assert_int_eq(qemu_opts_merge(&test_qemu_opts_place, &all, &first), QEMU_OPTS_DONE);
	ck_assert_int_eq(qemu_opts_merge(&test_qemu_opts_place, &all, &second), QEMU_OPTS_DONE);
	test_qemu_opts_has(&all, "type", "q35");
	test_qemu_opts_has(&all, "accel", "kvm");
	test_qemu_opts_has(&all, "usb", "off");
	ck_assert_uint_eq(all.n, 3);
	ck_assert_uint_eq(all.argument, 9);
}
END_TEST

static void test_qemu_opts_size_is(const char *text, char unit, uint64_t expected)
{
	uint64_t size = 0;

	ck_assert_msg(qemu_text_size(text, unit, &size) == 0, "not a size: %s", text);
	ck_assert_msg(size == expected, "%s is %llu", text, (unsigned long long)size);
}

/* Those with a comment were tried on QEMU 7.2. */
START_TEST(size__spellings__as_qemu_reads_them)
{
	test_qemu_opts_size_is("4097k", 'M', 4097 << 10); /* base memory: 4202496, in 8 KiB */
	test_qemu_opts_size_is("1.5G", 'M', 1610612736);  /* base memory: 1610612736 */
	test_qemu_opts_size_is("0x40", 'M', 64 << 20);	  /* base memory: 67108864 */
	test_qemu_opts_size_is(" 64", 'M', 64 << 20);	  /* the same */
	test_qemu_opts_size_is("64b", 'M', 64);
	test_qemu_opts_size_is("64", 'B', 64);
	test_qemu_opts_size_is("2T", 'B', 2ULL << 40);
	test_qemu_opts_size_is("4P", 'B', 4ULL << 50);
	test_qemu_opts_size_is("0.000001M", 'B', 1);
	test_qemu_opts_size_is("4294967296", 'B', 1ULL << 32);
}
END_TEST

START_TEST(size__none__refused)
{
	static const char *const bad[] = { "", "64MB", "1e3", "-5", "x", "0x", "1.5", "1.5.5",
		"4GG", "1,5G", "0x1.5G", "1.1234567890G" };
	uint64_t size = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(qemu_text_size(bad[i], 'B', &size) == -EINVAL, "took %s", bad[i]);
	ck_assert_int_eq(qemu_text_size("5P", 'B', &size), -ERANGE);
	ck_assert_int_eq(qemu_text_size("4.5P", 'B', &size), -ERANGE);
	ck_assert_int_eq(qemu_text_size("18446744073709551616", 'B', &size), -ERANGE);
}
END_TEST

START_TEST(bool__spellings__as_qemu_reads_them)
{
	static const char *const words[] = { "off", "on", "no", "yes", "false", "true", "n", "y" };
	bool value;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ck_assert_int_eq(qemu_text_bool(words[i], &value), 0);
		ck_assert_int_eq(value, i % 2);
	}
	ck_assert_int_eq(qemu_text_bool("auto", &value), -EINVAL);
	ck_assert_int_eq(qemu_text_bool("1", &value), -EINVAL);
	ck_assert_int_eq(qemu_text_bool("", &value), -EINVAL);
}
END_TEST

/* QEMU 7.2 calls the device of host=1:2.0 /sys/bus/pci/devices/0000:01:02.0, and refuses 1:2.9. */
START_TEST(address__spellings__that_of_sysfs)
{
	char address[QEMU_TEXT_ADDRESS_BYTES];

	ck_assert_int_eq(qemu_text_address("1:2.0", "", address), 0);
	ck_assert_str_eq(address, "0000:01:02.0");
	ck_assert_int_eq(qemu_text_address("10000:E1:1F.7/1", "/", address), 0);
	ck_assert_str_eq(address, "10000:e1:1f.7");
	ck_assert_int_eq(qemu_text_address("0000:01:02.0/1", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("1:2.9", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("0000:0f:f2.0", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("1:2", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("2.0", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("0:0:1:2.0", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("0000:01:02", "", address), -EINVAL);
	ck_assert_int_eq(qemu_text_address("", "", address), -EINVAL);
}
END_TEST

static Suite *test_qemu_opts_suite(void)
{
	Suite *suite = suite_create("qemu_opts");
	TCase *tcase = tcase_create("qemu_opts");

	tcase_add_checked_fixture(tcase, test_qemu_opts_setup, test_qemu_opts_teardown);
	tcase_add_test(tcase, parse__keys_and_values__as_qemu_reads_them);
	tcase_add_test(tcase, parse__implied_key__only_of_the_first);
	tcase_add_test(tcase, parse__json__same_as_text);
	tcase_add_test(tcase, parse__hostile__refused);
	tcase_add_test(tcase, merge__same_key__later_one);
	tcase_add_test(tcase, size__spellings__as_qemu_reads_them);
	tcase_add_test(tcase, size__none__refused);
	tcase_add_test(tcase, bool__spellings__as_qemu_reads_them);
	tcase_add_test(tcase, address__spellings__that_of_sysfs);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_qemu_opts_suite());
}
