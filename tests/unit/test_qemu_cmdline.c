/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the arguments make of the board, its CPU and its memory. */
#include "core/model/limits.h"
#include "tests/unit/test_qemu.h"

/* --- program, board, accelerator --- */

START_TEST(decode__nothing_said__qemu_defaults)
{
	struct machine *machine = test_qemu_clear("qemu-system-x86_64");

	ck_assert_str_eq(machine->arch, "x86_64");
	ck_assert_ptr_null(machine->type);
	ck_assert(!machine->kvm);
	ck_assert(machine->acpi);
	ck_assert_uint_eq(machine->ram, 128 * TEST_QEMU_MIB);
	ck_assert_uint_eq(machine->maxmem, 0);
	ck_assert_uint_eq(machine->slots, 0);
	ck_assert_int_eq(machine->cpu.kind, MACHINE_CPU_DEFAULT);
	ck_assert_int_eq(machine->backing, MACHINE_BACKING_ANONYMOUS);
	ck_assert_int_eq(machine->firmware, MACHINE_FIRMWARE_DEFAULT);
	ck_assert_int_eq(machine->split_irqchip, TRI_UNKNOWN);
	ck_assert_int_eq(machine->viommu.model, VIOMMU_NONE);
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_UNKNOWN);
	ck_assert(!machine->pci_hole64_given);
	/* "info pci" of QEMU 7.2: VGA and a network card, both with a ROM. */
	ck_assert_uint_eq(machine->n_bars, 2);
	machine_free(machine);
}
END_TEST

START_TEST(board__options__taken_over)
{
	struct machine *machine = test_qemu_clear(
		"qemu-system-x86_64 -M pc,usb=off -machine "
		"type=pc-q35-9.2+pve1,max_ram_below_4g=2G,kernel_irqchip=split "
		"-no-acpi -machine vmport=auto,hpet=off,smm=on "
		"-name guest=a,,b,debug-threads=on -uuid D7EA8955-8b17-4dc0-b759-c904f3a4b98c");

	ck_assert_str_eq(machine->type, "pc-q35-9.2");
	ck_assert_uint_eq(machine->max_ram_below_4g, 2 * TEST_QEMU_GIB);
	ck_assert_int_eq(machine->split_irqchip, TRI_YES);
	ck_assert(!machine->acpi);
	ck_assert_str_eq(machine->name, "a,b");
	ck_assert_str_eq(machine->uuid, "d7ea8955-8b17-4dc0-b759-c904f3a4b98c");
	machine_free(machine);
}
END_TEST

START_TEST(board__of_virt__options_taken_over)
{
	struct machine *machine = test_qemu_clear(
		"qemu-system-aarch64 -cpu max -M virt-9.2,gic-version=host,its=off,highmem=on,"
		"highmem-ecam=off,highmem-mmio=on,highmem-redists=off,compact-highmem=on,"
		"highmem-mmio-size=1T,iommu=smmuv3,secure=on,virtualization=on,mte=on,ras=on,"
		"acpi=off -bios QEMU_EFI.fd");

	ck_assert_str_eq(machine->arch, "aarch64");
	ck_assert_str_eq(machine->gic, "host");
	ck_assert_int_eq(machine->its, TRI_NO);
	ck_assert_int_eq(machine->highmem, TRI_YES);
	ck_assert_int_eq(machine->highmem_ecam, TRI_NO);
	ck_assert_int_eq(machine->highmem_mmio, TRI_YES);
	ck_assert_int_eq(machine->highmem_redists, TRI_NO);
	ck_assert_int_eq(machine->compact_highmem, TRI_YES);
	ck_assert_uint_eq(machine->highmem_mmio_size, (uint64_t)1 << 40);
	ck_assert_int_eq(machine->viommu.model, VIOMMU_SMMUV3);
	ck_assert_int_eq(machine->viommu.shares_tables, TRI_NO);
	ck_assert_int_eq(machine->firmware, MACHINE_FIRMWARE_BIOS);
	ck_assert(!machine->acpi);
	machine_free(machine);
	machine = test_qemu_clear(TEST_QEMU_VIRT);
	ck_assert_int_eq(machine->its, TRI_UNKNOWN);
	ck_assert_int_eq(machine->highmem, TRI_UNKNOWN);
	ck_assert_int_eq(machine->compact_highmem, TRI_UNKNOWN);
	machine_free(machine);
}
END_TEST

START_TEST(board__cxl_windows__in_their_order)
{
	struct machine *machine = test_qemu_clear(TEST_QEMU_PC
		"-M cxl=on,cxl-fmw.1.size=8G,cxl-fmw.0.size=4G,cxl-fmw.0.targets.0=cxl.1");

	ck_assert(machine->cxl);
	ck_assert_uint_eq(machine->n_cxl_windows, 2);
	ck_assert_uint_eq(machine->cxl_windows[0], 4 * TEST_QEMU_GIB);
	ck_assert_uint_eq(machine->cxl_windows[1], 8 * TEST_QEMU_GIB);
	machine_free(machine);
}
END_TEST

START_TEST(board__not_modelled__named)
{
	test_qemu_opaque(TEST_QEMU_PC "-M confidential-guest-support=sev0",
		"-machine confidential-guest-support=sev0");
	test_qemu_opaque(
		TEST_QEMU_PC "-M memory-encryption=sev0", "-machine memory-encryption=sev0");
	test_qemu_opaque(TEST_QEMU_PC "-M frob=1", "-machine frob=1");
	test_qemu_opaque(TEST_QEMU_PC "-M default_bus_bypass_iommu=on",
		"-machine default-bus-bypass-iommu=on");
	test_qemu_opaque(TEST_QEMU_VIRT "-M iommu=other", "-machine iommu=other");
	machine_free(test_qemu_clear(TEST_QEMU_PC "-M default_bus_bypass_iommu=off"));
	test_qemu_refused(TEST_QEMU_PC "-M acpi=perhaps", "argument 4 -M", "neither on nor off");
}
END_TEST

static void test_qemu_cmdline_kvm(const char *text, bool kvm)
{
	struct machine *machine = test_qemu_clear(text);

	ck_assert_msg(machine->kvm == kvm, "%s", text);
	machine_free(machine);
}

START_TEST(accelerator__as_qemu_chooses_it)
{
	test_qemu_cmdline_kvm("kvm", true);
	test_qemu_cmdline_kvm("kvm -accel tcg", false);
	test_qemu_cmdline_kvm("/usr/libexec/qemu-kvm -M q35,accel=tcg", false);
	test_qemu_cmdline_kvm("qemu-system-x86_64 -enable-kvm", true);
	test_qemu_cmdline_kvm("qemu-system-x86_64 --enable-kvm", true);
	test_qemu_cmdline_kvm("qemu-system-x86_64 -M accel=kvm -M accel=tcg", false);
	test_qemu_cmdline_kvm("qemu-system-x86_64 -accel kvm,kernel-irqchip=split", true);
	test_qemu_cmdline_kvm("qemu-system-x86_64 -accel tcg,thread=multi -accel kvm", false);
	test_qemu_cmdline_kvm("qemu-system-x86_64 -M accel=tcg:kvm", false);
}
END_TEST

/* After KVM comes another where there is none: then the map may be another, too. */
START_TEST(accelerator__not_certain__named)
{
	test_qemu_opaque(
		TEST_QEMU_PC "-M accel=kvm:tcg", "the accelerator, which is one of kvm:tcg");
	test_qemu_opaque(
		TEST_QEMU_PC "-accel kvm -accel tcg", "the accelerator, which is one of kvm:tcg");
	test_qemu_opaque(TEST_QEMU_PC "-accel xen", "the accelerator xen");
	test_qemu_refused(TEST_QEMU_PC "-M accel=kvm -accel kvm", "argument 6 -accel", "not both");
}
END_TEST

/* QEMU's own name on its own host: only what is named tells the architecture. */
START_TEST(program__of_any_architecture__told_by_the_board)
{
	struct machine *machine = test_qemu_clear("qemu-kvm -nodefaults -M virt-rhel9.4.0");

	ck_assert_str_eq(machine->arch, "aarch64");
	machine_free(machine);
	machine = test_qemu_clear("qemu-kvm -nodefaults -M virt -bios /usr/share/AAVMF/AAVMF.fd");
	ck_assert_str_eq(machine->arch, "aarch64");
	machine_free(machine);
	machine = test_qemu_clear("qemu-kvm -nodefaults -M pc-q35-rhel9.4.0");
	ck_assert_str_eq(machine->arch, "x86_64");
	machine_free(machine);
	test_qemu_refused("qemu-system-aarch64 -m 1G", "the command line", "names no board");
	test_qemu_opaque("kvm -nodefaults -M virt",
		"-machine virt: the program's name does not say of which architecture");
}
END_TEST

START_TEST(firmware__each_way_to_name_it)
{
	static const struct {
		const char *text;
		enum machine_firmware firmware;
	} cases[] = {
		{ TEST_QEMU_PC, MACHINE_FIRMWARE_DEFAULT },
		{ TEST_QEMU_PC "-bios OVMF.fd", MACHINE_FIRMWARE_BIOS },
		{ TEST_QEMU_PC "-M firmware=OVMF.fd", MACHINE_FIRMWARE_BIOS },
		{ TEST_QEMU_PC "-pflash OVMF.fd", MACHINE_FIRMWARE_PFLASH },
		{ TEST_QEMU_PC "-drive if=pflash,unit=0,format=raw,file=OVMF.fd",
			MACHINE_FIRMWARE_PFLASH },
		{ TEST_QEMU_PC "-bios x -M pflash0=code,pflash1=vars", MACHINE_FIRMWARE_PFLASH },
		{ TEST_QEMU_PC "-drive if=none,file=a.img -kernel k -initrd i -append a",
			MACHINE_FIRMWARE_DEFAULT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine = test_qemu_clear(cases[i].text);

		ck_assert_msg(machine->firmware == cases[i].firmware, "%s", cases[i].text);
		machine_free(machine);
	}
}
END_TEST

/* --- CPU --- */

static struct machine_cpu test_qemu_cmdline_cpu(const char *cpu)
{
	static struct machine *machine;
	char text[256];

	machine_free(machine);
	(void)snprintf(text, sizeof(text), TEST_QEMU_PC "-cpu %s", cpu);
	machine = test_qemu_clear(text);
	return machine->cpu;
}

START_TEST(cpu__model_and_bits__taken_over)
{
	struct machine_cpu cpu = test_qemu_cmdline_cpu(
		"Skylake-Server,vendor=AuthenticAMD,phys_bits=0x2e,host-phys-bits=true,"
		"host-phys-bits-limit=39,+vmx,-hypervisor,hv_relaxed,migratable=no");

	ck_assert_int_eq(cpu.kind, MACHINE_CPU_NAMED);
	ck_assert_str_eq(cpu.model, "Skylake-Server");
	ck_assert_str_eq(cpu.vendor, "AuthenticAMD");
	ck_assert_uint_eq(cpu.bits, 46);
	ck_assert_uint_eq(cpu.bits_limit, 39);
	ck_assert_int_eq(cpu.host_bits, TRI_YES);
	ck_assert_int_eq(cpu.lm, TRI_UNKNOWN);
	ck_assert_int_eq(test_qemu_cmdline_cpu("host,kvm=off").kind, MACHINE_CPU_HOST);
	ck_assert_int_eq(test_qemu_cmdline_cpu("max").kind, MACHINE_CPU_MAX);
	ck_assert_int_eq(test_qemu_cmdline_cpu("host -cpu max").kind, MACHINE_CPU_MAX);
	ck_assert_int_eq(test_qemu_cmdline_cpu("EPYC,host-phys-bits=n").host_bits, TRI_NO);
	ck_assert_int_eq(test_qemu_cmdline_cpu("EPYC").host_bits, TRI_UNKNOWN);
}
END_TEST

/* What QEMU 7.2 makes of each was asked of it with qom-get. */
START_TEST(cpu__long_mode__last_word_as_in_qemu)
{
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,-lm,+lm").lm, TRI_NO);
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,+lm,-lm").lm, TRI_NO);
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,lm=on,-lm").lm, TRI_NO);
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,lm=off,lm=on").lm, TRI_YES);
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,lm=off,lm").lm, TRI_YES);
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu32,+lm").lm, TRI_YES);
}
END_TEST

START_TEST(cpu__not_modelled__named)
{
	test_qemu_opaque(TEST_QEMU_PC "-cpu qemu32,-pae", "-cpu -pae of a 32-bit model");
	test_qemu_opaque(TEST_QEMU_PC "-cpu athlon-v1,pse36=off", "-cpu pse36 of a 32-bit model");
	test_qemu_opaque(TEST_QEMU_PC "-cpu host,guest-phys-bits=39", "-cpu guest-phys-bits=39");
	test_qemu_opaque(TEST_QEMU_PC "-cpu EPYC,-pdpe1gb",
		"-cpu -pdpe1gb: firmware's windows follow from it");
	test_qemu_opaque(TEST_QEMU_VIRT "-cpu max,aarch64=off", "-cpu aarch64=off");
	test_qemu_opaque(TEST_QEMU_PC "-global EPYC-x86_64-cpu.phys-bits=46",
		"-global EPYC-x86_64-cpu.phys-bits");
	ck_assert_int_eq(test_qemu_cmdline_cpu("qemu64,+pae,+pdpe1gb").lm, TRI_UNKNOWN);
	test_qemu_refused(TEST_QEMU_PC "-cpu EPYC,phys-bits=x", "argument 4 -cpu", "no number");
	test_qemu_refused(TEST_QEMU_PC "-cpu EPYC,phys-bits=70", "argument 4 -cpu", "64");
}
END_TEST

START_TEST(smp__most_cpus)
{
	static const struct {
		const char *text;
		unsigned cpus;
	} cases[] = {
		{ TEST_QEMU_PC, 0 },
		{ TEST_QEMU_PC "-smp 4", 4 },
		{ TEST_QEMU_PC "-smp 4,maxcpus=8,cpus=2", 8 },
		{ TEST_QEMU_PC "-smp 2,sockets=2,dies=2,cores=3,threads=2", 24 },
		{ TEST_QEMU_PC "-smp cores=4,threads=2", 8 },
		{ TEST_QEMU_PC "-smp 2 -smp maxcpus=16", 16 },
		{ TEST_QEMU_PC "-M smp.cpus=3", 3 },
		{ TEST_QEMU_PC "-M smp.cpus=3 -smp 5", 5 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine = test_qemu_clear(cases[i].text);

		ck_assert_msg(
			machine->cpus == cases[i].cpus, "%s: %u", cases[i].text, machine->cpus);
		machine_free(machine);
	}
}
END_TEST

/* --- RAM --- */

/* Those with a comment were tried on QEMU 7.2: "info memory_size_summary". */
START_TEST(memory__size__as_qemu_rounds_it)
{
	static const struct {
		const char *text;
		uint64_t ram, maxmem;
		unsigned slots;
	} cases[] = {
		{ TEST_QEMU_PC "-m 5G", 5 * TEST_QEMU_GIB, 0, 0 },
		{ TEST_QEMU_PC "-m 0", 128 * TEST_QEMU_MIB, 0, 0 },	/* 134217728 */
		{ TEST_QEMU_PC "-m 4097k", 4202496, 0, 0 },		/* 4202496 */
		{ TEST_QEMU_PC "-m 1.5G", 1610612736, 0, 0 },		/* 1610612736 */
		{ TEST_QEMU_PC "-m 64b", 8192, 0, 0 },			/* 8192 */
		{ TEST_QEMU_PC "-M memory.size=99", 8192, 0, 0 },	/* 8192 */
		{ TEST_QEMU_PC "-M memory.size=99M", 103809024, 0, 0 }, /* 103809024 */
		{ TEST_QEMU_PC "-M memory.size=99M -m 64", 64 * TEST_QEMU_MIB, 0, 0 },
		{ TEST_QEMU_PC "-m size=4194304k,slots=2,maxmem=16777216k", 4 * TEST_QEMU_GIB,
			16 * TEST_QEMU_GIB, 2 },
		{ TEST_QEMU_PC "-m 64M,maxmem=1G -m slots=2", 64 * TEST_QEMU_MIB, TEST_QEMU_GIB,
			2 },
		{ TEST_QEMU_PC "-m 64M,slots=2,maxmem=1G -m 128M", 128 * TEST_QEMU_MIB,
			TEST_QEMU_GIB, 2 },
		{ TEST_QEMU_PC "-m 64,maxmem=128M", 64 * TEST_QEMU_MIB, 128 * TEST_QEMU_MIB, 0 },
		{ TEST_QEMU_PC "-m 64,maxmem=64M", 64 * TEST_QEMU_MIB, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine = test_qemu_clear(cases[i].text);

		ck_assert_msg(machine->ram == cases[i].ram && machine->maxmem == cases[i].maxmem &&
				      machine->slots == cases[i].slots,
			"%s: %llu %llu %u", cases[i].text, (unsigned long long)machine->ram,
			(unsigned long long)machine->maxmem, machine->slots);
		machine_free(machine);
	}
}
END_TEST

/* QEMU 7.2 refuses each of these, with the same numbers where there are any. */
START_TEST(memory__what_qemu_refuses__refused)
{
	test_qemu_refused(TEST_QEMU_PC "-m 64MB", "argument 4 -m", "no size");
	test_qemu_refused(TEST_QEMU_PC "-m 64,frob=1", "argument 4 -m", "has no frob");
	test_qemu_refused(TEST_QEMU_PC "-m 64,maxmem=8192", "argument 4 -m",
		"8192 bytes, less than the 67108864");
	test_qemu_refused(TEST_QEMU_PC "-m 64,slots=2", "argument 4 -m", "maxmem leaves no room");
	test_qemu_refused(
		TEST_QEMU_PC "-m 64,slots=2,maxmem=64M", "argument 4 -m", "maxmem leaves no room");
	test_qemu_refused(
		TEST_QEMU_PC "-m 64,slots=300,maxmem=1G", "argument 4 -m", "more than 256");
	test_qemu_refused(TEST_QEMU_PC "-m 8E", "argument 4 -m", "no size");
	test_qemu_refused(TEST_QEMU_PC "-m 9000T", "argument 4 -m", "more than any guest");
	test_qemu_refused(TEST_QEMU_PC "-S -m", "argument 5 -m", "needs an argument");
	test_qemu_refused(TEST_QEMU_PC "-m 64 -object memory-backend-ram,id=a,size=32M "
				       "-machine memory-backend=a",
		"argument 8 -machine", "33554432 bytes, but -m says 67108864");
	test_qemu_refused(TEST_QEMU_PC "-m 64 -numa node,mem=32M -numa node,mem=16M",
		"argument 8 -numa", "50331648 bytes together, but -m says 67108864");
	test_qemu_refused(TEST_QEMU_PC "-numa node,memdev=zz", "argument 4 -numa", "memdev=zz");
	test_qemu_refused(TEST_QEMU_PC "-object memory-backend-ram,id=a,size=1M "
				       "-object memory-backend-ram,id=a,size=1M",
		"argument 6 -object", "second time");
	test_qemu_refused(TEST_QEMU_PC "-object memory-backend-ram,id=a -M memory-backend=a",
		"argument 4 -object", "no size");
}
END_TEST

START_TEST(memory__backend__says_what_is_behind_ram)
{
	static const struct {
		const char *text;
		enum machine_backing backing;
		uint64_t page_bytes;
	} cases[] = {
		{ TEST_QEMU_PC "-m 2G", MACHINE_BACKING_ANONYMOUS, 0 },
		{ TEST_QEMU_PC "-m 2G -mem-path /dev/shm/x -mem-prealloc", MACHINE_BACKING_FILE,
			0 },
		{ TEST_QEMU_PC "-m 2G -mem-path /run/hugepages/kvm/1048576kB", MACHINE_BACKING_HUGE,
			TEST_QEMU_GIB },
		{ TEST_QEMU_PC "-m 2G -mem-path /dev/hugepages/libvirt/qemu/1-a",
			MACHINE_BACKING_HUGE, 2 * TEST_QEMU_MIB },
		{ TEST_QEMU_PC "-object memory-backend-ram,id=a,size=2G -M memory-backend=a",
			MACHINE_BACKING_ANONYMOUS, 0 },
		{ TEST_QEMU_PC "-M memory-backend=a -object "
			       "'{\"qom-type\":\"memory-backend-memfd\",\"id\":\"a\","
			       "\"size\":2147483648,\"share\":true}'",
			MACHINE_BACKING_FILE, 0 },
		{ TEST_QEMU_PC "-object memory-backend-memfd,id=a,size=2G,hugetlb=on,"
			       "hugetlbsize=1G -M memory-backend=a",
			MACHINE_BACKING_HUGE, TEST_QEMU_GIB },
		{ TEST_QEMU_PC "-m 2G -object memory-backend-file,id=a,size=1G,mem-path=/x "
			       "-object memory-backend-file,id=b,size=1G,mem-path=/dev/shm/x "
			       "-numa node,nodeid=0,memdev=a -numa node,memdev=b "
			       "-numa dist,src=0,dst=1,val=20",
			MACHINE_BACKING_FILE, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine = test_qemu_clear(cases[i].text);

		ck_assert_msg(machine->backing == cases[i].backing &&
				      machine->page_bytes == cases[i].page_bytes &&
				      machine->ram == 2 * TEST_QEMU_GIB,
			"%s", cases[i].text);
		machine_free(machine);
	}
}
END_TEST

/* --- the whole --- */

START_TEST(option__unknown__named)
{
	test_qemu_opaque(TEST_QEMU_PC "-frobnicate", "-frobnicate");
	test_qemu_opaque(TEST_QEMU_PC "--frobnicate", "--frobnicate");
	test_qemu_opaque(TEST_QEMU_PC "-frobnicate nvme://0000:01:00.0/1 -m 2G", "-frobnicate");
	test_qemu_opaque(TEST_QEMU_PC "-readconfig /etc/my.cfg", "-readconfig /etc/my.cfg");
	test_qemu_opaque(TEST_QEMU_PC "-preconfig", "-preconfig");
	test_qemu_opaque(TEST_QEMU_PC "-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=65536",
		"-fw_cfg opt/ovmf/X-PciMmio64Mb");
	test_qemu_opaque(TEST_QEMU_PC "-fw_cfg etc/e820,file=x", "-fw_cfg etc/e820");
	machine_free(test_qemu_clear(TEST_QEMU_PC "-fw_cfg name=opt/org.example,string=a"));
	machine_free(
		test_qemu_clear(TEST_QEMU_PC "-readconfig /usr/share/qemu-server/pve-q35-4.0.cfg"));
}
END_TEST

START_TEST(option__unknown__next_option_is_still_read)
{
	struct machine *machine = test_qemu_take(TEST_QEMU_PC "-frobnicate -m 2G");

	ck_assert_uint_eq(machine->ram, 2 * TEST_QEMU_GIB);
	machine_free(machine);
}
END_TEST

/* Far more than a machine can name: it says that there is more, and does not give up. */
START_TEST(option__many_unknown__said_that_there_are_more)
{
	char text[4096] = TEST_QEMU_PC;
	size_t n = strlen(text);
	struct machine *machine;

	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "-x%u ", i);
	machine = test_qemu_take(text);
	ck_assert_uint_eq(machine->n_opaque, LIMIT_WORDS);
	ck_assert_str_eq(machine->opaque[0], "-x0");
	ck_assert_str_eq(machine->opaque[LIMIT_WORDS - 1], "and more that is not modelled");
	machine_free(machine);
}
END_TEST

START_TEST(decode__too_long__refused)
{
	static char text[LIMIT_CMDLINE_BYTES + 1];
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(qemu_cmdline_decode(text, sizeof(text), &machine, &refusal),
		QEMU_CMDLINE_E_REFUSED);
	ck_assert_ptr_null(machine);
	ck_assert_ptr_nonnull(strstr(refusal.text, "bytes"));
}
END_TEST

START_TEST(decode__nul_separated__same_as_a_shell)
{
	static const char proc[] = "/usr/bin/qemu-system-x86_64\0-machine\0q35\0-m\0002G\0"
				   "-device\0vfio-pci,host=0000:01:00.0";
	struct machine *machine = test_qemu_take_bytes(proc, sizeof(proc));

	ck_assert_str_eq(machine->type, "q35");
	ck_assert_uint_eq(machine->ram, 2 * TEST_QEMU_GIB);
	ck_assert_uint_eq(machine->n_devices, 1);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
}
END_TEST

START_TEST(decode__names_with_strange_bytes__cleaned)
{
	struct machine *machine = test_qemu_take(
		"qemu-system-x86_64 -nodefaults -name 'a\x1b[2J\xff' -device 'x\x07y'");

	ck_assert_str_eq(machine->name, "a?[2J?");
	ck_assert_str_eq(machine->opaque[0], "-device x?y");
	machine_free(machine);
	test_qemu_refused("qemu-system-x86_64 -uuid 12", "argument 1 -uuid", "no UUID");
}
END_TEST

static Suite *test_qemu_cmdline_suite(void)
{
	Suite *suite = suite_create("qemu_cmdline");
	TCase *tcase = tcase_create("qemu_cmdline");

	tcase_add_test(tcase, decode__nothing_said__qemu_defaults);
	tcase_add_test(tcase, board__options__taken_over);
	tcase_add_test(tcase, board__of_virt__options_taken_over);
	tcase_add_test(tcase, board__cxl_windows__in_their_order);
	tcase_add_test(tcase, board__not_modelled__named);
	tcase_add_test(tcase, accelerator__as_qemu_chooses_it);
	tcase_add_test(tcase, accelerator__not_certain__named);
	tcase_add_test(tcase, program__of_any_architecture__told_by_the_board);
	tcase_add_test(tcase, firmware__each_way_to_name_it);
	tcase_add_test(tcase, cpu__model_and_bits__taken_over);
	tcase_add_test(tcase, cpu__long_mode__last_word_as_in_qemu);
	tcase_add_test(tcase, cpu__not_modelled__named);
	tcase_add_test(tcase, smp__most_cpus);
	tcase_add_test(tcase, memory__size__as_qemu_rounds_it);
	tcase_add_test(tcase, memory__what_qemu_refuses__refused);
	tcase_add_test(tcase, memory__backend__says_what_is_behind_ram);
	tcase_add_test(tcase, option__unknown__named);
	tcase_add_test(tcase, option__unknown__next_option_is_still_read);
	tcase_add_test(tcase, option__many_unknown__said_that_there_are_more);
	tcase_add_test(tcase, decode__too_long__refused);
	tcase_add_test(tcase, decode__nul_separated__same_as_a_shell);
	tcase_add_test(tcase, decode__names_with_strange_bytes__cleaned);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_qemu_cmdline_suite());
}
