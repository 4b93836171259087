/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_json.h"
#include "core/model/limits.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_GUEST_JSON_RAM   "{\"first\":\"0x0\",\"last\":\"0x7fffffff\",\"kind\":\"ram\"}"
#define TEST_GUEST_JSON_START "{\"arch\":\"x86_64\",\"map\":[" TEST_GUEST_JSON_RAM "]"

static struct guest *test_guest_json_take(const char *text)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = guest_json_decode(text, strlen(text), &guest, &refusal);

	ck_assert_msg(r == GUEST_JSON_DONE, "%s: %s", refusal.where, refusal.text);
	return guest;
}

/* The document is refused at the place @where, for a reason that has @word in it. */
static void test_guest_json_refused(const char *text, const char *where, const char *word)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = guest_json_decode(text, strlen(text), &guest, &refusal);

	ck_assert_msg(r == GUEST_JSON_E_REFUSED, "took %s", text);
	ck_assert_ptr_null(guest);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s says: %s", refusal.where, refusal.text);
}

/* As above, for a document that is right up to @rest. */
static void test_guest_json_refused_after(const char *rest, const char *where, const char *word)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s,%s}", TEST_GUEST_JSON_START, rest);
	test_guest_json_refused(text, where, word);
}

static void test_guest_json_refused_range(const char *members, const char *where, const char *word)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "{\"arch\":\"x86_64\",\"map\":[%s,{%s}]}",
		TEST_GUEST_JSON_RAM, members);
	test_guest_json_refused(text, where, word);
}

static void test_guest_json_refused_device(const char *device, const char *where, const char *word)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "\"devices\":[\"8086:10d3\",%s]", device);
	test_guest_json_refused_after(text, where, word);
}

START_TEST(decode__least_guest__defaults)
{
	struct guest *guest = test_guest_json_take(TEST_GUEST_JSON_START "}");

	ck_assert_str_eq(guest->arch, "x86_64");
	ck_assert(guest->kvm);
	ck_assert_int_eq(guest->vfio, GUEST_VFIO_UNKNOWN);
	ck_assert(!guest->hotplug_none);
	ck_assert(!guest->needs_write_combining_bar);
	ck_assert_uint_eq(guest->min_granule, 0);
	ck_assert_ptr_null(guest->cpu_vendor);
	ck_assert_uint_eq(guest->n_devices, 0);
	ck_assert_uint_eq(guest->n_opaque, 0);
	ck_assert_uint_eq(guest->n_ranges, 1);
	ck_assert_uint_eq(guest->ranges[0].region.last, 0x7fffffff);
	ck_assert_int_eq(guest->ranges[0].kind, GUEST_RAM);
	ck_assert(guest->ranges[0].placed);
	ck_assert_ptr_null(guest->ranges[0].name);
	guest_free(guest);
}
END_TEST

START_TEST(decode__every_member__taken_over)
{
	struct guest *guest = test_guest_json_take(
		"{\"schema\":\"iommufleet-guest-1\",\"arch\":\"arm64\",\"accelerator\":\"tcg\","
		"\"map\":[{\"first\":\"0x4010000000\",\"last\":\"0xffffffffffffffff\","
		"\"kind\":\"ram-device\",\"placed\":false,\"name\":\"ivshmem\"},"
		"{\"first\":\"0x100000000\",\"last\":\"0x1ffffffff\",\"kind\":\"hotplug\","
		"\"block\":\"0x200000\"},"
		"{\"first\":\"0x40000000\",\"last\":\"0xbfffffff\",\"kind\":\"ram\"}],"
		"\"vfio\":\"iommufd\",\"cpu_vendor\":\"arm\",\"viommu\":null,"
		"\"needs\":{\"write-combining-bar\":true,\"min-granule\":\"0x10000\","
		"\"pasid-bits\":0},\"opaque\":[]}");

	ck_assert_str_eq(guest->arch, "aarch64");
	ck_assert(!guest->kvm);
	ck_assert_int_eq(guest->vfio, GUEST_VFIO_IOMMUFD);
	ck_assert_str_eq(guest->cpu_vendor, "arm");
	ck_assert(guest->needs_write_combining_bar);
	ck_assert_uint_eq(guest->min_granule, 0x10000);
	ck_assert_uint_eq(guest->n_opaque, 0);
	ck_assert_uint_eq(guest->n_ranges, 3);
	ck_assert_int_eq(guest->ranges[0].kind, GUEST_RAM);
	ck_assert_int_eq(guest->ranges[1].kind, GUEST_HOTPLUG);
	ck_assert_uint_eq(guest->ranges[1].block, 0x200000);
	ck_assert_int_eq(guest->ranges[2].kind, GUEST_RAM_DEVICE);
	ck_assert_uint_eq(guest->ranges[2].region.last, UINT64_MAX);
	ck_assert(!guest->ranges[2].placed);
	ck_assert_str_eq(guest->ranges[2].name, "ivshmem");
	guest_free(guest);
}
END_TEST

START_TEST(decode__devices__all_forms)
{
	struct guest *guest = test_guest_json_take(TEST_GUEST_JSON_START
		",\"devices\":[\"8086:10d3\",\"0000:01:00.0\",\"class:0200\","
		"{\"identity\":\"10DE:2236:10de:1482\"},{\"class\":\"0x030A\"},"
		"{\"address\":\"0000:0A:00.1\",\"host\":\"b\"}]}");

	ck_assert_uint_eq(guest->n_devices, 6);
	ck_assert_int_eq(guest->devices[0].vendor, 0x8086);
	ck_assert_str_eq(guest->devices[1].address, "0000:01:00.0");
	ck_assert_int_eq(guest->devices[2].class_code, 0x0200);
	ck_assert_int_eq(guest->devices[3].subsystem_device, 0x1482);
	ck_assert_str_eq(guest->devices[3].text, "10DE:2236:10de:1482");
	ck_assert_int_eq(guest->devices[4].class_code, 0x030a);
	ck_assert_ptr_null(guest->devices[4].address);
	ck_assert_str_eq(guest->devices[5].address, "0000:0a:00.1");
	ck_assert_str_eq(guest->devices[5].host, "b");
	guest_free(guest);
}
END_TEST

START_TEST(decode__viommu__all_forms)
{
	struct guest *guest = test_guest_json_take(TEST_GUEST_JSON_START
		",\"viommu\":{\"model\":\"intel-iommu\",\"aw-bits\":39,\"caching_mode\":false,"
		"\"intremap\":true},\"needs\":{\"nested-format\":\"vtd-s1\",\"pasid-bits\":16},"
		"\"opaque\":[\"qemu:commandline\"]}");

	ck_assert_int_eq(guest->viommu.model, VIOMMU_INTEL);
	ck_assert_uint_eq(guest->viommu.aw_bits, 39);
	ck_assert_int_eq(guest->viommu.caching_mode, TRI_NO);
	ck_assert_int_eq(guest->viommu.intremap, TRI_YES);
	ck_assert_int_eq(guest->viommu.shares_tables, TRI_UNKNOWN);
	ck_assert_str_eq(guest->needs_nested_format, "vtd-s1");
	ck_assert_uint_eq(guest->needs_pasid_bits, 16);
	ck_assert_uint_eq(guest->n_opaque, 1);
	ck_assert_str_eq(guest->opaque[0], "qemu:commandline");
	guest_free(guest);

	/* There is one, of no kind that was said. */
	guest = test_guest_json_take(TEST_GUEST_JSON_START ",\"viommu\":{}}");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_OTHER);
	guest_free(guest);
	guest = test_guest_json_take(TEST_GUEST_JSON_START ",\"viommu\":\"pviommu\"}");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_OTHER);
	ck_assert_str_eq(guest->viommu.name, "pviommu");
	guest_free(guest);
	guest = test_guest_json_take(TEST_GUEST_JSON_START
		",\"viommu\":{\"model\":\"virtio\",\"regions\":[{\"first\":\"0x0\",\"last\":"
		"\"0xfff\"}]}}");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_VIRTIO);
	ck_assert(guest->viommu.regions_known);
	ck_assert_uint_eq(guest->viommu.n_regions, 1);
	ck_assert_uint_eq(guest->viommu.regions[0].last, 0xfff);
	guest_free(guest);
	guest = test_guest_json_take(TEST_GUEST_JSON_START ",\"viommu\":\"none\"}");
	ck_assert_int_eq(guest->viommu.model, VIOMMU_NONE);
	guest_free(guest);
}
END_TEST

/* What map prints can be asked about: the same guest comes back, byte for byte. */
START_TEST(tree__every_member__read_back_as_the_same)
{
	static const char document[] =
		"{\"address_bits\":40,\"arch\":\"x86_64\",\"cpu_vendor\":\"amd\",\"devices\":["
		"\"8086:10d3\",\"8086:10d3:8086:a01f\",\"class:0200\",\"0000:01:00.0\",{"
		"\"address\":\"0000:02:00.0\",\"host\":\"b\"}],\"machine\":\"pc-q35-7.2\","
		"\"machine_assumed\":true,\"map\":[{\"block\":\"0x200000\",\"first\":\"0x0\","
		"\"kind\":\"ram\",\"last\":\"0x7fffffff\",\"name\":\"a\"},{\"first\":"
		"\"0x100000000\",\"kind\":\"ram-device\",\"last\":\"0x1ffffffff\",\"placed\":"
		"false},{\"first\":\"0x200000000\",\"kind\":\"hotplug\",\"last\":\"0x2ffffffff\"}],"
		"\"memory\":{\"align\":\"0x200000\",\"room\":\"0x40000000\",\"slots\":3},"
		"\"needs\":{\"min-granule\":\"0x1000\",\"nested-format\":\"vtd-s1\",\"pasid-bits\":"
		"16,\"write-combining-bar\":true},\"opaque\":[\"x\"],\"open\":\"o\",\"refused\":"
		"\"r\",\"schema\":\"iommufleet-guest-1\",\"vfio\":\"type1\",\"viommu\":{\"aw_"
		"bits\":"
		"48,\"caching_mode\":true,\"intremap\":false,\"model\":\"intel\",\"regions\":[{"
		"\"first\":\"0x1000\",\"last\":\"0x1fff\"}],\"shares_tables\":false}}";
	struct guest *guest = test_guest_json_take(document);
	json_t *json;
	char *text;

	ck_assert_int_eq(guest_json_tree(guest, &json), 0);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, document);
	free(text);
	json_decref(json);
	guest_free(guest);
}
END_TEST

START_TEST(tree__text_that_no_document_may_hold__cleaned)
{
	struct guest *guest = test_guest_json_take(TEST_GUEST_JSON_START "}");
	struct refusal refusal;
	struct guest *again;
	json_t *json;
	char *text;

	guest->ranges[0].name = "r\303\244m\n";
	ck_assert_int_eq(guest_json_tree(guest, &json), 0);
	text = json_dumps(json, 0);
	ck_assert_int_eq(guest_json_decode(text, strlen(text), &again, &refusal), GUEST_JSON_DONE);
	ck_assert_str_eq(again->ranges[0].name, "r??m?");
	free(text);
	json_decref(json);
	guest_free(again);
	guest_free(guest);
}
END_TEST

START_TEST(decode__arch_by_its_other_name__kernels_name)
{
	struct guest *guest = test_guest_json_take(
		"{\"arch\":\"amd64\",\"hotplug\":\"none\",\"map\":[" TEST_GUEST_JSON_RAM "]}");

	ck_assert_str_eq(guest->arch, "x86_64");
	ck_assert(guest->hotplug_none);
	guest_free(guest);
}
END_TEST

START_TEST(decode__member_nobody_knows__refused_with_its_place)
{
	test_guest_json_refused_after("\"Arch\":\"x86_64\"", "Arch", "no such member");
	test_guest_json_refused_after("\"needs\":{\"wc\":true}", "needs/wc", "no such member");
	test_guest_json_refused_range(
		"\"first\":\"0x80000000\",\"end\":\"0x9\"", "map/1/end", "no such member");
	test_guest_json_refused_device("{\"id\":\"8086:10d3\"}", "devices/1/id", "no such member");
}
END_TEST

START_TEST(decode__member_that_is_needed__refused_without)
{
	test_guest_json_refused("{}", "document", "arch");
	test_guest_json_refused("{\"arch\":\"x86_64\"}", "document", "map");
	test_guest_json_refused("{\"arch\":\"x86_64\",\"map\":[]}", "document", "at least one");
	test_guest_json_refused("{\"map\":[" TEST_GUEST_JSON_RAM "]}", "document", "arch");
	test_guest_json_refused_range("\"first\":\"0x80000000\",\"kind\":\"ram\"", "map/1", "last");
	test_guest_json_refused_range("\"last\":\"0x80000000\",\"kind\":\"ram\"", "map/1", "first");
	test_guest_json_refused_range(
		"\"first\":\"0x80000000\",\"last\":\"0x80000fff\"", "map/1", "kind");
	test_guest_json_refused("{\"arch\":\"x86_64\",\"map\":[{\"first\":\"0x0\",\"last\":\"0x1\","
				"\"kind\":\"rom\"}]}",
		"map", "kind ram");
}
END_TEST

START_TEST(decode__number_in_another_spelling__refused)
{
	static const char *const bad[] = { "0", "\"0\"", "\"0x\"", "\"0X10\"", "\"0xAB\"",
		"\"0x01\"", "\"0x10000000000000000\"", "\" 0x1\"", "\"0x1 \"", "\"-0x1\"", "null",
		"1.5" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char members[128];

		(void)snprintf(members, sizeof(members), "\"first\":%s", bad[i]);
		test_guest_json_refused_range(members, "map/1/first", "number");
	}
}
END_TEST

START_TEST(decode__wrong_type__refused_with_its_place)
{
	test_guest_json_refused("[]", "document", "object");
	test_guest_json_refused("{\"arch\":7}", "arch", "text");
	test_guest_json_refused("{\"arch\":\"\"}", "arch", "text");
	test_guest_json_refused("{\"arch\":\"x\\n\"}", "arch", "printable");
	test_guest_json_refused("{\"map\":{}}", "map", "array");
	test_guest_json_refused("{\"map\":[7]}", "map/0", "object");
	test_guest_json_refused_after("\"schema\":\"iommufleet-facts-1\"", "schema", "guest-1");
	test_guest_json_refused_after("\"hotplug\":\"some\"", "hotplug", "none");
	test_guest_json_refused_after("\"hotplug\":true", "hotplug", "none");
	test_guest_json_refused_after("\"vfio\":\"legacy\"", "vfio", "type1");
	test_guest_json_refused_after("\"vfio\":null", "vfio", "type1");
	test_guest_json_refused_after("\"accelerator\":true", "accelerator", "text");
	test_guest_json_refused_after("\"viommu\":true", "viommu", "text");
	test_guest_json_refused_after("\"viommu\":{\"model\":7}", "viommu/model", "text");
	test_guest_json_refused_after("\"viommu\":{\"aw_bits\":31}", "viommu/aw_bits", "32");
	test_guest_json_refused_after("\"viommu\":{\"intremap\":1}", "viommu/intremap", "true");
	test_guest_json_refused_after(
		"\"viommu\":{\"regions\":[{\"first\":\"0x1\",\"last\":\"0x0\"}]}",
		"viommu/regions/0", "order");
	test_guest_json_refused_after("\"memory\":{\"room\":\"0x1\"}", "memory", "slots");
	test_guest_json_refused_after("\"memory\":{\"slots\":257}", "memory/slots", "256");
	test_guest_json_refused_after("\"memory\":{\"align\":\"0x3\"}", "memory/align", "power");
	test_guest_json_refused_after("\"address_bits\":65", "address_bits", "64");
	test_guest_json_refused_after("\"needs\":[]", "needs", "object");
	test_guest_json_refused_after(
		"\"needs\":{\"write-combining-bar\":1}", "needs/write-combining-bar", "true");
	test_guest_json_refused_after("\"needs\":{\"pasid-bits\":21}", "needs/pasid-bits", "20");
	test_guest_json_refused_after(
		"\"needs\":{\"nested-format\":1}", "needs/nested-format", "text");
	test_guest_json_refused_after(
		"\"needs\":{\"min-granule\":\"0x1001\"}", "needs/min-granule", "power of two");
	test_guest_json_refused_after("\"opaque\":\"x\"", "opaque", "array");
	test_guest_json_refused_after("\"opaque\":[\"a\",7]", "opaque/1", "text");
	test_guest_json_refused_after("\"devices\":{}", "devices", "array");
}
END_TEST

START_TEST(decode__range_that_makes_no_sense__refused)
{
	test_guest_json_refused_range("\"first\":\"0x90000000\",\"last\":\"0x8fffffff\","
				      "\"kind\":\"ram\"",
		"map/1", "ends before");
	test_guest_json_refused_range("\"first\":\"0x90000000\",\"last\":\"0x9fffffff\","
				      "\"kind\":\"RAM\"",
		"map/1", "ram-device");
	test_guest_json_refused_range("\"first\":\"0x90000000\",\"last\":\"0x9fffffff\","
				      "\"kind\":\"ram\",\"placed\":false",
		"map/1", "ram-device");
	test_guest_json_refused_range("\"first\":\"0x90000000\",\"last\":\"0x9fffffff\","
				      "\"kind\":\"rom\",\"block\":\"0x1000\"",
		"map/1", "hotplug");
	test_guest_json_refused_range("\"first\":\"0x90000000\",\"last\":\"0x9fffffff\","
				      "\"kind\":\"hotplug\",\"block\":\"0x0\"",
		"map/1/block", "power of two");
}
END_TEST

START_TEST(decode__overlap__both_named_as_written)
{
	test_guest_json_refused("{\"arch\":\"x86_64\",\"map\":["
				"{\"first\":\"0x7000\",\"last\":\"0x7fff\",\"kind\":\"rom\"},"
				"{\"first\":\"0x9000\",\"last\":\"0x9fff\",\"kind\":\"ram\"},"
				"{\"first\":\"0x8000\",\"last\":\"0x8fff\",\"kind\":\"mmio\"},"
				"{\"first\":\"0x0\",\"last\":\"0x7000\",\"kind\":\"ram\"}]}",
		"map", "ranges 0 and 3 overlap");
	test_guest_json_refused("{\"arch\":\"x86_64\",\"map\":[" TEST_GUEST_JSON_RAM
				"," TEST_GUEST_JSON_RAM "]}",
		"map", "ranges 0 and 1 overlap");
	test_guest_json_refused(
		"{\"arch\":\"x86_64\",\"map\":["
		"{\"first\":\"0x3000\",\"last\":\"0x3fff\",\"kind\":\"ram-device\"},"
		"{\"first\":\"0x1000\",\"last\":\"0x1fff\",\"kind\":\"hotplug\"},"
		"{\"first\":\"0x0\",\"last\":\"0xffff\",\"kind\":\"ram\"}]}",
		"map", "ranges 0 and 2 overlap");
}
END_TEST

START_TEST(decode__no_memory_ever_and_a_window_for_it__refused)
{
	test_guest_json_refused(
		"{\"arch\":\"x86_64\",\"hotplug\":\"none\",\"map\":[" TEST_GUEST_JSON_RAM
		",{\"first\":\"0x100000000\","
		"\"last\":\"0x1ffffffff\",\"kind\":\"hotplug\"}]}",
		"hotplug", "range 1");
}
END_TEST

START_TEST(decode__device_that_is_none__refused)
{
	test_guest_json_refused_device("\"eth0\"", "devices/1", "identity");
	test_guest_json_refused_device("7", "devices/1", "text");
	test_guest_json_refused_device("{}", "devices/1", "exactly one");
	test_guest_json_refused_device(
		"{\"identity\":\"8086:10d3\",\"class\":\"0x0200\"}", "devices/1", "exactly one");
	test_guest_json_refused_device(
		"{\"identity\":\"8086:10d3\",\"host\":\"b\"}", "devices/1", "address");
	test_guest_json_refused_device("{\"identity\":\"0000:01:00.0\"}", "devices/1", "member");
	test_guest_json_refused_device("{\"identity\":\"class:0200\"}", "devices/1", "member");
	test_guest_json_refused_device("{\"address\":\"8086:10d3\"}", "devices/1", "member");
	test_guest_json_refused_device("{\"class\":\"0200\"}", "devices/1", "0x0200");
	test_guest_json_refused_device("{\"class\":\"0x020000\"}", "devices/1", "0x0200");
}
END_TEST

START_TEST(decode__no_json__refused_with_its_line)
{
	static const char *const bad[] = { "{\"arch\":\n\"x86_64\"",
		"{\n\"arch\":\"a\",\"arch\":\"b\"}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct refusal refusal = { "", "" };
		struct guest *guest = NULL;

		ck_assert_int_eq(guest_json_decode(bad[i], strlen(bad[i]), &guest, &refusal),
			GUEST_JSON_E_REFUSED);
		ck_assert_msg(strncmp(refusal.where, "line 2", 6) == 0, "%s", refusal.where);
		ck_assert_str_ne(refusal.text, "");
	}
}
END_TEST

static char *test_guest_json_many(const char *head, const char *item, size_t n)
{
	size_t size = strlen(head) + n * (strlen(item) + 1) + 8;
	char *text = malloc(size);
	size_t at;

	ck_assert_ptr_nonnull(text);
	at = (size_t)snprintf(text, size, "%s", head);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "," : "", item);
	(void)snprintf(text + at, size - at, "]}");
	return text;
}

START_TEST(decode__more_than_the_limits__refused)
{
	char *text =
		test_guest_json_many("{\"map\":[", "{\"first\":\"0x0\"}", LIMIT_GUEST_RANGES + 1);

	test_guest_json_refused(text, "map", "1024");
	free(text);
	text = test_guest_json_many("{\"devices\":[", "\"8086:10d3\"", LIMIT_GUEST_DEVICES + 1);
	test_guest_json_refused(text, "devices", "256");
	free(text);
	text = test_guest_json_many("{\"opaque\":[", "\"x\"", LIMIT_WORDS + 1);
	test_guest_json_refused(text, "opaque", "64");
	free(text);
}
END_TEST

START_TEST(decode__100000_ranges__refused_before_it_is_parsed)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	char *text = test_guest_json_many("{\"map\":[", "{}", 100000);

	ck_assert_int_eq(
		guest_json_decode(text, strlen(text), &guest, &refusal), GUEST_JSON_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "too many values"));
	free(text);
}
END_TEST

START_TEST(decode__all_texts_that_fit__taken)
{
	char *text = test_guest_json_many(
		TEST_GUEST_JSON_START ",\"viommu\":\"x\",\"opaque\":[", "\"x\"", LIMIT_WORDS);
	struct guest *guest = test_guest_json_take(text);

	ck_assert_uint_eq(guest->n_opaque, LIMIT_WORDS);
	guest_free(guest);
	free(text);
}
END_TEST

START_TEST(property__shuffled_map__same_guest)
{
	static const char *const ranges[] = { TEST_GUEST_JSON_RAM,
		"{\"first\":\"0x80000000\",\"last\":\"0xffffffff\",\"kind\":\"mmio\"}",
		"{\"first\":\"0x100000000\",\"last\":\"0x1ffffffff\",\"kind\":\"ram\"}",
		"{\"first\":\"0x200000000\",\"last\":\"0x2ffffffff\",\"kind\":\"hotplug\"}" };
	uint64_t state = 7;

	for (int turn = 0; turn < 100; turn++) {
		size_t order[] = { 0, 1, 2, 3 };
		struct guest *guest;
		char text[1024];

		for (size_t i = 3; i > 0; i--) {
			size_t j = unit_random(&state) % (i + 1);
			size_t kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		(void)snprintf(text, sizeof(text), "{\"map\":[%s,%s,%s,%s],\"arch\":\"x86_64\"}",
			ranges[order[0]], ranges[order[1]], ranges[order[2]], ranges[order[3]]);
		guest = test_guest_json_take(text);
		ck_assert_int_eq(guest->ranges[0].kind, GUEST_RAM);
		ck_assert_int_eq(guest->ranges[1].kind, GUEST_MMIO);
		ck_assert_int_eq(guest->ranges[2].kind, GUEST_RAM);
		ck_assert_int_eq(guest->ranges[3].kind, GUEST_HOTPLUG);
		guest_free(guest);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guest_json");
	TCase *cases = tcase_create("guest_json");

	tcase_add_test(cases, decode__least_guest__defaults);
	tcase_add_test(cases, decode__every_member__taken_over);
	tcase_add_test(cases, decode__devices__all_forms);
	tcase_add_test(cases, decode__viommu__all_forms);
	tcase_add_test(cases, tree__every_member__read_back_as_the_same);
	tcase_add_test(cases, tree__text_that_no_document_may_hold__cleaned);
	tcase_add_test(cases, decode__arch_by_its_other_name__kernels_name);
	tcase_add_test(cases, decode__member_nobody_knows__refused_with_its_place);
	tcase_add_test(cases, decode__member_that_is_needed__refused_without);
	tcase_add_test(cases, decode__number_in_another_spelling__refused);
	tcase_add_test(cases, decode__wrong_type__refused_with_its_place);
	tcase_add_test(cases, decode__range_that_makes_no_sense__refused);
	tcase_add_test(cases, decode__overlap__both_named_as_written);
	tcase_add_test(cases, decode__no_memory_ever_and_a_window_for_it__refused);
	tcase_add_test(cases, decode__device_that_is_none__refused);
	tcase_add_test(cases, decode__no_json__refused_with_its_line);
	tcase_add_test(cases, decode__more_than_the_limits__refused);
	tcase_add_test(cases, decode__100000_ranges__refused_before_it_is_parsed);
	tcase_add_test(cases, decode__all_texts_that_fit__taken);
	tcase_add_test(cases, property__shuffled_map__same_guest);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
