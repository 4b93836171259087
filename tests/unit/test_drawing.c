/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/drawing.h"
#include "tests/support/unit.h"

#include <string.h>

static uint64_t drawing_seed;

struct drawing_fixture {
	struct arena *arena;
	struct guest *guest;
	json_t *usable, *groups;
	struct drawing drawing;
	struct drawing_row *rows;
	size_t n;
};

static void drawing_start(struct drawing_fixture *fixture, const char *usable, const char *groups)
{
	memset(fixture, 0, sizeof(*fixture));
	ck_assert_int_eq(arena_new(1 << 24, &fixture->arena), 0);
	ck_assert_int_eq(guest_new(&fixture->guest), 0);
	fixture->guest->ranges =
		arena_array(fixture->guest->arena, 2048, sizeof(*fixture->guest->ranges));
	fixture->usable = json_loads(usable, 0, NULL);
	fixture->groups = json_loads(groups, 0, NULL);
	ck_assert_ptr_nonnull(fixture->usable);
	ck_assert_ptr_nonnull(fixture->groups);
}

static void drawing_add(
	struct drawing_fixture *fixture, uint64_t first, uint64_t last, enum guest_kind kind)
{
	fixture->guest->ranges[fixture->guest->n_ranges++] =
		(struct guest_range){ .region = { first, last }, .kind = kind, .placed = true };
}

static void drawing_check(struct drawing_fixture *fixture)
{
	ck_assert_int_eq(drawing_compute(&fixture->drawing, &fixture->rows, &fixture->n), 0);
	ck_assert_uint_ge(fixture->n, 1);
	ck_assert_uint_le(fixture->n, DRAWING_ROWS);
	/* Whatever is drawn, it is the whole space, without gap or overlap. */
	ck_assert_uint_eq(fixture->rows[0].region.first, 0);
	for (size_t i = 1; i < fixture->n; i++)
		ck_assert_uint_eq(
			fixture->rows[i].region.first, fixture->rows[i - 1].region.last + 1);
	ck_assert_uint_eq(fixture->rows[fixture->n - 1].region.last, UINT64_MAX);
}

static void drawing_finish(struct drawing_fixture *fixture)
{
	ck_assert_int_eq(drawing_init(&fixture->drawing, fixture->arena, fixture->guest,
				 fixture->usable, fixture->groups),
		0);
	drawing_check(fixture);
}

/* The document of usable ranges is that of free windows. */
static void drawing_finish_map(struct drawing_fixture *fixture)
{
	ck_assert_int_eq(drawing_init_map(&fixture->drawing, fixture->arena, fixture->guest,
				 fixture->usable),
		0);
	drawing_check(fixture);
}

static void drawing_done(struct drawing_fixture *fixture)
{
	json_decref(fixture->usable);
	json_decref(fixture->groups);
	guest_free(fixture->guest);
	arena_free(fixture->arena);
}

static const struct drawing_row *drawing_at(const struct drawing_fixture *fixture, uint64_t address)
{
	size_t i = 0;

	while (fixture->rows[i].region.last < address)
		i++;
	return &fixture->rows[i];
}

#define DRAWING_USABLE_JSON                                                                        \
	"{\"group\":3,\"aperture\":{\"last\":\"0x7fffffffff\"},\"ranges\":["                       \
	"{\"first\":\"0x0\",\"last\":\"0xfedfffff\"},"                                             \
	"{\"first\":\"0xfef00000\",\"last\":\"0x7fffffffff\"}]}"
#define DRAWING_GROUPS_JSON                                                                        \
	"{\"groups\":[{\"id\":2,\"reserved\":[{\"first\":\"0x0\",\"last\":\"0xfff\",\"type\":"     \
	"\"direct\"}]},{\"id\":3,\"reserved\":[{\"first\":\"0xfee00000\",\"last\":"                \
	"\"0xfeefffff\",\"type\":\"msi\"},{\"first\":\"0x1000\",\"last\":\"0x1fff\",\"type\":"     \
	"\"direct-relaxable\"}]}]}"

START_TEST(drawing_compute__guest_on_host__each_piece_a_row)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture, DRAWING_USABLE_JSON, DRAWING_GROUPS_JSON);
	drawing_add(&fixture, 0x10000, 0xffffffff, GUEST_RAM);
	drawing_add(&fixture, 0x100000000, 0x9fffffffff, GUEST_HOTPLUG);
	drawing_finish(&fixture);
	ck_assert_int_eq(drawing_at(&fixture, 0)->host, DRAWING_USABLE);
	ck_assert_int_eq(drawing_at(&fixture, 0)->guest, DRAWING_NOTHING);
	ck_assert_str_eq(drawing_at(&fixture, 0x1000)->host_what, "direct-relaxable");
	ck_assert_int_eq(drawing_at(&fixture, 0x1000)->host, DRAWING_USABLE);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x20000)), DRAWING_FINE);
	ck_assert_int_eq(drawing_at(&fixture, 0xfee00000)->host, DRAWING_RESERVED);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0xfee00000)), DRAWING_CONFLICT);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0xfef00000)), DRAWING_FINE);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x7fffffffff)), DRAWING_FINE);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x8000000000)), DRAWING_LATER_CONFLICT);
	ck_assert_int_eq(drawing_at(&fixture, UINT64_MAX)->host, DRAWING_BEYOND);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__reach_not_known__doubt_not_conflict)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture,
		"{\"group\":3,\"aperture\":{\"last\":{\"unknown\":\"not-readable\"}},"
		"\"ranges\":[]}",
		DRAWING_GROUPS_JSON);
	drawing_add(&fixture, 0x10000, 0xffffffff, GUEST_RAM);
	drawing_finish(&fixture);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x10000)), DRAWING_DOUBT);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0xfee00000)), DRAWING_CONFLICT);
	ck_assert_int_eq(drawing_at(&fixture, UINT64_MAX)->host, DRAWING_UNKNOWN);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__between_sure_and_possible_reach__doubt)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture,
		"{\"group\":3,\"aperture\":{\"last\":\"0xffffffff\",\"at_most\":"
		"\"0xffffffffff\"},\"ranges\":[{\"first\":\"0x0\",\"last\":\"0xffffffff\"}]}",
		"{}");
	drawing_add(&fixture, 0, 0x1ffffffffff, GUEST_RAM);
	drawing_finish(&fixture);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0xffffffff)), DRAWING_FINE);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x100000000)), DRAWING_DOUBT);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x10000000000)), DRAWING_CONFLICT);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__rom_in_a_window__solid_wins)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture, DRAWING_USABLE_JSON, DRAWING_GROUPS_JSON);
	drawing_add(&fixture, 0, 0xffffffffff, GUEST_BAR_WINDOW);
	drawing_add(&fixture, 0x2000, 0x2fff, GUEST_ROM);
	drawing_add(&fixture, 0x100000, 0x1fffff, GUEST_HOTPLUG);
	drawing_finish(&fixture);
	ck_assert_str_eq(drawing_at(&fixture, 0x2000)->guest_what, "rom");
	ck_assert_int_eq(drawing_at(&fixture, 0x2000)->guest, DRAWING_MAPPED);
	ck_assert_str_eq(drawing_at(&fixture, 0x3000)->guest_what, "bar-window");
	ck_assert_str_eq(drawing_at(&fixture, 0x100000)->guest_what, "hotplug");
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x8000000000)), DRAWING_FINE);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__nonsense_documents__nothing_usable)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture,
		"{\"group\":3,\"aperture\":7,\"ranges\":[1,{\"first\":\"0x9\",\"last\":\"0x1\"},{}]"
		"}",
		"{\"groups\":[3,{\"id\":3,\"reserved\":[{\"first\":\"0x0\"},9]}]}");
	drawing_finish(&fixture);
	ck_assert_uint_eq(fixture.n, 1);
	ck_assert_int_eq(fixture.rows[0].host, DRAWING_UNKNOWN);
	drawing_done(&fixture);
}
END_TEST

/* However many pieces are made one, what is in conflict stays marked. */
START_TEST(drawing_compute__random_maps__conflicts_never_lost)
{
	uint64_t state = drawing_seed + (uint64_t)_i;
	struct drawing_fixture fixture;
	bool conflict = false, drawn = false;
	uint64_t at = 0;

	drawing_start(&fixture, DRAWING_USABLE_JSON, DRAWING_GROUPS_JSON);
	for (size_t i = 0; i < 200; i++) {
		uint64_t first = at + (unit_random(&state) % 0x2000000), last;

		last = first + unit_random(&state) % 0x1000000;
		at = last + 1;
		drawing_add(&fixture, first, last, GUEST_RAM);
		conflict |= first <= 0xfeefffff && last >= 0xfee00000;
	}
	drawing_finish(&fixture);
	for (size_t i = 0; i < fixture.n; i++)
		drawn |= drawing_mark(&fixture.rows[i]) == DRAWING_CONFLICT;
	ck_assert_int_eq(drawn, conflict);
	drawing_done(&fixture);
}
END_TEST

/* More conflicts than rows: the row that has one of them in it is marked. */
START_TEST(drawing_compute__more_conflicts_than_rows__each_in_a_marked_row)
{
	struct drawing_fixture fixture;
	json_t *reserved, *ranges;

	drawing_start(&fixture, "{\"group\":1,\"aperture\":{\"last\":\"0xffffffffff\"}}",
		"{\"groups\":[{\"id\":1,\"reserved\":[]}]}");
	reserved = json_object_get(
		json_array_get(json_object_get(fixture.groups, "groups"), 0), "reserved");
	ranges = json_array();
	for (int i = 0; i < 60; i++) {
		json_array_append_new(
			reserved, json_pack("{s:I, s:I, s:s}", "first", (json_int_t)i << 20, "last",
					  ((json_int_t)i << 20) + 0xfff, "type", "msi"));
		json_array_append_new(
			ranges, json_pack("{s:I, s:I}", "first", ((json_int_t)i << 20) + 0x1000,
					"last", ((json_int_t)i << 20) + 0xfffff));
	}
	json_object_set_new(fixture.usable, "ranges", ranges);
	drawing_add(&fixture, 0x1000, 0x3ffffff, GUEST_RAM);
	drawing_finish(&fixture);
	for (size_t i = 0; i < fixture.n; i++)
		ck_assert_uint_le(fixture.rows[i].pieces, 30);
	for (uint64_t i = 1; i < 60; i++)
		ck_assert_int_eq(drawing_mark(drawing_at(&fixture, i << 20)), DRAWING_CONFLICT);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__map__what_is_free_and_nothing_of_hosts)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture,
		"{\"below_4g\":[{\"first\":\"0x80000000\",\"last\":\"0xafffffff\"}],"
		"\"above_4g\":[{\"first\":\"0x100000000\",\"last\":\"0xffffffffff\"}]}",
		"{}");
	fixture.guest->address_bits = 40;
	drawing_add(&fixture, 0, 0x7fffffff, GUEST_RAM);
	drawing_add(&fixture, 0x200000000, 0x2ffffffff, GUEST_HOTPLUG);
	drawing_add(&fixture, 0x10000000000, 0x1ffffffffff, GUEST_RAM);
	drawing_finish_map(&fixture);
	ck_assert_int_eq(drawing_at(&fixture, 0)->host, DRAWING_UNSAID);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0)), DRAWING_FINE);
	ck_assert_int_eq(drawing_at(&fixture, 0x80000000)->host, DRAWING_FREE);
	ck_assert_int_eq(drawing_at(&fixture, 0xb0000000)->host, DRAWING_UNSAID);
	ck_assert_int_eq(drawing_at(&fixture, 0x200000000)->host, DRAWING_FREE);
	ck_assert_int_eq(drawing_at(&fixture, 0x200000000)->guest, DRAWING_LATER);
	ck_assert_int_eq(drawing_at(&fixture, 0xffffffffff)->host, DRAWING_FREE);
	ck_assert_int_eq(drawing_mark(drawing_at(&fixture, 0x10000000000)), DRAWING_CONFLICT);
	ck_assert_int_eq(drawing_at(&fixture, UINT64_MAX)->host, DRAWING_BEYOND);
	drawing_done(&fixture);
}
END_TEST

START_TEST(drawing_compute__map_without_windows__only_the_guest)
{
	struct drawing_fixture fixture;

	drawing_start(&fixture,
		"{\"below_4g\":{\"unknown\":\"not-exposed\"},\"above_4g\":[{\"first\":7}]}", "{}");
	drawing_add(&fixture, 0x1000, 0x1fff, GUEST_ROM);
	drawing_finish_map(&fixture);
	ck_assert_uint_eq(fixture.n, 3);
	for (size_t i = 0; i < fixture.n; i++)
		ck_assert_int_eq(fixture.rows[i].host, DRAWING_UNSAID);
	drawing_done(&fixture);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("drawing");
	TCase *cases = tcase_create("drawing");

	drawing_seed = unit_seed(argc, argv);
	tcase_add_test(cases, drawing_compute__guest_on_host__each_piece_a_row);
	tcase_add_test(cases, drawing_compute__reach_not_known__doubt_not_conflict);
	tcase_add_test(cases, drawing_compute__between_sure_and_possible_reach__doubt);
	tcase_add_test(cases, drawing_compute__rom_in_a_window__solid_wins);
	tcase_add_test(cases, drawing_compute__nonsense_documents__nothing_usable);
	tcase_add_test(cases, drawing_compute__more_conflicts_than_rows__each_in_a_marked_row);
	tcase_add_test(cases, drawing_compute__map__what_is_free_and_nothing_of_hosts);
	tcase_add_test(cases, drawing_compute__map_without_windows__only_the_guest);
	tcase_add_loop_test(cases, drawing_compute__random_maps__conflicts_never_lost, 0, 50);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
