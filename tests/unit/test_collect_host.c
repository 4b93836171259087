/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kernel, CPU and host: banners of distributions as they are printed. */
#include "core/model/limits.h"
#include "daemon/collect/cpu.h"
#include "daemon/collect/device.h"
#include "daemon/collect/host.h"
#include "daemon/collect/kernel.h"
#include "tests/support/unit.h"

#include <string.h>

struct test_banner {
	const char *release;
	const char *version; /* what follows it in /proc/version */
	const char *signature;
	const char *flavour;
	const char *number;
};

static const struct test_banner test_banners[] = {
	{ "6.1.0-56-amd64",
		"(debian-kernel@lists.debian.org) (gcc-12) #1 SMP Debian 6.1.192-2 (2026)", "",
		"debian", "6.1.192" },
	{ "6.12.95+deb12-arm64-16k",
		"(debian-kernel@lists.debian.org) #1 SMP Debian 6.12.95-1~bpo12+1 (2026-07-05)", "",
		"debian", "6.12.95" },
	/* The note cut off: the third number is hidden, and not 0. */
	{ "6.1.0-56-amd64", "(debian-kernel@lists.debian.org) #1 SMP", "", "debian", "6.1" },
	{ "5.15.0-91-generic", "(buildd@lcy02) #101-Ubuntu SMP Tue",
		"Ubuntu 5.15.0-91.101-generic "
		"5.15.131",
		"ubuntu", "5.15.131" },
	{ "5.15.0-91-generic", "(buildd@lcy02) #101-Ubuntu SMP Tue", "", "ubuntu", "5.15" },
	{ "6.14.0-1006-nvidia", "(buildd@lcy02) #6-Ubuntu SMP", "", "ubuntu-nvidia", "6.14" },
	{ "6.5.6-300.fc39.x86_64", "(mockbuild@x) #1 SMP", "", "fedora", "6.5.6" },
	{ "6.6.1-arch1-1", "(linux@archlinux) #1 SMP", "", "arch", "6.6.1" },
	{ "6.6.1-zen1-1-zen", "(linux-zen@archlinux) #1 ZEN SMP", "", "zen", "6.6.1" },
	{ "5.14.0-362.8.1.el9_3.x86_64", "(mockbuild@x) #1 SMP", "", "el", "5.14.0" },
	{ "5.15.0-100.96.32.el8uek.x86_64", "(mockbuild@x) #2 SMP", "", "uek", "5.15.0" },
	{ "6.5.11-7-pve", "(build@proxmox) #1 SMP PMX 6.5.11-7", "", "pve", "6.5.11" },
	{ "5.14.21-150500.55.19-default", "(geeko@buildhost) #1 SMP", "", "sles", "5.14.21" },
	{ "6.1.61-85.141.amzn2023.x86_64", "(mockbuild@x) #1 SMP", "", "amzn", "6.1.61" },
	{ "5.10.0-60.18.0.50.oe2203.aarch64", "(abuild@x) #1 SMP", "", "openeuler", "5.10.0" },
	{ "6.6.1", "(me@here) #1 SMP", "", "plain", "6.6.1" },
	{ "6.18.44-fc-v657", "(builder@x) #1 SMP", "", "unknown", "6.18.44" },
	/* A user's own build on a Debian machine is no Debian kernel. */
	{ "6.6.1-custom", "(me@debian) (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP", "", "unknown",
		"6.6.1" },
	{ "nonsense", "", "", "unknown", "" },
};

START_TEST(kernel__banners__flavour_and_version)
{
	const struct test_banner *test = &test_banners[_i];
	struct kernel_banner banner = {
		.release = scan_of(test->release, strlen(test->release)),
		.version = scan_of(test->version, strlen(test->version)),
		.signature = scan_of(test->signature, strlen(test->signature)),
	};
	const char *flavour = kernel_flavour(&banner);
	struct scan number = kernel_version(&banner, flavour);

	ck_assert_str_eq(flavour, test->flavour);
	ck_assert_msg(scan_is(&number, test->number), "%s: %.*s", test->release,
		(int)scan_left(&number), number.p);
}
END_TEST

static struct fact_texts test_words(struct arena *arena, const char *line)
{
	struct fact_texts words = { 0 };

	ck_assert_int_eq(kernel_words(arena, scan_of(line, strlen(line)), &words), 0);
	return words;
}

START_TEST(words__command_line__those_that_matter_in_order)
{
	struct arena *arena;
	ck_assert_int_eq(arena_new(1 << 20, &arena), 0);
	struct fact_texts words = test_words(arena,
		"quiet pci=noaer intel_iommu=on,sm_on \"dyndbg=file a intel_iommu=off\" "
		"iommu.strict=1 "
		"pci=config_acs=10x@pci:0:0 pcie_acs_override=downstream vfio_iommu_type1."
		"allow_unsafe_interrupts=1 -- iommu=pt\n");

	ck_assert_uint_eq(words.n, 5);
	ck_assert_str_eq(words.items[0], "intel_iommu=on,sm_on");
	ck_assert_str_eq(words.items[1], "iommu.strict=1");
	ck_assert_str_eq(words.items[2], "pci=config_acs=10x@pci:0:0");
	ck_assert_str_eq(words.items[3], "pcie_acs_override=downstream");
	ck_assert_str_eq(words.items[4], "vfio_iommu_type1.allow_unsafe_interrupts=1");
	arena_free(arena);
}
END_TEST

START_TEST(words__too_many_or_unprintable__unknown)
{
	struct arena *arena;
	char line[8192] = "";
	ck_assert_int_eq(arena_new(1 << 20, &arena), 0);
	for (unsigned i = 0; i <= LIMIT_WORDS; i++)
		memcpy(line + strlen(line), "iommu=pt ", 10);

	ck_assert_int_eq(test_words(arena, line).fact.why, FACT_OVER_LIMIT);
	ck_assert_int_eq(test_words(arena, "iommu=\x01").fact.why, FACT_MALFORMED);
	ck_assert_uint_eq(test_words(arena, "").n, 0);
	ck_assert_int_eq(test_words(arena, "").fact.state, FACT_VALUE);
	arena_free(arena);
}
END_TEST

static struct cpu test_cpu(const char *text, struct scan *ret_vendor)
{
	return cpu_parse(scan_of(text, strlen(text)), ret_vendor);
}

START_TEST(cpu__x86__vendor_bits_hypervisor)
{
	struct scan vendor;
	struct cpu cpu = test_cpu("processor\t: 0\nvendor_id\t: AuthenticAMD\n"
				  "flags\t\t: fpu de lm hypervisor lahf_lm\n"
				  "address sizes\t: 40 bits physical, 48 bits virtual\n",
		&vendor);

	ck_assert_str_eq(cpu.arch, "x86_64");
	ck_assert_str_eq(cpu.vendor.value, "amd");
	ck_assert_uint_eq(cpu.bits.value, 40);
	ck_assert_uint_eq(cpu.hypervisor.value, 1);
	cpu = test_cpu("vendor_id\t:   Shanghai  \nflags\t\t: fpu lm\n", &vendor);
	ck_assert_str_eq(cpu.vendor.value, "zhaoxin");
	ck_assert(fact_is_no(cpu.hypervisor));
	ck_assert(fact_is_ignorance(cpu.bits.fact));
	cpu = test_cpu("vendor_id\t: TotallyNew\nflags\t\t: fpu lm\n", &vendor);
	ck_assert(scan_is(&vendor, "TotallyNew"));
}
END_TEST

START_TEST(cpu__other_architectures__told_by_form)
{
	struct scan vendor;
	struct cpu arm =
		test_cpu("processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n", &vendor);

	ck_assert_str_eq(arm.arch, "aarch64");
	ck_assert_str_eq(arm.vendor.value, "arm");
	ck_assert(fact_is_ignorance(arm.bits.fact));
	ck_assert_str_eq(test_cpu("isa\t\t: rv64imafdc\n", &vendor).arch, "riscv64");
	ck_assert_str_eq(test_cpu("vendor_id       : IBM/S390\n", &vendor).arch, "s390x");
	ck_assert_ptr_null(test_cpu("", &vendor).arch);
	ck_assert_ptr_null(test_cpu("garbage\n", &vendor).arch);
}
END_TEST

START_TEST(va_bits__maps__from_the_highest_mapping)
{
	static const char maps48[] = "aaaad0000000-aaaad0001000 r-xp 0 0 0 /bin/x\n"
				     "ffffc1be0000-ffffc1c01000 rw-p 0 0 0 [stack]\n";
	static const char maps39[] = "7fe1be0000-7fe1c01000 rw-p 0 0 0 [stack]\n";

	ck_assert_uint_eq(host_va_bits(scan_of(maps48, strlen(maps48))).value, 48);
	ck_assert_uint_eq(host_va_bits(scan_of(maps39, strlen(maps39))).value, 39);
	ck_assert(fact_is_ignorance(host_va_bits(scan_of("", 0)).fact));
}
END_TEST

START_TEST(makers__of_machines__virtual_or_not)
{
	ck_assert(host_is_virtual_maker(scan_of("QEMU", 4)));
	ck_assert(host_is_virtual_maker(scan_of("Amazon EC2", 10)));
	ck_assert(!host_is_virtual_maker(scan_of("HPE", 3)));
}
END_TEST

START_TEST(driver__names__vfio_or_not)
{
	ck_assert(device_driver_is_vfio("vfio-pci"));
	ck_assert(device_driver_is_vfio("mlx5_vfio_pci"));
	ck_assert(device_driver_is_vfio("nvgrace-gpu-vfio-pci"));
	ck_assert(!device_driver_is_vfio("pci-stub"));
	ck_assert(!device_driver_is_vfio("nvme"));
	ck_assert(!device_driver_is_vfio(""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("host");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, kernel__banners__flavour_and_version, 0,
		sizeof(test_banners) / sizeof(*test_banners));
	tcase_add_test(tcase, words__command_line__those_that_matter_in_order);
	tcase_add_test(tcase, words__too_many_or_unprintable__unknown);
	tcase_add_test(tcase, cpu__x86__vendor_bits_hypervisor);
	tcase_add_test(tcase, cpu__other_architectures__told_by_form);
	tcase_add_test(tcase, va_bits__maps__from_the_highest_mapping);
	tcase_add_test(tcase, makers__of_machines__virtual_or_not);
	tcase_add_test(tcase, driver__names__vfio_or_not);
	return unit_run(suite);
}
