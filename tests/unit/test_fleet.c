/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to many hosts: who is asked, what counts, and in which order it is told. */
#include "core/judge/fleet.h"
#include "core/judge/host_view.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

CLEANUP_DEFINE(struct host *, host_unref, test_host_unrefp);
CLEANUP_DEFINE(struct guest *, guest_free, test_guest_freep);

#define TEST_HOUR_US 3600000000ULL

static struct host *test_host(const char *path, const char *json)
{
	ASK(ask, ASK_INTEL);

	if (path)
		ask_host(&ask, path, json);
	return host_ref((struct host *)ask_judge_host(&ask));
}

static struct host *test_afar(const struct host *host)
{
	struct refusal refusal = { "", "" };
	struct host *afar;

	ck_assert_msg(
		host_new_of_class(host_class_document(host), strlen(host_class_document(host)),
			NULL, &afar, &refusal) == HOST_CLASS_DONE,
		"%s: %s", refusal.where, refusal.text);
	return afar;
}

/* 4 GiB of RAM, which fits a sound host, and which gets no more. */
static struct guest *test_guest(void)
{
	static struct guest_range ranges[] = {
		{ .region = { 0, 0x7fffffff }, .kind = GUEST_RAM, .placed = true },
		{ .region = { 0x100000000, 0x17fffffff }, .kind = GUEST_RAM, .placed = true },
	};
	struct guest *guest;

	ck_assert_int_eq(guest_new(&guest), 0);
	guest->arch = "x86_64";
	guest->hotplug_none = true;
	guest->n_ranges = 2;
	guest->ranges = ranges;
	return guest;
}

static void test_find(
	const struct fleet *fleet, const struct fleet_question *question, struct fleet_found *ret)
{
	struct refusal refusal = { "", "" };

	ck_assert_int_eq(fleet_find(fleet, question, ret, &refusal), FLEET_DONE);
}

/* "b:safe a:unsafe": names and worst answers in the order given. */
static void test_told(const struct fleet *fleet, const struct fleet_found *found, const char *words)
{
	char told[256] = "";

	for (size_t i = 0; i < found->n; i++) {
		size_t used = strlen(told);

		(void)snprintf(told + used, sizeof(told) - used, "%s%s:%s", i ? " " : "",
			fleet->members[found->answers[i].member].name,
			verdict_answer_word(fleet_answer_worst(found, i)));
	}
	ck_assert_str_eq(told, words);
}

START_TEST(fleet_find_member__by_name__or_none)
{
	const struct fleet_member members[] = { { .name = "a" }, { .name = "ab" },
		{ .name = "b" } };
	struct fleet fleet = { .n_members = 3, .members = members };

	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(fleet_find_member(&fleet, members[i].name), &members[i]);
	ck_assert_ptr_null(fleet_find_member(&fleet, ""));
	ck_assert_ptr_null(fleet_find_member(&fleet, "aa"));
	ck_assert_ptr_null(fleet_find_member(&fleet, "c"));
	fleet.n_members = 0;
	ck_assert_ptr_null(fleet_find_member(&fleet, "a"));
}
END_TEST

START_TEST(fleet_is_stale__age__counted_from_collection)
{
	static const struct {
		uint64_t now, after, collected;
		bool expired, stale;
	} rows[] = {
		{ 0, 0, 0, false, false },				   /* nobody asks */
		{ 100 * TEST_HOUR_US, 0, 1, false, false },		   /* no limit */
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 0, false, true }, /* nobody knows */
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 76 * TEST_HOUR_US, false, false },
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 76 * TEST_HOUR_US - 1, false, true },
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 100 * TEST_HOUR_US, false, false },
		/* five minutes ahead is a clock, more is a lie */
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 100 * TEST_HOUR_US + 300000000, false,
			false },
		{ 100 * TEST_HOUR_US, 24 * TEST_HOUR_US, 100 * TEST_HOUR_US + 300000001, false,
			true },
		{ 0, 0, 0, true, true }, /* the record is over */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fleet fleet = { .now_us = rows[i].now, .stale_after_us = rows[i].after };
		struct fleet_member member = {
			.collected_us = rows[i].collected,
			.expired = rows[i].expired,
		};

		ck_assert_msg(fleet_is_stale(&fleet, &member) == rows[i].stale, "row %zu", i);
	}
}
END_TEST

/* Interrupts of "a-open" are not isolated; nobody knows the groups of "b-dark". */
START_TEST(fleet_find__hosts__best_first_then_by_name)
{
	_cleanup_(test_host_unrefp) struct host *good = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *open =
		test_host("vfio/interrupts/isolated", "false");
	_cleanup_(test_host_unrefp) struct host *dark =
		test_host("groups", "{'unknown':'not-readable'}");
	_cleanup_(test_guest_freep) struct guest *guest = test_guest();
	const struct host *classes[] = { dark, good, open };
	const struct fleet_member members[] = {
		{ .name = "a-open", .class_index = 2 },
		{ .name = "b-dark", .class_index = 0 },
		{ .name = "c-nobody", .class_index = -1 },
		{ .name = "y-good", .class_index = 1 },
		{ .name = "z-good", .class_index = 1 },
	};
	struct fleet fleet = {
		.n_classes = 3, .classes = classes, .n_members = 5, .members = members
	};
	struct guest_text text = { .guest = guest };
	struct fleet_question question = { .guest = &text };
	struct fleet_found found;

	test_find(&fleet, &question, &found);
	test_told(&fleet, &found,
		"y-good:safe z-good:safe b-dark:unknown c-nobody:unknown a-open:unsafe");
	ck_assert_uint_eq(found.questions, FINDING_QUESTIONS);
	/* The two good ones are one class: nothing was judged twice. */
	ck_assert_uint_eq(found.n_classes, 3);
	ck_assert_uint_eq(found.n_guests, 1);
	fleet_found_done(&found);

	question.question.questions = FINDING_MIGRATE;
	test_find(&fleet, &question, &found);
	test_told(
		&fleet, &found, "a-open:safe b-dark:safe y-good:safe z-good:safe c-nobody:unknown");
	ck_assert_uint_eq(found.questions, FINDING_MIGRATE);
	fleet_found_done(&found);
}
END_TEST

START_TEST(fleet_find__stale__never_safe_yet_still_unsafe)
{
	_cleanup_(test_host_unrefp) struct host *good = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *open =
		test_host("vfio/interrupts/isolated", "false");
	_cleanup_(test_guest_freep) struct guest *guest = test_guest();
	const struct host *classes[] = { good, open };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0, .collected_us = 1 },
		{ .name = "b", .class_index = 0, .collected_us = 99 * TEST_HOUR_US },
		{ .name = "c", .class_index = 1, .collected_us = 1 },
		{ .name = "d",
			.class_index = 0,
			.collected_us = 99 * TEST_HOUR_US,
			.expired = true },
	};
	struct fleet fleet = {
		.n_classes = 2,
		.classes = classes,
		.n_members = 4,
		.members = members,
		.now_us = 100 * TEST_HOUR_US,
		.stale_after_us = 24 * TEST_HOUR_US,
	};
	struct guest_text text = { .guest = guest };
	struct fleet_question question = { .guest = &text };
	struct fleet_found found;

	test_find(&fleet, &question, &found);
	test_told(&fleet, &found, "b:safe a:unknown d:unknown c:unsafe");
	for (size_t i = 0; i < found.n; i++)
		ck_assert(found.answers[i].stale == (found.answers[i].member != 1));
	fleet_found_done(&found);
}
END_TEST

START_TEST(fleet_find__label_and_class__only_those)
{
	_cleanup_(test_host_unrefp) struct host *good = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *other = test_host("iommus/unit0/input_bits", "39");
	const struct fleet_label east[] = { { "rack", "r1" }, { "zone", "east" } };
	const struct fleet_label west[] = { { "zone", "west" } };
	const struct host *classes[] = { good, other };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0, .n_labels = 2, .labels = east },
		{ .name = "b", .class_index = 1, .n_labels = 1, .labels = west },
		{ .name = "c", .class_index = 1 },
		{ .name = "d", .class_index = -1, .n_labels = 1, .labels = west },
	};
	struct fleet fleet = {
		.n_classes = 2, .classes = classes, .n_members = 4, .members = members
	};
	char digest[65];
	const struct {
		const char *label, *value, *digest, *words;
	} rows[] = {
		{ NULL, NULL, NULL, "a:safe b:safe c:safe d:safe" },
		{ "zone", NULL, NULL, "a:safe b:safe d:safe" },
		{ "zone", "west", NULL, "b:safe d:safe" },
		{ "zone", "", NULL, "" },
		{ "rack", "r1", NULL, "a:safe" },
		{ "row", NULL, NULL, "" },
		{ NULL, NULL, digest, "b:safe c:safe" },
		{ "zone", "west", digest, "b:safe" },
		{ NULL, NULL, "x", "" },
	};

	(void)snprintf(digest, sizeof(digest), "%.12s", host_digests(other).class_);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fleet_question question = {
			.label = rows[i].label,
			.label_value = rows[i].value,
			.class_digest = rows[i].digest,
		};
		struct fleet_found found;

		/* Without a guest nothing is asked of them, and nobody is judged. */
		test_find(&fleet, &question, &found);
		ck_assert_uint_eq(found.questions, 0);
		ck_assert(!found.verdicts[0] && !found.verdicts[1] && !found.n_guests);
		test_told(&fleet, &found, rows[i].words);
		fleet_found_done(&found);
	}
}
END_TEST

START_TEST(fleet_find__target_of_one_host__refused)
{
	static const char *const targets[] = { ASK_NIC, "9", "0000:77:00.0", "fe0000.serial", "" };
	_cleanup_(test_host_unrefp) struct host *good = test_host(NULL, NULL);
	_cleanup_(test_guest_freep) struct guest *guest = test_guest();
	const struct host *classes[] = { good };
	const struct fleet_member members[] = { { .name = "a", .class_index = 0 } };
	struct fleet fleet = {
		.n_classes = 1, .classes = classes, .n_members = 1, .members = members
	};
	struct guest_text text = { .guest = guest };

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const char *attach[] = { "8086:10d3", targets[i] };
		struct fleet_question question = {
			.guest = &text,
			.question = { .n_attach = 2, .attach = attach },
		};
		struct refusal refusal = { "", "" };
		struct fleet_found found;

		ck_assert_int_eq(fleet_find(&fleet, &question, &found, &refusal), FLEET_E_REFUSED);
		ck_assert_str_eq(refusal.where, targets[i]);
		question.question.n_attach = 1;
		test_find(&fleet, &question, &found);
		test_told(&fleet, &found, "a:safe");
		fleet_found_done(&found);
	}
}
END_TEST

/* A guest with a device at the address of the NIC of "b": elsewhere it is that kind of device. */
START_TEST(fleet_find__device_of_the_origin__a_kind_elsewhere)
{
	struct guest_device nic = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.address = ASK_NIC,
		.text = ASK_NIC,
	};
	_cleanup_(test_host_unrefp) struct host *here = test_host(NULL, NULL);
	/* Something else is at that address, and there is no such NIC. */
	_cleanup_(test_host_unrefp) struct host *other =
		test_host("devices/" ASK_NIC "/device", "'0x1533'");
	_cleanup_(test_host_unrefp) struct host *afar = test_afar(here);
	_cleanup_(test_guest_freep) struct guest *guest = test_guest();
	const struct host *classes[] = { afar, here, other };
	const struct fleet_member members[] = {
		{ .name = "a-afar", .class_index = 0 },
		{ .name = "b-here", .class_index = 1 },
		{ .name = "c-other", .class_index = 2 },
	};
	struct fleet fleet = {
		.n_classes = 3, .classes = classes, .n_members = 3, .members = members
	};
	struct guest_text text = { .guest = guest };
	struct fleet_question question = {
		.guest = &text,
		.origin = { .host = here, .name = "b-here" },
		.question = { .questions = FINDING_MIGRATE },
	};
	struct fleet_found found;

	guest->n_devices = 1;
	guest->devices = &nic;
	test_find(&fleet, &question, &found);
	test_told(&fleet, &found, "a-afar:safe b-here:safe c-other:unsafe");
	/* On its own host it keeps its address. */
	ck_assert_uint_eq(found.n_guests, 2);
	fleet_found_done(&found);

	/* Of the origin only the class is known: what is at the address nobody can tell. */
	question.origin = (struct definition_origin){ .host = afar, .name = "a-afar" };
	test_find(&fleet, &question, &found);
	test_told(&fleet, &found, "a-afar:unknown b-here:unknown c-other:unknown");
	fleet_found_done(&found);
}
END_TEST

/* RAM of a definition lies elsewhere on AMD: each place is laid out, and once. */
START_TEST(fleet_find__definition__laid_out_for_each_place)
{
	_cleanup_(test_host_unrefp) struct host *intel = test_host(NULL, NULL);
	_cleanup_(test_host_unrefp) struct host *again = test_host("kvm/present", "true");
	_cleanup_(test_host_unrefp) struct host *amd = test_host("host/cpu_vendor", "'amd'");
	const struct host *classes[] = { amd, intel, again };
	const struct fleet_member members[] = {
		{ .name = "a", .class_index = 0 },
		{ .name = "b", .class_index = 1 },
		{ .name = "c", .class_index = 2 },
	};
	struct fleet fleet = {
		.n_classes = 3, .classes = classes, .n_members = 3, .members = members
	};
	struct guest_text text = { 0 };
	struct fleet_question question = {
		.guest = &text,
		.origin = { .host = intel, .name = "b" },
		.question = { .questions = FINDING_MIGRATE },
	};
	struct fleet_found found;

	ck_assert_int_eq(machine_new(&text.machine), 0);
	text.machine->arch = "x86_64";
	text.machine->type = "pc-q35-7.2";
	text.machine->cpu.kind = MACHINE_CPU_HOST;
	text.machine->ram = 1200ULL << 30;
	test_find(&fleet, &question, &found);
	test_told(&fleet, &found, "b:safe c:safe a:unsafe");
	ck_assert_uint_eq(found.n_guests, 3);
	fleet_found_done(&found);
	question.origin = (struct definition_origin){ .host = intel, .name = "elsewhere" };
	test_find(&fleet, &question, &found);
	test_told(&fleet, &found, "b:safe c:safe a:unsafe");
	ck_assert_uint_eq(found.n_guests, 2);
	fleet_found_done(&found);
	guest_text_done(&text);
}
END_TEST

START_TEST(fleet_find__nobody__nothing)
{
	struct fleet fleet = { 0 };
	struct fleet_question question = { 0 };
	struct fleet_found found;

	test_find(&fleet, &question, &found);
	ck_assert_uint_eq(found.n, 0);
	fleet_found_done(&found);
	fleet_found_done(&found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet");
	TCase *cases = tcase_create("fleet");

	tcase_add_test(cases, fleet_find_member__by_name__or_none);
	tcase_add_test(cases, fleet_is_stale__age__counted_from_collection);
	tcase_add_test(cases, fleet_find__hosts__best_first_then_by_name);
	tcase_add_test(cases, fleet_find__stale__never_safe_yet_still_unsafe);
	tcase_add_test(cases, fleet_find__label_and_class__only_those);
	tcase_add_test(cases, fleet_find__target_of_one_host__refused);
	tcase_add_test(cases, fleet_find__device_of_the_origin__a_kind_elsewhere);
	tcase_add_test(cases, fleet_find__definition__laid_out_for_each_place);
	tcase_add_test(cases, fleet_find__nobody__nothing);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
