/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether something can be given to some guest: as things are bound now, and once it is rebound. */
#include "core/judge/assignable.h"
#include "core/model/limits.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_UNKNOWN "{'unknown':'not-readable'}"
#define TEST_NIC     "devices/" ASK_NIC "/"

/* "now after" of a device or of a group, as words. */
static void test_is(struct ask *ask, const char *address, uint64_t group, const char *words)
{
	const struct host *host = ask_judge_host(ask);
	const struct facts_device *device =
		address ? facts_find_device(host->facts, address) : NULL;
	struct assignable assignable = { TRI_UNKNOWN, TRI_UNKNOWN };
	struct report report = { 0 };
	char said[32];
	int r;

	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &report.arena), 0);
	if (device)
		r = assignable_device(host, host_view_index(host, device), &report, &assignable);
	else
		r = assignable_group(host,
			(size_t)(facts_find_group(host->facts, group) -
				 (const struct facts_group *)host->facts->groups.items),
			&report, &assignable);
	ck_assert_int_eq(r, 0);
	(void)snprintf(said, sizeof(said), "%s %s", tri_word(assignable.now),
		tri_word(assignable.after_rebind));
	ck_assert_str_eq(said, words);
	/* What is not possible has a reason. */
	ck_assert(assignable.after_rebind == TRI_YES || report.n > 0);
	if (device)
		ck_assert_int_eq(host->assignable_after_rebind[host_view_index(host, device)],
			assignable.after_rebind);
	arena_free(report.arena);
}

START_TEST(device__by_binding)
{
	static const struct {
		const char *driver, *of_vfio, *words;
	} rows[] = {
		{ "'vfio-pci'", "true", "yes yes" },
		{ "'mlx5_vfio_pci'", "true", "yes yes" },
		{ "'e1000e'", "false", "no yes" },
		{ "'pci-stub'", "false", "no yes" },
		{ "null", "null", "no yes" },
		{ TEST_UNKNOWN, TEST_UNKNOWN, "unknown yes" },
		{ "'e1000e'", TEST_UNKNOWN, "unknown yes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, TEST_NIC "driver", rows[i].driver);
		ask_host(&ask, TEST_NIC "vfio_driver", rows[i].of_vfio);
		test_is(&ask, ASK_NIC, 0, rows[i].words);
		test_is(&ask, NULL, 9, rows[i].words);
	}
}
END_TEST

START_TEST(device__by_what_stands_in_its_way)
{
	static const struct {
		const char *path, *json, *words;
	} rows[] = {
		{ "vfio/interrupts/isolated", "false", "no no" },
		{ "vfio/interrupts/isolated", TEST_UNKNOWN, "unknown unknown" },
		{ "groups/9/reserved", TEST_UNKNOWN, "unknown unknown" },
		{ "groups/9/reserved", "[{'first':'0x0','last':'0xfff','type':'direct'}]",
			"no no" },
		{ TEST_NIC "bus", "'other'", "no no" },
		{ "news", "1", "unknown unknown" },
		/* No guest, no memory: how far the unit reaches decides nothing. */
		{ "iommus/unit0/input_bits", TEST_UNKNOWN, "yes yes" },
		{ "kvm/present", "false", "yes yes" },
		{ "host/virtual", "true", "yes yes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_host(&ask, "minor", "9");
		ask_host(&ask, rows[i].path, rows[i].json);
		test_is(&ask, ASK_NIC, 0, rows[i].words);
		test_is(&ask, NULL, 9, rows[i].words);
	}
}
END_TEST

START_TEST(device__bridge_or_without_a_group__never)
{
	ASK(ask, ASK_INTEL);

	test_is(&ask, ASK_NIC_PORT, 0, "no no");
	test_is(&ask, NULL, 1, "no no");
	ask_host(&ask, "groups/9/devices", "[]");
	test_is(&ask, ASK_NIC, 0, "unknown unknown");
	ask_host(&ask, TEST_NIC "group", "null");
	test_is(&ask, ASK_NIC, 0, "no no");
	test_is(&ask, NULL, 9, "no no");
}
END_TEST

START_TEST(group__of_members_nobody_knows__not_known)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/devices", "['0000:ff:00.0']");
	test_is(&ask, NULL, 9, "unknown unknown");
	ask_host(&ask, "groups/9/devices", TEST_UNKNOWN);
	test_is(&ask, NULL, 9, "unknown unknown");
}
END_TEST

static void test_share(struct ask *ask, const char *driver, const char *of_vfio)
{
	ask_host(ask, "groups/9/devices", "['" ASK_NIC "','" ASK_GPU "']");
	ask_host(ask, "groups/10", NULL);
	ask_host(ask, "devices/" ASK_GPU "/group", "9");
	ask_host(ask, "devices/" ASK_GPU "/driver", driver);
	ask_host(ask, "devices/" ASK_GPU "/vfio_driver", of_vfio);
}

/* A device alone needs harmless mates; the group as a whole only needs them rebound. */
START_TEST(group__with_a_mate)
{
	static const struct {
		const char *driver, *of_vfio, *device, *group;
	} rows[] = {
		{ "'vfio-pci'", "true", "yes yes", "yes yes" },
		{ "null", "null", "yes yes", "yes yes" },
		{ "'nvidia'", "false", "no no", "no yes" },
		{ TEST_UNKNOWN, "false", "unknown unknown", "unknown yes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		test_share(&ask, rows[i].driver, rows[i].of_vfio);
		test_is(&ask, ASK_NIC, 0, rows[i].device);
		test_is(&ask, NULL, 9, rows[i].group);
	}
}
END_TEST

START_TEST(group__none_on_vfio_yet__after_rebind)
{
	ASK(ask, ASK_INTEL);

	test_share(&ask, "null", "null");
	ask_host(&ask, TEST_NIC "driver", "null");
	test_is(&ask, NULL, 9, "no yes");
	/* What stands in one's way stands in the group's. */
	ask_host(&ask, "devices/" ASK_GPU "/bus", "'platform'");
	test_is(&ask, NULL, 9, "no no");
}
END_TEST

static Suite *test_assignable_suite(void)
{
	Suite *suite = suite_create("assignable");
	TCase *cases = tcase_create("assignable");

	tcase_add_test(cases, device__by_binding);
	tcase_add_test(cases, device__by_what_stands_in_its_way);
	tcase_add_test(cases, device__bridge_or_without_a_group__never);
	tcase_add_test(cases, group__of_members_nobody_knows__not_known);
	tcase_add_test(cases, group__with_a_mate);
	tcase_add_test(cases, group__none_on_vfio_yet__after_rebind);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_assignable_suite());
}
