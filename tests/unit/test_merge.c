/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/merge.h"

#include "core/codec/facts_json.h"
#include "tests/support/unit.h"

#include <string.h>

/* One device, one unit; %s: boot id, class of the device, and what is read of the two. */
#define AWAKE                                                                                      \
	"\"acs\":null,\"port_type\":\"endpoint\",\"flr\":true,\"pasid\":{\"bits\":20,\"enabled\":" \
	"false}"
#define ASLEEP                                                                                     \
	"\"acs\":{\"unknown\":\"asleep\"},\"port_type\":{\"unknown\":\"asleep\"},"                 \
	"\"flr\":{\"unknown\":\"asleep\"},\"pasid\":{\"unknown\":\"asleep\"}"
#define DENIED                                                                                     \
	"\"acs\":{\"unknown\":\"not-readable\"},\"port_type\":{\"unknown\":\"not-readable\"},"     \
	"\"flr\":{\"unknown\":\"not-readable\"},\"pasid\":{\"unknown\":\"not-readable\"}"
#define LOGGED	 "\"smmu_ias\":44"
#define WRAPPED	 "\"smmu_ias\":{\"unknown\":\"not-exposed\"}"
#define ISOLATED "\"isolated\":true,\"known_by\":\"kernel-log\""
#define NOBODY                                                                                     \
	"\"isolated\":{\"unknown\":\"not-exposed\"},\"known_by\":{\"unknown\":\"not-exposed\"}"

struct host {
	const char *boot, *revision, *device, *iommu, *interrupts;
};

static struct facts *facts_of(struct host host)
{
	char text[2048];
	struct refusal refusal = { 0 };
	struct facts *facts = NULL;
	int n = snprintf(text, sizeof(text),
		"{\"devices\":[{\"address\":\"0000:01:00.0\",\"bus\":\"pci\",\"class\":\"0x20000\","
		"\"device\":\"0x10d3\",\"revision\":\"%s\",\"vendor\":\"0x8086\",%s}],"
		"\"host\":{\"boot_id\":%s},\"iommus\":[{\"name\":\"smmu3.0\",%s}],\"minor\":0,"
		"\"schema\":\"iommufleet-facts-1\",\"vfio\":{\"interrupts\":{%s}}}",
		host.revision, host.device, host.boot, host.iommu, host.interrupts);
	int r = facts_json_decode(text, (size_t)n, &facts, &refusal);

	ck_assert_msg(r == FACTS_JSON_DONE, "%s: %s", refusal.where, refusal.text);
	return facts;
}

static const struct host awake = { "\"a\"", "0x1", AWAKE, LOGGED, ISOLATED };
static const struct host asleep = { "\"a\"", "0x1", ASLEEP, WRAPPED, NOBODY };

static char *bytes_of(const struct facts *facts)
{
	char *bytes;
	size_t n;

	ck_assert_int_eq(facts_json_encode(facts, &bytes, &n), 0);
	return bytes;
}

/* Merges, lets the old snapshot go, and compares with what is expected. */
static void assert_merged(struct host now, struct host before, struct host wanted)
{
	struct facts *a = facts_of(now), *b = facts_of(before), *c = facts_of(wanted);
	char *got, *expected;

	ck_assert_int_eq(merge_keep(a, b), 0);
	facts_unref(b);
	got = bytes_of(a);
	expected = bytes_of(c);
	ck_assert_str_eq(got, expected);
	free(got);
	free(expected);
	facts_unref(a);
	facts_unref(c);
}

START_TEST(merge_keep__same_boot__what_sleeps_or_wrapped_is_kept)
{
	assert_merged(asleep, awake, awake);
}
END_TEST

START_TEST(merge_keep__another_boot__nothing_is_kept)
{
	struct host other = awake;

	other.boot = "\"b\"";
	assert_merged(asleep, other, asleep);
}
END_TEST

START_TEST(merge_keep__boot_not_known__nothing_is_kept)
{
	struct host now = asleep, before = awake;

	now.boot = before.boot = "{\"unknown\":\"not-readable\"}";
	assert_merged(now, before, now);
	now.boot = before.boot = "null";
	assert_merged(now, before, now);
}
END_TEST

START_TEST(merge_keep__another_device_in_the_slot__nothing_of_it_is_kept)
{
	struct host other = awake, wanted = asleep;

	other.revision = "0x2";
	wanted.iommu = LOGGED;
	wanted.interrupts = ISOLATED;
	assert_merged(asleep, other, wanted);
}
END_TEST

START_TEST(merge_keep__device_not_readable__is_no_sleeper)
{
	struct host denied = awake;

	denied.device = DENIED;
	assert_merged(denied, awake, denied);
}
END_TEST

START_TEST(merge_keep__known_now__is_never_replaced)
{
	struct host before = awake;

	before.device = "\"acs\":{\"capability\":\"0x5f\",\"control\":\"0x1d\"},\"port_type\":"
			"\"root-port\",\"flr\":false,\"pasid\":null";
	before.iommu = "\"smmu_ias\":48";
	before.interrupts = "\"isolated\":false,\"known_by\":\"device-tree\"";
	assert_merged(awake, before, awake);
}
END_TEST

START_TEST(merge_keep__before_knew_nothing_either__stays_unknown)
{
	assert_merged(asleep, asleep, asleep);
}
END_TEST

START_TEST(merge_keep__not_collected_now__stays_so)
{
	struct host older = awake;

	older.device = "\"flr\":true";
	older.iommu = "\"kind\":\"arm-smmu-v3\"";
	assert_merged(older, awake, older);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("merge");
	TCase *tcase = tcase_create("merge");

	tcase_add_test(tcase, merge_keep__same_boot__what_sleeps_or_wrapped_is_kept);
	tcase_add_test(tcase, merge_keep__another_boot__nothing_is_kept);
	tcase_add_test(tcase, merge_keep__boot_not_known__nothing_is_kept);
	tcase_add_test(tcase, merge_keep__another_device_in_the_slot__nothing_of_it_is_kept);
	tcase_add_test(tcase, merge_keep__device_not_readable__is_no_sleeper);
	tcase_add_test(tcase, merge_keep__known_now__is_never_replaced);
	tcase_add_test(tcase, merge_keep__before_knew_nothing_either__stays_unknown);
	tcase_add_test(tcase, merge_keep__not_collected_now__stays_so);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
