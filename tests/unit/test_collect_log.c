/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's log, /proc/interrupts, and what both say of interrupts. Lines are of real hosts. */
#include "daemon/collect/interrupts.h"
#include "daemon/collect/kernel_log.h"
#include "daemon/collect/kernel_log_source.h"
#include "tests/support/unit.h"

#include <string.h>

static struct kernel_log test_log(const char *text)
{
	return kernel_log_of(text, strlen(text));
}

#define TEST_BOOT "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]\n"

START_TEST(log__smmu_v3__features_and_ias)
{
	struct kernel_log log = test_log(TEST_BOOT "[    0.625416] arm-smmu-v3 9050000.smmuv3: ias "
						   "44-bit, oas 44-bit (features 0x00008305)\n");
	struct kernel_log_smmu smmu = kernel_log_smmu_v3(&log, "9050000.smmuv3");

	ck_assert(log.complete);
	ck_assert_uint_eq(smmu.features.value, 0x8305);
	ck_assert_uint_eq(smmu.ias.value, 44);
	ck_assert(fact_is_ignorance(kernel_log_smmu_v3(&log, "9060000.smmuv3").features.fact));
	ck_assert(fact_is_ignorance(kernel_log_smmu_v3(&log, "9050000.smmu").features.fact));
}
END_TEST

START_TEST(log__smmu_v3_of_7_2__features_without_ias)
{
	struct kernel_log log = test_log(
		"[    1.481413] arm-smmu-v3 9050000.smmuv3: oas 44-bit (features 0x01008305)\n");
	struct kernel_log_smmu smmu = kernel_log_smmu_v3(&log, "9050000.smmuv3");

	ck_assert_uint_eq(smmu.features.value, 0x1008305);
	ck_assert_int_eq(smmu.ias.fact.why, FACT_NOT_EXPOSED);
	ck_assert(!log.complete);
}
END_TEST

START_TEST(log__smmu_v2__stages)
{
	struct kernel_log log =
		test_log("[    1.0] arm-smmu 12c00000.iommu: probing hardware configuration...\n"
			 "[    1.0] arm-smmu 12c00000.iommu: SMMUv2 with:\n"
			 "[    1.0] arm-smmu 12c00000.iommu: \tSupported page sizes: 0x61311000\n"
			 "[    1.0] arm-smmu 12c00000.iommu: \tStage-1: 48-bit VA -> 48-bit IPA\n"
			 "[    1.0] arm-smmu 12c00000.iommu: \tStage-2: 40-bit IPA -> 48-bit PA\n"
			 "[    1.0] arm-smmu 13c00000.iommu: probing hardware configuration...\n"
			 "[    1.0] arm-smmu 13c00000.iommu: \tStage-2: 36-bit IPA -> 40-bit PA\n");
	struct kernel_log_smmu both = kernel_log_smmu_v2(&log, "12c00000.iommu");
	struct kernel_log_smmu second = kernel_log_smmu_v2(&log, "13c00000.iommu");

	ck_assert_uint_eq(both.stage_1_bits.value, 48);
	ck_assert_uint_eq(both.ias.value, 40);
	ck_assert_uint_eq(both.page_sizes.value, 0x61311000);
	ck_assert_uint_eq(both.stage_2.value, 1);
	ck_assert_int_eq(second.stage_1_bits.fact.state, FACT_NULL);
	ck_assert_uint_eq(second.ias.value, 36);
}
END_TEST

START_TEST(log__virtio_iommu__last_load_counts)
{
	struct kernel_log log =
		test_log("[    4.1] virtio_iommu virtio0: input address: 64 bits\n"
			 "[    4.1] virtio_iommu virtio0: page mask: 0xfffffffffffff000\n"
			 "[    9.1] virtio_iommu virtio0: input address: 48 bits\n"
			 "[    9.1] virtio_iommu virtio01: input address: 33 bits\n");
	struct kernel_log_virtio_iommu unit = kernel_log_virtio_iommu(&log, "virtio0");

	ck_assert_uint_eq(unit.input_bits.value, 48);
	ck_assert_uint_eq(unit.page_sizes.value, 0xfffffffffffff000);
	ck_assert(fact_is_ignorance(kernel_log_virtio_iommu(&log, "virtio1").input_bits.fact));
}
END_TEST

START_TEST(log__forged_in_another_message__not_taken)
{
	struct kernel_log log = test_log(TEST_BOOT
		"[    5.0] usb 1-1: Product: virtio_iommu virtio0: input address: 64 bits\n"
		"[    5.0] usb 1-1: Product: ITS [mem 0x08080000-0x0809ffff]\n"
		"[    5.0] usb 1-1: DMAR-IR: Enabled IRQ remapping in xapic mode\n");

	ck_assert(fact_is_ignorance(kernel_log_virtio_iommu(&log, "virtio0").input_bits.fact));
	ck_assert_uint_eq(kernel_log_its(&log).value, 0);
	ck_assert(fact_is_ignorance(kernel_log_interrupt_remapping(&log).fact));
}
END_TEST

START_TEST(log__cut_at_its_beginning__nothing_is_absent)
{
	struct kernel_log log = test_log("[  99.0] random: crng init done\n");
	struct kernel_log none = kernel_log_none(FACT_NOT_READABLE);

	ck_assert_int_eq(kernel_log_its(&log).fact.state, FACT_UNKNOWN);
	ck_assert_int_eq(kernel_log_its(&none).fact.why, FACT_NOT_READABLE);
	ck_assert_int_eq(kernel_log_kvm(&log).fact.why, FACT_NOT_EXPOSED);
	ck_assert_int_eq(kernel_log_page_size(&none).fact.why, FACT_NOT_READABLE);
	ck_assert_int_eq(kernel_log_invalidation(&none).fact.why, FACT_NOT_READABLE);
}
END_TEST

START_TEST(log__page_size__from_hash_tables)
{
	struct kernel_log log = test_log("[    0.0] Dentry cache hash table entries: 131072 "
					 "(order: 6, 1048576 bytes, linear)\n");
	ck_assert_uint_eq(kernel_log_page_size(&log).value, 16384);
	log = test_log(
		"[    0.0] futex hash table entries: 512 (32768 bytes on 1 NUMA nodes, total 32 "
		"KiB)\n"
		"[    0.0] odd hash table entries: 3 (order: 1, 3000 bytes, linear)\n"
		"[    0.0] Mount-cache hash table entries: 2048 (order: 2, 16384 bytes, linear)\n");
	ck_assert_uint_eq(kernel_log_page_size(&log).value, 4096);
}
END_TEST

START_TEST(log__invalidation__driver_overrules_policy)
{
	struct kernel_log log =
		test_log("[    1.0] iommu: DMA domain TLB invalidation policy: lazy mode \n");
	ck_assert_str_eq(kernel_log_invalidation(&log).value, "lazy");
	log = test_log("[    1.0] iommu: DMA domain TLB invalidation policy: lazy mode\n"
		       "[    1.2] DMAR: IOMMU batching disallowed due to virtualization\n");
	ck_assert_str_eq(kernel_log_invalidation(&log).value, "strict");
}
END_TEST

START_TEST(log__kvm_and_dmi__found)
{
	struct kernel_log log =
		test_log("[    0.9] kvm [1]: VHE mode initialized successfully\n"
			 "[    0.1] DMI: SMBIOS 2.8 present.\n"
			 "[    0.2] DMI: QEMU QEMU Virtual Machine, BIOS 0.0.0 02/06/2015\n"
			 "[    0.2] DMI: Memory slots populated: 1/1\n");
	struct scan dmi = kernel_log_dmi(&log);

	ck_assert_uint_eq(kernel_log_kvm(&log).value, 1);
	ck_assert(scan_literal(&dmi, "QEMU QEMU Virtual Machine"));
	log = test_log("[    0.9] kvm [1]: HYP mode not available\n");
	ck_assert_uint_eq(kernel_log_kvm(&log).value, 0);
	ck_assert_int_eq(kernel_log_kvm(&log).fact.state, FACT_VALUE);
}
END_TEST

START_TEST(log__marks_of_dmesg__stripped)
{
	struct kernel_log log = test_log("<5>[    0.000000][    T0] Linux version 6.12.95\n");
	ck_assert(log.complete);
	log = test_log("<5>[    0.000000] [    T0] Linux version 6.12.95\n");
	ck_assert(log.complete);
	log = test_log("Linux version 6.12.95\n");
	ck_assert(log.complete);
}
END_TEST

START_TEST(record__kmsg__message_and_sequence)
{
	static const char text[] = "6,1234,5678,-;virtio_iommu virtio0: input address: 64 bits\n"
				   " SUBSYSTEM=virtio\n";
	struct scan message;
	uint64_t sequence;

	ck_assert(kernel_log_source_record(scan_of(text, strlen(text)), &sequence, &message));
	ck_assert_uint_eq(sequence, 1234);
	ck_assert(scan_is(&message, "virtio_iommu virtio0: input address: 64 bits"));
	for (size_t n = 0; n < strlen("6,1234,5678,-;"); n++)
		ck_assert(!kernel_log_source_record(scan_of(text, n), &sequence, &message));
}
END_TEST

static struct interrupts_seen test_seen(const char *text)
{
	return interrupts_parse(text, strlen(text));
}

static struct facts_interrupts test_judge(const char *text, const char *arch)
{
	struct interrupts_seen seen = test_seen(text);
	struct interrupts_evidence evidence = {
		.arch = arch,
		.its_in_tree = fact_number_unknown(FACT_NOT_EXPOSED),
		.its_in_log = fact_number_unknown(FACT_NOT_EXPOSED),
		.remapping_in_log = fact_number_unknown(FACT_NOT_EXPOSED),
	};

	return interrupts_judge(&seen, &evidence);
}

#define TEST_CPUS "           CPU0       CPU1       \n"

START_TEST(interrupts__vtd_with_remapping__isolated)
{
	struct facts_interrupts fact = test_judge(TEST_CPUS
		"  0:         92          0  IR-IO-APIC   2-edge      timer\n"
		" 24:          0          0  DMAR-MSI   0-edge      dmar0\n"
		" 25:          0          0  IR-PCI-MSI 49152-edge      PCIe PME, aerdrv\n"
		"NMI:          0          0   Non-maskable interrupts\n",
		"x86_64");

	ck_assert(fact_is_yes(fact.isolated));
	ck_assert_str_eq(fact.known_by.value, "proc-interrupts");
}
END_TEST

START_TEST(interrupts__amd_unit_itself__does_not_count)
{
	static const char text[] = TEST_CPUS
		"  0:         92          0  IR-IO-APIC   2-edge      timer\n"
		" 24:          0          0  PCI-MSI-0000:00:01.0   0-edge      AMD-Vi\n"
		" 25:          0          0  IR-PCI-MSIX-0000:00:03.0   0-edge      PCIe PME\n";
	static const char mixed[] =
		TEST_CPUS "  0:         92          0  IR-IO-APIC   2-edge      timer\n"
			  " 25:          0          0  PCI-MSIX-0000:00:03.0   0-edge      eth0\n";

	ck_assert(fact_is_yes(test_judge(text, "x86_64").isolated));
	ck_assert(fact_is_ignorance(test_judge(mixed, "x86_64").isolated.fact));
}
END_TEST

START_TEST(interrupts__no_remapping__not_isolated)
{
	struct facts_interrupts fact = test_judge(TEST_CPUS
		"  0:         92          0  IO-APIC   2-edge      timer\n"
		" 25:          0          0  PCI-MSI 49152-edge      PCIe PME, aerdrv\n",
		"x86_64");

	ck_assert(fact_is_no(fact.isolated));
}
END_TEST

START_TEST(interrupts__arm__its_or_v2m)
{
	static const char its[] = TEST_CPUS
		" 11:       1133        929     GICv3  27 Level     arch_timer\n"
		" 21:          1          0   ITS-PCI-MSIX-0000:00:03.0 0 Edge      aerdrv\n";
	static const char v2m[] = TEST_CPUS
		" 21:          1          0       MSI 49152 Edge      PCIe PME, aerdrv, pciehp\n";

	ck_assert(fact_is_yes(test_judge(its, "aarch64").isolated));
	ck_assert(fact_is_no(test_judge(v2m, "aarch64").isolated));
}
END_TEST

START_TEST(interrupts__arm_idle__tree_or_log_decides)
{
	struct interrupts_seen seen = test_seen(
		TEST_CPUS " 11:       1133        929     GICv3  27 Level     arch_timer\n");
	struct interrupts_evidence evidence = {
		.arch = "aarch64",
		.its_in_tree = fact_number(1),
		.its_in_log = fact_number_unknown(FACT_NOT_EXPOSED),
	};
	struct facts_interrupts fact = interrupts_judge(&seen, &evidence);

	ck_assert(fact_is_yes(fact.isolated));
	ck_assert_str_eq(fact.known_by.value, "device-tree");
	evidence.its_in_tree = fact_number_unknown(FACT_NOT_EXPOSED);
	ck_assert(fact_is_ignorance(interrupts_judge(&seen, &evidence).isolated.fact));
	evidence.its_in_log = fact_number(0);
	fact = interrupts_judge(&seen, &evidence);
	ck_assert(fact_is_no(fact.isolated));
	ck_assert_str_eq(fact.known_by.value, "kernel-log");
}
END_TEST

START_TEST(interrupts__garbage_or_foreign__unknown)
{
	ck_assert(fact_is_ignorance(test_judge("", "x86_64").isolated.fact));
	ck_assert(fact_is_ignorance(
		test_judge("garbage\n1: 2 IR-PCI-MSI\n", "x86_64").isolated.fact));
	ck_assert(fact_is_ignorance(test_judge(TEST_CPUS, "x86_64").isolated.fact));
	ck_assert(fact_is_ignorance(
		test_judge(TEST_CPUS " 1: 2 3 PCI-MSI 1-edge x\n", "riscv64").isolated.fact));
	/* A device may call itself as it likes: only the chip's column counts. */
	ck_assert(fact_is_no(
		test_judge(TEST_CPUS " 1: 2 3 PCI-MSI 1-edge IR-PCI-MSI\n", "x86_64").isolated));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, log__smmu_v3__features_and_ias);
	tcase_add_test(tcase, log__smmu_v3_of_7_2__features_without_ias);
	tcase_add_test(tcase, log__smmu_v2__stages);
	tcase_add_test(tcase, log__virtio_iommu__last_load_counts);
	tcase_add_test(tcase, log__forged_in_another_message__not_taken);
	tcase_add_test(tcase, log__cut_at_its_beginning__nothing_is_absent);
	tcase_add_test(tcase, log__page_size__from_hash_tables);
	tcase_add_test(tcase, log__invalidation__driver_overrules_policy);
	tcase_add_test(tcase, log__kvm_and_dmi__found);
	tcase_add_test(tcase, log__marks_of_dmesg__stripped);
	tcase_add_test(tcase, record__kmsg__message_and_sequence);
	tcase_add_test(tcase, interrupts__vtd_with_remapping__isolated);
	tcase_add_test(tcase, interrupts__amd_unit_itself__does_not_count);
	tcase_add_test(tcase, interrupts__no_remapping__not_isolated);
	tcase_add_test(tcase, interrupts__arm__its_or_v2m);
	tcase_add_test(tcase, interrupts__arm_idle__tree_or_log_decides);
	tcase_add_test(tcase, interrupts__garbage_or_foreign__unknown);
	return unit_run(suite);
}
