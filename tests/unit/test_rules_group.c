/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who else is in the group, and what is on the way up. */
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#define TEST_UNKNOWN "{'unknown':'not-readable'}"

/* The GPU joins the NIC in group 9, and is on @driver ("'nvidia'"), of VFIO or not. */
static void test_share(struct ask *ask, const char *driver, const char *of_vfio)
{
	ask_host(ask, "groups/9/devices", "['" ASK_NIC "','" ASK_GPU "']");
	ask_host(ask, "groups/10", NULL);
	ask_host(ask, "devices/" ASK_GPU "/group", "9");
	ask_host(ask, "devices/" ASK_GPU "/driver", driver);
	ask_host(ask, "devices/" ASK_GPU "/vfio_driver", of_vfio);
	ask_attach(ask, ASK_NIC);
}

START_TEST(group_shared__holds)
{
	static const struct {
		const char *driver, *of_vfio;
	} rows[] = {
		{ "null", "null" },
		{ "'vfio-pci'", "true" },
		{ "'mlx5_vfio_pci'", "true" },
		{ "'pci-stub'", "false" },
		{ "'pcieport'", "false" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		test_share(&ask, rows[i].driver, rows[i].of_vfio);
		ask_silent(&ask, FINDING_GROUP_SHARED);
		ask_silent(&ask, FINDING_GROUP_NOT_VIABLE);
		ask_answers(&ask, "safe safe safe");
	}
}
END_TEST

START_TEST(group_shared__holds__when_all_are_attached)
{
	ASK(ask, ASK_INTEL);

	test_share(&ask, "'nvidia'", "false");
	ask_attach(&ask, ASK_GPU);
	ask_silent(&ask, FINDING_GROUP_SHARED);
	ask_answers(&ask, "safe safe safe");
	/* The group as a target, and a mate that the guest has already. */
	ask.question.n_attach = 0;
	ask_attach(&ask, "9");
	ask_answers(&ask, "safe safe safe");
	ck_assert_uint_eq(ask.verdict->n_targets, 2);
	ask.question.n_attach = 0;
	ask_attach(&ask, ASK_NIC);
	ask_guest(&ask, "devices", "['10de:1eb8']");
	ask_answers(&ask, "safe safe safe");
	/* It has it whatever is asked. */
	ask.question.questions = FINDING_HOTPLUG;
	ck_assert_int_eq(ask_judge(&ask)->hotplug, VERDICT_SAFE);
}
END_TEST

START_TEST(group_shared__violated)
{
	static const char *const drivers[] = { "'nvidia'", "'shpchp'", "'pci-pf-stub'" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		ASK(ask, ASK_INTEL);

		test_share(&ask, drivers[i], "false");
		(void)ask_says(&ask, FINDING_GROUP_SHARED, FINDING_VIOLATED, ASK_H);
		ask_answers(&ask, "safe unsafe safe");
	}
}
END_TEST

START_TEST(group_shared__cannot_tell)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "devices/" ASK_GPU "/driver", TEST_UNKNOWN },
		{ "devices/" ASK_GPU "/driver", NULL },
		{ "devices/" ASK_GPU "/vfio_driver", TEST_UNKNOWN },
		{ "devices/" ASK_GPU, NULL }, /* vanished while it was looked at */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		test_share(&ask, "'nvidia'", "false");
		ask_host(&ask, rows[i].path, rows[i].json);
		(void)ask_says(&ask, FINDING_GROUP_SHARED, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

/* A device that does not say its group is in the group that lists it. */
START_TEST(group_shared__violated__own_group_not_known)
{
	ASK(ask, ASK_INTEL);

	test_share(&ask, "'nvidia'", "false");
	ask_host(&ask, "devices/" ASK_NIC "/group", TEST_UNKNOWN);
	ck_assert_int_eq(ask_says(&ask, FINDING_GROUP_SHARED, FINDING_VIOLATED, ASK_H)->group, 9);
}
END_TEST

START_TEST(group_not_viable__holds)
{
	ASK(ask, ASK_INTEL);

	/* A port of the group on its own driver is harmless. */
	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_NIC_PORT "']");
	ask_host(&ask, "groups/1", NULL);
	ask_host(&ask, "devices/" ASK_NIC_PORT "/group", "9");
	ask_silent(&ask, FINDING_GROUP_NOT_VIABLE);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(group_not_viable__violated)
{
	ASK(ask, ASK_INTEL);

	test_share(&ask, "'nvidia'", "false");
	(void)ask_says(&ask, FINDING_GROUP_NOT_VIABLE, FINDING_VIOLATED, ASK_H);
}
END_TEST

/* A bridge is no endpoint, yet a driver such as shpchp owns its group. */
START_TEST(group_not_viable__violated__by_a_bridge)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_NIC_PORT "']");
	ask_host(&ask, "groups/1", NULL);
	ask_host(&ask, "devices/" ASK_NIC_PORT "/group", "9");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/driver", "'shpchp'");
	ask_silent(&ask, FINDING_GROUP_SHARED);
	(void)ask_says(&ask, FINDING_GROUP_NOT_VIABLE, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

/* Its own driver will be taken off. */
START_TEST(group_not_viable__violated__own_driver_informs)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "devices/" ASK_NIC "/driver", "'e1000e'");
	ask_host(&ask, "devices/" ASK_NIC "/vfio_driver", "false");
	ask_attach(&ask, ASK_NIC);
	ck_assert_int_eq(
		ask_says(&ask, FINDING_GROUP_NOT_VIABLE, FINDING_VIOLATED, ASK_H)->severity,
		FINDING_INFORMS);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(group_not_viable__cannot_tell)
{
	ASK(ask, ASK_INTEL);

	ask_attach(&ask, ASK_NIC);
	ask_host(&ask, "groups/9/devices", "['" ASK_NIC "','" ASK_NIC_PORT "']");
	ask_host(&ask, "groups/1", NULL);
	ask_host(&ask, "devices/" ASK_NIC_PORT "/group", "9");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/driver", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_GROUP_NOT_VIABLE, FINDING_CANNOT_TELL, ASK_H);
	ask_answers(&ask, "safe unknown safe");
}
END_TEST

/* Both endpoints below one port without ACS: the kernel makes one group of all three. */
static void test_coarse(struct ask *ask)
{
	test_share(ask, "null", "null");
	ask_host(ask, "groups/9/devices", "['" ASK_NIC_PORT "','" ASK_NIC "','" ASK_GPU "']");
	ask_host(ask, "groups/1", NULL);
	ask_host(ask, "devices/" ASK_NIC_PORT "/group", "9");
	ask_host(ask, "devices/" ASK_GPU "/parent", "'" ASK_NIC_PORT "'");
}

START_TEST(acs_missing__holds)
{
	ASK(ask, ASK_INTEL);

	test_coarse(&ask);
	ask_silent(&ask, FINDING_ACS_MISSING); /* it has it: something else made the group */
}
END_TEST

START_TEST(acs_missing__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	test_coarse(&ask);
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "null");
	finding = ask_says(&ask, FINDING_ACS_MISSING, FINDING_VIOLATED, ASK_H);
	ck_assert_int_eq(finding->severity, FINDING_INFORMS);
	ck_assert_str_eq(finding->facts[0], "devices/" ASK_NIC_PORT "/acs");
	/* A group of one endpoint is coarse for nobody. */
	ask_host(&ask, "groups/9/devices", "['" ASK_NIC_PORT "','" ASK_NIC "']");
	ask_silent(&ask, FINDING_ACS_MISSING);
}
END_TEST

START_TEST(acs_missing__cannot_tell__peer_path_open_speaks)
{
	ASK(ask, ASK_INTEL);

	test_coarse(&ask);
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", TEST_UNKNOWN);
	ask_silent(&ask, FINDING_ACS_MISSING);
	(void)ask_says(&ask, FINDING_PEER_PATH_OPEN, FINDING_CANNOT_TELL, ASK_H);
}
END_TEST

START_TEST(peer_path_open__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_PEER_PATH_OPEN);
	/* A bit that the port cannot have counts as set (drivers/pci/pci.c). */
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "{'capability':'0x1','control':'0x1'}");
	ask_silent(&ask, FINDING_PEER_PATH_OPEN);
}
END_TEST

START_TEST(peer_path_open__violated)
{
	static const char *const acs[] = { "null", "{'capability':'0x1f','control':'0x0'}",
		"{'capability':'0x1f','control':'0x1c'}", "{'capability':'0x1f','control':'0xd'}" };

	for (size_t i = 0; i < sizeof(acs) / sizeof(acs[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", acs[i]);
		ck_assert_int_eq(
			ask_says(&ask, FINDING_PEER_PATH_OPEN, FINDING_VIOLATED, ASK_H)->severity,
			FINDING_DEGRADES);
		ask_answers(&ask, "safe safe safe");
	}
}
END_TEST

START_TEST(peer_path_open__cannot_tell)
{
	static const char *const paths[] = { "devices/" ASK_NIC_PORT "/acs",
		"devices/" ASK_NIC_PORT "/acs/capability", "devices/" ASK_NIC "/parent" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, paths[i], TEST_UNKNOWN);
		(void)ask_says(&ask, FINDING_PEER_PATH_OPEN, FINDING_CANNOT_TELL, ASK_H);
	}
}
END_TEST

START_TEST(acs_override__holds)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/words", "['pcie_acs_override=downstream']");
	ask_silent(&ask, FINDING_ACS_OVERRIDE); /* the path holds without it */
	ask_host(&ask, "host/words", "['intel_iommu=on']");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "null");
	ask_silent(&ask, FINDING_ACS_OVERRIDE);
}
END_TEST

START_TEST(acs_override__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "host/words", "['intel_iommu=on','pcie_acs_override=downstream']");
	ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", "null");
	ask_attach(&ask, ASK_NIC);
	(void)ask_says(&ask, FINDING_ACS_OVERRIDE, FINDING_VIOLATED, ASK_H);
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

START_TEST(acs_override__cannot_tell)
{
	static const struct {
		const char *words, *acs;
	} rows[] = {
		{ TEST_UNKNOWN, "null" },
		{ TEST_UNKNOWN, TEST_UNKNOWN },
		{ "['pcie_acs_override=multifunction']", TEST_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASK(ask, ASK_INTEL);

		ask_attach(&ask, ASK_NIC);
		ask_host(&ask, "host/words", rows[i].words);
		ask_host(&ask, "devices/" ASK_NIC_PORT "/acs", rows[i].acs);
		(void)ask_says(&ask, FINDING_ACS_OVERRIDE, FINDING_CANNOT_TELL, ASK_H);
		ask_answers(&ask, "safe unknown safe");
	}
}
END_TEST

START_TEST(depends_on_device__holds)
{
	ASK(ask, ASK_INTEL);

	ask_silent(&ask, FINDING_DEPENDS_ON_DEVICE);
	ck_assert_uint_eq(ask.verdict->n_targets, 2);
}
END_TEST

START_TEST(depends_on_device__violated)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", "[{'first':'0x0','last':'0xffff','type':'reserved'}]");
	ck_assert_int_eq(
		ask_says(&ask, FINDING_DEPENDS_ON_DEVICE, FINDING_VIOLATED, ASK_H)->severity,
		FINDING_INFORMS);
	ck_assert_int_eq(ask.verdict->hotplug, VERDICT_UNSAFE);
	ck_assert_int_eq(ask.verdict->targets[0].hotplug, VERDICT_UNSAFE);
	ck_assert_int_eq(ask.verdict->targets[1].hotplug, VERDICT_SAFE);
}
END_TEST

START_TEST(depends_on_device__cannot_tell__is_a_difference_too)
{
	ASK(ask, ASK_INTEL);

	ask_host(&ask, "groups/9/reserved", TEST_UNKNOWN);
	(void)ask_says(&ask, FINDING_DEPENDS_ON_DEVICE, FINDING_VIOLATED, ASK_H);
	ck_assert_int_eq(ask.verdict->hotplug, VERDICT_UNKNOWN);
}
END_TEST

static const struct verdict_in_use test_in_use[] = { { ASK_GPU, "other" } };

START_TEST(device_in_use__holds)
{
	ASK(ask, ASK_INTEL);

	ask.question.n_in_use = 1;
	ask.question.in_use = test_in_use;
	ask_attach(&ask, ASK_NIC);
	ask_silent(&ask, FINDING_DEVICE_IN_USE);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

START_TEST(device_in_use__violated)
{
	const struct finding *finding;
	ASK(ask, ASK_INTEL);

	ask.question.n_in_use = 1;
	ask.question.in_use = test_in_use;
	ask_attach(&ask, ASK_GPU);
	finding = ask_says(&ask, FINDING_DEVICE_IN_USE, FINDING_VIOLATED, ASK_H);
	ck_assert_ptr_nonnull(strstr(finding->text, "other"));
	ask_answers(&ask, "safe unsafe safe");
}
END_TEST

/* Guests that nobody registered are not known of; a device of that kind that is free is taken. */
START_TEST(device_in_use__cannot_tell__another_one_is_picked)
{
	ASK(ask, ASK_INTEL);

	ask.question.n_in_use = 1;
	ask.question.in_use = test_in_use;
	ask_host(&ask, "devices/" ASK_NIC "/vendor", "'0x10de'");
	ask_host(&ask, "devices/" ASK_NIC "/device", "'0x1eb8'");
	ask_attach(&ask, "10de:1eb8");
	ask_silent(&ask, FINDING_DEVICE_IN_USE);
	ask_answers(&ask, "safe safe safe");
}
END_TEST

static Suite *test_rules_group_suite(void)
{
	Suite *suite = suite_create("rules_group");
	TCase *cases = tcase_create("rules_group");

	tcase_add_test(cases, group_shared__holds);
	tcase_add_test(cases, group_shared__holds__when_all_are_attached);
	tcase_add_test(cases, group_shared__violated);
	tcase_add_test(cases, group_shared__cannot_tell);
	tcase_add_test(cases, group_shared__violated__own_group_not_known);
	tcase_add_test(cases, group_not_viable__holds);
	tcase_add_test(cases, group_not_viable__violated);
	tcase_add_test(cases, group_not_viable__violated__by_a_bridge);
	tcase_add_test(cases, group_not_viable__violated__own_driver_informs);
	tcase_add_test(cases, group_not_viable__cannot_tell);
	tcase_add_test(cases, acs_missing__holds);
	tcase_add_test(cases, acs_missing__violated);
	tcase_add_test(cases, acs_missing__cannot_tell__peer_path_open_speaks);
	tcase_add_test(cases, peer_path_open__holds);
	tcase_add_test(cases, peer_path_open__violated);
	tcase_add_test(cases, peer_path_open__cannot_tell);
	tcase_add_test(cases, acs_override__holds);
	tcase_add_test(cases, acs_override__violated);
	tcase_add_test(cases, acs_override__cannot_tell);
	tcase_add_test(cases, depends_on_device__holds);
	tcase_add_test(cases, depends_on_device__violated);
	tcase_add_test(cases, depends_on_device__cannot_tell__is_a_difference_too);
	tcase_add_test(cases, device_in_use__holds);
	tcase_add_test(cases, device_in_use__violated);
	tcase_add_test(cases, device_in_use__cannot_tell__another_one_is_picked);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_rules_group_suite());
}
