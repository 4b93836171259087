/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One guest in two forms: what its definition shows in BARs is what QEMU's arguments show. */
#include "core/codec/domain_xml.h"
#include "core/codec/qemu_cmdline.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_DOMAIN(devices)                                                                       \
	"<domain type='qemu'><name>a</name><memory>524288</memory><vcpu>1</vcpu><os>"              \
	"<type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os><devices>" devices             \
	"</devices></domain>"
#define TEST_ARGUMENTS	  "qemu-system-x86_64 -nodefaults -machine pc-i440fx-7.2 -m 512 "
#define TEST_DEVICE(text) TEST_ARGUMENTS "-device '{\"driver\":" text "}' "

/* Arguments: those that libvirt 9.0 makes of the definition (domxml-to-native), without buses. */
static const struct {
	const char *xml, *arguments;
} test_domain_bars_pairs[] = {
	{ TEST_DOMAIN("<video><model type='vga'/></video>"),
		TEST_DEVICE("\"VGA\",\"id\":\"video0\",\"vgamem_mb\":16") },
	{ TEST_DOMAIN("<video><model type='vga' vram='9216'/></video>"),
		TEST_DEVICE("\"VGA\",\"id\":\"video0\",\"vgamem_mb\":16") },
	{ TEST_DOMAIN("<video><model type='vga' vram='1048576'/></video>"),
		TEST_DEVICE("\"VGA\",\"id\":\"video0\",\"vgamem_mb\":1024") },
	{ TEST_DOMAIN("<video><model type='cirrus' vram='4096'/></video>"),
		TEST_DEVICE("\"cirrus-vga\",\"id\":\"video0\"") },
	{ TEST_DOMAIN("<video><model type='cirrus'/><rom enabled='no'/></video>"),
		TEST_DEVICE("\"cirrus-vga\",\"id\":\"video0\"") },
	{ TEST_DOMAIN("<graphics type='vnc'/>"), TEST_DEVICE("\"cirrus-vga\",\"id\":\"video0\"") },
	{ TEST_DOMAIN("<video><model type='bochs' vram='2048'/></video>"),
		TEST_DEVICE("\"bochs-display\",\"id\":\"video0\",\"vgamem\":2097152") },
	{ TEST_DOMAIN("<video><model type='bochs' vram='1048576'/></video>"),
		TEST_DEVICE("\"bochs-display\",\"id\":\"video0\",\"vgamem\":1073741824") },
	{ TEST_DOMAIN("<video><model type='vmvga' vram='32768'/></video>"),
		TEST_DEVICE("\"vmware-svga\",\"id\":\"video0\",\"vgamem_mb\":32") },
	{ TEST_DOMAIN("<video><model type='qxl' vram64='262144'/></video>"),
		TEST_DEVICE("\"qxl-vga\",\"id\":\"video0\",\"max_outputs\":1,\"ram_size\":67108864,"
			    "\"vram_size\":67108864,\"vram64_size_mb\":256,\"vgamem_mb\":16") },
	{ TEST_DOMAIN("<video><model type='qxl' ram='16384' vram='32768' vgamem='16384'/></video>"),
		TEST_DEVICE("\"qxl-vga\",\"id\":\"video0\",\"max_outputs\":1,\"ram_size\":16777216,"
			    "\"vram_size\":33554432,\"vram64_size_mb\":0,\"vgamem_mb\":16") },
	{ TEST_DOMAIN("<video><model type='virtio' blob='on'/></video>"),
		TEST_DEVICE("\"virtio-vga\",\"id\":\"video0\",\"max_outputs\":1") },
	{ TEST_DOMAIN("<video><model type='virtio'/></video><video><model type='qxl'/></video>"),
		TEST_DEVICE(
			"\"virtio-vga\",\"id\":\"video0\",\"max_outputs\":1") "-device "
									      "'{\"driver\":"
									      "\"qxl\",\"id\":"
									      "\"video1\",\"max_"
									      "outputs\":1,"
									      "\"ram_size\":"
									      "67108864,\"vram_"
									      "size\":67108864,"
									      "\"vram64_size_mb\":"
									      "0,"
									      "\"vgamem_mb\":16}"
									      "'" },
	{ TEST_DOMAIN("<video><model type='virtio' primary='no'/></video>"
		      "<video><model type='vga' primary='yes'/></video>"),
		TEST_DEVICE(
			"\"VGA\",\"id\":\"video0\",\"vgamem_mb\":16") "-device "
								      "'{\"driver\":\"virtio-gpu-"
								      "pci\",\"id\":\"video1\","
								      "\"max_outputs\":1}'" },
	{ TEST_DOMAIN("<video><model type='none'/></video>"), TEST_ARGUMENTS },
	{ TEST_DOMAIN("<interface type='user'><model type='e1000e'/></interface>"),
		TEST_DEVICE("\"e1000e\",\"id\":\"net0\"") },
	{ TEST_DOMAIN("<interface type='user'><model type='rtl8139'/></interface>"),
		TEST_DEVICE("\"rtl8139\",\"id\":\"net0\"") },
	{ TEST_DOMAIN("<shmem name='s'><model type='ivshmem-plain'/></shmem>"),
		TEST_DEVICE(
			"\"ivshmem-plain\",\"id\":\"shmem0\",\"memdev\":\"m\"") "-object "
										"'{\"qom-type\":"
										"\"memory-backend-"
										"file\",\"id\":"
										"\"m\",\"size\":"
										"4194304,"
										"\"mem-path\":\"/"
										"dev/shm/"
										"s\",\"share\":"
										"true}'" },
};

static int test_domain_bars_order(const void *a, const void *b)
{
	const struct machine_bar *one = a, *other = b;

	if (one->below_4g != other->below_4g)
		return one->below_4g ? -1 : 1;
	return one->size < other->size ? -1 : one->size > other->size;
}

/* What BARs are called is up to the form. */
static void test_domain_bars_same(struct machine *xml, struct machine *arguments, const char *text)
{
	ck_assert_msg(xml->n_bars == arguments->n_bars, "%zu BARs, %zu of its arguments: %s",
		xml->n_bars, arguments->n_bars, text);
	if (xml->n_bars) {
		qsort(xml->bars, xml->n_bars, sizeof(*xml->bars), test_domain_bars_order);
		qsort(arguments->bars, arguments->n_bars, sizeof(*arguments->bars),
			test_domain_bars_order);
	}
	for (size_t i = 0; i < xml->n_bars; i++)
		ck_assert_msg(test_domain_bars_order(&xml->bars[i], &arguments->bars[i]) == 0,
			"%s and %s: %s", xml->bars[i].name, arguments->bars[i].name, text);
	ck_assert_msg(xml->vga == arguments->vga || strstr(text, "<graphics"), "%s", text);
}

START_TEST(decode__definition_and_its_arguments__same_bars)
{
	const char *xml = test_domain_bars_pairs[_i].xml;
	const char *arguments = test_domain_bars_pairs[_i].arguments;
	struct machine *one = NULL, *other = NULL;
	struct refusal refusal = { "", "" };

	ck_assert_int_eq(domain_xml_decode(xml, strlen(xml), &one, &refusal), DOMAIN_XML_DONE);
	ck_assert_msg(qemu_cmdline_decode(arguments, strlen(arguments), &other, &refusal) ==
			      QEMU_CMDLINE_DONE,
		"%s: %s", refusal.where, refusal.text);
	ck_assert_uint_eq(one->n_opaque, 0);
	ck_assert_uint_eq(other->n_opaque, 0);
	test_domain_bars_same(one, other, xml);
	machine_free(one);
	machine_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain_bars");
	TCase *cases = tcase_create("pairs");

	tcase_add_loop_test(cases, decode__definition_and_its_arguments__same_bars, 0,
		sizeof(test_domain_bars_pairs) / sizeof(test_domain_bars_pairs[0]));
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
