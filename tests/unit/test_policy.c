/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of who may call what, against the interfaces that are served and polkit's actions. */
#include "daemon/bus/bus.h"
#include "daemon/bus/policy.h"
#include "tests/support/unit.h"

#include <string.h>

#define MANAGER "org.iommufleet1.Manager"
#define NAMES	64

/* The values of attribute @key in the tags that begin with @tag, in @xml. */
static size_t read_names(const char *xml, const char *tag, const char *key, char ret[NAMES][128])
{
	size_t n = 0;

	while ((xml = strstr(xml, tag))) {
		const char *at = strstr(xml, key), *end;

		ck_assert_ptr_nonnull(at);
		at += strlen(key);
		end = strchr(at, '"');
		ck_assert_uint_lt(n, NAMES);
		ck_assert(end && end - at < 128);
		(void)snprintf(ret[n++], 128, "%.*s", (int)(end - at), at);
		xml = end;
	}
	return n;
}

START_TEST(table__each_method_that_is_served__has_a_row_and_the_other_way_round)
{
	char names[NAMES][128];
	size_t n, rows = 0;
	char *xml;

	ck_assert_int_eq(bus_introspect(&xml), 0);
	n = read_names(xml, "<method ", "name=\"", names);
	ck_assert_uint_gt(n, 20);
	for (size_t i = 0; i < n; i++) {
		const struct bus_policy *row = bus_policy_find(MANAGER, names[i]);

		ck_assert_msg(row, "%s is in no row: who may call it?", names[i]);
		ck_assert_uint_gt(row->cost, 0);
		ck_assert_ptr_eq(bus_policy_find(NULL, names[i]), row);
	}
	for (size_t i = 0; i < bus_policies_n; i++)
		rows += strcmp(bus_policies[i].interface, MANAGER) == 0;
	ck_assert_uint_eq(rows, n);
	free(xml);
}
END_TEST

START_TEST(table__each_action__is_polkits_and_the_other_way_round)
{
	const char *top = getenv("top_builddir");
	char path[512], text[16384], names[NAMES][128], wanted[128];
	bool used[NAMES] = { false };
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/dbus/org.iommufleet1.policy", top ? top : ".");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	ck_assert_int_eq(fclose(file), 0);
	text[n] = '\0';
	n = read_names(text, "<action ", "id=\"", names);
	for (size_t i = 0; i < bus_policies_n; i++) {
		bool found = false;

		ck_assert(!bus_policies[i].action || bus_policies[i].restricted);
		if (!bus_policies[i].action)
			continue;
		(void)snprintf(
			wanted, sizeof(wanted), BUS_POLICY_ACTION "%s", bus_policies[i].action);
		for (size_t j = 0; j < n; j++) {
			if (strcmp(names[j], wanted) == 0)
				found = used[j] = true;
		}
		ck_assert_msg(found, "polkit knows no %s", wanted);
	}
	for (size_t j = 0; j < n; j++)
		ck_assert_msg(used[j], "%s is nobody's", names[j]);
}
END_TEST

START_TEST(find__unknown__none)
{
	ck_assert_ptr_null(bus_policy_find(MANAGER, "Frobnicate"));
	ck_assert_ptr_null(bus_policy_find("org.example", "CheckMap"));
	ck_assert_ptr_null(bus_policy_find(NULL, ""));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_test(tcase, table__each_method_that_is_served__has_a_row_and_the_other_way_round);
	tcase_add_test(tcase, table__each_action__is_polkits_and_the_other_way_round);
	tcase_add_test(tcase, find__unknown__none);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
