/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition on one host and another: its map, and whose the addresses of its devices are. */
#include "core/judge/definition.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_GIB (1ULL << 30)

CLEANUP_DEFINE(struct guest *, guest_free, test_guest_freep);
CLEANUP_DEFINE(struct host *, host_unref, test_host_unrefp);

/* A q35 of version 7.2 under KVM with @ram bytes and a device at the address of the first NIC. */
static struct guest_text test_machine(uint64_t ram)
{
	struct guest_device device = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.address = ASK_NIC,
		.text = ASK_NIC,
	};
	struct guest_text text = { 0 };

	ck_assert_int_eq(machine_new(&text.machine), 0);
	text.machine->arch = "x86_64";
	text.machine->type = "pc-q35-7.2";
	text.machine->cpu.kind = MACHINE_CPU_HOST;
	text.machine->ram = ram;
	ck_assert_int_eq(machine_add_device(text.machine, &device), 0);
	return text;
}

static struct host *test_host(enum ask_base base, const char *path, const char *json)
{
	ASK(ask, base);

	ask_host(&ask, path, json);
	return host_ref((struct host *)ask_judge_host(&ask));
}

static const struct guest_range *test_high_ram(const struct guest *guest)
{
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_RAM &&
			guest->ranges[i].region.first >= 1ULL << 32)
			return &guest->ranges[i];
	return NULL;
}

/* Under KVM the vendor is that of the host where the guest is started, whatever it names. */
START_TEST(guest__same_definition_on_two_vendors__another_map)
{
	_cleanup_(test_host_unrefp) struct host *amd = test_host(ASK_AMD, "host/cpu_bits", "48");
	_cleanup_(test_host_unrefp) struct host *intel =
		test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origin = { .host = intel, .name = "b" };
	struct guest_text text = test_machine(1000 * TEST_GIB);
	_cleanup_(test_guest_freep) struct guest *there = NULL;
	_cleanup_(test_guest_freep) struct guest *here = NULL;
	_cleanup_(test_guest_freep) struct guest *anywhere = NULL;

	ck_assert_int_eq(definition_guest(&text, amd, &origin, &there), 0);
	ck_assert_uint_eq(test_high_ram(there)->region.first, 1ULL << 40);
	ck_assert_int_eq(there->same_elsewhere, TRI_NO);
	ck_assert_ptr_nonnull(strstr(there->elsewhere, "0x10000000000"));
	ck_assert_ptr_nonnull(strstr(there->elsewhere, "0x100000000-"));

	origin.here = true;
	ck_assert_int_eq(definition_guest(&text, intel, &origin, &here), 0);
	ck_assert_uint_eq(test_high_ram(here)->region.first, 1ULL << 32);
	ck_assert_int_eq(here->same_elsewhere, TRI_YES);

	origin = (struct definition_origin){ 0 };
	ck_assert_int_eq(definition_guest(&text, intel, &origin, &anywhere), 0);
	ck_assert_int_eq(anywhere->same_elsewhere, TRI_UNKNOWN);
	guest_text_done(&text);
}
END_TEST

/* Far from the edges the map is the same everywhere, wherever the guest comes from. */
START_TEST(guest__map_that_depends_on_no_host__same_from_anywhere)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origin = { 0 };
	struct guest_text text = test_machine(16 * TEST_GIB);
	_cleanup_(test_guest_freep) struct guest *guest = NULL;

	ck_assert_int_eq(definition_guest(&text, host, &origin, &guest), 0);
	ck_assert_int_eq(guest->same_elsewhere, TRI_YES);
	ck_assert_ptr_null(guest->open);
	guest_text_done(&text);
}
END_TEST

/* Facts that do not say the vendor leave the map open. */
START_TEST(guest__vendor_not_known__map_open)
{
	_cleanup_(test_host_unrefp) struct host *host =
		test_host(ASK_INTEL, "host/cpu_vendor", "{'unknown':'not-readable'}");
	struct definition_origin origin = { .host = host, .here = true };
	struct guest_text text = test_machine(1000 * TEST_GIB);
	_cleanup_(test_guest_freep) struct guest *guest = NULL;

	ck_assert_int_eq(definition_guest(&text, host, &origin, &guest), 0);
	ck_assert_ptr_nonnull(guest->open);
	guest_text_done(&text);
}
END_TEST

/* A guest that is about to be started here has no map yet that could differ. */
START_TEST(guest__started_here__map_is_new)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_AMD, "host/cpu_bits", "48");
	struct definition_origin origin = { .here = true, .started_here = true };
	struct guest_text text = test_machine(1000 * TEST_GIB);
	_cleanup_(test_guest_freep) struct guest *guest = NULL;

	ck_assert_int_eq(definition_guest(&text, host, &origin, &guest), 0);
	ck_assert_int_eq(guest->same_elsewhere, TRI_YES);
	ck_assert_str_eq(guest->devices[0].address, ASK_NIC);
	ck_assert_ptr_null(guest->devices[0].host);
	guest_text_done(&text);
}
END_TEST

START_TEST(guest__devices__become_kinds_where_the_origin_says_what_they_are)
{
	_cleanup_(test_host_unrefp) struct host *origin_host =
		test_host(ASK_INTEL, "devices/" ASK_NIC "/device", "'0x1572'");
	_cleanup_(test_host_unrefp) struct host *silent =
		test_host(ASK_INTEL, "devices/" ASK_NIC "/device", "{'unknown':'not-readable'}");
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origins[] = {
		{ .host = origin_host, .name = "a" },
		{ .host = silent, .name = "s" },
		{ .name = NULL },
	};
	struct guest_text text = test_machine(4 * TEST_GIB);

	for (size_t i = 0; i < 3; i++) {
		struct guest *guest;

		ck_assert_int_eq(definition_guest(&text, host, &origins[i], &guest), 0);
		ck_assert_uint_eq(guest->n_devices, 1);
		if (i == 0) {
			ck_assert_ptr_null(guest->devices[0].address);
			ck_assert_int_eq(guest->devices[0].vendor, 0x8086);
			ck_assert_int_eq(guest->devices[0].device, 0x1572);
			ck_assert_str_eq(guest->devices[0].text, "8086:1572");
		} else {
			ck_assert_str_eq(guest->devices[0].address, ASK_NIC);
			ck_assert_str_eq(guest->devices[0].host, i == 1 ? "s" : "");
		}
		guest_free(guest);
	}
	guest_text_done(&text);
}
END_TEST

/* A guest that was looked at where it runs has the addresses of that host; those in a document that
 * describes a map are the asked host's. */
START_TEST(guest__devices_of_a_map__are_those_of_the_host_it_runs_on)
{
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origins[] = {
		{ .host = host, .name = "a" },
		{ .name = NULL },
		{ .here = true },
	};
	struct guest_device device;
	struct guest_text text = { .observed = true };

	ck_assert_int_eq(guest_new(&text.guest), 0);
	text.guest->arch = "x86_64";
	ck_assert_int_eq(guest_device_parse(ASK_NIC, &device), 0);
	text.guest->devices = &device;
	text.guest->n_devices = 1;
	for (size_t i = 0; i < 4; i++) {
		struct guest *guest;

		text.observed = i < 3;
		ck_assert_int_eq(definition_guest(&text, host, &origins[i < 3 ? i : 1], &guest), 0);
		if (i == 0) {
			ck_assert_str_eq(guest->devices[0].text, "8086:10d3");
		} else {
			ck_assert_str_eq(guest->devices[0].address, ASK_NIC);
			ck_assert_pstr_eq(guest->devices[0].host, i == 1 ? "" : NULL);
		}
		guest_free(guest);
	}
	guest_text_done(&text);
}
END_TEST

/* What a virtio-iommu told the guest follows from where it was started. */
START_TEST(guest__virtio_iommu__was_told_what_its_origin_reserves)
{
	_cleanup_(test_host_unrefp) struct host *origin_host =
		test_host(ASK_INTEL, "iommus/unit0/input_bits", "39");
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origin = { .host = origin_host, .name = "a" };
	struct guest_text text = test_machine(4 * TEST_GIB);
	_cleanup_(test_guest_freep) struct guest *guest = NULL;

	text.machine->viommu.model = VIOMMU_VIRTIO;
	ck_assert_int_eq(definition_guest(&text, host, &origin, &guest), 0);
	ck_assert(guest->viommu.regions_known);
	ck_assert_uint_eq(guest->viommu.n_regions, 2);
	ck_assert_uint_eq(guest->viommu.regions[0].first, 0xfee00000);
	ck_assert_uint_eq(guest->viommu.regions[0].last, 0xfeefffff);
	ck_assert_uint_eq(guest->viommu.regions[1].first, 1ULL << 39);
	ck_assert_uint_eq(guest->viommu.regions[1].last, UINT64_MAX);
	guest_free(cleanup_take(guest));
	origin = (struct definition_origin){ 0 };
	ck_assert_int_eq(definition_guest(&text, host, &origin, &guest), 0);
	ck_assert(!guest->viommu.regions_known);
	guest_text_done(&text);
}
END_TEST

/* A guest that moves keeps its BARs where they are: what counts is where they were placed. */
START_TEST(guest__bar_that_firmware_placed__lies_where_the_origin_put_it)
{
	static const struct machine_bar bar = { .size = 1ULL << 28, .name = "ivshmem" };
	_cleanup_(test_host_unrefp) struct host *narrow =
		test_host(ASK_INTEL, "host/cpu_bits", "39");
	_cleanup_(test_host_unrefp) struct host *host = test_host(ASK_INTEL, "host/cpu_bits", "46");
	struct definition_origin origins[] = {
		{ .host = narrow, .name = "a" },
		{ .name = NULL },
		{ .host = host, .here = true },
	};
	static const unsigned bits[] = { 39, 52, 46 };
	struct guest_text text = test_machine(4 * TEST_GIB);

	ck_assert_int_eq(machine_add_bar(text.machine, &bar), 0);
	for (size_t i = 0; i < 3; i++) {
		struct guest *guest;
		uint64_t highest = 0;

		ck_assert_int_eq(definition_guest(&text, host, &origins[i], &guest), 0);
		ck_assert_int_eq(guest->same_elsewhere, TRI_YES);
		for (size_t j = 0; j < guest->n_ranges; j++)
			if (guest->ranges[j].kind == GUEST_RAM_DEVICE &&
				guest->ranges[j].region.last > highest)
				highest = guest->ranges[j].region.last;
		ck_assert_uint_eq(highest, (1ULL << bits[i]) - 1);
		guest_free(guest);
	}
	guest_text_done(&text);
}
END_TEST

static Suite *test_definition_suite(void)
{
	Suite *suite = suite_create("definition");
	TCase *cases = tcase_create("definition");

	tcase_add_test(cases, guest__same_definition_on_two_vendors__another_map);
	tcase_add_test(cases, guest__map_that_depends_on_no_host__same_from_anywhere);
	tcase_add_test(cases, guest__vendor_not_known__map_open);
	tcase_add_test(cases, guest__started_here__map_is_new);
	tcase_add_test(cases, guest__devices__become_kinds_where_the_origin_says_what_they_are);
	tcase_add_test(cases, guest__devices_of_a_map__are_those_of_the_host_it_runs_on);
	tcase_add_test(cases, guest__virtio_iommu__was_told_what_its_origin_reserves);
	tcase_add_test(cases, guest__bar_that_firmware_placed__lies_where_the_origin_put_it);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_definition_suite());
}
