/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hosts have in common, and who is in the way of the rest. */
#include "core/judge/fleet_baseline.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <inttypes.h>
#include <string.h>

CLEANUP_DEFINE(struct host *, host_unref, test_host_unrefp);

struct test_edit {
	const char *path, *json;
};

static struct host *test_host(enum ask_base base, const struct test_edit *edits, size_t n)
{
	ASK(ask, base);

	for (size_t i = 0; i < n; i++)
		ask_host(&ask, edits[i].path, edits[i].json);
	return host_ref((struct host *)ask_judge_host(&ask));
}

#define TEST_HOST(name, base, ...)                                                                 \
	const struct test_edit name##_edits[] = { __VA_ARGS__ };                                   \
	_cleanup_(test_host_unrefp) struct host *name =                                            \
		test_host(base, name##_edits, sizeof(name##_edits) / sizeof(name##_edits[0]))

/* The baseline of @n hosts, called a, b, and so on. */
static void test_baseline(const struct host *const *hosts, size_t n, struct fleet_baseline *ret)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct fleet_member members[4];
	struct fleet fleet = {
		.n_classes = n, .classes = hosts, .n_members = n, .members = members
	};
	size_t all[] = { 0, 1, 2, 3 };

	for (size_t i = 0; i < n; i++)
		members[i] = (struct fleet_member){ .name = names[i], .class_index = (int32_t)i };
	ck_assert_int_eq(fleet_baseline_compute(&fleet, all, n, ret), 0);
	ck_assert_uint_eq(ret->n_hosts, n);
}

/* "0x0-0xfff ..." */
static void test_ranges(const struct region_set *set, const char *words)
{
	char text[512] = "";

	for (size_t i = 0; i < set->n; i++) {
		size_t used = strlen(text);

		(void)snprintf(text + used, sizeof(text) - used, "%s0x%" PRIx64 "-0x%" PRIx64,
			i ? " " : "", set->items[i].first, set->items[i].last);
	}
	ck_assert_str_eq(text, words);
}

static void test_names(const struct fleet_baseline_hosts *hosts, const char *words)
{
	char text[64] = "";

	for (size_t i = 0; i < hosts->n; i++)
		(void)strncat(text, hosts->names[i], sizeof(text) - strlen(text) - 1);
	ck_assert_str_eq(text, words);
}

/* That @hosts, and no others, are in the way at @first to @last with @type; NULL: nobody. */
static void test_cause(const struct fleet_baseline *baseline, struct region region,
	const char *type, const char *hosts)
{
	for (size_t i = 0; i < baseline->n_causes; i++) {
		const struct fleet_baseline_cause *cause = &baseline->causes[i];

		if (cause->region.first != region.first || cause->region.last != region.last ||
			strcmp(cause->type, type) != 0)
			continue;
		ck_assert_msg(hosts != NULL, "0x%" PRIx64 " %s", region.first, type);
		test_names(&cause->hosts, hosts);
		return;
	}
	ck_assert_msg(!hosts, "0x%" PRIx64 "-0x%" PRIx64 " %s", region.first, region.last, type);
}

/* VT-d of 48 bits with the MSI window, and AMD-Vi, whose HyperTransport range is reserved. */
START_TEST(baseline__two_vendors__what_both_reach)
{
	_cleanup_(test_host_unrefp) struct host *intel = test_host(ASK_INTEL, NULL, 0);
	_cleanup_(test_host_unrefp) struct host *amd = test_host(ASK_AMD, NULL, 0);
	const struct host *hosts[] = { amd, intel };
	struct fleet_baseline baseline;

	test_baseline(hosts, 2, &baseline);
	test_ranges(&baseline.usable,
		"0x0-0xfedfffff 0xfef00000-0xfcffffffff 0x10000000000-0xffffffffffff");
	ck_assert(region_set_equal(&baseline.usable, &baseline.known));
	test_cause(&baseline, (struct region){ 0xfee00000, 0xfeefffff }, "msi", "ab");
	test_cause(&baseline, (struct region){ 0xfd00000000, 0xffffffffff }, "reserved", "a");
	test_cause(&baseline, (struct region){ 1ULL << 48, UINT64_MAX }, "beyond-aperture", "b");
	ck_assert_uint_eq(baseline.n_causes, 3);
	test_names(&baseline.unable, "");
	test_names(&baseline.unknown, "");
	arena_free(baseline.arena);
}
END_TEST

START_TEST(baseline__only_some_asked__others_do_not_count)
{
	_cleanup_(test_host_unrefp) struct host *intel = test_host(ASK_INTEL, NULL, 0);
	_cleanup_(test_host_unrefp) struct host *amd = test_host(ASK_AMD, NULL, 0);
	const struct host *hosts[] = { amd, intel };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = 1 },
		{ .name = "c", .class_index = 1 },
	};
	struct fleet fleet = {
		.n_classes = 2, .classes = hosts, .n_members = 3, .members = members
	};
	size_t two[] = { 1, 2 };
	struct fleet_baseline baseline;

	ck_assert_int_eq(fleet_baseline_compute(&fleet, two, 2, &baseline), 0);
	test_ranges(&baseline.usable, "0x0-0xfedfffff 0xfef00000-0xffffffffffff");
	test_cause(&baseline, (struct region){ 0xfee00000, 0xfeefffff }, "msi", "bc");
	test_cause(&baseline, (struct region){ 0xfd00000000, 0xffffffffff }, "reserved", NULL);
	arena_free(baseline.arena);
	ck_assert_int_eq(fleet_baseline_compute(&fleet, two, 0, &baseline), 0);
	test_ranges(&baseline.usable, "");
	arena_free(baseline.arena);
}
END_TEST

/* Direct-relaxable regions are given to guests; of devices that are refused nothing counts. */
START_TEST(baseline__regions__only_those_that_are_carved_out)
{
	TEST_HOST(relaxable, ASK_INTEL,
		{ "groups/9/reserved/+",
			"{'first':'0x1000','last':'0x1fff','type':'direct-relaxable'}" });
	TEST_HOST(refused, ASK_INTEL,
		{ "groups/10/reserved/+", "{'first':'0x1000','last':'0x1fff','type':'direct'}" });
	const struct host *hosts[] = { relaxable, refused };
	struct fleet_baseline baseline;

	test_baseline(hosts, 1, &baseline);
	test_ranges(&baseline.usable, "0x0-0xfedfffff 0xfef00000-0xffffffffffff");
	arena_free(baseline.arena);
	test_baseline(hosts, 2, &baseline);
	test_cause(&baseline, (struct region){ 0x1000, 0x1fff }, "direct", NULL);
	test_ranges(&baseline.usable, "0x0-0xfedfffff 0xfef00000-0xffffffffffff");
	arena_free(baseline.arena);
}
END_TEST

START_TEST(baseline__no_iommu__named_and_left_out)
{
	TEST_HOST(none, ASK_INTEL, { "groups", "[]" }, { "iommus", "[]" },
		{ "devices/" ASK_NIC "/group", "null" }, { "devices/" ASK_GPU "/group", "null" },
		{ "devices/" ASK_NIC_PORT "/group", "null" },
		{ "devices/" ASK_GPU_PORT "/group", "null" });
	_cleanup_(test_host_unrefp) struct host *intel = test_host(ASK_INTEL, NULL, 0);
	const struct host *hosts[] = { intel, none };
	struct fleet_baseline baseline;

	test_baseline(hosts, 2, &baseline);
	test_names(&baseline.unable, "b");
	test_names(&baseline.unknown, "");
	test_ranges(&baseline.usable, "0x0-0xfedfffff 0xfef00000-0xffffffffffff");
	arena_free(baseline.arena);
	test_baseline(&hosts[1], 1, &baseline);
	test_ranges(&baseline.usable, "");
	test_ranges(&baseline.known, "");
	arena_free(baseline.arena);
}
END_TEST

/* What one host does not tell leaves no address that is usable on all for sure. */
START_TEST(baseline__not_known__no_address_is_sure)
{
	static const struct test_edit rows[] = {
		{ "groups/9/reserved", "{'unknown':'not-readable'}" },
		{ "groups", "{'unknown':'not-readable'}" },
		{ "devices", "{'unknown':'not-readable'}" },
		{ "iommus", "{'unknown':'not-readable'}" },
	};
	_cleanup_(test_host_unrefp) struct host *intel = test_host(ASK_INTEL, NULL, 0);
	const char *const plain = "0x0-0xfedfffff 0xfef00000-0xffffffffffff";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(test_host_unrefp) struct host *dark = test_host(ASK_INTEL, &rows[i], 1);
		const struct host *hosts[] = { dark, intel };
		struct fleet_baseline baseline;

		test_baseline(hosts, 2, &baseline);
		ck_assert_msg(baseline.unknown.n == 1, "%s", rows[i].path);
		test_names(&baseline.unknown, "a");
		test_ranges(&baseline.usable, "");
		test_ranges(&baseline.known, plain);
		arena_free(baseline.arena);
	}
}
END_TEST

/* The kernel lists no group with the NIC, and of which it is could not be read. */
START_TEST(baseline__group_of_a_device_not_known__no_address_is_sure)
{
	TEST_HOST(dark, ASK_INTEL, { "groups/9", NULL },
		{ "devices/" ASK_NIC "/group", "{'unknown':'not-readable'}" });
	const struct host *hosts[] = { dark };
	struct fleet_baseline baseline;

	test_baseline(hosts, 1, &baseline);
	test_names(&baseline.unknown, "a");
	test_ranges(&baseline.usable, "");
	arena_free(baseline.arena);
}
END_TEST

START_TEST(baseline__class_not_known__no_address_is_sure)
{
	_cleanup_(test_host_unrefp) struct host *intel = test_host(ASK_INTEL, NULL, 0);
	const struct host *hosts[] = { intel };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = -1 },
	};
	struct fleet fleet = {
		.n_classes = 1, .classes = hosts, .n_members = 2, .members = members
	};
	size_t both[] = { 0, 1 };
	struct fleet_baseline baseline;

	ck_assert_int_eq(fleet_baseline_compute(&fleet, both, 2, &baseline), 0);
	test_names(&baseline.unknown, "b");
	test_ranges(&baseline.usable, "");
	arena_free(baseline.arena);
}
END_TEST

/* A bridge without ACS: what the GPU's port routes is reached past the IOMMU. */
START_TEST(baseline__window_of_a_peer__a_hole)
{
	TEST_HOST(open, ASK_INTEL, { "devices/" ASK_NIC_PORT "/acs", "null" },
		{ "devices/" ASK_GPU_PORT "/acs", "null" });
	const struct host *hosts[] = { open };
	struct fleet_baseline baseline;
	bool seen = false;

	test_baseline(hosts, 1, &baseline);
	for (size_t i = 0; i < baseline.n_causes; i++)
		seen = seen || strstr(baseline.causes[i].type, "peer-window");
	ck_assert(seen);
	ck_assert(!region_set_covers(&baseline.usable, (struct region){ 0xa0100000, 0xa0100fff }));
	ck_assert(region_set_covers(&baseline.usable, (struct region){ 0x0, 0x7fffffff }));
	arena_free(baseline.arena);
}
END_TEST

/* What another port routes is not known, and nothing turns requests to it away. */
START_TEST(baseline__windows_of_peers_not_known__no_address_is_sure)
{
	TEST_HOST(dark, ASK_INTEL, { "devices/" ASK_NIC_PORT "/acs", "null" },
		{ "devices/" ASK_GPU_PORT "/acs", "null" },
		{ "devices/" ASK_GPU_PORT "/windows", "{'unknown':'not-readable'}" });
	const struct host *hosts[] = { dark };
	struct fleet_baseline baseline;

	test_baseline(hosts, 1, &baseline);
	test_names(&baseline.unknown, "a");
	test_ranges(&baseline.usable, "");
	arena_free(baseline.arena);
}
END_TEST

/* A platform that states what its host bridge lets in. */
START_TEST(baseline__inbound_window__all_else_is_a_hole)
{
	TEST_HOST(bounded, ASK_ARM,
		{ "windows/+", "{'bus':'0000:00','direction':'inbound','first':'0x40000000',"
			       "'last':'0xffffffff'}" });
	const struct host *hosts[] = { bounded };
	struct fleet_baseline baseline;

	test_baseline(hosts, 1, &baseline);
	test_ranges(&baseline.usable, "0x40000000-0xffffffff");
	test_cause(&baseline, (struct region){ 0, 0x3fffffff }, "outside-dma-ranges", "a");
	arena_free(baseline.arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet_baseline");
	TCase *cases = tcase_create("fleet_baseline");

	tcase_add_test(cases, baseline__two_vendors__what_both_reach);
	tcase_add_test(cases, baseline__only_some_asked__others_do_not_count);
	tcase_add_test(cases, baseline__regions__only_those_that_are_carved_out);
	tcase_add_test(cases, baseline__no_iommu__named_and_left_out);
	tcase_add_test(cases, baseline__not_known__no_address_is_sure);
	tcase_add_test(cases, baseline__group_of_a_device_not_known__no_address_is_sure);
	tcase_add_test(cases, baseline__class_not_known__no_address_is_sure);
	tcase_add_test(cases, baseline__window_of_a_peer__a_hole);
	tcase_add_test(cases, baseline__windows_of_peers_not_known__no_address_is_sure);
	tcase_add_test(cases, baseline__inbound_window__all_else_is_a_hole);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
