/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/names.h"
#include "tests/support/unit.h"

#include <string.h>
#include <unistd.h>

static const char names_good[] = "8086  Intel Corporation\n"
				 "\t10d3  82574L Gigabit Network Connection\n"
				 "C 02  Network controller\n"
				 "\t00  Ethernet controller\n";

/* A file with @content, to be unlinked. */
static void names_write(const char *content, char path[32])
{
	int fd;

	memcpy(path, "/tmp/iommufleet-names-XXXXXX", sizeof("/tmp/iommufleet-names-XXXXXX"));
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void names_expect(const char *path, uint16_t vendor, uint16_t device, const char *expected)
{
	struct names *names;
	char buffer[256];
	const char *name;

	ck_assert_int_eq(names_new(path, &names), 0);
	name = names_find(names, vendor, device, buffer, sizeof(buffer));
	if (expected)
		ck_assert_str_eq(name, expected);
	else
		ck_assert_ptr_null(name);
	ck_assert_ptr_null(names_free(names));
}

START_TEST(names_find__known__vendor_and_device)
{
	char path[32];

	names_write(names_good, path);
	names_expect(path, 0x8086, 0x10d3, "Intel Corporation 82574L Gigabit Network Connection");
	names_expect(path, 0x8086, 0xffff, "Intel Corporation");
	names_expect(path, 0x1234, 0x10d3, NULL);
	unlink(path);
}
END_TEST

START_TEST(names_find__no_file__no_names)
{
	names_expect("/nonexistent/pci.ids", 0x8086, 0x10d3, NULL);
}
END_TEST

/* libpci ends the process over such a file; this one goes on. */
START_TEST(names_find__file_that_is_none__no_names)
{
	char path[32];

	names_write("8086  Intel Corporation\nrubbish\n\t\t\t\n", path);
	names_expect(path, 0x8086, 0x10d3, NULL);
	unlink(path);
}
END_TEST

START_TEST(names_free__null__accepted)
{
	ck_assert_ptr_null(names_free(NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names");
	TCase *cases = tcase_create("names");

	tcase_add_test(cases, names_find__known__vendor_and_device);
	tcase_add_test(cases, names_find__no_file__no_names);
	tcase_add_test(cases, names_find__file_that_is_none__no_names);
	tcase_add_test(cases, names_free__null__accepted);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
