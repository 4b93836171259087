/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/facts.h"
#include "tests/support/unit.h"

#include <string.h>

static void *test_facts_array(struct facts *facts, struct fact_list *list, size_t n, size_t size)
{
	*list = (struct fact_list){ .fact = FACT_KNOWN, .n = n };
	list->items = arena_array(facts->arena, n, size);
	ck_assert_ptr_nonnull(list->items);
	return list->items;
}

static struct facts *test_facts_new(void)
{
	struct facts *facts;

	ck_assert_int_eq(facts_new(&facts), 0);
	return facts;
}

START_TEST(new__nothing_set__all_missing)
{
	struct facts *facts = test_facts_new();

	ck_assert_uint_eq(facts->minor, FACTS_MINOR);
	ck_assert(!facts->unread);
	ck_assert_uint_eq(facts->groups.fact.state, FACT_MISSING);
	ck_assert_uint_eq(facts->host.kernel.release.fact.state, FACT_MISSING);
	ck_assert_uint_eq(facts_count(facts->devices), 0);
	ck_assert_ptr_null(facts_find_group(facts, 0));
	ck_assert_ptr_null(facts_find_device(facts, "0000:00:00.0"));
	ck_assert_ptr_null(facts_find_iommu(facts, "dmar0"));
	facts_sort(facts);
	ck_assert_ptr_null(facts_unref(facts));
}
END_TEST

START_TEST(unref__last_reference__frees)
{
	struct facts *facts = test_facts_new();

	ck_assert_ptr_eq(facts_ref(facts), facts);
	ck_assert_ptr_null(facts_unref(facts));
	ck_assert_uint_eq(facts->references, 1);
	ck_assert_ptr_null(facts_unref(facts));
	ck_assert_ptr_null(facts_unref(NULL));
}
END_TEST

START_TEST(find__after_sort__each_by_its_key)
{
	static const uint64_t ids[] = { 12, 3, 100, 0, 7 };
	static const char *const names[] = { "0000:0a:00.0", "0000:01:00.1", "0000:01:00.0",
		"10000:00:00.0", "9050000.iommu" };
	struct facts *facts = test_facts_new();
	struct facts_group *groups = test_facts_array(facts, &facts->groups, 5, sizeof(*groups));
	struct facts_device *devices =
		test_facts_array(facts, &facts->devices, 5, sizeof(*devices));
	struct facts_iommu *iommus = test_facts_array(facts, &facts->iommus, 5, sizeof(*iommus));

	for (size_t i = 0; i < 5; i++) {
		groups[i].id = fact_number(ids[i]);
		devices[i].address = fact_text(names[i]);
		iommus[i].name = fact_text(names[i]);
	}
	facts_sort(facts);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_uint_eq(facts_find_group(facts, ids[i])->id.value, ids[i]);
		ck_assert_str_eq(facts_find_device(facts, names[i])->address.value, names[i]);
		ck_assert_str_eq(facts_find_iommu(facts, names[i])->name.value, names[i]);
	}
	ck_assert_uint_eq(groups[0].id.value, 0);
	ck_assert_str_eq(devices[0].address.value, "0000:01:00.0");
	ck_assert_ptr_null(facts_find_group(facts, 4));
	ck_assert_ptr_null(facts_find_device(facts, "0000:01:00.2"));
	ck_assert_ptr_null(facts_find_iommu(facts, ""));
	facts_unref(facts);
}
END_TEST

START_TEST(find__list_is_unknown__null)
{
	struct facts *facts = test_facts_new();
	struct facts_group *groups = test_facts_array(facts, &facts->groups, 1, sizeof(*groups));

	groups[0].id = fact_number(1);
	facts->groups.fact = FACT_IGNORANT(FACT_NOT_READABLE);
	ck_assert_ptr_null(facts_find_group(facts, 1));
	facts_unref(facts);
}
END_TEST

START_TEST(sort__unknown_keys__known_ones_still_found)
{
	struct facts *facts = test_facts_new();
	struct facts_group *groups = test_facts_array(facts, &facts->groups, 4, sizeof(*groups));

	groups[0].id = fact_number(5);
	groups[1].id = fact_number_unknown(FACT_VANISHED);
	groups[2].id = fact_number(1);
	facts_sort(facts);
	ck_assert_ptr_nonnull(facts_find_group(facts, 5));
	ck_assert_ptr_nonnull(facts_find_group(facts, 1));
	ck_assert_uint_eq(groups[0].id.fact.state, FACT_MISSING);
	facts_unref(facts);
}
END_TEST

START_TEST(sort__regions__by_first_last_and_type)
{
	struct facts *facts = test_facts_new();
	struct facts_group *groups = test_facts_array(facts, &facts->groups, 1, sizeof(*groups));
	struct facts_region *regions =
		test_facts_array(facts, &groups->reserved, 4, sizeof(*regions));
	static const struct {
		uint64_t first;
		uint64_t last;
		const char *type;
	} expected[] = { { 1, 5, "direct" }, { 1, 5, "msi" }, { 1, 6, "direct" }, { 2, 2, "msi" } };
	static const size_t order[] = { 2, 3, 1, 0 };

	for (size_t i = 0; i < 4; i++)
		regions[i] = (struct facts_region){
			.first = fact_number(expected[order[i]].first),
			.last = fact_number(expected[order[i]].last),
			.type = fact_text(expected[order[i]].type),
		};
	facts_sort(facts);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(regions[i].first.value, expected[i].first);
		ck_assert_uint_eq(regions[i].last.value, expected[i].last);
		ck_assert_str_eq(regions[i].type.value, expected[i].type);
	}
	facts_unref(facts);
}
END_TEST

START_TEST(sort__words_and_reset_methods__order_is_meaning_and_stays)
{
	static const char *words[] = { "iommu=pt", "amd_iommu=on" };
	static const char *methods[] = { "flr", "bus" };
	static const char *members[] = { "b", "a" };
	struct facts *facts = test_facts_new();
	struct facts_group *groups = test_facts_array(facts, &facts->groups, 1, sizeof(*groups));
	struct facts_device *devices =
		test_facts_array(facts, &facts->devices, 1, sizeof(*devices));

	facts->host.words = (struct fact_texts){ .fact = FACT_KNOWN, .n = 2, .items = words };
	devices->reset_methods =
		(struct fact_texts){ .fact = FACT_KNOWN, .n = 2, .items = methods };
	groups->devices = (struct fact_texts){ .fact = FACT_KNOWN, .n = 2, .items = members };
	facts_sort(facts);
	ck_assert_str_eq(words[0], "iommu=pt");
	ck_assert_str_eq(methods[0], "flr");
	ck_assert_str_eq(members[0], "a");
	facts_unref(facts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tc = tcase_create("facts");

	tcase_add_test(tc, new__nothing_set__all_missing);
	tcase_add_test(tc, unref__last_reference__frees);
	tcase_add_test(tc, find__after_sort__each_by_its_key);
	tcase_add_test(tc, find__list_is_unknown__null);
	tcase_add_test(tc, sort__unknown_keys__known_ones_still_found);
	tcase_add_test(tc, sort__regions__by_first_last_and_type);
	tcase_add_test(tc, sort__words_and_reset_methods__order_is_meaning_and_stays);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
