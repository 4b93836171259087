/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/table.h"
#include "tests/support/unit.h"

#include <locale.h>
#include <string.h>

static const struct table_column table_columns[] = {
	{ "NAME", 0 },
	{ "SIZE", TABLE_RIGHT },
	{ "EXTRA", TABLE_GO },
	{ "TEXT", TABLE_WRAP },
};

struct table_fixture {
	struct display display;
	struct table *table;
	char *text;
	size_t n;
};

static struct table_fixture table_start(size_t width)
{
	struct table_fixture fixture = { .display = { .width = width, .legend = true } };

	ck_assert_int_eq(table_new(table_columns, 4, &fixture.table), 0);
	return fixture;
}

static void table_expect(struct table_fixture *fixture, const char *expected)
{
	fixture->display.out = open_memstream(&fixture->text, &fixture->n);
	ck_assert_int_eq(table_print(fixture->table, &fixture->display, 0), 0);
	fclose(fixture->display.out);
	ck_assert_str_eq(fixture->text, expected);
	free(fixture->text);
	table_free(fixture->table);
}

START_TEST(table_print__room_enough__aligned)
{
	struct table_fixture fixture = table_start(80);

	table_cell(fixture.table, "one");
	table_cell(fixture.table, "%d", 10);
	table_cell(fixture.table, "x");
	table_cell(fixture.table, "some words");
	table_cell(fixture.table, "three");
	table_cell(fixture.table, "5");
	table_cell(fixture.table, "longer");
	table_cell(fixture.table, "first");
	table_line(fixture.table, "second");
	table_expect(&fixture, "NAME   SIZE  EXTRA   TEXT\n"
			       "one      10  x       some words\n"
			       "three     5  longer  first\n"
			       "                     second\n");
}
END_TEST

START_TEST(table_print__too_narrow__column_goes_then_text_wraps)
{
	struct table_fixture fixture = table_start(30);

	table_cell(fixture.table, "one");
	table_cell(fixture.table, "10");
	table_cell(fixture.table, "extra that goes");
	table_cell(fixture.table, "a text that is broken at its spaces");
	table_expect(&fixture, "NAME  SIZE  TEXT\n"
			       "one     10  a text that is\n"
			       "            broken at its\n"
			       "            spaces\n");
}
END_TEST

START_TEST(table_print__word_longer_than_its_column__not_cut)
{
	struct table_fixture fixture = table_start(30);

	table_cell(fixture.table, "one");
	table_cell(fixture.table, "10");
	table_cell(fixture.table, "extra that goes");
	table_cell(fixture.table, "0x0123456789abcdef-0xfedcba9876543210 msi");
	table_expect(&fixture, "NAME  SIZE  TEXT\n"
			       "one     10  0x0123456789abcdef-0xfedcba9876543210\n"
			       "            msi\n");
}
END_TEST

START_TEST(table_print__control_characters__escaped)
{
	struct table_fixture fixture = table_start(80);

	table_cell(fixture.table, "a\033[31mb");
	table_cell(fixture.table, "\n");
	table_cell(fixture.table, "\xff");
	table_cell(fixture.table, "?asleep");
	table_expect(&fixture, "NAME        SIZE  EXTRA  TEXT\n"
			       "a\\x1b[31mb  \\x0a  \\xff   ?asleep\n"
			       "?...: not known, and why\n");
}
END_TEST

START_TEST(table_print__unicode__columns_counted)
{
	struct table_fixture fixture = table_start(80);

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return;
	table_cell(fixture.table, "Pl\u00e4ne");
	table_cell(fixture.table, "1");
	table_cell(fixture.table, "\u202e");
	table_cell(fixture.table, "end");
	table_expect(&fixture, "NAME   SIZE  EXTRA         TEXT\n"
			       "Pl\u00e4ne     1  \\xe2\\x80\\xae  end\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *cases = tcase_create("table");

	tcase_add_test(cases, table_print__room_enough__aligned);
	tcase_add_test(cases, table_print__too_narrow__column_goes_then_text_wraps);
	tcase_add_test(cases, table_print__word_longer_than_its_column__not_cut);
	tcase_add_test(cases, table_print__control_characters__escaped);
	tcase_add_test(cases, table_print__unicode__columns_counted);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
