/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU does not start of a machine with an IOMMU of its own. Each row was given to QEMU 7.2
 * under KVM; what it answered is the expectation. */
#include "tests/unit/test_layout.h"

#define TEST_IRQCHIP                                                                               \
	"Interrupt Remapping cannot work with kernel-irqchip=on, please use 'split|off'."
#define TEST_EIM "eim=on cannot be selected without intremap=on"

static const struct test_layout_viommu {
	const char *type;
	enum tri split;
	enum viommu_model model;
	enum tri intremap, eim;
	const char *refused; /* or NULL */
} test_layout_viommu_rows[] = {
	{ "pc-q35-7.2", TRI_UNKNOWN, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
	{ "pc-q35-7.2", TRI_NO, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
	{ "pc-q35-7.2", TRI_UNKNOWN, VIOMMU_AMD, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
	{ "pc-q35-3.1", TRI_UNKNOWN, VIOMMU_AMD, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
	{ "pc-q35-4.0.1", TRI_UNKNOWN, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
	{ "pc-q35-7.2", TRI_UNKNOWN, VIOMMU_INTEL, TRI_UNKNOWN, TRI_YES, TEST_EIM },
	{ "pc-q35-4.0.1", TRI_UNKNOWN, VIOMMU_INTEL, TRI_UNKNOWN, TRI_YES, TEST_EIM },
	{ "pc-q35-7.2", TRI_YES, VIOMMU_INTEL, TRI_NO, TRI_YES, TEST_EIM },
	{ "pc-q35-4.0", TRI_UNKNOWN, VIOMMU_INTEL, TRI_NO, TRI_YES, TEST_EIM },
	/* QEMU has the I/O APIC, by default or as it was told. */
	{ "pc-q35-4.0", TRI_UNKNOWN, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, NULL },
	{ "pc-q35-4.0", TRI_UNKNOWN, VIOMMU_INTEL, TRI_UNKNOWN, TRI_YES, NULL },
	{ "pc-q35-7.2", TRI_YES, VIOMMU_INTEL, TRI_YES, TRI_YES, NULL },
	{ "pc-q35-7.2", TRI_YES, VIOMMU_AMD, TRI_YES, TRI_UNKNOWN, NULL },
	/* Nobody asks for it. */
	{ "pc-q35-7.2", TRI_UNKNOWN, VIOMMU_INTEL, TRI_UNKNOWN, TRI_UNKNOWN, NULL },
	{ "pc-q35-7.2", TRI_NO, VIOMMU_AMD, TRI_NO, TRI_UNKNOWN, NULL },
	{ "pc-q35-7.2", TRI_UNKNOWN, VIOMMU_INTEL, TRI_UNKNOWN, TRI_NO, NULL },
	/* virtio-iommu remaps none; the alias has been 4.0. */
	{ "pc-q35-7.2", TRI_NO, VIOMMU_VIRTIO, TRI_YES, TRI_UNKNOWN, NULL },
	{ "q35", TRI_UNKNOWN, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, NULL },
	{ "q35", TRI_NO, VIOMMU_INTEL, TRI_YES, TRI_UNKNOWN, TEST_IRQCHIP },
};

static void test_layout_viommu_describe(const struct test_layout_viommu *row)
{
	test_layout_is(row->type, 4 * TEST_LAYOUT_GIB);
	test_layout_machine->kvm = true;
	test_layout_machine->split_irqchip = row->split;
	test_layout_machine->viommu.model = row->model;
	test_layout_machine->viommu.intremap = row->intremap;
	test_layout_machine->eim = row->eim;
}

START_TEST(guest__interrupts_of_an_iommu_under_kvm__as_qemu_starts_it)
{
	test_layout_viommu_describe(&test_layout_viommu_rows[_i]);
	test_layout();
	ck_assert_pstr_eq(test_layout_guest->refused, test_layout_viommu_rows[_i].refused);
	ck_assert_ptr_null(test_layout_guest->open);
}
END_TEST

START_TEST(guest__interrupts_of_an_iommu__only_what_is_certain)
{
	test_layout_viommu_describe(&test_layout_viommu_rows[0]);
	/* Emulated: QEMU has all interrupt controllers. */
	test_layout_machine->kvm = false;
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	/* eim of an emulated machine: 7.2 refuses it, 10.0 does not. */
	test_layout_machine->viommu.intremap = TRI_UNKNOWN;
	test_layout_machine->eim = TRI_YES;
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	/* What is not modelled may change who has them, but not what was asked for. */
	test_layout_viommu_describe(&test_layout_viommu_rows[0]);
	ck_assert_int_eq(machine_add_opaque(test_layout_machine, "something"), 0);
	test_layout();
	ck_assert_ptr_null(test_layout_guest->refused);
	test_layout_machine->split_irqchip = TRI_NO;
	test_layout();
	test_layout_assert_refused(TEST_IRQCHIP);
}
END_TEST

START_TEST(guest__memory_refused_too__memory_is_what_qemu_says)
{
	test_layout_viommu_describe(&test_layout_viommu_rows[0]);
	test_layout_machine->maxmem = TEST_LAYOUT_GIB;
	test_layout();
	ck_assert_ptr_nonnull(test_layout_guest->refused);
	ck_assert_ptr_null(strstr(test_layout_guest->refused, "irqchip"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout_viommu");
	TCase *cases = tcase_create("irqchip");

	tcase_add_checked_fixture(cases, test_layout_setup, test_layout_teardown);
	tcase_add_loop_test(cases, guest__interrupts_of_an_iommu_under_kvm__as_qemu_starts_it, 0,
		sizeof(test_layout_viommu_rows) / sizeof(test_layout_viommu_rows[0]));
	tcase_add_test(cases, guest__interrupts_of_an_iommu__only_what_is_certain);
	tcase_add_test(cases, guest__memory_refused_too__memory_is_what_qemu_says);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
