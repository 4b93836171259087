/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/arena.h"
#include "tests/support/unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct arena *test_arena_with_cap(size_t cap)
{
	struct arena *arena;

	ck_assert_int_eq(arena_new(cap, &arena), 0);
	return arena;
}

static bool test_arena_is_all(const unsigned char *bytes, size_t n, size_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != value)
			return false;
	}
	return true;
}

START_TEST(alloc__many_sizes__zeroed_aligned_and_apart)
{
	struct arena *arena = test_arena_with_cap(64 << 20);
	unsigned char *kept[300];

	for (size_t i = 0; i < 300; i++) {
		size_t size = i * 37;

		kept[i] = arena_alloc(arena, size);
		ck_assert_ptr_nonnull(kept[i]);
		ck_assert_uint_eq((uintptr_t)kept[i] % _Alignof(max_align_t), 0);
		ck_assert(test_arena_is_all(kept[i], size, 0));
		memset(kept[i], (int)(i % 251 + 1), size);
	}
	for (size_t i = 0; i < 300; i++)
		ck_assert(test_arena_is_all(kept[i], i * 37, i % 251 + 1));
	ck_assert_ptr_null(arena_free(arena));
}
END_TEST

START_TEST(alloc__larger_than_a_chunk__given_whole)
{
	struct arena *arena = test_arena_with_cap(8 << 20);
	unsigned char *large = arena_alloc(arena, 3 << 20);

	ck_assert_ptr_nonnull(large);
	memset(large, 0xff, 3 << 20);
	ck_assert_ptr_nonnull(arena_alloc(arena, 16));
	arena_free(arena);
}
END_TEST

START_TEST(alloc__at_the_cap__given_and_not_a_byte_more)
{
	struct arena *arena = test_arena_with_cap(4096);

	ck_assert_ptr_null(arena_alloc(arena, 4097));
	ck_assert_uint_eq(arena_used(arena), 0);
	ck_assert_ptr_nonnull(arena_alloc(arena, 4000));
	ck_assert_ptr_nonnull(arena_alloc(arena, 96));
	ck_assert_uint_eq(arena_used(arena), 4096);
	ck_assert_ptr_null(arena_alloc(arena, 1));
	ck_assert_ptr_null(arena_text(arena, "", 0));
	ck_assert_ptr_null(arena_printf(arena, "%d", 1));
	ck_assert_uint_eq(arena_used(arena), 4096);
	arena_free(arena);
}
END_TEST

START_TEST(alloc__absurd_sizes__refused_without_overflow)
{
	struct arena *arena = test_arena_with_cap(SIZE_MAX);

	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX - 15));
	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX - 64));
	ck_assert_ptr_null(arena_array(arena, SIZE_MAX / 8 + 2, 8));
	ck_assert_ptr_null(arena_array(arena, SIZE_MAX / 2, 4));
	ck_assert_ptr_null(arena_text(arena, "x", SIZE_MAX));
	ck_assert_uint_eq(arena_used(arena), 0);
	arena_free(arena);
}
END_TEST

START_TEST(alloc__nothing__distinct_pointers)
{
	struct arena *arena = test_arena_with_cap(4096);
	void *a = arena_alloc(arena, 0);
	void *b = arena_array(arena, 0, 100);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_ne(a, b);
	arena_free(arena);
}
END_TEST

START_TEST(text__part_of_a_string__copied_and_ended)
{
	struct arena *arena = test_arena_with_cap(4096);

	ck_assert_str_eq(arena_text(arena, "0000:01:00.0 rest", 12), "0000:01:00.0");
	ck_assert_str_eq(arena_text(arena, NULL, 0), "");
	ck_assert_str_eq(arena_printf(arena, "%s/%d", "groups", 9), "groups/9");
	arena_free(arena);
}
END_TEST

START_TEST(free__null__accepted)
{
	ck_assert_ptr_null(arena_free(NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tc = tcase_create("arena");

	tcase_add_test(tc, alloc__many_sizes__zeroed_aligned_and_apart);
	tcase_add_test(tc, alloc__larger_than_a_chunk__given_whole);
	tcase_add_test(tc, alloc__at_the_cap__given_and_not_a_byte_more);
	tcase_add_test(tc, alloc__absurd_sizes__refused_without_overflow);
	tcase_add_test(tc, alloc__nothing__distinct_pointers);
	tcase_add_test(tc, text__part_of_a_string__copied_and_ended);
	tcase_add_test(tc, free__null__accepted);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
