/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: those of the host, the guest's own IOMMU, memory in BARs, controllers, and the rest. */
#include "tests/unit/test_domain_xml.h"

#define TEST_KIB 1024ULL
#define TEST_MIB (1024 * TEST_KIB)

#define TEST_SOURCE                                                                                \
	"<source><address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/></source>"

START_TEST(hostdev__of_a_real_guest__its_address)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<hostdev mode='subsystem' type='pci' managed='yes'>\n<driver name='vfio'/>\n"
		"<source>\n<address domain='0x0000' bus='0x3b' slot='0x00' function='0x0'/>\n"
		"</source>\n<address type='pci' domain='0x0000' bus='0x02' slot='0x01' "
		"function='0x0'/>\n</hostdev><hostdev mode='subsystem' type='pci' managed='no'>"
		"<driver name='vfio' model='mlx5_vfio_pci'/><source><address domain='0x10000' "
		"bus='59' slot='037' function='7'/></source><rom bar='off'/></hostdev>");

	ck_assert_uint_eq(machine->n_devices, 2);
	ck_assert_str_eq(machine->devices[0].address, "0000:3b:00.0");
	ck_assert_str_eq(machine->devices[0].text, "0000:3b:00.0");
	ck_assert_ptr_null(machine->devices[0].host);
	ck_assert_int_eq(machine->devices[0].vendor, -1);
	ck_assert_str_eq(machine->devices[1].address, "10000:3b:1f.7");
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_TYPE1);
	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->n_bars, 0);
	machine_free(machine);
}
END_TEST

START_TEST(hostdev__address_that_is_none__refused_with_its_line)
{
	static const struct {
		const char *address, *where, *word;
	} cases[] = {
		{ "bus='0x100'", "line 8: <address>", "bus=\"0x100\" is too large" },
		{ "slot='32'", "line 8: <address>", "slot" },
		{ "function='8'", "line 8: <address>", "function" },
		{ "bus='-1'", "line 8: <address>", "no number" },
		{ "bus=''", "line 8: <address>", "no number" },
		{ "bus='0x'", "line 8: <address>", "no number" },
		{ "slot='09'", "line 8: <address>", "no number" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
			"<hostdev mode='subsystem' type='pci'><source>\n<address %s/></source>"
			"</hostdev>",
			cases[i].address);
		test_domain_xml_refused(&(struct test_domain_xml){ .devices = text },
			cases[i].where, cases[i].word);
	}
	test_domain_xml_refused(
		&(struct test_domain_xml){ .devices = "<hostdev mode='subsystem' type='pci'/>" },
		"line 7: <hostdev>", "<source>");
}
END_TEST

START_TEST(hostdev__other_kinds__harmless_or_named)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/></source>"
		"</hostdev><hostdev mode='subsystem' type='scsi'/>"
		"<hostdev mode='subsystem' type='scsi_host' model='virtio'/>"
		"<hostdev mode='subsystem' type='pci'>" TEST_SOURCE "<address type='unassigned'/>"
		"</hostdev>");

	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->n_devices, 0);
	machine_free(machine);
	test_domain_xml_opaque_device(
		"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address "
		"uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
		"<hostdev type='mdev'> c2177883-f1bb-47f0-914d-32a22e3a8804 (line 7)");
	test_domain_xml_opaque_device("<hostdev mode='capabilities' type='misc'/>",
		"<hostdev mode='capabilities'> (line 7)");
	test_domain_xml_opaque_device(
		"<hostdev mode='subsystem' type='cxl'/>", "<hostdev type='cxl'> (line 7)");
	test_domain_xml_opaque_device("<hostdev mode='subsystem' type='pci'><driver name='kvm'/>"
				      "</hostdev>",
		"<hostdev> with the driver 'kvm' (line 7)");
}
END_TEST

static void test_domain_xml_has_vfio(
	const char *rest, const char *first, const char *second, enum guest_vfio vfio)
{
	char text[1024];
	struct machine *machine;

	(void)snprintf(text, sizeof(text),
		"<hostdev mode='subsystem' type='pci'>%s" TEST_SOURCE "</hostdev>"
		"<interface type='hostdev'>%s" TEST_SOURCE "</interface>",
		first, second);
	machine = test_domain_xml_take(&(struct test_domain_xml){ .devices = text, .rest = rest });
	ck_assert_uint_eq(machine->n_devices, 2);
	ck_assert_msg(machine->vfio == vfio, "%s %s is %d", first, second, machine->vfio);
	machine_free(machine);
}

START_TEST(vfio__by_what_is_written__type1_iommufd_or_not_known)
{
	const char *legacy = "<driver name='vfio'/>";
	const char *iommufd = "<driver name='vfio' iommufd='yes'/>";
	const char *whole = "<iommufd enabled='yes'/>";
	struct machine *machine;

	test_domain_xml_has_vfio("", legacy, legacy, GUEST_VFIO_TYPE1);
	test_domain_xml_has_vfio("", iommufd, iommufd, GUEST_VFIO_IOMMUFD);
	test_domain_xml_has_vfio("", "<driver iommufd='yes'/>", iommufd, GUEST_VFIO_IOMMUFD);
	test_domain_xml_has_vfio("", "<driver iommufd='no'/>", legacy, GUEST_VFIO_TYPE1);
	test_domain_xml_has_vfio("", legacy, iommufd, GUEST_VFIO_UNKNOWN);
	test_domain_xml_has_vfio("", iommufd, legacy, GUEST_VFIO_UNKNOWN);
	test_domain_xml_has_vfio("", "", "", GUEST_VFIO_UNKNOWN);
	test_domain_xml_has_vfio("", legacy, "", GUEST_VFIO_UNKNOWN);
	test_domain_xml_has_vfio(whole, "", legacy, GUEST_VFIO_IOMMUFD);
	test_domain_xml_has_vfio(whole, "", "<driver iommufd='no'/>", GUEST_VFIO_UNKNOWN);
	test_domain_xml_has_vfio("<iommufd enabled='no'/>", legacy, legacy, GUEST_VFIO_TYPE1);
	machine = test_domain_xml_take(&(struct test_domain_xml){ .rest = whole });
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_IOMMUFD);
	machine_free(machine);
	machine = test_domain_xml_take(&(struct test_domain_xml){ 0 });
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_UNKNOWN);
	machine_free(machine);
}
END_TEST

START_TEST(interface__a_host_device__by_type_or_by_what_it_got)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/>"
		"<driver name='vfio'/>" TEST_SOURCE "<teaming type='transient' persistent='ua-x'/>"
		"</interface><interface type='network'><source network='pool'/>"
		"<actual type='hostdev' managed='yes'><driver name='vfio'/><source><address "
		"type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x2'/></source>"
		"</actual></interface>");

	ck_assert_uint_eq(machine->n_devices, 2);
	ck_assert_str_eq(machine->devices[0].address, "0000:3b:00.1");
	ck_assert_str_eq(machine->devices[1].address, "0000:04:00.2");
	ck_assert_int_eq(machine->vfio, GUEST_VFIO_TYPE1);
	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->n_bars, 0);
	machine_free(machine);
}
END_TEST

START_TEST(interface__ordinary_ones__harmless)
{
	static const char *const types[] = { "bridge", "client", "direct", "ethernet", "internal",
		"mcast", "network", "null", "server", "udp", "user", "vhostuser" };
	char text[512];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct machine *machine;

		(void)snprintf(text, sizeof(text),
			"<interface type='%s'><source network='default'/><model type='virtio'/>"
			"<driver name='vhost' queues='4'/></interface>",
			types[i]);
		machine = test_domain_xml_take_devices(text);
		ck_assert_uint_eq(machine->n_opaque, 0);
		ck_assert_uint_eq(machine->n_devices, 0);
		machine_free(machine);
	}
	test_domain_xml_opaque_device(
		"<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>",
		"<interface type='vdpa'> (line 7)");
	test_domain_xml_opaque_device("<interface type='network'><actual type='new'/></interface>",
		"<interface type='new'> (line 7)");
}
END_TEST

START_TEST(interface__network_that_may_be_a_pool_of_devices__named)
{
	static const char *const cases[] = {
		"<interface type='network' managed='yes'/>",
		"<interface type='network'><driver name='vfio'/></interface>",
		"<interface type='network'><teaming type='transient' persistent='a'/></interface>",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_domain_xml_opaque_device(
			cases[i], "<interface type='network'> of host devices (line 7)");
}
END_TEST

START_TEST(disk__on_nvme__is_a_host_device)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
		"<source file='/a'/><backingStore type='file'><source file='/b'/></backingStore>"
		"<target dev='vda' bus='virtio'/></disk><disk type='nvme' device='disk'>"
		"<source type='pci' managed='yes' namespace='1'><address domain='0x0000' "
		"bus='0x01' "
		"slot='0x00' function='0x0'/></source><target dev='vdb' bus='virtio'/></disk>");

	ck_assert_uint_eq(machine->n_devices, 1);
	ck_assert_str_eq(machine->devices[0].address, "0000:01:00.0");
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	test_domain_xml_opaque_device(
		"<disk type='vhostvdpa'/>", "<disk type='vhostvdpa'> (line 7)");
}
END_TEST

START_TEST(iommu__of_a_real_guest__read)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<iommu model='intel'><driver intremap='on' caching_mode='on' eim='on' iotlb='on' "
		"aw_bits='48' dma_translation='on'/></iommu>");

	ck_assert_int_eq(machine->viommu.model, VIOMMU_INTEL);
	ck_assert_str_eq(machine->viommu.name, "intel");
	ck_assert_uint_eq(machine->viommu.aw_bits, 48);
	ck_assert_int_eq(machine->viommu.caching_mode, TRI_YES);
	ck_assert_int_eq(machine->viommu.intremap, TRI_YES);
	ck_assert_int_eq(machine->eim, TRI_YES);
	ck_assert_int_eq(machine->viommu.shares_tables, TRI_NO);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
}
END_TEST

START_TEST(iommu__what_is_not_written__not_known)
{
	static const struct {
		const char *name;
		enum viommu_model model;
	} cases[] = {
		{ "intel", VIOMMU_INTEL },
		{ "amd", VIOMMU_AMD },
		{ "smmuv3", VIOMMU_SMMUV3 },
		{ "virtio", VIOMMU_VIRTIO },
		{ "riscv", VIOMMU_OTHER },
	};
	char text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *machine;

		(void)snprintf(text, sizeof(text), "<iommu model='%s'/>", cases[i].name);
		machine = test_domain_xml_take_devices(text);
		ck_assert_int_eq(machine->viommu.model, cases[i].model);
		ck_assert_str_eq(machine->viommu.name, cases[i].name);
		ck_assert_uint_eq(machine->viommu.aw_bits, 0);
		ck_assert_int_eq(machine->viommu.caching_mode, TRI_UNKNOWN);
		ck_assert_int_eq(machine->viommu.intremap, TRI_UNKNOWN);
		ck_assert_int_eq(machine->viommu.shares_tables, TRI_NO);
		ck_assert(!machine->viommu.regions_known);
		machine_free(machine);
	}
}
END_TEST

START_TEST(iommu__options__read_harmless_or_named)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<iommu model='smmuv3'><driver pciBus='1' accel='on'/></iommu>");

	ck_assert_int_eq(machine->viommu.shares_tables, TRI_YES);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	machine = test_domain_xml_take_devices(
		"<iommu model='intel'><driver intremap='auto' caching_mode='on'/></iommu>");
	ck_assert_int_eq(machine->viommu.caching_mode, TRI_YES);
	ck_assert_int_eq(machine->viommu.intremap, TRI_UNKNOWN);
	machine_free(machine);
	machine = test_domain_xml_take_devices("<iommu model='amd'><driver intremap='off' "
					       "xtsup='on' passthrough='on'/></iommu>");
	ck_assert_int_eq(machine->viommu.intremap, TRI_NO);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	test_domain_xml_opaque_device(
		"<iommu model='intel'><driver dma_translation='off'/></iommu>",
		"<iommu> with <driver dma_translation='off'> (line 7)");
	test_domain_xml_opaque_device("<iommu model='smmuv3'><driver pciBus='0'/></iommu>\n"
				      "<iommu model='smmuv3'><driver pciBus='1'/></iommu>",
		"<iommu model='smmuv3'>, one more of them (line 8)");
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.devices = "<iommu model='intel'>\n<driver aw_bits='99'/></iommu>" },
		"line 8: <driver>", "too large");
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.devices = "<iommu model='intel'><driver intremap='maybe'/></iommu>" },
		"line 7: <driver>", "maybe");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .devices = "<iommu/>" }, "line 7: <iommu>", "model");
}
END_TEST

/* The BARs of a guest with @devices are the @n at @bars. */
static void test_domain_xml_has_bars(const char *devices, const struct machine_bar *bars, size_t n)
{
	struct machine *machine = test_domain_xml_take_devices(devices);

	ck_assert_msg(machine->n_bars == n, "%zu BARs of %s", machine->n_bars, devices);
	ck_assert_uint_eq(machine->n_opaque, 0);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(machine->bars[i].name, bars[i].name);
		ck_assert_uint_eq(machine->bars[i].size, bars[i].size);
		ck_assert_int_eq(machine->bars[i].below_4g, bars[i].below_4g);
	}
	machine_free(machine);
}

#define TEST_ROM                                                                                   \
	{                                                                                          \
		256 * TEST_KIB, true, "option ROM"                                                 \
	}
#define TEST_QXL                                                                                   \
	{                                                                                          \
		8 * TEST_KIB, true, "qxl rom"                                                      \
	}
#define TEST_BARS(devices, ...)                                                                    \
	test_domain_xml_has_bars(devices, (const struct machine_bar[]){ __VA_ARGS__ },             \
		sizeof((const struct machine_bar[]){ __VA_ARGS__ }) / sizeof(struct machine_bar))

static void test_domain_xml_answers_as_vga(const char *devices, bool vga)
{
	struct machine *machine = test_domain_xml_take_devices(devices);

	ck_assert_msg(machine->vga == vga, "%s", devices);
	machine_free(machine);
}

/* As the flat views of QEMU 7.2 for libvirt's command lines have "vga-lowmem", or RAM there. */
START_TEST(video__memory_below_1_mib__of_vga_only)
{
	test_domain_xml_answers_as_vga("<video/>", true);
	test_domain_xml_answers_as_vga("<video><model type='vga'/></video>", true);
	test_domain_xml_answers_as_vga("<video><model type='cirrus'/></video>", true);
	test_domain_xml_answers_as_vga("<video><model type='vmvga'/></video>", true);
	test_domain_xml_answers_as_vga("<video><model type='qxl'/></video>", true);
	test_domain_xml_answers_as_vga("<video><model type='virtio'/></video>", true);
	test_domain_xml_answers_as_vga("<video><model type='bochs'/></video>", false);
	test_domain_xml_answers_as_vga("<video><model type='ramfb'/></video>", false);
	test_domain_xml_answers_as_vga("<video><model type='none'/></video>", false);
	test_domain_xml_answers_as_vga("<video><model type='bochs'/></video>"
				       "<video><model type='qxl'/></video>",
		false);
	test_domain_xml_answers_as_vga("", false);
}
END_TEST

/* Sizes as "info ramblock" and "info pci" of QEMU 7.2 show them for libvirt's command lines. */
START_TEST(video__memory_in_bars__as_qemu_sizes_it)
{
	TEST_BARS("<video><model type='vga' vram='16384' heads='1' primary='yes'/></video>",
		{ 16 * TEST_MIB, true, "VGA" }, TEST_ROM);
	TEST_BARS("<video><model type='vga' vram='9216'/></video>", { 16 * TEST_MIB, true, "VGA" },
		TEST_ROM);
	TEST_BARS("<video><model type='vga'/></video>", { 16 * TEST_MIB, true, "VGA" }, TEST_ROM);
	TEST_BARS("<video><model type='vga' vram='1048576'/></video>",
		{ 512 * TEST_MIB, true, "VGA" }, TEST_ROM);
	TEST_BARS("<video><model type='bochs' vram='16384'/></video>",
		{ 16 * TEST_MIB, true, "bochs-display" }, TEST_ROM);
	TEST_BARS("<video><model type='bochs' vram='1048576'/></video>",
		{ 1024 * TEST_MIB, true, "bochs-display" }, TEST_ROM);
	TEST_BARS("<video><model type='vmvga' vram='16384'/></video>",
		{ 16 * TEST_MIB, true, "vmware-svga" }, { 64 * TEST_KIB, true, "vmware-svga fifo" },
		TEST_ROM);
	TEST_BARS("<video><model type='qxl' ram='65536' vram='65536' vgamem='16384'/></video>",
		{ 64 * TEST_MIB, true, "qxl ram" }, { 64 * TEST_MIB, true, "qxl vram" }, TEST_QXL,
		TEST_ROM);
	TEST_BARS("<video><model type='qxl' ram='65536' vram='65536' vgamem='65536' vram64='0'/>"
		  "</video>",
		{ 128 * TEST_MIB, true, "qxl ram" }, { 64 * TEST_MIB, true, "qxl vram" }, TEST_QXL,
		TEST_ROM);
	TEST_BARS("<video><model type='qxl' ram='65536' vram='65536' vram64='262144' "
		  "vgamem='16384'/></video>",
		{ 64 * TEST_MIB, true, "qxl ram" }, { 64 * TEST_MIB, true, "qxl vram" }, TEST_QXL,
		{ 256 * TEST_MIB, false, "qxl vram64" }, TEST_ROM);
	/* One that is not larger than the 32-bit BAR is not shown. */
	TEST_BARS("<video><model type='qxl' vram='65536' vram64='65536'/></video>",
		{ 64 * TEST_MIB, true, "qxl ram" }, { 64 * TEST_MIB, true, "qxl vram" }, TEST_QXL,
		TEST_ROM);
	/* Registers and 4 MiB of RAM, whatever is said; a <rom> below <video> libvirt ignores. */
	TEST_BARS("<video><model type='cirrus' vram='16384'/><rom enabled='no'/></video>",
		{ 32 * TEST_MIB, true, "cirrus-vga" }, TEST_ROM);
	/* The second has no ROM, but memory all the same. */
	TEST_BARS("<video><model type='ramfb'/></video><video><model type='qxl'/></video>",
		{ 64 * TEST_MIB, true, "qxl ram" }, { 64 * TEST_MIB, true, "qxl vram" }, TEST_QXL);
	test_domain_xml_has_bars("<video><model type='none'/></video>"
				 "<video><model type='ramfb'/></video>",
		NULL, 0);
	test_domain_xml_opaque_device(
		"<video><model type='vbox'/></video>", "<video> of type 'vbox' (line 7)");
	test_domain_xml_opaque_device("<video><model type='virtio' hostmem='1'/></video>"
				      "<video><model type='none'/></video>",
		"<video> with <model hostmem=> (line 7)");
}
END_TEST

START_TEST(video__virtio__frame_buffer_only_with_vga)
{
	struct machine *machine;

	TEST_BARS("<video><model type='virtio' heads='1' blob='on'/></video>"
		  "<video><model type='virtio'/></video>",
		{ 8 * TEST_MIB, true, "virtio-vga" }, TEST_ROM);
	/* libvirt puts the primary one in front: the first of these is a virtio-gpu. */
	TEST_BARS("<video><model type='virtio'/></video>"
		  "<video><model type='vga' primary='yes'/></video>",
		{ 16 * TEST_MIB, true, "VGA" }, TEST_ROM);
	machine = test_domain_xml_take(&(struct test_domain_xml){
		.os = "<os><type arch='aarch64' machine='virt'>hvm</type></os>",
		.devices = "<video><model type='virtio' primary='yes'/></video>" });
	ck_assert_uint_eq(machine->n_bars, 0);
	machine_free(machine);
}
END_TEST

START_TEST(video__not_named__the_one_that_libvirt_adds)
{
	static const char *const devices[] = { "<graphics type='vnc'/>", "<video/>",
		"<video><model type='default'/></video>" };

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		struct machine *machine;

		TEST_BARS(devices[i], { 32 * TEST_MIB, true, "default display" }, TEST_ROM);
		machine = test_domain_xml_take(&(struct test_domain_xml){
			.os = "<os><type arch='aarch64' machine='virt'>hvm</type></os>",
			.devices = devices[i] });
		ck_assert_uint_eq(machine->n_bars, 0);
		machine_free(machine);
	}
	test_domain_xml_has_bars(
		"<graphics type='vnc'/><video><model type='none'/></video>", NULL, 0);
}
END_TEST

START_TEST(shmem__size_in_bytes_or_units__a_bar)
{
	TEST_BARS("<shmem name='a'><model type='ivshmem-plain'/><size unit='M'>32</size></shmem>"
		  "<shmem name='b'><model type='ivshmem-plain'/></shmem>"
		  "<shmem name='c'><size>1048576</size></shmem>",
		{ 32 * TEST_MIB, false, "ivshmem-plain" }, { 4 * TEST_MIB, false, "ivshmem-plain" },
		{ TEST_MIB, false, "ivshmem-plain" });
	test_domain_xml_opaque_device("<shmem name='d'><model type='ivshmem-doorbell'/>"
				      "<server path='/tmp/s'/></shmem>",
		"<shmem> of a server (line 7)");
	test_domain_xml_opaque_device(
		"<shmem name='d'><model type='new'/></shmem>", "<shmem> of type 'new' (line 7)");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .devices = "<shmem name='a'><size>0</size></shmem>" },
		"line 7: <shmem>", "0");
}
END_TEST

START_TEST(rom__of_emulated_cards__one_bar_for_all)
{
	TEST_BARS("<interface type='user'><model type='virtio'/></interface>"
		  "<interface type='user'><model type='e1000e'/><address type='pci'/></interface>",
		{ 256 * TEST_KIB, true, "option ROM" });
	TEST_BARS("<hostdev mode='subsystem' type='pci'>" TEST_SOURCE "<rom file='/a.rom'/>"
		  "</hostdev>",
		{ 256 * TEST_KIB, true, "option ROM" });
	test_domain_xml_has_bars("<interface type='user'><rom enabled='no'/></interface>"
				 "<interface type='user'><rom bar='off'/></interface>"
				 "<interface type='user'><address type='virtio-mmio'/></interface>"
				 "<hostdev mode='subsystem' type='pci'>" TEST_SOURCE "</hostdev>",
		NULL, 0);
}
END_TEST

START_TEST(pstore__acpi_erst__its_buffer)
{
	TEST_BARS("<pstore backend='acpi-erst'><path>/a</path><size unit='KiB'>64</size></pstore>",
		{ 8 * TEST_KIB, true, "acpi-erst" });
	test_domain_xml_opaque_device("<pstore backend='new'/>", "<pstore> (line 7)");
}
END_TEST

START_TEST(controller__hole__of_the_root_only)
{
	struct machine *machine =
		test_domain_xml_take_devices("<controller type='pci' index='0' model='pcie-root'>"
					     "<pcihole64 unit='GiB'>64</pcihole64></controller>");

	ck_assert(machine->pci_hole64_given);
	ck_assert_uint_eq(machine->pci_hole64, 64ULL << 30);
	machine_free(machine);
	machine = test_domain_xml_take_devices(
		"<controller type='pci' index='0' model='pci-root'><pcihole64>0</pcihole64>"
		"</controller>");
	ck_assert(machine->pci_hole64_given);
	ck_assert_uint_eq(machine->pci_hole64, 0);
	machine_free(machine);
	machine = test_domain_xml_take_devices(
		"<controller type='pci' index='0' model='pcie-root'/>");
	ck_assert(!machine->pci_hole64_given);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.devices = "<controller type='pci' index='1' model='pcie-root-port'>\n"
				   "<pcihole64>1</pcihole64></controller>" },
		"line 8: <pcihole64>", "root");
}
END_TEST

START_TEST(controller__kinds__known_or_named)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<controller type='usb' model='qemu-xhci'/><controller type='scsi' index='0' "
		"model='virtio-scsi'/><controller type='virtio-serial'/>"
		"<controller type='pci' index='1' model='pcie-expander-bus'/>");

	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	test_domain_xml_opaque_device(
		"<controller type='warp'/>", "<controller type='warp'> (line 7)");
	test_domain_xml_opaque_device("<controller type='pci' model='cxl-root'/>",
		"<controller type='pci' model='cxl-root'> (line 7)");
	test_domain_xml_refused(&(struct test_domain_xml){ .devices = "<controller/>" },
		"line 7: <controller>", "type");
}
END_TEST

START_TEST(device__kinds_that_change_nothing__not_named)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<emulator>/q</emulator><audio id='1' type='none'/><channel type='unix'/>"
		"<console type='pty'/><crypto model='virtio'/><filesystem type='mount'>"
		"<driver type='virtiofs'/></filesystem><graphics type='vnc'/><hub type='usb'/>"
		"<video><model type='none'/></video>"
		"<input type='mouse' bus='ps2'/><lease/><memballoon model='virtio'/><nvram/>"
		"<panic model='isa'/><parallel/><redirdev/><rng model='virtio'/><serial/>"
		"<smartcard/><sound model='ich9'/><tpm model='tpm-crb'/><vsock model='virtio'/>"
		"<watchdog model='itco'/>");

	ck_assert_uint_eq(machine->n_opaque, 0);
	ck_assert_uint_eq(machine->n_bars, 0);
	machine_free(machine);
	test_domain_xml_opaque_device("<accelerator/>", "<accelerator> (line 7)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_xml_devices");
	TCase *cases = tcase_create("domain_xml_devices");

	tcase_add_test(cases, hostdev__of_a_real_guest__its_address);
	tcase_add_test(cases, hostdev__address_that_is_none__refused_with_its_line);
	tcase_add_test(cases, hostdev__other_kinds__harmless_or_named);
	tcase_add_test(cases, vfio__by_what_is_written__type1_iommufd_or_not_known);
	tcase_add_test(cases, interface__a_host_device__by_type_or_by_what_it_got);
	tcase_add_test(cases, interface__ordinary_ones__harmless);
	tcase_add_test(cases, interface__network_that_may_be_a_pool_of_devices__named);
	tcase_add_test(cases, disk__on_nvme__is_a_host_device);
	tcase_add_test(cases, iommu__of_a_real_guest__read);
	tcase_add_test(cases, iommu__what_is_not_written__not_known);
	tcase_add_test(cases, iommu__options__read_harmless_or_named);
	tcase_add_test(cases, video__memory_in_bars__as_qemu_sizes_it);
	tcase_add_test(cases, video__memory_below_1_mib__of_vga_only);
	tcase_add_test(cases, video__virtio__frame_buffer_only_with_vga);
	tcase_add_test(cases, video__not_named__the_one_that_libvirt_adds);
	tcase_add_test(cases, shmem__size_in_bytes_or_units__a_bar);
	tcase_add_test(cases, rom__of_emulated_cards__one_bar_for_all);
	tcase_add_test(cases, pstore__acpi_erst__its_buffer);
	tcase_add_test(cases, controller__hole__of_the_root_only);
	tcase_add_test(cases, controller__kinds__known_or_named);
	tcase_add_test(cases, device__kinds_that_change_nothing__not_named);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
