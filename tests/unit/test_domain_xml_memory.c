/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory libvirt tells QEMU to give a domain. Numbers with a command line beside them are
 * what libvirt 9.0 and 11.3 made of the same elements.
 */
#include "tests/unit/test_domain_xml.h"

#define TEST_KIB 1024ULL
#define TEST_MIB (1024 * TEST_KIB)
#define TEST_GIB (1024 * TEST_MIB)

static uint64_t test_domain_xml_ram(const char *memory)
{
	struct machine *machine =
		test_domain_xml_take(&(struct test_domain_xml){ .memory = memory });
	uint64_t ram = machine->ram;

	machine_free(machine);
	return ram;
}

START_TEST(memory__units__as_libvirt_reads_them)
{
	static const struct {
		const char *xml;
		uint64_t bytes;
	} cases[] = {
		{ "<memory>1048576</memory>", TEST_GIB },
		{ "<memory unit=''>1048576</memory>", TEST_GIB },
		{ "<memory unit='b'>1073741824</memory>", TEST_GIB },
		{ "<memory unit='bytes'>1073741824</memory>", TEST_GIB },
		{ "<memory unit='k'>1048576</memory>", TEST_GIB },
		{ "<memory unit='KiB'>1048576</memory>", TEST_GIB },
		{ "<memory unit='kib'>1048576</memory>", TEST_GIB },
		{ "<memory unit='KB'>1048576</memory>", 1024 * TEST_MIB - 24 * TEST_MIB },
		{ "<memory unit='M'>1024</memory>", TEST_GIB },
		{ "<memory unit='MB'>1000</memory>", 954 * TEST_MIB },
		{ "<memory unit='G'>1</memory>", TEST_GIB },
		{ "<memory unit='GiB'> 1\n</memory>", TEST_GIB },
		{ "<memory unit='GB'>1</memory>", 954 * TEST_MIB },
		{ "<memory unit='T'>1</memory>", 1024 * TEST_GIB },
		{ "<memory unit='TB'>1</memory>", 953675 * TEST_MIB },
		{ "<memory unit='PiB'>1</memory>", 1024 * 1024 * TEST_GIB },
		{ "<memory unit='GiB'><![CDATA[1]]></memory>", TEST_GIB },
		{ "<memory unit='GiB'>&#49;</memory>", TEST_GIB },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ram = test_domain_xml_ram(cases[i].xml);

		ck_assert_msg(
			ram == cases[i].bytes, "%s is %llu", cases[i].xml, (unsigned long long)ram);
	}
}
END_TEST

START_TEST(memory__size_that_is_none__refused_with_its_line)
{
	static const struct {
		const char *xml, *word;
	} cases[] = {
		{ "<memory>-1</memory>", "no number" },
		{ "<memory></memory>", "no number" },
		{ "<memory>1 2</memory>", "no number" },
		{ "<memory>4096K</memory>", "no number" },
		{ "<memory>0x1000</memory>", "no number" },
		{ "<memory>18446744073709551616</memory>", "too large" },
		{ "<memory>18014398509481984</memory>", "too large" },
		{ "<memory unit='EiB'>8</memory>", "too large" },
		{ "<memory unit='KiBi'>1</memory>", "no unit" },
		{ "<memory unit='parsec'>1</memory>", "no unit" },
		{ "<memory unit='ZiB'>1</memory>", "no unit" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_domain_xml_refused(&(struct test_domain_xml){ .memory = cases[i].xml },
			"line 4: <memory>", cases[i].word);
	test_domain_xml_refused(&(struct test_domain_xml){ .memory = "<memory>0</memory>" },
		"line 4: <memory>", "no RAM");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .memory = "" }, "line 1: <domain>", "<memory>");
}
END_TEST

START_TEST(memory__two_of_an_element__refused)
{
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.memory = "<memory unit='GiB'>4</memory>\n<memory unit='GiB'>9</memory>" },
		"line 5: <memory>", "line 4");
	test_domain_xml_refused(
		&(struct test_domain_xml){ .memory = "<memory unit='GiB'>4</memory>\n"
						     "<maxMemory>9</maxMemory><maxMemory/>" },
		"line 5: <maxMemory>", "line 5");
}
END_TEST

/* -m size=7168k for 7,000 KiB: up to whole MiB. */
START_TEST(memory__not_whole_mib__rounded_up_as_at_start)
{
	ck_assert_uint_eq(test_domain_xml_ram("<memory>7000</memory>"), 7 * TEST_MIB);
	ck_assert_uint_eq(test_domain_xml_ram("<memory unit='b'>1</memory>"), TEST_MIB);
	ck_assert_uint_eq(test_domain_xml_ram("<memory>1048577</memory>"), 1025 * TEST_MIB);
}
END_TEST

START_TEST(memory__cells__their_sum_each_rounded)
{
	struct test_domain_xml parts = {
		.memory = "<maxMemory slots='16' unit='KiB'>67108863</maxMemory>"
			  "<memory unit='GiB'>99</memory>",
		.cpu = "<cpu><numa><cell id='0' cpus='0' memory='1048577' unit='KiB'/>"
		       "<cell id='1' cpus='1' memory='1'/></numa></cpu>",
	};
	struct machine *machine = test_domain_xml_take(&parts);

	ck_assert_uint_eq(machine->ram, 1026 * TEST_MIB);
	ck_assert_uint_eq(machine->maxmem, 64 * TEST_GIB);
	ck_assert_uint_eq(machine->slots, 16);
	machine_free(machine);
	parts.memory = "";
	machine = test_domain_xml_take(&parts);
	ck_assert_uint_eq(machine->ram, 1026 * TEST_MIB);
	ck_assert_uint_eq(machine->maxmem, 0);
	ck_assert_uint_eq(machine->slots, 0);
	machine_free(machine);
	parts.cpu = "<cpu><numa>\n<cell cpus='0'/></numa></cpu>";
	test_domain_xml_refused(&parts, "line 6: <cell>", "memory");
	parts.cpu = "<cpu><numa><cell memory='8' unit='EiB'/></numa></cpu>";
	test_domain_xml_refused(&parts, "line 5: <cell>", "too large");
	parts.cpu = "<cpu><numa><cell memory='7' unit='EiB'/>\n"
		    "<cell memory='7' unit='EiB'/></numa></cpu>";
	test_domain_xml_refused(&parts, "line 6: <cell>", "too much");
}
END_TEST

/* The guest q35-4g-slots-3dimm of libvirt 9.0: -m size=4194304k,slots=16,maxmem=67108864k, and
 * memory backends of 1 GiB, 2 GiB and 512 MiB in this order. */
static const char test_domain_xml_three[] =
	"<memory model='dimm'><target><size unit='KiB'>1048576</size><node>0</node></target>"
	"<alias name='dimm0'/><address type='dimm' slot='0' base='0x180000000'/></memory>"
	"<memory model='dimm'><target><size unit='KiB'>2097152</size><node>0</node></target>"
	"<address type='dimm' slot='1'/></memory>"
	"<memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target>"
	"<address type='dimm' slot='2' base='0x0'/></memory>";

START_TEST(dimm__of_a_real_guest__in_order_with_addresses)
{
	struct machine *machine = test_domain_xml_take(&(struct test_domain_xml){
		.memory = "<maxMemory slots='16' unit='KiB'>67108864</maxMemory>"
			  "<memory unit='KiB'>7864320</memory>",
		.cpu = "<cpu><numa><cell id='0' cpus='0-1' memory='4194304' unit='KiB'/></numa>"
		       "</cpu>",
		.devices = test_domain_xml_three });

	ck_assert_uint_eq(machine->ram, 4 * TEST_GIB);
	ck_assert_uint_eq(machine->n_memories, 3);
	ck_assert_uint_eq(machine->memories[0].size, TEST_GIB);
	ck_assert(machine->memories[0].placed);
	ck_assert_uint_eq(machine->memories[0].address, 0x180000000);
	ck_assert_str_eq(machine->memories[0].name, "dimm0");
	ck_assert_uint_eq(machine->memories[1].size, 2 * TEST_GIB);
	ck_assert(!machine->memories[1].placed);
	ck_assert_ptr_null(machine->memories[1].name);
	ck_assert_uint_eq(machine->memories[2].size, 512 * TEST_MIB);
	ck_assert(!machine->memories[2].placed);
	ck_assert_int_eq(machine->memories[2].backing, MACHINE_BACKING_ANONYMOUS);
	machine_free(machine);
}
END_TEST

START_TEST(dimm__without_cells__counts_as_memory)
{
	struct test_domain_xml parts = {
		.memory = "<memory unit='KiB'>7864320</memory>",
		.devices = test_domain_xml_three,
	};
	struct machine *machine = test_domain_xml_take(&parts);

	ck_assert_uint_eq(machine->ram, 4 * TEST_GIB);
	machine_free(machine);
	parts.memory = "<memory unit='KiB'>3670016</memory>";
	test_domain_xml_refused(&parts, "line 4: <memory>", "3670016 KiB: no RAM is left");
}
END_TEST

/* Whatever its model is, all of its size counts, virtio-mem's too (libvirt
 * virDomainDefPostParseMemory); the one of a model that is not known too. */
START_TEST(device__every_model__all_of_its_size_counts)
{
	static const char *const models[] = { "dimm", "nvdimm", "virtio-mem", "virtio-pmem",
		"sgx-epc", "new" };
	char text[512];

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		struct machine *machine;

		(void)snprintf(text, sizeof(text),
			"<memory model='%s'><target><size unit='MiB'>1024</size>"
			"<block unit='MiB'>2</block><requested unit='MiB'>512</requested>"
			"<current unit='MiB'>512</current></target></memory>",
			models[i]);
		machine = test_domain_xml_take_devices(text);
		ck_assert_uint_eq(machine->ram, 3 * TEST_GIB);
		ck_assert_uint_eq(machine->n_memories, i < 5);
		ck_assert_uint_eq(machine->n_opaque, i == 5);
		if (i < 5)
			ck_assert_uint_eq(machine->memories[0].size, TEST_GIB);
		machine_free(machine);
	}
	test_domain_xml_opaque_device(
		"<memory model='new'><target><size unit='MiB'>1024</size></target></memory>",
		"<memory model='new'> (line 7)");
}
END_TEST

START_TEST(device__not_whole_2_mib__rounded_unless_it_runs_there)
{
	struct test_domain_xml parts = {
		.devices = "<memory model='dimm'><target><size unit='MiB'>513</size></target>"
			   "<address type='dimm' slot='0' base='0x140000000'/></memory>",
	};
	struct machine *machine = test_domain_xml_take(&parts);

	ck_assert_uint_eq(machine->memories[0].size, 514 * TEST_MIB);
	ck_assert_uint_eq(machine->ram, 4 * TEST_GIB - 513 * TEST_MIB);
	machine_free(machine);
	/* It was plugged in while the guest ran, where only whole MiB are asked for. */
	parts.attributes = "type='kvm' id='3'";
	machine = test_domain_xml_take(&parts);
	ck_assert_uint_eq(machine->memories[0].size, 513 * TEST_MIB);
	machine_free(machine);
	/* The hook "prepare" shows a guest that has an id and is yet to be started. */
	parts.devices =
		"<memory model='dimm'><target><size unit='MiB'>513</size></target></memory>";
	machine = test_domain_xml_take(&parts);
	ck_assert_uint_eq(machine->memories[0].size, 514 * TEST_MIB);
	machine_free(machine);
}
END_TEST

START_TEST(nvdimm__label_and_alignment__read)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<memory model='nvdimm' access='shared'><source><path>/tmp/nvdimm</path>"
		"<alignsize unit='KiB'>2048</alignsize><pmem/></source><target>"
		"<size unit='KiB'>523264</size><node>0</node><label><size unit='KiB'>128</size>"
		"</label></target><address type='dimm' slot='0'/></memory>");
	const struct machine_memory *memory = &machine->memories[0];

	ck_assert_int_eq(memory->model, MACHINE_MEMORY_NVDIMM);
	/* libvirt 11.3 for this one: "size":536870912 */
	ck_assert_uint_eq(memory->size, 512 * TEST_MIB);
	ck_assert_uint_eq(memory->label, 128 * TEST_KIB);
	ck_assert_uint_eq(memory->align, 2 * TEST_MIB);
	ck_assert_int_eq(memory->backing, MACHINE_BACKING_FILE);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.devices = "<memory model='nvdimm'><target><size>128</size><label><size>128"
				   "</size></label></target></memory>" },
		"line 7: <target>", "label");
	test_domain_xml_opaque_device(
		"<memory model='nvdimm'><source><path>/dev/dax0.0</path></source><target>"
		"<size unit='MiB'>512</size></target></memory>",
		"<memory> aligned by a DAX device of its host (line 7)");
}
END_TEST

START_TEST(nvdimm__on_ppc64__guests_part_rounded_down)
{
	struct machine *machine = test_domain_xml_take(&(struct test_domain_xml){
		.os = "<os><type arch='ppc64' machine='pseries'>hvm</type></os>",
		.devices = "<memory model='nvdimm'><target><size unit='KiB'>550000</size><label>"
			   "<size unit='KiB'>128</size></label></target></memory>" });

	/* libvirt 11.3, memory-hotplug-nvdimm-ppc64: "size":537001984 */
	ck_assert_uint_eq(machine->memories[0].size, 537001984);
	machine_free(machine);
}
END_TEST

START_TEST(virtio_mem__all_that_it_says__read)
{
	struct machine *machine = test_domain_xml_take_devices(
		"<memory model='virtio-mem'><target dynamicMemslots='yes'>"
		"<size unit='KiB'>1048576</size><node>0</node><block unit='KiB'>4096</block>"
		"<requested unit='KiB'>524288</requested><address base='0x140000000'/></target>"
		"<alias name='ua-v'/><address type='pci' domain='0' bus='0' slot='2' function='0'/>"
		"</memory><memory model='virtio-pmem'><source><path>/tmp/p</path></source><target>"
		"<size unit='KiB'>524288</size></target></memory>");
	const struct machine_memory *memory = &machine->memories[0];

	ck_assert_int_eq(memory->model, MACHINE_MEMORY_VIRTIO_MEM);
	ck_assert_uint_eq(memory->block, 4 * TEST_MIB);
	ck_assert(memory->dynamic_memslots);
	ck_assert(memory->placed);
	ck_assert_uint_eq(memory->address, 0x140000000);
	ck_assert_str_eq(memory->name, "ua-v");
	ck_assert_int_eq(machine->memories[1].model, MACHINE_MEMORY_VIRTIO_PMEM);
	ck_assert_int_eq(machine->memories[1].backing, MACHINE_BACKING_FILE);
	ck_assert(!machine->memories[1].placed);
	machine_free(machine);
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.devices = "<memory model='virtio-mem'><target><size>4096</size>"
				   "<block>3000</block></target></memory>" },
		"line 7: <target>", "power of two");
}
END_TEST

START_TEST(device__without_what_it_needs__refused)
{
	static const struct {
		const char *xml, *word;
	} cases[] = {
		{ "<memory model='dimm'/>", "<size>" },
		{ "<memory model='dimm'><target/></memory>", "<size>" },
		{ "<memory model='dimm'><target><size>0</size></target></memory>", "not 0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_domain_xml_refused(&(struct test_domain_xml){ .devices = cases[i].xml },
			"line 7: <memory>", cases[i].word);
}
END_TEST

/* What stands behind RAM, and behind a DIMM of node 1. */
static void test_domain_xml_backed(const char *backing, const char *source,
	enum machine_backing ram, enum machine_backing dimm, uint64_t dimm_page)
{
	char devices[512];
	char memory[1024];
	struct machine *machine;

	(void)snprintf(memory, sizeof(memory), "<memory unit='GiB'>4</memory>%s", backing);
	(void)snprintf(devices, sizeof(devices),
		"<memory model='dimm'>%s<target><size unit='GiB'>1</size><node>1</node></target>"
		"</memory>",
		source);
	machine = test_domain_xml_take(
		&(struct test_domain_xml){ .memory = memory, .devices = devices });
	ck_assert_int_eq(machine->backing, ram);
	ck_assert_int_eq(machine->memories[0].backing, dimm);
	ck_assert_uint_eq(machine->memories[0].page_bytes, dimm_page);
	ck_assert_uint_eq(machine->n_opaque, 0);
	machine_free(machine);
}

START_TEST(backing__memory_backing_and_source__decide)
{
	const enum machine_backing ram = MACHINE_BACKING_ANONYMOUS;
	const enum machine_backing file = MACHINE_BACKING_FILE;
	const enum machine_backing huge = MACHINE_BACKING_HUGE;

	test_domain_xml_backed("", "", ram, ram, 0);
	test_domain_xml_backed("<memoryBacking><source type='memfd'/><access mode='shared'/>"
			       "</memoryBacking>",
		"", file, file, 0);
	test_domain_xml_backed(
		"<memoryBacking><source type='file'/></memoryBacking>", "", file, file, 0);
	test_domain_xml_backed(
		"<memoryBacking><access mode='private'/></memoryBacking>", "", file, file, 0);
	test_domain_xml_backed("<memoryBacking><source type='anonymous'/><locked/><nosharepages/>"
			       "</memoryBacking>",
		"", ram, ram, 0);
	test_domain_xml_backed("<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages>"
			       "</memoryBacking>",
		"", huge, huge, TEST_GIB);
	test_domain_xml_backed(
		"<memoryBacking><hugepages><page size='2048' nodeset='0'/><page size='1' unit='G' "
		"nodeset='1-3,^2'/></hugepages></memoryBacking>",
		"", huge, huge, TEST_GIB);
	test_domain_xml_backed("<memoryBacking><hugepages><page size='2048' nodeset='0,2'/>"
			       "</hugepages></memoryBacking>",
		"", huge, ram, 0);
	/* Pages of the usual size are no huge pages. */
	test_domain_xml_backed(
		"<memoryBacking><hugepages><page size='4'/></hugepages></memoryBacking>", "", ram,
		ram, 0);
	test_domain_xml_backed(
		"", "<source><pagesize unit='MiB'>2</pagesize></source>", ram, huge, 2 * TEST_MIB);
	test_domain_xml_backed("<memoryBacking><hugepages><page size='2048'/></hugepages>"
			       "</memoryBacking>",
		"<source><pagesize unit='KiB'>4</pagesize></source>", huge, ram, 0);
	/* Of which size, the host decides; in multiples of 1 GiB that alters nothing. */
	test_domain_xml_backed(
		"<memoryBacking><hugepages/></memoryBacking>", "", huge, huge, 2 * TEST_MIB);
}
END_TEST

START_TEST(backing__cells_access__only_of_its_memory)
{
	struct test_domain_xml parts = {
		.cpu = "<cpu><numa><cell id='1' memory='1048576' memAccess='shared'/>"
		       "<cell id='0' memory='1048576'/></numa></cpu>",
		.devices = "<memory model='dimm'><target><size>1048576</size><node>1</node>"
			   "</target></memory><memory model='dimm'><target><size>1048576</size>"
			   "<node>0</node></target></memory><memory model='dimm' access='shared'>"
			   "<target><size>1048576</size></target></memory>",
	};
	struct machine *machine = test_domain_xml_take(&parts);

	ck_assert_int_eq(machine->memories[0].backing, MACHINE_BACKING_FILE);
	ck_assert_int_eq(machine->memories[1].backing, MACHINE_BACKING_ANONYMOUS);
	ck_assert_int_eq(machine->memories[2].backing, MACHINE_BACKING_FILE);
	machine_free(machine);
}
END_TEST

START_TEST(backing__what_cannot_be_told__named_or_refused)
{
	test_domain_xml_opaque(
		&(struct test_domain_xml){
			.memory = "<memory unit='GiB'>4</memory><memoryBacking><hugepages/>"
				  "</memoryBacking>",
			.devices = "<memory model='dimm'><target><size unit='MiB'>512</size>"
				   "</target></memory>" },
		"<memory> aligned by the huge pages of its host (line 7)");
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.memory = "<memory unit='GiB'>4</memory><memoryBacking><hugepages>\n"
				  "<page size='2048' nodeset='0-'/></hugepages></memoryBacking>" },
		"line 5: <page>", "no set of nodes");
	test_domain_xml_refused(
		&(struct test_domain_xml){
			.memory = "<memory unit='GiB'>4</memory><memoryBacking><hugepages>\n"
				  "<page size='3000'/></hugepages></memoryBacking>" },
		"line 5: <page>", "power of two");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_xml_memory");
	TCase *cases = tcase_create("domain_xml_memory");

	tcase_add_test(cases, memory__units__as_libvirt_reads_them);
	tcase_add_test(cases, memory__size_that_is_none__refused_with_its_line);
	tcase_add_test(cases, memory__two_of_an_element__refused);
	tcase_add_test(cases, memory__not_whole_mib__rounded_up_as_at_start);
	tcase_add_test(cases, memory__cells__their_sum_each_rounded);
	tcase_add_test(cases, dimm__of_a_real_guest__in_order_with_addresses);
	tcase_add_test(cases, dimm__without_cells__counts_as_memory);
	tcase_add_test(cases, device__every_model__all_of_its_size_counts);
	tcase_add_test(cases, device__not_whole_2_mib__rounded_unless_it_runs_there);
	tcase_add_test(cases, nvdimm__label_and_alignment__read);
	tcase_add_test(cases, nvdimm__on_ppc64__guests_part_rounded_down);
	tcase_add_test(cases, virtio_mem__all_that_it_says__read);
	tcase_add_test(cases, device__without_what_it_needs__refused);
	tcase_add_test(cases, backing__memory_backing_and_source__decide);
	tcase_add_test(cases, backing__cells_access__only_of_its_memory);
	tcase_add_test(cases, backing__what_cannot_be_told__named_or_refused);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
