/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reserved regions of real hosts, and what is left of the reach without them. */
#include "core/judge/aperture.h"
#include "core/judge/usable.h"
#include "core/model/limits.h"
#include "tests/support/unit.h"

#include <errno.h>

struct test_region {
	uint64_t first, last;
	const char *type;
};

struct test_row {
	struct test_region regions[4];
	unsigned bits;
	struct region usable[5]; /* up to one that is zero */
};

#define TEST_MSI                                                                                   \
	{                                                                                          \
		0xfee00000, 0xfeefffff, "msi"                                                      \
	}
#define TEST_SW_MSI                                                                                \
	{                                                                                          \
		0x8000000, 0x80fffff, "msi"                                                        \
	}

static const struct test_row test_rows[] = {
	/* An Intel server, with 39 and with 48 bits. */
	{ { TEST_MSI }, 39, { { 0, 0xfedfffff }, { 0xfef00000, 0x7fffffffff } } },
	{ { TEST_MSI }, 48, { { 0, 0xfedfffff }, { 0xfef00000, 0xffffffffffff } } },
	/* AMD, with HyperTransport's range. */
	{ { TEST_MSI, { 0xfd00000000, 0xffffffffff, "reserved" } }, 64,
		{ { 0, 0xfedfffff }, { 0xfef00000, 0xfcffffffff },
			{ 0x10000000000, UINT64_MAX } } },
	/* Huawei D05: a software and a hardware window. */
	{ { TEST_SW_MSI, { 0xc6010000, 0xc601ffff, "msi" } }, 48,
		{ { 0, 0x7ffffff }, { 0x8100000, 0xc600ffff }, { 0xc6020000, 0xffffffffffff } } },
	/* CentOS on Arm, which lists the windows of the host bridges. */
	{ { TEST_SW_MSI, { 0xe0000000, 0xf7feffff, "reserved" },
		  { 0x80000000000, 0x82fffffffff, "reserved" } },
		48,
		{ { 0, 0x7ffffff }, { 0x8100000, 0xdfffffff }, { 0xf7ff0000, 0x7ffffffffff },
			{ 0x83000000000, 0xffffffffffff } } },
	/* NXP: a relaxable range around the window takes nothing out. */
	{ { { 0x8000000, 0x8ffffff, "direct-relaxable" }, TEST_SW_MSI }, 48,
		{ { 0, 0x7ffffff }, { 0x8100000, 0xffffffffffff } } },
	/* The laptop with the floppy's 16 MiB, plain direct in those days; from 0 on. */
	{ { { 0, 0xffffff, "direct" }, TEST_MSI }, 39,
		{ { 0x1000000, 0xfedfffff }, { 0xfef00000, 0x7fffffffff } } },
	/* Over the end of the reach, touching, and nothing left. */
	{ { { 0xfd00000000, UINT64_MAX, "reserved" } }, 39, { { 0, 0x7fffffffff } } },
	{ { { 0x7ffffff000, UINT64_MAX, "reserved" } }, 39, { { 0, 0x7fffffefff } } },
	{ { { 0, 0x7fffffff, "reserved" }, { 0x80000000, UINT64_MAX, "some-new-word" } }, 64,
		{ { 0 } } },
};

static struct class_shape test_shape(struct class_region *ret, const struct test_row *row)
{
	struct class_shape shape = {
		.aperture = fact_number(aperture_last_of_bits(row->bits)),
		.aperture_at_most = fact_number(aperture_last_of_bits(row->bits)),
	};
	size_t n = 0;

	for (; n < 4 && row->regions[n].type; n++)
		ret[n] = (struct class_region){ fact_number(row->regions[n].first),
			fact_number(row->regions[n].last), fact_text(row->regions[n].type) };
	shape.regions = (struct fact_list){ .fact = FACT_KNOWN, .n = n, .items = ret };
	return shape;
}

START_TEST(compute__regions_of_real_hosts__what_vfio_allows)
{
	const struct test_row *row = &test_rows[_i];
	struct class_region regions[4];
	struct class_shape shape = test_shape(regions, row);
	struct usable usable;
	struct arena *arena;
	size_t n = 0;

	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &arena), 0);
	ck_assert_int_eq(usable_compute(&shape, arena, &usable), 0);
	for (; row->usable[n].last; n++) {
		ck_assert_uint_lt(n, usable.proven.n);
		ck_assert_uint_eq(usable.proven.items[n].first, row->usable[n].first);
		ck_assert_uint_eq(usable.proven.items[n].last, row->usable[n].last);
	}
	ck_assert_uint_eq(usable.proven.n, n);
	ck_assert(region_set_equal(&usable.proven, &usable.possible));
	ck_assert(usable.regions_known && usable.floor_known);
	arena_free(arena);
}
END_TEST

START_TEST(compute__something_not_known__nothing_is_proven)
{
	struct class_region regions[4];
	struct class_shape shape = test_shape(regions, &test_rows[0]);
	struct usable usable;
	struct arena *arena;

	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &arena), 0);
	shape.aperture = fact_number_unknown(FACT_NOT_EXPOSED);
	ck_assert_int_eq(usable_compute(&shape, arena, &usable), 0);
	ck_assert_uint_eq(usable.proven.n, 0);
	ck_assert_uint_eq(usable.possible.n, 2);
	ck_assert(!usable.floor_known);
	shape = test_shape(regions, &test_rows[0]);
	shape.regions.fact = FACT_IGNORANT(FACT_NOT_READABLE);
	ck_assert_int_eq(usable_compute(&shape, arena, &usable), 0);
	ck_assert_uint_eq(usable.proven.n, 0);
	ck_assert(!usable.regions_known);
	shape = test_shape(regions, &test_rows[0]);
	shape.aperture_at_most = (struct fact_number){ 0 };
	ck_assert_int_eq(usable_compute(&shape, arena, &usable), 0);
	ck_assert_uint_eq(usable.ceiling_last, UINT64_MAX);
	arena_free(arena);
}
END_TEST

START_TEST(compute__arena_is_full__enomem)
{
	struct class_region regions[4];
	struct class_shape shape = test_shape(regions, &test_rows[2]);
	struct usable usable = { .floor_last = 77 };
	struct arena *arena;

	for (size_t cap = 1; cap < 4096; cap += 16) {
		int r;

		ck_assert_int_eq(arena_new(cap, &arena), 0);
		r = usable_compute(&shape, arena, &usable);
		arena_free(arena);
		if (r == 0)
			return;
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_uint_eq(usable.floor_last, 77);
	}
	ck_abort_msg("never enough");
}
END_TEST

START_TEST(is_carved__all_but_relaxable)
{
	ck_assert(usable_is_carved("direct"));
	ck_assert(usable_is_carved("reserved"));
	ck_assert(usable_is_carved("msi"));
	ck_assert(usable_is_carved("a word of tomorrow"));
	ck_assert(!usable_is_carved("direct-relaxable"));
}
END_TEST

static Suite *test_usable_suite(void)
{
	Suite *suite = suite_create("usable");
	TCase *cases = tcase_create("usable");

	tcase_add_loop_test(cases, compute__regions_of_real_hosts__what_vfio_allows, 0,
		sizeof(test_rows) / sizeof(test_rows[0]));
	tcase_add_test(cases, compute__something_not_known__nothing_is_proven);
	tcase_add_test(cases, compute__arena_is_full__enomem);
	tcase_add_test(cases, is_carved__all_but_relaxable);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_usable_suite());
}
