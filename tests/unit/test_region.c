/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/region.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_REGION_MAX	  24
#define TEST_REGION_TURNS 2000

static struct arena *test_region_arena;
static uint64_t test_region_seed;

static void test_region_setup(void)
{
	ck_assert_int_eq(arena_new(256 << 20, &test_region_arena), 0);
}

static void test_region_teardown(void)
{
	test_region_arena = arena_free(test_region_arena);
}

static struct region_set test_region_from(const struct region *regions, size_t n)
{
	struct region_set set;

	ck_assert_int_eq(region_set_from(test_region_arena, regions, n, &set), 0);
	return set;
}

static struct region_set test_region_without(
	struct region space, const struct region *holes, size_t n)
{
	struct region_set set;

	ck_assert_int_eq(region_set_without(test_region_arena, space, holes, n, &set), 0);
	return set;
}

/* De Morgan: in both = not (not in one or not in the other). */
static struct region_set test_region_intersect(struct region_set a, struct region_set b)
{
	struct region_set not_a = test_region_without(REGION_ALL, a.items, a.n);
	struct region_set not_b = test_region_without(REGION_ALL, b.items, b.n);
	struct region either[4 * TEST_REGION_MAX];

	ck_assert_uint_le(not_a.n + not_b.n, sizeof(either) / sizeof(either[0]));
	memcpy(either, not_a.items, not_a.n * sizeof(*either));
	memcpy(either + not_a.n, not_b.items, not_b.n * sizeof(*either));
	return test_region_without(REGION_ALL, either, not_a.n + not_b.n);
}

static void test_region_check(struct region_set set, const struct region *expected, size_t n)
{
	ck_assert_uint_eq(set.n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(set.items[i].first, expected[i].first);
		ck_assert_uint_eq(set.items[i].last, expected[i].last);
	}
}

#define TEST_REGION_CHECK(set, ...)                                                                \
	test_region_check(set, (const struct region[]){ __VA_ARGS__ },                             \
		sizeof((const struct region[]){ __VA_ARGS__ }) / sizeof(struct region))

START_TEST(from__overlapping_touching_nested__merged_in_order)
{
	const struct region in[] = { { 0x5000, 0x5fff }, { 0x1000, 0x1fff }, { 0x2000, 0x2fff },
		{ 0x1800, 0x18ff }, { 0x2800, 0x3fff }, { 0x4001, 0x4002 } };

	TEST_REGION_CHECK(test_region_from(in, 6), { 0x1000, 0x3fff }, { 0x4001, 0x4002 },
		{ 0x5000, 0x5fff });
}
END_TEST

START_TEST(from__nothing__empty_set)
{
	struct region_set set = test_region_from(NULL, 0);

	ck_assert_uint_eq(set.n, 0);
	ck_assert_ptr_null(region_set_meets(&set, REGION_ALL));
	ck_assert_ptr_null(region_set_covers(&set, (struct region){ 0, 0 }));
}
END_TEST

START_TEST(from__ends_of_the_space__no_wrap)
{
	const struct region in[] = { { UINT64_MAX, UINT64_MAX }, { 0, 0 },
		{ UINT64_MAX - 5, UINT64_MAX }, { UINT64_MAX - 3, UINT64_MAX - 2 } };

	TEST_REGION_CHECK(test_region_from(in, 4), { 0, 0 }, { UINT64_MAX - 5, UINT64_MAX });
}
END_TEST

START_TEST(without__msi_window_of_x86__two_ranges)
{
	const struct region holes[] = { { 0xfee00000, 0xfeefffff } };

	TEST_REGION_CHECK(test_region_without((struct region){ 0, 0x7fffffffff }, holes, 1),
		{ 0, 0xfedfffff }, { 0xfef00000, 0x7fffffffff });
}
END_TEST

START_TEST(without__holes_at_and_over_the_ends__cut)
{
	const struct region holes[] = { { 0, 0x1fff }, { 0x9000, UINT64_MAX } };
	const struct region all[] = { { 0, UINT64_MAX } };
	const struct region top[] = { { UINT64_MAX, UINT64_MAX } };

	TEST_REGION_CHECK(test_region_without((struct region){ 0x1000, 0x9fff }, holes, 2),
		{ 0x2000, 0x8fff });
	ck_assert_uint_eq(test_region_without(REGION_ALL, all, 1).n, 0);
	TEST_REGION_CHECK(test_region_without(REGION_ALL, top, 1), { 0, UINT64_MAX - 1 });
	TEST_REGION_CHECK(test_region_without(REGION_ALL, NULL, 0), { 0, UINT64_MAX });
	TEST_REGION_CHECK(test_region_without((struct region){ 7, 7 }, NULL, 0), { 7, 7 });
}
END_TEST

START_TEST(without__holes_outside__ignored)
{
	const struct region holes[] = { { 0, 0xfff }, { 0x3000, 0x3fff } };

	TEST_REGION_CHECK(test_region_without((struct region){ 0x1000, 0x2fff }, holes, 2),
		{ 0x1000, 0x2fff });
}
END_TEST

START_TEST(covers__range_over_two_neighbours__null)
{
	const struct region in[] = { { 0x1000, 0x1fff }, { 0x3000, 0x3fff } };
	struct region_set set = test_region_from(in, 2);

	ck_assert_ptr_eq(region_set_covers(&set, in[1]), &set.items[1]);
	ck_assert_ptr_eq(region_set_covers(&set, (struct region){ 0x1800, 0x1fff }), &set.items[0]);
	ck_assert_ptr_null(region_set_covers(&set, (struct region){ 0x1800, 0x2000 }));
	ck_assert_ptr_null(region_set_covers(&set, (struct region){ 0x1000, 0x3fff }));
	ck_assert_ptr_null(region_set_covers(&set, (struct region){ 0xfff, 0x1000 }));
}
END_TEST

START_TEST(meets__several__the_first)
{
	const struct region in[] = { { 0x1000, 0x1fff }, { 0x3000, 0x3fff } };
	struct region_set set = test_region_from(in, 2);

	ck_assert_ptr_eq(region_set_meets(&set, REGION_ALL), &set.items[0]);
	ck_assert_ptr_eq(region_set_meets(&set, (struct region){ 0x2000, 0x3000 }), &set.items[1]);
	ck_assert_ptr_null(region_set_meets(&set, (struct region){ 0x2000, 0x2fff }));
	ck_assert_ptr_null(region_set_meets(&set, (struct region){ 0x4000, UINT64_MAX }));
	ck_assert_ptr_null(region_set_meets(&set, (struct region){ 0, 0xfff }));
}
END_TEST

START_TEST(equal__other_number_or_end__false)
{
	const struct region a[] = { { 1, 2 }, { 5, 6 } };
	const struct region b[] = { { 1, 2 }, { 5, 7 } };
	struct region_set x = test_region_from(a, 2);
	struct region_set y = test_region_from(b, 2);
	struct region_set z = test_region_from(a, 1);

	ck_assert(region_set_equal(&x, &x));
	ck_assert(!region_set_equal(&x, &y));
	ck_assert(!region_set_equal(&x, &z));
}
END_TEST

START_TEST(set__arena_full__enomem)
{
	const struct region in[] = { { 1, 2 } };
	struct region_set set = { .n = 77 };
	struct arena *small;

	ck_assert_int_eq(arena_new(0, &small), 0);
	ck_assert_int_eq(region_set_from(small, in, 1, &set), -ENOMEM);
	ck_assert_int_eq(region_set_without(small, REGION_ALL, in, 1, &set), -ENOMEM);
	ck_assert_uint_eq(set.n, 77);
	arena_free(small);

	/* Room for the sorted copy of the holes, but not for the answer. */
	ck_assert_int_eq(arena_new(16, &small), 0);
	ck_assert_int_eq(region_set_without(small, REGION_ALL, in, 1, &set), -ENOMEM);
	arena_free(small);
}
END_TEST

/* ------------------------------------------------------------------ properties */

/* Small numbers near zero, near the top, or anywhere: touching and overlapping must be common. */
static struct region test_region_random(uint64_t *state)
{
	uint64_t choice = unit_random(state) % 4;
	uint64_t a = choice == 0 ? unit_random(state) : unit_random(state) % 64;
	uint64_t b = choice == 0 ? unit_random(state) : a + unit_random(state) % 8;

	if (choice == 1) {
		a = UINT64_MAX - a;
		b = a + unit_random(state) % (UINT64_MAX - a + (a != 0));
	}
	return a <= b ? (struct region){ a, b } : (struct region){ b, a };
}

static size_t test_region_randoms(uint64_t *state, struct region *ret)
{
	size_t n = unit_random(state) % TEST_REGION_MAX;

	for (size_t i = 0; i < n; i++)
		ret[i] = test_region_random(state);
	return n;
}

static void test_region_shuffle(uint64_t *state, struct region *regions, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = unit_random(state) % i;
		struct region swap = regions[i - 1];

		regions[i - 1] = regions[j];
		regions[j] = swap;
	}
}

static bool test_region_contains(const struct region *regions, size_t n, uint64_t address)
{
	for (size_t i = 0; i < n; i++) {
		if (regions[i].first <= address && address <= regions[i].last)
			return true;
	}
	return false;
}

static void test_region_check_canonical(struct region_set set)
{
	for (size_t i = 0; i < set.n; i++) {
		ck_assert_uint_le(set.items[i].first, set.items[i].last);
		if (i > 0) {
			ck_assert_uint_lt(set.items[i - 1].last, UINT64_MAX);
			ck_assert_uint_lt(set.items[i - 1].last + 1, set.items[i].first);
		}
	}
}

START_TEST(property__random_sets__canonical_and_of_the_same_addresses)
{
	uint64_t state = test_region_seed;

	for (int turn = 0; turn < TEST_REGION_TURNS; turn++) {
		struct region in[TEST_REGION_MAX];
		size_t n = test_region_randoms(&state, in);
		struct region_set set = test_region_from(in, n);
		struct region_set again;

		test_region_check_canonical(set);
		for (size_t i = 0; i < n; i++) {
			uint64_t near[] = { in[i].first, in[i].first - 1, in[i].last,
				in[i].last + 1 };

			for (size_t j = 0; j < 4; j++)
				ck_assert_int_eq(test_region_contains(in, n, near[j]),
					region_set_covers(
						&set, (struct region){ near[j], near[j] }) != NULL);
		}
		test_region_shuffle(&state, in, n);
		again = test_region_from(in, n);
		ck_assert_msg(region_set_equal(&set, &again), "turn %d: order matters", turn);
	}
}
END_TEST

START_TEST(property__subtract_then_unite__restores_the_space)
{
	uint64_t state = test_region_seed + 1;

	for (int turn = 0; turn < TEST_REGION_TURNS; turn++) {
		struct region both[3 * TEST_REGION_MAX];
		struct region holes[TEST_REGION_MAX];
		size_t n = test_region_randoms(&state, holes);
		struct region space = test_region_random(&state);
		struct region_set rest = test_region_without(space, holes, n);
		struct region_set cut = test_region_from(holes, n);
		struct region_set whole = test_region_from(&space, 1);
		struct region_set inside = test_region_intersect(cut, whole);
		struct region_set united;

		test_region_check_canonical(rest);
		test_region_check_canonical(inside);
		ck_assert_uint_eq(test_region_intersect(rest, cut).n, 0);
		if (rest.n > 0)
			memcpy(both, rest.items, rest.n * sizeof(*both));
		if (inside.n > 0)
			memcpy(both + rest.n, inside.items, inside.n * sizeof(*both));
		united = test_region_from(both, rest.n + inside.n);
		ck_assert_msg(region_set_equal(&united, &whole), "turn %d", turn);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("region");
	TCase *tc = tcase_create("region");

	test_region_seed = unit_seed(argc, argv);
	tcase_add_checked_fixture(tc, test_region_setup, test_region_teardown);
	tcase_add_test(tc, from__overlapping_touching_nested__merged_in_order);
	tcase_add_test(tc, from__nothing__empty_set);
	tcase_add_test(tc, from__ends_of_the_space__no_wrap);
	tcase_add_test(tc, without__msi_window_of_x86__two_ranges);
	tcase_add_test(tc, without__holes_at_and_over_the_ends__cut);
	tcase_add_test(tc, without__holes_outside__ignored);
	tcase_add_test(tc, covers__range_over_two_neighbours__null);
	tcase_add_test(tc, meets__several__the_first);
	tcase_add_test(tc, equal__other_number_or_end__false);
	tcase_add_test(tc, set__arena_full__enomem);
	tcase_add_test(tc, property__random_sets__canonical_and_of_the_same_addresses);
	tcase_add_test(tc, property__subtract_then_unite__restores_the_space);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
