/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What -device, -object, -global, disks and cards make of the machine. */
#include "core/model/limits.h"
#include "tests/unit/test_qemu.h"

#define TEST_QEMU_DEVICE_ROOM TEST_QEMU_PC "-m 1G,slots=8,maxmem=64G "
#define TEST_QEMU_DEVICE_RAM  "-object memory-backend-ram,id=a,size=512M "

/* --- memory --- */

START_TEST(memory__each_model__taken_over)
{
	struct machine *machine = test_qemu_clear(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-object memory-backend-memfd,id=b,size=2G,hugetlb=on,hugetlbsize=1G,share=on "
		"-object memory-backend-file,id=c,size=1G,mem-path=/dev/dax0.0,align=2M,pmem=on "
		"-object memory-backend-ram,id=d,size=4G,reserve=off "
		"-object memory-backend-memfd,id=e,size=1G "
		"-device pc-dimm,id=dimm0,memdev=a,slot=0,node=0 "
		"-device pc-dimm,memdev=b,addr=0x200000000 "
		"-device nvdimm,id=nv,memdev=c,label-size=128K,unarmed=on "
		"-device virtio-mem-pci,id=vm,memdev=d,block-size=4M,requested-size=1G,"
		"dynamic-memslots=on,memaddr=0x240000000,bus=pcie.0 "
		"-device virtio-pmem-pci,id=vp,memdev=e");
	const struct machine_memory *memories = machine->memories;

	ck_assert_uint_eq(machine->n_memories, 5);
	ck_assert_int_eq(memories[0].model, MACHINE_MEMORY_DIMM);
	ck_assert_uint_eq(memories[0].size, 512 * TEST_QEMU_MIB);
	ck_assert_int_eq(memories[0].backing, MACHINE_BACKING_ANONYMOUS);
	ck_assert(!memories[0].placed);
	ck_assert_str_eq(memories[0].name, "dimm0");
	ck_assert_int_eq(memories[1].backing, MACHINE_BACKING_HUGE);
	ck_assert_uint_eq(memories[1].page_bytes, TEST_QEMU_GIB);
	ck_assert(memories[1].placed);
	ck_assert_uint_eq(memories[1].address, 0x200000000);
	ck_assert_str_eq(memories[1].name, "pc-dimm");
	ck_assert_int_eq(memories[2].model, MACHINE_MEMORY_NVDIMM);
	ck_assert_uint_eq(memories[2].label, 128 << 10);
	ck_assert_uint_eq(memories[2].align, 2 * TEST_QEMU_MIB);
	ck_assert_int_eq(memories[2].backing, MACHINE_BACKING_FILE);
	ck_assert_int_eq(memories[3].model, MACHINE_MEMORY_VIRTIO_MEM);
	ck_assert_uint_eq(memories[3].block, 4 * TEST_QEMU_MIB);
	ck_assert(memories[3].dynamic_memslots);
	ck_assert_uint_eq(memories[3].address, 0x240000000);
	ck_assert_int_eq(memories[4].model, MACHINE_MEMORY_VIRTIO_PMEM);
	ck_assert_int_eq(memories[4].backing, MACHINE_BACKING_FILE);
	machine_free(machine);
}
END_TEST

START_TEST(memory__sgx__sections_in_their_order)
{
	struct machine *machine = test_qemu_clear(
		TEST_QEMU_PC "-object memory-backend-epc,id=e1,size=64M,prealloc=on "
			     "-object memory-backend-epc,id=e0,size=28M "
			     "-M sgx-epc.0.memdev=e1,sgx-epc.0.node=0,sgx-epc.1.memdev=e0");

	ck_assert_uint_eq(machine->n_memories, 2);
	ck_assert_int_eq(machine->memories[0].model, MACHINE_MEMORY_SGX_EPC);
	ck_assert_uint_eq(machine->memories[0].size, 64 * TEST_QEMU_MIB);
	ck_assert_uint_eq(machine->memories[1].size, 28 * TEST_QEMU_MIB);
	machine_free(machine);
}
END_TEST

/* QEMU 7.2 puts "text" at 0x100000000 and "json" behind it at 0x120000000: "info memory-devices".
 */
START_TEST(memory__in_json__created_after_all_others)
{
	struct machine *machine = test_qemu_clear(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-object memory-backend-ram,id=b,size=256M "
		"-device '{\"driver\":\"pc-dimm\",\"memdev\":\"b\",\"id\":\"json\"}' "
		"-device pc-dimm,memdev=a,id=text");

	ck_assert_uint_eq(machine->n_memories, 2);
	ck_assert_str_eq(machine->memories[0].name, "text");
	ck_assert_str_eq(machine->memories[1].name, "json");
	machine_free(machine);
}
END_TEST

/* With pages of 1 GiB the second starts at the next one; with small ones it follows directly. */
START_TEST(memory__place_depends_on_pages__named)
{
	static const char file[] =
		"-object memory-backend-file,id=f,size=2G,mem-path=/mnt/x,share=on ";
	char text[512];

	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"%s-device pc-dimm,memdev=a -device pc-dimm,memdev=f,id=x",
		file);
	test_qemu_opaque(text, "-device x: the size of its pages is not said, and its place "
			       "depends on it");
	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"%s-device pc-dimm,memdev=f -device pc-dimm,memdev=a",
		file);
	machine_free(test_qemu_clear(text));
	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"%s-device pc-dimm,memdev=a -device pc-dimm,memdev=f,addr=0x140000000",
		file);
	machine_free(test_qemu_clear(text));
	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM "%s-device nvdimm,memdev=f,label-size=2M,id=x", file);
	machine_free(test_qemu_clear(text));
	test_qemu_opaque(TEST_QEMU_DEVICE_ROOM
		"-object memory-backend-file,id=f,size=2G,mem-path=/dev/hugepages/x "
		"-device nvdimm,memdev=f,label-size=2M,id=x",
		"-device x: the size of its pages is not said, and its place depends on it");
	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM "%s-device virtio-mem-pci,memdev=f,id=x", file);
	test_qemu_opaque(text, "-device x: the size of its pages is not said, and its place "
			       "depends on it");
	(void)snprintf(text, sizeof(text),
		TEST_QEMU_DEVICE_ROOM "%s-device virtio-mem-pci,memdev=f,block-size=2M", file);
	machine_free(test_qemu_clear(text));
}
END_TEST

START_TEST(memory__mistakes__refused)
{
	test_qemu_refused(TEST_QEMU_DEVICE_ROOM "-device pc-dimm,memdev=a", "argument 6 -device",
		"memdev=a is the id of no -object");
	test_qemu_refused(
		TEST_QEMU_DEVICE_ROOM "-device pc-dimm", "argument 6 -device", "names no memory");
	test_qemu_refused(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-device virtio-mem-pci,memdev=a,block-size=3M",
		"argument 8 -device", "power of two");
	test_qemu_refused(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-device nvdimm,memdev=a,label-size=512M",
		"argument 8 -device", "leaves nothing");
	test_qemu_refused(TEST_QEMU_PC "-object memory-backend-file,id=a,size=1G "
				       "-M memory-backend=a",
		"argument 4 -object", "mem-path");
	test_qemu_opaque(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-device pc-dimm,memdev=a,frob=1",
		"-device pc-dimm: frob=1");
}
END_TEST

START_TEST(memory__more_than_can_be_checked__refused)
{
	static char text[1 << 16] = TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM;
	size_t n = strlen(text);

	for (unsigned i = 0; i <= LIMIT_GUEST_RANGES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "-device pc-dimm,memdev=a ");
	test_qemu_refused(text, "argument 2056 -device", "can be checked");
}
END_TEST

/* --- devices of the host --- */

static void test_qemu_device_host(const char *text, const char *address, enum guest_vfio vfio)
{
	struct machine *machine = test_qemu_clear(text);

	ck_assert_msg(machine->n_devices == 1, "%s", text);
	ck_assert_str_eq(machine->devices[0].address, address);
	ck_assert_ptr_null(machine->devices[0].host);
	ck_assert_msg(machine->vfio == vfio, "%s", text);
	machine_free(machine);
}

START_TEST(vfio__each_way_to_name_it)
{
	test_qemu_device_host(TEST_QEMU_PC
		"-device vfio-pci,host=0000:01:00.0,x-vga=on,id=hostpci0",
		"0000:01:00.0", GUEST_VFIO_TYPE1);
	test_qemu_device_host(TEST_QEMU_PC "-device vfio-pci,host=c1:1.3,rombar=0", "0000:c1:01.3",
		GUEST_VFIO_TYPE1);
	test_qemu_device_host(TEST_QEMU_PC
		"-device vfio-pci-nohotplug,sysfsdev=/sys/bus/pci/devices/0000:01:00.0/",
		"0000:01:00.0", GUEST_VFIO_TYPE1);
	/* QEMU 7.2 takes the path then. */
	test_qemu_device_host(TEST_QEMU_PC
		"-device vfio-pci,host=2:0.0,sysfsdev=/sys/devices/pci0000:00/0000:01:00.0",
		"0000:01:00.0", GUEST_VFIO_TYPE1);
	test_qemu_device_host(TEST_QEMU_PC
		"-object iommufd,id=iommufd0 -device "
		"'{\"driver\":\"vfio-pci\",\"host\":\"0000:01:00.0\","
		"\"iommufd\":\"iommufd0\",\"fd\":\"22\",\"bus\":\"pci.1\"}'",
		"0000:01:00.0", GUEST_VFIO_IOMMUFD);
}
END_TEST

START_TEST(vfio__both_back_ends__not_known_which)
{
	struct machine *machine =
		test_qemu_clear(TEST_QEMU_PC "-object iommufd,id=i -device vfio-pci,host=1:0.0 "
					     "-device vfio-pci,host=1:0.1,iommufd=i");

	ck_assert_uint_eq(machine->n_devices, 2);
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_UNKNOWN);
	machine_free(machine);
}
END_TEST

START_TEST(vfio__device_not_known__named)
{
	test_qemu_opaque(TEST_QEMU_PC "-object iommufd,id=i -device vfio-pci,fd=22,iommufd=i",
		"-device vfio-pci,fd=22: which device that is cannot be known");
	test_qemu_opaque(TEST_QEMU_PC "-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/"
				      "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
		"-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/"
		"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001: not a PCI device");
	test_qemu_opaque(TEST_QEMU_PC "-device vfio-platform,host=a", "-device vfio-platform");
	test_qemu_opaque(
		TEST_QEMU_PC "-device vfio-pci,host=1:0.0,frob=1", "-device vfio-pci: frob=1");
	test_qemu_opaque(TEST_QEMU_PC "-netdev vhost-vdpa,id=n,vhostdev=/dev/vhost-vdpa-0",
		"-netdev vhost-vdpa /dev/vhost-vdpa-0");
	test_qemu_opaque(TEST_QEMU_PC "-netdev '{\"type\":\"vhost-vdpa\",\"id\":\"n\"}'",
		"-netdev vhost-vdpa");
	test_qemu_opaque(TEST_QEMU_PC "-device vhost-vdpa-device-pci,vhostdev=/dev/vhost-vdpa-0",
		"-device vhost-vdpa-device-pci");
	test_qemu_refused(
		TEST_QEMU_PC "-device vfio-pci,host=1:2.9", "argument 4 -device", "no address");
	test_qemu_refused(TEST_QEMU_PC "-device vfio-pci", "argument 4 -device", "names no device");
}
END_TEST

/* QEMU's own driver for NVMe disks takes the device away from the host, too. */
START_TEST(nvme__each_way_to_name_it)
{
	static const char *const texts[] = {
		TEST_QEMU_PC "-drive file=nvme://0000:44:00.0/1,if=none,id=d",
		TEST_QEMU_PC "-drive driver=raw,file.driver=nvme,file.device=44:0.0,"
			     "file.namespace=1",
		TEST_QEMU_PC
		"-drive 'file=json:{\"driver\":\"nvme\",,\"device\":\"0000:44:00.0\"}'",
		TEST_QEMU_PC "-blockdev driver=nvme,device=0000:44:00.0,namespace=1,node-name=n",
		TEST_QEMU_PC "-blockdev '{\"driver\":\"raw\",\"file\":{\"driver\":\"nvme\","
			     "\"device\":\"0000:44:00.0\",\"namespace\":1}}'",
		TEST_QEMU_PC "-hda nvme://0000:44:00.0/1",
		TEST_QEMU_PC "nvme://0000:44:00.0/1",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		test_qemu_device_host(texts[i], "0000:44:00.0", GUEST_VFIO_TYPE1);
	test_qemu_opaque(TEST_QEMU_PC "-blockdev driver=virtio-blk-vhost-vdpa,path=/x",
		"-blockdev virtio-blk-vhost-vdpa");
	test_qemu_opaque(
		TEST_QEMU_PC "-drive driver=nvme", "-drive driver=nvme, which names no device");
	test_qemu_opaque(TEST_QEMU_PC
		"-drive 'file=json:{\"driver\":\"raw\",,\"file\":\"json:{}\"}'",
		"-drive with a file name in a file name");
	test_qemu_refused(TEST_QEMU_PC "-hda nvme://x", "argument 4 -hda", "no address");
}
END_TEST

/* --- the guest's own IOMMU --- */

static struct viommu test_qemu_device_viommu(const char *device)
{
	static struct machine *machine;
	char text[256];

	machine_free(machine);
	(void)snprintf(text, sizeof(text), TEST_QEMU_PC "%s", device);
	machine = test_qemu_clear(text);
	return machine->viommu;
}

START_TEST(viommu__each_model__taken_over)
{
	struct viommu viommu = test_qemu_device_viommu(
		"-device "
		"intel-iommu,intremap=on,caching-mode=on,device-iotlb=on,aw-bits=48,eim=on");

	ck_assert_int_eq(viommu.model, VIOMMU_INTEL);
	ck_assert_uint_eq(viommu.aw_bits, 48);
	ck_assert_int_eq(viommu.caching_mode, TRI_YES);
	ck_assert_int_eq(viommu.intremap, TRI_YES);
	ck_assert_int_eq(viommu.shares_tables, TRI_NO);
	viommu = test_qemu_device_viommu("-device intel-iommu,intremap=auto");
	ck_assert_uint_eq(viommu.aw_bits, 0);
	ck_assert_int_eq(viommu.caching_mode, TRI_UNKNOWN);
	ck_assert_int_eq(viommu.intremap, TRI_UNKNOWN);
	viommu = test_qemu_device_viommu("-device intel-iommu,x-scalable-mode=on,x-flts=on");
	ck_assert_int_eq(viommu.shares_tables, TRI_YES);
	viommu = test_qemu_device_viommu("-device amd-iommu,intremap=on,device-iotlb=on");
	ck_assert_int_eq(viommu.model, VIOMMU_AMD);
	viommu = test_qemu_device_viommu("-device virtio-iommu-pci,aw-bits=39,granule=host");
	ck_assert_int_eq(viommu.model, VIOMMU_VIRTIO);
	ck_assert_uint_eq(viommu.aw_bits, 39);
	/* As libvirt writes it. */
	viommu = test_qemu_device_viommu(
		"-device '{\"driver\":\"virtio-iommu\",\"id\":\"iommu0\",\"bus\":\"pcie.0\"}'");
	ck_assert_int_eq(viommu.model, VIOMMU_VIRTIO);
	viommu = test_qemu_device_viommu("-device arm-smmuv3,primary-bus=pcie.0,id=s0 "
					 "-device arm-smmuv3,primary-bus=pcie.1,accel=on");
	ck_assert_int_eq(viommu.model, VIOMMU_SMMUV3);
	ck_assert_int_eq(viommu.shares_tables, TRI_YES);
	viommu = test_qemu_device_viommu("-global intel-iommu.caching-mode=on -device intel-iommu");
	ck_assert_int_eq(viommu.caching_mode, TRI_YES);
	viommu = test_qemu_device_viommu(
		"-global intel-iommu.caching-mode=on -device intel-iommu,caching-mode=off");
	ck_assert_int_eq(viommu.caching_mode, TRI_NO);
}
END_TEST

START_TEST(viommu__eim__kept_as_it_is_said)
{
	static const struct {
		const char *text;
		enum tri eim;
	} cases[] = {
		{ TEST_QEMU_PC "-device intel-iommu,eim=on", TRI_YES },
		{ TEST_QEMU_PC "-device intel-iommu,eim=off", TRI_NO },
		{ TEST_QEMU_PC "-device intel-iommu,eim=auto", TRI_UNKNOWN },
		{ TEST_QEMU_PC "-device intel-iommu -global intel-iommu.eim=on", TRI_YES },
		{ TEST_QEMU_PC "-device intel-iommu", TRI_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine = test_qemu_clear(cases[i].text);

		ck_assert_msg(machine->eim == cases[i].eim, "%s", cases[i].text);
		machine_free(machine);
	}
}
END_TEST

START_TEST(viommu__not_modelled__named)
{
	struct machine *machine =
		test_qemu_take(TEST_QEMU_PC "-device intel-iommu -device virtio-iommu-pci");

	ck_assert_int_eq(machine->viommu.model, VIOMMU_OTHER);
	ck_assert_str_eq(machine->viommu.name, "several");
	ck_assert_uint_eq(machine->n_opaque, 1);
	machine_free(machine);
	test_qemu_opaque(TEST_QEMU_PC "-device riscv-iommu-pci", "-device riscv-iommu-pci");
	test_qemu_opaque(TEST_QEMU_PC "-device intel-iommu,frob=1", "-device intel-iommu: frob=1");
	test_qemu_opaque(TEST_QEMU_PC "-device pxb-pcie,bypass_iommu=true",
		"-device pxb-pcie: bypass_iommu");
	test_qemu_refused(TEST_QEMU_PC "-device intel-iommu,caching-mode=maybe",
		"argument 4 -device", "neither on nor off");
}
END_TEST

/* --- RAM behind BARs --- */

/* The BARs of @text are those of @expected: "NAME SIZE" in KiB, "high" for one of 64 bits. */
static void test_qemu_device_bars(const char *text, const char *expected)
{
	struct machine *machine = test_qemu_clear(text);
	char have[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < machine->n_bars; i++)
		n += (size_t)snprintf(have + n, sizeof(have) - n, "%s%s %llu%s", i ? ", " : "",
			machine->bars[i].name, (unsigned long long)machine->bars[i].size >> 10,
			machine->bars[i].below_4g ? "" : " high");
	ck_assert_str_eq(have, expected);
	machine_free(machine);
}

/* Sizes and widths are those of "info pci" of QEMU 7.2. */
START_TEST(bars__of_displays__as_qemu_has_them)
{
	test_qemu_device_bars(TEST_QEMU_PC "-device VGA", "VGA 16384, option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-device VGA,vgamem_mb=33,rombar=0", "VGA 65536");
	test_qemu_device_bars(TEST_QEMU_PC "-device bochs-display,romfile=", "bochs-display 16384");
	test_qemu_device_bars(TEST_QEMU_PC "-device cirrus-vga,rombar=0", "cirrus-vga 32768");
	test_qemu_device_bars(
		TEST_QEMU_PC "-device vmware-svga,rombar=0", "vmware-svga 16384, vmware-svga 64");
	test_qemu_device_bars(TEST_QEMU_PC "-device virtio-vga,rombar=0", "virtio-vga 8192");
	test_qemu_device_bars(TEST_QEMU_PC "-device secondary-vga", "secondary-vga 16384");
	test_qemu_device_bars(TEST_QEMU_PC "-device qxl", "qxl 65536, qxl 65536, qxl 8");
	test_qemu_device_bars(TEST_QEMU_PC "-device virtio-gpu-pci", "");
	test_qemu_device_bars(
		TEST_QEMU_PC "-device virtio-gpu-pci,hostmem=8G", "virtio-gpu-pci 8388608 high");
	test_qemu_device_bars(TEST_QEMU_PC "-device virtio-vga-gl,hostmem=1G,rombar=0",
		"virtio-vga-gl 8192, virtio-vga-gl 1048576 high");
	test_qemu_opaque(TEST_QEMU_PC "-device ati-vga", "-device ati-vga");
	test_qemu_opaque(TEST_QEMU_PC "-device VGA,frob=1", "-device VGA: frob");
}
END_TEST

/* QEMU hw/display/qxl.c qxl_init_ramsize(); the first is what libvirt writes. */
START_TEST(bars__of_qxl__sizes_as_given)
{
	test_qemu_device_bars(TEST_QEMU_PC
		"-device '{\"driver\":\"qxl-vga\",\"max_outputs\":1,\"ram_size\":67108864,"
		"\"vram_size\":33554432,\"vram64_size_mb\":0,\"vgamem_mb\":16,\"rombar\":0}'",
		"qxl-vga 65536, qxl-vga 32768, qxl-vga 8");
	test_qemu_device_bars(TEST_QEMU_PC "-device qxl,vgamem_mb=64,vram64_size_mb=128",
		"qxl 131072, qxl 65536, qxl 8, qxl 131072 high");
	test_qemu_device_bars(TEST_QEMU_PC "-device qxl,ram_size=1,ram_size_mb=100,vram_size_mb=0",
		"qxl 131072, qxl 4, qxl 8");
	test_qemu_device_bars(
		"qemu-system-x86_64 -nodefaults -vga qxl -global qxl-vga.vram_size=16777216",
		"qxl-vga 65536, qxl-vga 16384, qxl-vga 8, option ROM 256");
}
END_TEST

START_TEST(bars__of_others__as_qemu_has_them)
{
	test_qemu_device_bars(TEST_QEMU_PC "-object memory-backend-ram,id=m,size=3M,share=on "
					   "-device ivshmem-plain,memdev=m",
		"ivshmem-plain 4096 high");
	test_qemu_device_bars(TEST_QEMU_PC "-device ivshmem,size=1G,shm=x", "ivshmem 1048576 high");
	test_qemu_device_bars(TEST_QEMU_PC "-object memory-backend-ram,id=m,size=1M "
					   "-device nvme,serial=1,pmrdev=m",
		"nvme 1024 high");
	test_qemu_device_bars(TEST_QEMU_PC "-object memory-backend-ram,id=m,size=64K "
					   "-device acpi-erst,memdev=m",
		"acpi-erst 8");
	test_qemu_device_bars(
		TEST_QEMU_PC "-device e1000e -device virtio-net-pci", "option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-device e1000e,rombar=0 -device virtio-scsi-pci", "");
	test_qemu_device_bars(
		TEST_QEMU_PC "-device vfio-pci,host=1:0.0,romfile=gpu.rom", "option ROM 256");
	test_qemu_opaque(TEST_QEMU_PC "-chardev socket,id=c,path=x -device ivshmem-doorbell,"
				      "chardev=c,vectors=2",
		"-device ivshmem-doorbell, whose memory has a size that is not said");
	test_qemu_opaque(TEST_QEMU_PC "-device vhost-user-fs-pci,chardev=c,cache-size=4G",
		"-device vhost-user-fs-pci: cache-size");
}
END_TEST

static void test_qemu_device_is_vga(const char *text, bool vga)
{
	struct machine *machine = test_qemu_clear(text);

	ck_assert_msg(machine->vga == vga, "%s", text);
	machine_free(machine);
}

/* Those in whose flat view QEMU 7.2 has no RAM from 0xa0000 on. */
START_TEST(display__memory_below_1_mib__of_vga_that_is_named)
{
	test_qemu_device_is_vga(TEST_QEMU_PC "-device VGA", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device cirrus-vga", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device qxl-vga", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device virtio-vga", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device vmware-svga", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-vga std", true);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device qxl", false);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device secondary-vga", false);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device bochs-display", false);
	test_qemu_device_is_vga(TEST_QEMU_PC "-device virtio-gpu-pci", false);
	test_qemu_device_is_vga("qemu-system-x86_64 -M pc", false);
}
END_TEST

/* What each has was asked of QEMU 7.2 with "info pci". */
START_TEST(bars__of_the_board__unless_another_is_there)
{
	test_qemu_device_bars("qemu-system-x86_64 -M pc", "VGA 16384, option ROM 256");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -net none", "VGA 16384, option ROM 256");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -nic none -vga none", "");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -vga none", "option ROM 256");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -net none -global VGA.vgamem_mb=32", "");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -net none -device virtio-vga,rombar=0",
		"virtio-vga 8192");
	test_qemu_device_bars("qemu-system-x86_64 -M pc -net none -device bochs-display,rombar=0",
		"VGA 16384, option ROM 256, bochs-display 16384");
	test_qemu_device_bars("qemu-system-x86_64 -M q35 -nic none -vga virtio",
		"virtio-vga 8192, option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-vga std", "VGA 16384, option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-nic user", "option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-net nic -net user", "option ROM 256");
	test_qemu_device_bars(TEST_QEMU_PC "-netdev user,id=n", "");
	test_qemu_device_bars("qemu-system-x86_64 -M microvm -device virtio-net-device", "");
	test_qemu_device_bars("qemu-system-aarch64 -M virt -vga std -nic none", "");
	test_qemu_opaque("qemu-system-x86_64 -nodefaults -vga xenfb", "-vga xenfb");
}
END_TEST

/* --- -global, -set, and the rest --- */

START_TEST(global__hole__only_that_of_the_board)
{
	struct machine *machine =
		test_qemu_clear(TEST_QEMU_PC "-global q35-pcihost.pci-hole64-size=1048576K");

	ck_assert(machine->pci_hole64_given);
	ck_assert_uint_eq(machine->pci_hole64, TEST_QEMU_GIB);
	machine_free(machine);
	machine = test_qemu_clear(TEST_QEMU_PC "-global i440FX-pcihost.pci-hole64-size=1G");
	ck_assert(!machine->pci_hole64_given);
	machine_free(machine);
	machine = test_qemu_clear("qemu-system-x86_64 -nodefaults -global "
				  "driver=i440FX-pcihost,property=pci-hole64-size,value=0");
	ck_assert(machine->pci_hole64_given);
	ck_assert_uint_eq(machine->pci_hole64, 0);
	machine_free(machine);
}
END_TEST

START_TEST(global__known_ones__harmless)
{
	machine_free(test_qemu_clear(
		TEST_QEMU_PC "-global mch.extended-tseg-mbytes=8 -global ICH9-LPC.disable_s3=1 "
			     "-global kvm-pit.lost_tick_policy=discard -global virtio-pci.x=1 "
			     "-global driver=cfi.pflash01,property=secure,value=on "
			     "-global qemu64-x86_64-cpu.hv-time=on -global e1000.x=1"));
	test_qemu_opaque(TEST_QEMU_PC "-global mch.frob=1", "-global mch.frob");
	test_qemu_opaque(TEST_QEMU_PC "-global q35-pcihost.frob=1", "-global q35-pcihost.frob");
	test_qemu_opaque(
		TEST_QEMU_PC "-global virtio-mem.block-size=4M", "-global virtio-mem.block-size");
	test_qemu_opaque(TEST_QEMU_PC "-global memory-backend-file.align=1G",
		"-global memory-backend-file.align");
	test_qemu_opaque(TEST_QEMU_PC "-global nvme.pmrdev=a", "-global nvme.pmrdev");
	test_qemu_refused(TEST_QEMU_PC "-global frob", "argument 4 -global", "driver.property");
}
END_TEST

START_TEST(set__of_a_device__changes_it)
{
	struct machine *machine = test_qemu_clear(TEST_QEMU_DEVICE_ROOM TEST_QEMU_DEVICE_RAM
		"-device pc-dimm,memdev=a,id=d -set device.d.addr=0x180000000");

	ck_assert(machine->memories[0].placed);
	ck_assert_uint_eq(machine->memories[0].address, 0x180000000);
	machine_free(machine);
	test_qemu_refused(
		TEST_QEMU_PC "-set device.foo.x=1", "argument 4 -set", "no -device with the id");
	test_qemu_opaque(TEST_QEMU_PC "-set memory.x.size=1G", "-set memory.x.size");
}
END_TEST

START_TEST(device__unknown__named_once)
{
	test_qemu_opaque(TEST_QEMU_PC "-device frob,id=a -device frob,id=b", "-device frob");
	test_qemu_opaque(TEST_QEMU_PC "-device cxl-type3,volatile-memdev=a", "-device cxl-type3");
	test_qemu_opaque(TEST_QEMU_PC "-object sev-guest,id=s", "-object sev-guest");
	test_qemu_refused(TEST_QEMU_PC "-device id=a", "argument 4 -device", "no driver");
	machine_free(test_qemu_clear(
		TEST_QEMU_PC "-device pcie-root-port,id=p -device qemu-xhci -device usb-tablet "
			     "-device virtio-balloon-pci -device ich9-ahci -device ide-cd "
			     "-device Skylake-Server-x86_64-cpu,socket-id=1 -device vmcoreinfo "
			     "-device nvme,serial=1 -device tpm-crb,tpmdev=t -device ramfb "
			     "-object rng-random,id=r -object iothread,id=i -object secret,id=s "
			     "-chardev null,id=c -tpmdev emulator,id=t,chardev=c"));
}
END_TEST

static Suite *test_qemu_device_suite(void)
{
	Suite *suite = suite_create("qemu_device");
	TCase *tcase = tcase_create("qemu_device");

	tcase_add_test(tcase, memory__each_model__taken_over);
	tcase_add_test(tcase, memory__sgx__sections_in_their_order);
	tcase_add_test(tcase, memory__in_json__created_after_all_others);
	tcase_add_test(tcase, memory__place_depends_on_pages__named);
	tcase_add_test(tcase, memory__mistakes__refused);
	tcase_add_test(tcase, memory__more_than_can_be_checked__refused);
	tcase_add_test(tcase, vfio__each_way_to_name_it);
	tcase_add_test(tcase, vfio__both_back_ends__not_known_which);
	tcase_add_test(tcase, vfio__device_not_known__named);
	tcase_add_test(tcase, nvme__each_way_to_name_it);
	tcase_add_test(tcase, viommu__each_model__taken_over);
	tcase_add_test(tcase, viommu__eim__kept_as_it_is_said);
	tcase_add_test(tcase, viommu__not_modelled__named);
	tcase_add_test(tcase, bars__of_displays__as_qemu_has_them);
	tcase_add_test(tcase, bars__of_qxl__sizes_as_given);
	tcase_add_test(tcase, bars__of_others__as_qemu_has_them);
	tcase_add_test(tcase, bars__of_the_board__unless_another_is_there);
	tcase_add_test(tcase, display__memory_below_1_mib__of_vga_that_is_named);
	tcase_add_test(tcase, global__hole__only_that_of_the_board);
	tcase_add_test(tcase, global__known_ones__harmless);
	tcase_add_test(tcase, set__of_a_device__changes_it);
	tcase_add_test(tcase, device__unknown__named_once);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(test_qemu_device_suite());
}
