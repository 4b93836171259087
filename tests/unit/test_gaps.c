/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/gaps.h"

#include "core/codec/facts_json.h"
#include "tests/support/unit.h"

#include <string.h>

/* Whether there is a gap in a document with one device, of which @device is read. */
static bool gaps_of(const char *device, const char *iommus)
{
	char text[1024];
	struct refusal refusal = { 0 };
	struct facts *facts = NULL;
	int n = snprintf(text, sizeof(text),
		"{\"devices\":[{\"address\":\"0000:01:00.0\",\"bus\":\"pci\",%s}],"
		"\"iommus\":%s,\"minor\":0,\"schema\":\"iommufleet-facts-1\"}",
		device, iommus);
	int r = facts_json_decode(text, (size_t)n, &facts, &refusal);
	bool any;

	ck_assert_msg(r == FACTS_JSON_DONE, "%s: %s", refusal.where, refusal.text);
	any = gaps_any(facts);
	facts_unref(facts);
	return any;
}

START_TEST(any__all_was_read_or_is_not_there__none)
{
	ck_assert(!gaps_of("\"flr\":true,\"acs\":null", "[]"));
	ck_assert(!gaps_of("\"flr\":{\"unknown\":\"not-exposed\"}", "null"));
	ck_assert(!gaps_of("\"flr\":{\"unknown\":\"asleep\"}", "[]"));
}
END_TEST

START_TEST(any__not_readable_or_too_late__a_gap)
{
	ck_assert(gaps_of("\"flr\":{\"unknown\":\"not-readable\"}", "[]"));
	ck_assert(gaps_of("\"acs\":{\"unknown\":\"timed-out\"}", "[]"));
	ck_assert(gaps_of("\"flr\":true", "{\"unknown\":\"not-readable\"}"));
	ck_assert(gaps_of(
		"\"pasid\":{\"bits\":{\"unknown\":\"not-readable\"},\"enabled\":false}", "[]"));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("gaps");
	TCase *tcase = tcase_create("gaps");

	tcase_add_test(tcase, any__all_was_read_or_is_not_there__none);
	tcase_add_test(tcase, any__not_readable_or_too_late__a_gap);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
