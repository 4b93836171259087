/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the text of "info mtree -f" tells of devices and of the guest's IOMMU. Names of BARs and of
 * address spaces are those of QEMU's source: hw/vfio/pci.c, hw/pci/pci.c, hw/vfio/igd.c. */
#include "core/codec/mtree.h"
#include "core/model/limits.h"
#include "tests/support/unit.h"

#include <glob.h>
#include <string.h>

#define TEST_BYTES (1U << 20)
#define TEST_IO                                                                                    \
	"FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n"                            \
	"  0000000000000000-000000000000ffff (prio 0, i/o): io\n\n"
#define TEST_HEAD "FlatView #1\n AS \"memory\", root: system\n"
#define TEST_RAM                                                                                   \
	" Root memory region: system\n"                                                            \
	"  0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n"
#define TEST_SPACE(name) " AS \"" name "\", root: bus master container\n"
#define TEST_NONE(name)                                                                            \
	"FlatView #2\n" TEST_SPACE(name) " Root memory region: (none)\n  No rendered FlatView\n\n"

static struct guest *test_mtree_device_take(const char *text)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = mtree_decode(text, strlen(text), NULL, &guest, &refusal);

	ck_assert_msg(r == MTREE_DONE, "%s: %s", refusal.where, refusal.text);
	return guest;
}

/* The addresses of the devices, "A B", are @expected, and what is opaque is @opaque or nothing. */
static void test_mtree_device_has(const char *text, const char *expected, const char *opaque)
{
	struct guest *guest = test_mtree_device_take(text);
	char have[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < guest->n_devices; i++) {
		ck_assert_ptr_null(guest->devices[i].host);
		ck_assert_str_eq(guest->devices[i].text, guest->devices[i].address);
		n += (size_t)snprintf(have + n, sizeof(have) - n, "%s%s", i ? " " : "",
			guest->devices[i].address);
	}
	ck_assert_str_eq(have, expected);
	ck_assert_msg(guest->n_opaque == (opaque != NULL), "%zu things are opaque, such as %s",
		guest->n_opaque, guest->n_opaque ? guest->opaque[0] : "");
	if (opaque)
		ck_assert_str_eq(guest->opaque[0], opaque);
	guest_free(guest);
}

START_TEST(decode__bars_of_assigned_devices__devices_at_addresses)
{
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-pci") TEST_SPACE("e1000e")
				      TEST_SPACE("vfio-pci") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 mmaps[0] "
		"KVM\n"
		"  00000000fe010000-00000000fe010fff (prio 0, i/o): 0000:01:00.0 BAR 0 "
		"@0000000000010000\n"
		"  00000000fe100000-00000000fe103fff (prio 1, i/o): 0000:c1:00.3 base BAR 4\n"
		"  00000000fe200000-00000000fe203fff (prio 0, ramd): 0000:01:00.0 BAR 3 "
		"mmaps[0]\n\n",
		"0000:01:00.0 0000:c1:00.3", NULL);
	/* Wherever the address space is shown: it has no view until the guest switches it on. */
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 "
		"mmaps[0]\n\n" TEST_NONE("vfio-pci-nohotplug"),
		"0000:01:00.0", NULL);
	/* Its bridge is QEMU's own; so is the TPM's page, and what vhost-user shows. */
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-pci")
				      TEST_SPACE("vfio-pci-igd-lpc-bridge") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:00:02.0 BAR 0 mmaps[0]\n"
		"  00000000fe100000-00000000fe103fff (prio 0, ramd): vhost-user/host-notifier@0x55 "
		"mmaps[0]\n"
		"  00000000fed45000-00000000fed453ff (prio 0, ramd): tpm-ppi\n\n",
		"0000:00:02.0", NULL);
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("e1000e") TEST_RAM "\n", "", NULL);
}
END_TEST

START_TEST(decode__devices_without_addresses__named)
{
	/* Before firmware placed its BARs, none is there. */
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_RAM "\n" TEST_NONE("vfio-pci"), "",
		"an assigned device of which no BAR shows the address (\"vfio-pci\")");
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-pci") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 "
		"mmaps[0]\n\n" TEST_NONE("vfio-pci"),
		"0000:01:00.0",
		"an assigned device of which no BAR shows the address (\"vfio-pci\")");
	/* A tree tells of it as well. */
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_RAM
		"\naddress-space: vfio-pci\n"
		"  0000000000000000-ffffffffffffffff (prio 0, i/o): bus master container\n\n",
		"", "an assigned device of which no BAR shows the address (\"vfio-pci\")");
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-pci") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): "
		"c9abdcb5-5279-413a-9057-c81d2605ce9c BAR 0 mmaps[0]\n\n",
		"",
		"an assigned device without an address (\"c9abdcb5-5279-413a-9057-c81d2605ce9c\")");
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-pci") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): VFIO_FD17 BAR 0 mmaps[0]\n\n",
		"", "an assigned device without an address (\"VFIO_FD17\")");
	/* vDPA maps all RAM too; a server of devices in user space, and what is not known. */
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vhost-vdpa-device-pci") TEST_RAM "\n",
		"", "a device of the host (\"vhost-vdpa-device-pci\")");
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("virtio-net-pci") TEST_RAM
		"  00000000fe100000-00000000fe100fff (prio 0, ramd): vhost-vdpa/host-notifier@0x5 "
		"mmaps[1]\n\n",
		"", "a device of the host (\"vhost-vdpa/host-notifier@0x5 mmaps[1]\")");
	test_mtree_device_has(TEST_IO TEST_HEAD TEST_SPACE("vfio-user-pci") TEST_RAM "\n", "",
		"a device of the host (\"vfio-user-pci\")");
}
END_TEST

/* Every QEMU has "I/O", and numbers its views from 0: without, devices may be what is missing. */
START_TEST(decode__text_that_was_cut__may_hide_devices)
{
	static const char opaque[] =
		"address spaces that the text does not show, perhaps of devices";
	static const char *const texts[] = {
		"FlatView #0\n AS \"memory\", root: system\n" TEST_RAM "\n",
		TEST_IO "FlatView #2\n AS \"memory\", root: system\n" TEST_RAM "\n",
		TEST_HEAD TEST_RAM "\n" TEST_IO,
		TEST_IO TEST_HEAD TEST_RAM "\nFlatView #2\n" TEST_SPACE("mch"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		test_mtree_device_has(texts[i], "", opaque);
}
END_TEST

/* The model of the guest's IOMMU in a text of tests/domains, by its name. */
static enum viommu_model test_mtree_device_expected(const char *path)
{
	if (strstr(path, "intel-iommu") || strstr(path, "-vtd-"))
		return VIOMMU_INTEL;
	if (strstr(path, "amd-iommu"))
		return VIOMMU_AMD;
	if (strstr(path, "virtio-iommu"))
		return VIOMMU_VIRTIO;
	/* sbsa-ref always has one. */
	return strstr(path, "smmuv3") || strstr(path, "sbsa") ? VIOMMU_SMMUV3 : VIOMMU_NONE;
}

START_TEST(decode__real_guests__iommu_told_and_no_device)
{
	const char *top = getenv("top_srcdir");
	unsigned seen[_VIOMMU_MODEL_MAX] = { 0 };
	char pattern[512], *text = malloc(TEST_BYTES);
	glob_t found;

	(void)snprintf(
		pattern, sizeof(pattern), "%s/tests/domains/data/*.mtree.txt", top ? top : ".");
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");
		struct guest *guest;
		enum viommu_model model = test_mtree_device_expected(found.gl_pathv[i]);

		ck_assert(file && text);
		text[fread(text, 1, TEST_BYTES - 1, file)] = '\0';
		(void)fclose(file);
		guest = test_mtree_device_take(text);
		ck_assert_msg(guest->viommu.model == model, "%s: %d", found.gl_pathv[i],
			guest->viommu.model);
		ck_assert_uint_eq(guest->viommu.aw_bits, 0);
		ck_assert_int_eq(guest->viommu.caching_mode, TRI_UNKNOWN);
		ck_assert_int_eq(guest->viommu.shares_tables, TRI_UNKNOWN);
		ck_assert_uint_eq(guest->n_devices, 0);
		ck_assert_msg(!guest->n_opaque, "%s: %s", found.gl_pathv[i],
			guest->n_opaque ? guest->opaque[0] : "");
		seen[model]++;
		guest_free(guest);
	}
	for (unsigned i = 0; i < VIOMMU_OTHER; i++)
		ck_assert_msg(seen[i] > 0, "no guest with %s", viommu_model_word(i));
	globfree(&found);
	free(text);
}
END_TEST

START_TEST(decode__iommus__model_tables_or_several)
{
	/* hw/arm/smmuv3-accel.c */
	struct guest *guest = test_mtree_device_take(TEST_IO TEST_HEAD TEST_RAM
		"\nFlatView #2\n AS \"smmuv3-accel-as-sysmem\", root: root\n"
		" Root memory region: root\n\n");

	ck_assert_int_eq(guest->viommu.model, VIOMMU_SMMUV3);
	ck_assert_int_eq(guest->viommu.shares_tables, TRI_YES);
	guest_free(guest);
	/* Its registers are in the view of "memory", whatever else of the text is there. */
	guest = test_mtree_device_take(
		"FlatView #0\n AS \"memory\", root: system\n" TEST_RAM
		"  00000000fed90000-00000000fed90fff (prio 0, i/o): intel_iommu\n\n");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_INTEL);
	guest_free(guest);
	guest = test_mtree_device_take(TEST_IO TEST_HEAD TEST_SPACE("virtio-iommu-pci")
			TEST_SPACE("vtd-root") TEST_RAM "\n");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_OTHER);
	ck_assert_str_eq(guest->viommu.name, "several");
	guest_free(guest);
}
END_TEST

START_TEST(decode_map__devices_and_iommu__left_to_the_caller)
{
	static const char text[] = TEST_HEAD TEST_SPACE("vfio-pci") TEST_SPACE("vtd-root") TEST_RAM
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 "
		"mmaps[0]\n\n";
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;

	ck_assert_int_eq(mtree_decode_map(text, strlen(text), NULL, &guest, &refusal), MTREE_DONE);
	ck_assert_uint_eq(guest->n_devices, 0);
	ck_assert_uint_eq(guest->n_opaque, 0);
	ck_assert_int_eq(guest->viommu.model, VIOMMU_NONE);
	ck_assert_uint_eq(guest->n_ranges, 2);
	guest_free(guest);
}
END_TEST

START_TEST(decode__more_devices_than_are_read__said)
{
	size_t capacity = 1 << 16, n;
	char *text = malloc(capacity);
	struct guest *guest;

	ck_assert_ptr_nonnull(text);
	n = (size_t)snprintf(text, capacity, "%s", TEST_IO TEST_HEAD TEST_RAM);
	for (unsigned i = 0; i <= LIMIT_GUEST_DEVICES; i++)
		n += (size_t)snprintf(text + n, capacity - n,
			"  00000000%08x-00000000%08x (prio 0, ramd): 0000:%02x:%02x.0 BAR 0 "
			"mmaps[0]\n",
			0xe0000000 + i * 0x2000, 0xe0000fff + i * 0x2000, i >> 4, i & 15);
	(void)snprintf(text + n, capacity - n, "\n");
	guest = test_mtree_device_take(text);
	ck_assert_uint_eq(guest->n_devices, LIMIT_GUEST_DEVICES);
	ck_assert_uint_eq(guest->n_opaque, 1);
	guest_free(guest);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mtree_device");
	TCase *cases = tcase_create("devices");

	tcase_add_test(cases, decode__bars_of_assigned_devices__devices_at_addresses);
	tcase_add_test(cases, decode__devices_without_addresses__named);
	tcase_add_test(cases, decode__text_that_was_cut__may_hide_devices);
	tcase_add_test(cases, decode__real_guests__iommu_told_and_no_device);
	tcase_add_test(cases, decode__iommus__model_tables_or_several);
	tcase_add_test(cases, decode_map__devices_and_iommu__left_to_the_caller);
	tcase_add_test(cases, decode__more_devices_than_are_read__said);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
