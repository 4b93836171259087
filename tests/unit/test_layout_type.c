/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machine types by name, what versions have, and what comes over from the definition. */
#include "core/layout/machine_type.h"
#include "tests/unit/test_layout.h"

static const struct test_layout_type_name {
	const char *arch;
	const char *name;
	enum machine_type_board board;
	const char *full; /* with its version */
	bool assumed;
} test_layout_type_names[] = {
	{ "x86_64", "pc", MACHINE_TYPE_PC, "pc-i440fx-11.1", true },
	{ "x86_64", NULL, MACHINE_TYPE_PC, "pc-i440fx-11.1", true },
	{ "x86_64", "q35", MACHINE_TYPE_Q35, "pc-q35-11.1", true },
	{ "i686", "pc-i440fx-2.12", MACHINE_TYPE_PC, "pc-i440fx-2.12", false },
	{ "x86_64", "pc-q35-4.0.1", MACHINE_TYPE_Q35, "pc-q35-4.0.1", false },
	{ "x86_64", "pc-q35-8.1+pve0", MACHINE_TYPE_Q35, "pc-q35-8.1", false },
	{ "x86_64", "pc-1.3", MACHINE_TYPE_PC, "pc-1.3", false },
	{ "x86_64", "pc-0.12", MACHINE_TYPE_PC, "pc-0.12", false },
	{ "x86_64", "microvm", MACHINE_TYPE_MICROVM, "microvm", false },
	{ "aarch64", "virt", MACHINE_TYPE_VIRT, "virt-11.1", true },
	{ "armv7l", "virt-2.6", MACHINE_TYPE_VIRT, "virt-2.6", false },
	{ "aarch64", NULL, MACHINE_TYPE_OTHER, "", false },
	{ "aarch64", "pc", MACHINE_TYPE_OTHER, "", false },
	{ "aarch64", "sbsa-ref", MACHINE_TYPE_OTHER, "", false },
	{ "aarch64", "virt-2.5", MACHINE_TYPE_OTHER, "", false },
	{ "riscv64", "virt", MACHINE_TYPE_OTHER, "", false },
	{ "ppc64le", "pseries", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "isapc", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "virt", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-rhel9.2.0", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-i440fx-focal", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-7.2-hpb", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-7.3", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-11.2", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-7.2.1", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-1.4", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-7.2", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-7.2+pve", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "pc-q35-99999999999.2", MACHINE_TYPE_OTHER, "", false },
	{ "x86_64", "", MACHINE_TYPE_OTHER, "", false },
};

START_TEST(parse__name__board_version_and_whether_it_was_said)
{
	const struct test_layout_type_name *row = &test_layout_type_names[_i];
	struct machine_type type;

	machine_type_parse(row->arch, row->name, &type);
	ck_assert_int_eq(type.board, row->board);
	ck_assert_str_eq(type.name, row->full);
	ck_assert_int_eq(type.assumed, row->assumed);
}
END_TEST

/* The machine before, and the first that has it. */
static const struct test_layout_type_gate {
	enum machine_type_gate gate;
	const char *arch;
	const char *before;
	const char *since;
} test_layout_type_gates[] = {
	{ MACHINE_TYPE_SPLIT_BY_GIB, "x86_64", "pc-i440fx-1.7", "pc-i440fx-2.0" },
	{ MACHINE_TYPE_BIOS_256K, "x86_64", "pc-i440fx-1.7", "pc-i440fx-2.0" },
	{ MACHINE_TYPE_DEVICE_MEMORY, "x86_64", "pc-i440fx-2.0", "pc-i440fx-2.1" },
	{ MACHINE_TYPE_ALIGNED_DIMMS, "x86_64", "pc-i440fx-2.1", "pc-i440fx-2.2" },
	{ MACHINE_TYPE_HOLE_AFTER_DEVICES, "x86_64", "pc-q35-2.4", "pc-q35-2.5" },
	{ MACHINE_TYPE_AMD_RELOCATION, "x86_64", "pc-q35-7.0", "pc-q35-7.1" },
	{ MACHINE_TYPE_CHECKED_32BIT, "x86_64", "pc-q35-8.1", "pc-q35-8.2" },
	{ MACHINE_TYPE_HIGH_ECAM, "aarch64", "virt-2.12", "virt-3.0" },
	{ MACHINE_TYPE_DIMMS_ON_VIRT, "aarch64", "virt-4.1", "virt-4.2" },
	{ MACHINE_TYPE_COMPACT_HIGH, "aarch64", "virt-7.1", "virt-7.2" },
	{ MACHINE_TYPE_ITS, "aarch64", "virt-2.7", "virt-2.8" },
	{ MACHINE_TYPE_VIRTIO_IOMMU_WIDTH, "x86_64", "pc-q35-8.2", "pc-q35-9.0" },
	{ MACHINE_TYPE_WIDE_INTEL_IOMMU, "x86_64", "pc-q35-9.1", "pc-q35-9.2" },
};

START_TEST(has__around_the_version__changes_there)
{
	const struct test_layout_type_gate *row = &test_layout_type_gates[_i];
	struct machine_type type;

	machine_type_parse(row->arch, row->before, &type);
	ck_assert(!machine_type_has(&type, row->gate));
	machine_type_parse(row->arch, row->since, &type);
	ck_assert(machine_type_has(&type, row->gate));
	machine_type_parse(row->arch, row->arch[0] == 'x' ? "q35" : "virt", &type);
	ck_assert(machine_type_has(&type, row->gate));
}
END_TEST

START_TEST(guest__board_not_modelled__named_with_an_empty_map)
{
	test_layout_is("pc-q35-rhel9.2.0", 4 * TEST_LAYOUT_GIB);
	test_layout();
	ck_assert_uint_eq(test_layout_guest->n_ranges, 0);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_str_eq(test_layout_guest->opaque[0], "machine not modelled: pc-q35-rhel9.2.0");
	ck_assert_str_eq(test_layout_guest->machine, "pc-q35-rhel9.2.0");
	ck_assert(!test_layout_guest->hotplug_none);
	test_layout_machine->arch = "riscv64";
	test_layout_machine->type = NULL;
	test_layout();
	ck_assert_str_eq(test_layout_guest->opaque[0], "machine not modelled: none is named");
}
END_TEST

/* What QEMU says of itself (qom-get aw-bits, caching-mode of 7.2, 10.0 and 11.1). */
static const struct test_layout_type_viommu {
	const char *arch;
	const char *type;
	enum viommu_model model;
	unsigned bits;
	enum tri caching_mode;
} test_layout_type_viommus[] = {
	{ "x86_64", "pc-q35-9.1", VIOMMU_INTEL, 39, TRI_NO },
	{ "x86_64", "pc-q35-9.2", VIOMMU_INTEL, 48, TRI_NO },
	{ "x86_64", "q35", VIOMMU_INTEL, 48, TRI_NO },
	{ "x86_64", "pc-q35-8.2", VIOMMU_VIRTIO, 64, TRI_UNKNOWN },
	{ "x86_64", "pc-q35-9.0", VIOMMU_VIRTIO, 39, TRI_UNKNOWN },
	{ "x86_64", "pc-i440fx-10.0", VIOMMU_VIRTIO, 64, TRI_UNKNOWN },
	{ "aarch64", "virt-8.2", VIOMMU_VIRTIO, 64, TRI_UNKNOWN },
	{ "aarch64", "virt-9.0", VIOMMU_VIRTIO, 48, TRI_UNKNOWN },
	{ "aarch64", "virt-9.0", VIOMMU_SMMUV3, 0, TRI_UNKNOWN },
	{ "x86_64", "pc-q35-rhel9.2.0", VIOMMU_INTEL, 0, TRI_UNKNOWN },
};

START_TEST(guest__viommu_that_says_little__has_the_machines_defaults)
{
	const struct test_layout_type_viommu *row = &test_layout_type_viommus[_i];

	test_layout_is(row->type, 4 * TEST_LAYOUT_GIB);
	test_layout_machine->arch = row->arch;
	test_layout_machine->viommu.model = row->model;
	test_layout();
	ck_assert_uint_eq(test_layout_guest->viommu.aw_bits, row->bits);
	ck_assert_int_eq(test_layout_guest->viommu.caching_mode, row->caching_mode);
	ck_assert_int_eq(test_layout_guest->viommu.intremap, TRI_UNKNOWN);
	test_layout_machine->viommu.aw_bits = 44;
	test_layout_machine->viommu.caching_mode = TRI_YES;
	test_layout();
	ck_assert_uint_eq(test_layout_guest->viommu.aw_bits, 44);
	ck_assert_int_eq(test_layout_guest->viommu.caching_mode, TRI_YES);
}
END_TEST

/* The guest outlives its machine. */
START_TEST(guest__all_that_is_said__carried_over_in_copies)
{
	char address[] = "0000:01:00.0", word[] = "qemu:commandline";
	struct region region = { 0xfee00000, 0xfeefffff };
	struct guest_device device = { -1, -1, -1, -1, -1, address, NULL, address };

	test_layout_is("q35", 4 * TEST_LAYOUT_GIB);
	test_layout_kvm_host();
	test_layout_machine->vfio = GUEST_VFIO_IOMMUFD;
	test_layout_machine->viommu = (struct viommu){
		.model = VIOMMU_VIRTIO, .regions_known = true, .n_regions = 1, .regions = &region
	};
	ck_assert_int_eq(machine_add_device(test_layout_machine, &device), 0);
	ck_assert_int_eq(machine_add_opaque(test_layout_machine, "%s", word), 0);
	test_layout_at(TEST_LAYOUT_HOST(true, 48));
	test_layout_machine = machine_free(test_layout_machine);
	memset(address, 'x', sizeof(address) - 1);
	memset(word, 'x', sizeof(word) - 1);
	region.first = 0;

	ck_assert_str_eq(test_layout_guest->arch, "x86_64");
	ck_assert(test_layout_guest->kvm);
	ck_assert_int_eq(test_layout_guest->vfio, GUEST_VFIO_IOMMUFD);
	ck_assert_str_eq(test_layout_guest->machine, "pc-q35-11.1");
	ck_assert(test_layout_guest->machine_assumed);
	ck_assert_str_eq(test_layout_guest->cpu_vendor, "amd");
	ck_assert_uint_eq(test_layout_guest->n_devices, 1);
	ck_assert_str_eq(test_layout_guest->devices[0].address, "0000:01:00.0");
	ck_assert_str_eq(test_layout_guest->devices[0].text, "0000:01:00.0");
	ck_assert_ptr_null(test_layout_guest->devices[0].host);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 1);
	ck_assert_str_eq(test_layout_guest->opaque[0], "qemu:commandline");
	ck_assert_uint_eq(test_layout_guest->viommu.regions[0].first, 0xfee00000);
}
END_TEST

static Suite *test_layout_type_suite(void)
{
	Suite *suite = suite_create("layout_type");
	TCase *tc = tcase_create("types");

	tcase_add_checked_fixture(tc, test_layout_setup, test_layout_teardown);
	tcase_add_loop_test(tc, parse__name__board_version_and_whether_it_was_said, 0,
		sizeof(test_layout_type_names) / sizeof(test_layout_type_names[0]));
	tcase_add_loop_test(tc, has__around_the_version__changes_there, 0,
		sizeof(test_layout_type_gates) / sizeof(test_layout_type_gates[0]));
	tcase_add_loop_test(tc, guest__viommu_that_says_little__has_the_machines_defaults, 0,
		sizeof(test_layout_type_viommus) / sizeof(test_layout_type_viommus[0]));
	tcase_add_test(tc, guest__board_not_modelled__named_with_an_empty_map);
	tcase_add_test(tc, guest__all_that_is_said__carried_over_in_copies);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return unit_run(test_layout_type_suite());
}
