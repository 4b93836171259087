/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/fact.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

START_TEST(fact__all_zero__missing_and_not_absent)
{
	struct fact_number number = { 0 };

	ck_assert(!fact_is_value(number.fact));
	ck_assert(!fact_is_null(number.fact));
	ck_assert(fact_is_ignorance(number.fact));
	ck_assert_uint_eq(fact_why(number.fact), FACT_NOT_COLLECTED);
}
END_TEST

START_TEST(yes_and_no__every_state__ignorance_is_neither)
{
	ck_assert(fact_is_yes(fact_number(1)));
	ck_assert(!fact_is_no(fact_number(1)));
	ck_assert(fact_is_no(fact_number(0)));
	ck_assert(!fact_is_yes(fact_number(0)));
	ck_assert(fact_is_no(fact_number_null()));
	ck_assert(!fact_is_yes(fact_number_null()));
	for (unsigned why = 0; why < _FACT_WHY_MAX; why++) {
		ck_assert(!fact_is_yes(fact_number_unknown((enum fact_why)why)));
		ck_assert(!fact_is_no(fact_number_unknown((enum fact_why)why)));
	}
	ck_assert(!fact_is_yes((struct fact_number){ 0 }));
	ck_assert(!fact_is_no((struct fact_number){ 0 }));
}
END_TEST

START_TEST(text_is__other_states__false)
{
	ck_assert(fact_text_is(fact_text("DMA"), "DMA"));
	ck_assert(!fact_text_is(fact_text("DMA-FQ"), "DMA"));
	ck_assert(!fact_text_is(fact_text_null(), "DMA"));
	ck_assert(!fact_text_is(fact_text_unknown(FACT_ASLEEP), "DMA"));
}
END_TEST

START_TEST(why__each_reason__its_word_and_back)
{
	static const char *const words[] = { "not-readable", "not-exposed", "asleep", "vanished",
		"malformed", "timed-out", "over-limit" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum fact_why why;

		ck_assert_int_eq(fact_why_parse(words[i], strlen(words[i]), &why), 0);
		ck_assert_str_eq(fact_why_word(why), words[i]);
		ck_assert_uint_eq(fact_why(FACT_IGNORANT(why)), why);
	}
}
END_TEST

START_TEST(why_parse__no_such_reason__refused)
{
	enum fact_why why = FACT_ASLEEP;

	ck_assert_int_eq(fact_why_parse("not-collected", 13, &why), -EINVAL);
	ck_assert_int_eq(fact_why_parse("asleep ", 7, &why), -EINVAL);
	ck_assert_int_eq(fact_why_parse("aslee", 5, &why), -EINVAL);
	ck_assert_int_eq(fact_why_parse("", 0, &why), -EINVAL);
	ck_assert_uint_eq(why, FACT_ASLEEP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fact");
	TCase *tc = tcase_create("fact");

	tcase_add_test(tc, fact__all_zero__missing_and_not_absent);
	tcase_add_test(tc, yes_and_no__every_state__ignorance_is_neither);
	tcase_add_test(tc, text_is__other_states__false);
	tcase_add_test(tc, why__each_reason__its_word_and_back);
	tcase_add_test(tc, why_parse__no_such_reason__refused);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
