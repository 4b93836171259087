/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversations with a QEMU that answers from a table; real ones are held by tests/cli/test_qmp.py.
 */
#include "core/codec/qmp_message.h"
#include "core/codec/qmp_talk.h"
#include "core/model/limits.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_QMP_GREETING                                                                          \
	"{\"QMP\":{\"version\":{\"qemu\":{\"major\":10,\"minor\":2,\"micro\":0}},"                 \
	"\"capabilities\":[\"oob\"]}}"
#define TEST_QMP_VIEW                                                                              \
	"\"FlatView #0\\r\\n AS \\\"memory\\\", root: system\\r\\n"                                \
	" Root memory region: system\\r\\n"                                                        \
	"  0000000000000000-000000003fffffff (prio 0, ram): pc.ram KVM\\r\\n"                      \
	"  00000000fd000000-00000000fd0fffff (prio 1, ram): shm0 KVM\\r\\n\\r\\n\""
#define TEST_QMP_TREE                                                                              \
	"\"address-space: memory\\r\\n"                                                            \
	"  0000000000000000-ffffffffffffffff (prio 0, container): system\\r\\n"                    \
	"    0000000000000000-000000003fffffff (prio 0, ram): pc.ram\\r\\n"                        \
	"    0000000100000000-00000001ffffffff (prio 0, i/o): device-memory\\r\\n\\r\\n\""
#define TEST_QMP_ERROR "error"

/* What is answered to a command that has all of @match in it. */
struct test_qmp_reply {
	const char *match, *more;
	const char *value; /* JSON, or TEST_QMP_ERROR */
};

static const struct test_qmp_reply test_qmp_plain[] = {
	{ "qmp_capabilities", "", "{}" },
	{ "query-status", "", "{\"status\":\"running\",\"running\":true}" },
	{ "query-target", "", "{\"arch\":\"x86_64\"}" },
	{ "query-kvm", "", "{\"enabled\":true,\"present\":true}" },
	{ "info mtree -f", "", TEST_QMP_VIEW },
	{ "info mtree", "", TEST_QMP_TREE },
	{ "info network", "", "\"net0: index=0,type=tap\\r\\n\"" },
	{ "query-named-block-nodes", "", "[{\"drv\":\"raw\",\"file\":\"/x\"}]" },
	{ "query-memory-devices", "", "[]" },
	{ "/machine\"", "memory", "{\"size\":1073741824,\"max-size\":4294967296,\"slots\":4}" },
	{ "/machine\"", "type", "\"pc-q35-10.2-machine\"" },
	{ "query-cpus-fast", "", "[{\"qom-path\":\"/machine/unattached/device[0]\"}]" },
	{ "phys-bits", "", "46" },
	{ "qom-list", "", "[{\"name\":\"type\",\"type\":\"string\"}]" },
	{ "qom-get", "", TEST_QMP_ERROR },
};

static const char *test_qmp_find(
	const struct test_qmp_reply *replies, size_t n, const char *command)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(command, replies[i].match) && strstr(command, replies[i].more))
			return replies[i].value;
	return NULL;
}

/* The message that answers @command. */
static void test_qmp_answer(const struct test_qmp_reply *replies, size_t n, const char *command,
	char *ret, size_t n_ret)
{
	const char *value = test_qmp_find(replies, n, command), *id = strstr(command, "\"id\":");

	if (!value)
		value = test_qmp_find(test_qmp_plain,
			sizeof(test_qmp_plain) / sizeof(test_qmp_plain[0]), command);
	ck_assert_msg(value && id, "nothing to answer %s", command);
	if (strcmp(value, TEST_QMP_ERROR) == 0)
		(void)snprintf(ret, n_ret,
			"{\"error\":{\"class\":\"GenericError\",\"desc\":\"Property not "
			"found\"},\"id\":%d}",
			atoi(id + 5));
	else
		(void)snprintf(ret, n_ret, "{\"return\":%s,\"id\":%d}", value, atoi(id + 5));
}

/* Talks to the end; what is not in @replies is answered as by a plain guest. */
static int test_qmp_talk(
	const struct test_qmp_reply *replies, size_t n, struct guest **ret, struct refusal *refusal)
{
	static char message[16384];
	struct qmp_talk *talk;
	int r;

	ck_assert_int_eq(qmp_talk_new(&talk), 0);
	r = qmp_talk_read(talk, TEST_QMP_GREETING, strlen(TEST_QMP_GREETING), refusal);
	while (r == QMP_TALK_SAY) {
		char *command;
		size_t n_command;

		ck_assert_int_eq(qmp_talk_command(talk, &command, &n_command), 0);
		ck_assert_uint_eq(n_command, strlen(command));
		ck_assert_int_eq(command[n_command - 1], '\n');
		test_qmp_answer(replies, n, command, message, sizeof(message));
		free(command);
		r = qmp_talk_read(talk, message, strlen(message), refusal);
	}
	if (r == QMP_TALK_DONE)
		r = qmp_talk_guest(talk, ret, refusal);
	qmp_talk_free(talk);
	return r;
}

static struct guest *test_qmp_take(const struct test_qmp_reply *replies, size_t n)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = test_qmp_talk(replies, n, &guest, &refusal);

	ck_assert_msg(r == QMP_TALK_DONE, "%s: %s", refusal.where, refusal.text);
	return guest;
}
#define TEST_QMP_TAKE(...)                                                                         \
	test_qmp_take((const struct test_qmp_reply[]){ __VA_ARGS__ },                              \
		sizeof((const struct test_qmp_reply[]){ __VA_ARGS__ }) /                           \
			sizeof(struct test_qmp_reply))

static void test_qmp_refused(
	const char *match, const char *value, const char *where, const char *word)
{
	const struct test_qmp_reply reply = { match, "", value };
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = test_qmp_talk(&reply, 1, &guest, &refusal);

	ck_assert_msg(r == QMP_TALK_E_REFUSED, "took %s for %s", value, match);
	ck_assert_ptr_null(guest);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s: %s", refusal.where, refusal.text);
}

START_TEST(talk__plain_guest__all_that_was_said)
{
	struct guest *guest = test_qmp_take(NULL, 0);

	ck_assert_str_eq(guest->arch, "x86_64");
	ck_assert(guest->kvm);
	ck_assert_str_eq(guest->machine, "pc-q35-10.2");
	ck_assert_uint_eq(guest->address_bits, 46);
	ck_assert_uint_eq(guest->n_ranges, 3);
	ck_assert_int_eq(guest->ranges[2].kind, GUEST_HOTPLUG);
	ck_assert(guest->memory.known);
	ck_assert_uint_eq(guest->memory.room, 3ULL << 30);
	ck_assert_uint_eq(guest->memory.slots, 4);
	ck_assert_int_eq(guest->vfio, GUEST_VFIO_UNKNOWN);
	ck_assert_int_eq(guest->viommu.model, VIOMMU_NONE);
	ck_assert_uint_eq(guest->n_devices, 0);
	ck_assert_uint_eq(guest->n_opaque, 0);
	guest_free(guest);
}
END_TEST

START_TEST(talk__assigned_devices__addresses_and_back_end)
{
	struct guest *guest = TEST_QMP_TAKE(
		{ "/machine/peripheral\"", "qom-list",
			"[{\"name\":\"hostdev0\",\"type\":\"child<vfio-pci>\"},"
			"{\"name\":\"hostdev1\",\"type\":\"child<vfio-pci-nohotplug>\"}]" },
		{ "hostdev0", "iommufd", "\"\"" },
		{ "hostdev0", "sysfsdev", "\"/sys/bus/pci/devices/0000:01:00.0\"" },
		/* A file descriptor was passed: the path is not set, the address is. */
		{ "hostdev1", "sysfsdev", "\"\"" }, { "hostdev1", "\"host\"", "\"0000:02:00.1\"" });

	ck_assert_uint_eq(guest->n_devices, 2);
	ck_assert_str_eq(guest->devices[0].address, "0000:01:00.0");
	ck_assert_ptr_null(guest->devices[0].host);
	ck_assert_str_eq(guest->devices[1].address, "0000:02:00.1");
	/* hostdev1 has no such property: a QEMU before 8.2 has type1 only. */
	ck_assert_int_eq(guest->vfio, GUEST_VFIO_TYPE1);
	ck_assert_uint_eq(guest->n_opaque, 0);
	guest_free(guest);
}
END_TEST

START_TEST(talk__iommufd__one_back_end_or_unknown)
{
	static const char devices[] = "[{\"name\":\"a\",\"type\":\"child<vfio-pci>\"},"
				      "{\"name\":\"b\",\"type\":\"child<vfio-pci>\"}]";
	struct guest *guest = TEST_QMP_TAKE({ "/machine/peripheral-anon\"", "qom-list", devices },
		{ "sysfsdev", "", "\"/sys/bus/pci/devices/0000:01:00.0\"" },
		{ "\"iommufd\"", "", "\"/objects/iommufd0\"" });

	ck_assert_int_eq(guest->vfio, GUEST_VFIO_IOMMUFD);
	guest_free(guest);
	guest = TEST_QMP_TAKE({ "/machine/peripheral-anon\"", "qom-list", devices },
		{ "sysfsdev", "", "\"/sys/bus/pci/devices/0000:01:00.0\"" },
		{ "anon/a", "\"iommufd\"", "\"/objects/iommufd0\"" },
		{ "anon/b", "\"iommufd\"", "\"\"" });
	ck_assert_int_eq(guest->vfio, GUEST_VFIO_UNKNOWN);
	guest_free(guest);
}
END_TEST

START_TEST(talk__what_maps_memory_and_is_not_modelled__named)
{
	struct guest *guest = TEST_QMP_TAKE(
		{ "/machine/peripheral\"", "qom-list",
			"[{\"name\":\"m\",\"type\":\"child<vfio-pci>\"},"
			"{\"name\":\"u\",\"type\":\"child<vfio-pci>\"},"
			"{\"name\":\"ap\",\"type\":\"child<vfio-ap>\"},"
			"{\"name\":\"v\",\"type\":\"child<vhost-vdpa-device-pci>\"},"
			"{\"name\":\"w\",\"type\":\"child<vfio-pci>\"},"
			"{\"name\":\"n\",\"type\":\"child<virtio-net-pci>\"}]" },
		/* Not of PCI, whatever it looks like. */
		{ "peripheral/w", "sysfsdev", "\"/sys/bus/other/devices/0000:01:00.0\"" },
		{ "peripheral/m", "sysfsdev", "\"/sys/bus/mdev/devices/83b8f4f2-509f\"" },
		{ "peripheral/u", "\"host\"", "\"ffff:ff:ff.f\"" },
		{ "info network", "", "\"net0: index=0,type=vhost-vdpa,vhostdev=/dev/x\\r\\n\"" },
		{ "query-named-block-nodes", "",
			"[{\"drv\":\"nvme\",\"file\":\"nvme://0000:44:00.0/1\"}]" });

	ck_assert_uint_eq(guest->n_devices, 0);
	ck_assert_uint_eq(guest->n_opaque, 7);
	ck_assert_str_eq(guest->opaque[0], "a network back end of type vhost-vdpa");
	ck_assert_str_eq(guest->opaque[1], "disk nvme://0000:44:00.0/1");
	ck_assert_ptr_nonnull(strstr(guest->opaque[2], "83b8f4f2-509f"));
	ck_assert_ptr_nonnull(strstr(guest->opaque[3], "/machine/peripheral/u"));
	ck_assert_ptr_nonnull(strstr(guest->opaque[4], "vfio-ap"));
	ck_assert_ptr_nonnull(strstr(guest->opaque[5], "vhost-vdpa-device-pci"));
	ck_assert_ptr_nonnull(strstr(guest->opaque[6], "/sys/bus/other"));
	guest_free(guest);
}
END_TEST

static struct guest *test_qmp_iommu(const char *type, const struct test_qmp_reply *one)
{
	char list[256];
	struct test_qmp_reply replies[] = { { "/machine/unattached\"", "qom-list", list }, *one };

	(void)snprintf(list, sizeof(list), "[{\"name\":\"i\",\"type\":\"child<%s>\"}]", type);
	return test_qmp_take(replies, 2);
}

START_TEST(talk__iommus__models_and_what_they_rely_on)
{
	struct guest *guest =
		TEST_QMP_TAKE({ "/machine/peripheral\"", "qom-list",
				      "[{\"name\":\"iommu0\",\"type\":\"child<intel-iommu>\"}]" },
			{ "aw-bits", "", "48" }, { "caching-mode", "", "false" },
			{ "intremap", "", "\"auto\"" }, { "x-flts", "", "true" });

	ck_assert_int_eq(guest->viommu.model, VIOMMU_INTEL);
	ck_assert_uint_eq(guest->viommu.aw_bits, 48);
	ck_assert_int_eq(guest->viommu.caching_mode, TRI_NO);
	ck_assert_int_eq(guest->viommu.intremap, TRI_UNKNOWN);
	ck_assert_int_eq(guest->viommu.shares_tables, TRI_YES);
	guest_free(guest);

	/* Before QEMU 9.0 it has no property for it and takes all 64 bits. */
	guest = test_qmp_iommu(
		"virtio-iommu-pci", &(struct test_qmp_reply){ "aw-bits", "", TEST_QMP_ERROR });
	ck_assert_int_eq(guest->viommu.model, VIOMMU_VIRTIO);
	ck_assert_uint_eq(guest->viommu.aw_bits, 64);
	ck_assert(!guest->viommu.regions_known);
	guest_free(guest);
	guest = test_qmp_iommu("virtio-iommu-pci", &(struct test_qmp_reply){ "aw-bits", "", "39" });
	ck_assert_uint_eq(guest->viommu.aw_bits, 39);
	guest_free(guest);
	guest = test_qmp_iommu("arm-smmuv3", &(struct test_qmp_reply){ "accel", "", "\"on\"" });
	ck_assert_int_eq(guest->viommu.model, VIOMMU_SMMUV3);
	ck_assert_int_eq(guest->viommu.shares_tables, TRI_YES);
	guest_free(guest);
	guest = test_qmp_iommu("amd-iommu", &(struct test_qmp_reply){ "intremap", "", "\"on\"" });
	ck_assert_int_eq(guest->viommu.model, VIOMMU_AMD);
	ck_assert_int_eq(guest->viommu.intremap, TRI_YES);
	ck_assert_int_eq(guest->viommu.shares_tables, TRI_NO);
	guest_free(guest);
	guest = test_qmp_iommu("riscv-iommu-pci", &test_qmp_plain[0]);
	ck_assert_int_eq(guest->viommu.model, VIOMMU_OTHER);
	ck_assert_str_eq(guest->viommu.name, "riscv-iommu-pci");
	guest_free(guest);
}
END_TEST

START_TEST(talk__two_iommus__second_is_named)
{
	struct guest *guest = TEST_QMP_TAKE({ "/machine/peripheral\"", "qom-list",
		"[{\"name\":\"a\",\"type\":\"child<arm-smmuv3>\"},"
		"{\"name\":\"b\",\"type\":\"child<arm-smmuv3>\"}]" });

	ck_assert_int_eq(guest->viommu.model, VIOMMU_SMMUV3);
	ck_assert_uint_eq(guest->n_opaque, 1);
	ck_assert_ptr_nonnull(strstr(guest->opaque[0], "peripheral/b"));
	guest_free(guest);
}
END_TEST

START_TEST(talk__bars_of_memory__told_or_named)
{
	static const char list[] = "[{\"name\":\"iv\",\"type\":\"child<ivshmem-plain>\"},"
				   "{\"name\":\"vga\",\"type\":\"child<VGA>\"}]";
	struct guest *guest = TEST_QMP_TAKE({ "/machine/peripheral\"", "qom-list", list },
		{ "memdev", "", "\"/objects/shm0\"" });

	ck_assert_int_eq(guest->ranges[1].kind, GUEST_RAM_DEVICE);
	ck_assert(guest->ranges[1].placed);
	ck_assert_uint_eq(guest->n_opaque, 0);
	guest_free(guest);
	guest = TEST_QMP_TAKE({ "/machine/peripheral\"", "qom-list", list },
		{ "query-status", "", "{\"status\":\"prelaunch\"}" });
	ck_assert_uint_eq(guest->n_opaque, 2);
	guest_free(guest);
}
END_TEST

START_TEST(talk__memory_devices__room_slots_and_block)
{
	struct guest *guest = TEST_QMP_TAKE({ "query-memory-devices", "",
		"[{\"type\":\"dimm\",\"data\":{\"addr\":4294967296,\"size\":268435456,\"slot\":0}},"
		"{\"type\":\"virtio-mem\",\"data\":{\"memaddr\":4563402752,\"max-size\":1073741824,"
		"\"size\":0,\"block-size\":2097152}}]" });

	ck_assert(guest->memory.known);
	ck_assert_uint_eq(guest->memory.room, (3ULL << 30) - (1ULL << 30) - (256ULL << 20));
	ck_assert_uint_eq(guest->memory.slots, 3);
	ck_assert_uint_eq(guest->ranges[2].block, 2097152);
	guest_free(guest);
	/* What others take of the room is not known. */
	guest = TEST_QMP_TAKE({ "query-memory-devices", "",
		"[{\"type\":\"hv-balloon\",\"data\":{\"max-size\":1}}]" });
	ck_assert(!guest->memory.known);
	guest_free(guest);
	/* Before QEMU 7.1 the machine does not say. */
	guest = TEST_QMP_TAKE({ "/machine\"", "memory", TEST_QMP_ERROR });
	ck_assert(!guest->memory.known);
	guest_free(guest);
}
END_TEST

START_TEST(talk__other_targets__arch)
{
	struct guest *guest = TEST_QMP_TAKE({ "query-target", "", "{\"arch\":\"i386\"}" });

	ck_assert_str_eq(guest->arch, "x86_64");
	guest_free(guest);
	guest = TEST_QMP_TAKE({ "query-target", "", "{\"arch\":\"riscv64\"}" },
		{ "query-kvm", "", "{\"enabled\":false,\"present\":true}" });
	ck_assert_str_eq(guest->arch, "riscv64");
	ck_assert(!guest->kvm);
	guest_free(guest);
	test_qmp_refused("query-target", "{\"arch\":\"aarch64\"}", "info mtree -f, text", "x86_64");
}
END_TEST

START_TEST(talk__answers_that_are_none__refused_with_the_command)
{
	test_qmp_refused("query-status", "{\"status\":7}", "query-status", "no name");
	test_qmp_refused("query-target", TEST_QMP_ERROR, "query-target", "Property not found");
	test_qmp_refused("query-kvm", "[]", "query-kvm", "KVM");
	test_qmp_refused("info mtree -f", "{}", "info mtree -f", "no text");
	test_qmp_refused("info mtree -f", "\"unknown command: 'info mtree'\\r\\n\"",
		"info mtree -f, text", "flat view");
	test_qmp_refused("query-memory-devices",
		"[{\"type\":\"virtio-mem\",\"data\":{\"max-size\":1,\"block-size\":3}}]",
		"query-memory-devices", "power of two");
	test_qmp_refused("query-memory-devices", "[{\"type\":\"dimm\",\"data\":{\"size\":-1}}]",
		"query-memory-devices", "size");
	test_qmp_refused("phys-bits", "65", "qom-get phys-bits", "bits");
	test_qmp_refused("/machine/unattached\"", "[{\"name\":\"\\u0001\",\"type\":\"x\"}]",
		"qom-list /machine/unattached", "no list of objects");
	test_qmp_refused("qom-list", "{}", "qom-list /machine/peripheral", "no list");
}
END_TEST

START_TEST(talk__messages_of_others__passed_over)
{
	static const char *const others[] = {
		"{\"event\":\"RTC_CHANGE\",\"data\":{}}",
		"{\"return\":{},\"id\":7}",
		"{\"return\":{},\"id\":\"1\"}",
		"{\"return\":{}}",
		"{}",
	};
	static const char error[] = "{\"error\":{\"desc\":\"JSON parse error\"}}";
	struct refusal refusal = { "", "" };
	struct qmp_talk *talk;

	ck_assert_int_eq(qmp_talk_new(&talk), 0);
	ck_assert(!qmp_talk_is_greeted(talk));
	ck_assert_str_eq(qmp_talk_waits_for(talk), "its greeting");
	ck_assert_int_eq(
		qmp_talk_read(talk, TEST_QMP_GREETING, strlen(TEST_QMP_GREETING), &refusal),
		QMP_TALK_SAY);
	ck_assert(qmp_talk_is_greeted(talk));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_int_eq(
			qmp_talk_read(talk, others[i], strlen(others[i]), &refusal), QMP_TALK_WAIT);
	ck_assert_str_eq(qmp_talk_waits_for(talk), "qmp_capabilities");
	/* An error without an id is to a command that QEMU could not read: ours. */
	ck_assert_int_eq(qmp_talk_read(talk, error, strlen(error), &refusal), QMP_TALK_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "JSON parse error"));
	qmp_talk_free(talk);
}
END_TEST

START_TEST(talk__no_greeting__refused)
{
	static const char *const texts[] = { "{\"return\":{}}", "{\"QMP\":1}", "{\"a\":", "[]" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct refusal refusal = { "", "" };
		struct qmp_talk *talk;

		ck_assert_int_eq(qmp_talk_new(&talk), 0);
		ck_assert_int_eq(qmp_talk_read(talk, texts[i], strlen(texts[i]), &refusal),
			QMP_TALK_E_REFUSED);
		qmp_talk_free(talk);
	}
}
END_TEST

START_TEST(message__objects_in_pieces__ends_found)
{
	static const char text[] = " \r\n{\"a\":\"}\\\"{\\\\\"}{\n  \"b\": [ {} ]\n}x";
	struct qmp_message message = { 0 };
	size_t n, at = 0, ends[2], n_ends = 0;

	/* Byte by byte, as a socket may give them. */
	for (; at < sizeof(text) - 2; at++) {
		enum qmp_message_outcome outcome = qmp_message_scan(&message, text + at, 1, &n);

		ck_assert_uint_eq(n, 1);
		if (outcome == QMP_MESSAGE_WHOLE)
			ends[n_ends++] = at + 1;
		else
			ck_assert_int_eq(outcome, QMP_MESSAGE_MORE);
	}
	ck_assert_uint_eq(n_ends, 2);
	ck_assert_uint_eq(ends[0], 17);
	ck_assert_uint_eq(ends[1], sizeof(text) - 2);
	ck_assert_int_eq(qmp_message_scan(&message, "x", 1, &n), QMP_MESSAGE_E_STRANGE);
	/* All at once: up to the end of the first. */
	message = (struct qmp_message){ 0 };
	ck_assert_int_eq(qmp_message_scan(&message, text, sizeof(text) - 1, &n), QMP_MESSAGE_WHOLE);
	ck_assert_uint_eq(n, 17);
}
END_TEST

static Suite *test_qmp_suite(void)
{
	Suite *suite = suite_create("qmp_talk");
	TCase *cases = tcase_create("talk");

	tcase_add_test(cases, talk__plain_guest__all_that_was_said);
	tcase_add_test(cases, talk__assigned_devices__addresses_and_back_end);
	tcase_add_test(cases, talk__iommufd__one_back_end_or_unknown);
	tcase_add_test(cases, talk__what_maps_memory_and_is_not_modelled__named);
	tcase_add_test(cases, talk__iommus__models_and_what_they_rely_on);
	tcase_add_test(cases, talk__two_iommus__second_is_named);
	tcase_add_test(cases, talk__bars_of_memory__told_or_named);
	tcase_add_test(cases, talk__memory_devices__room_slots_and_block);
	tcase_add_test(cases, talk__other_targets__arch);
	tcase_add_test(cases, talk__answers_that_are_none__refused_with_the_command);
	tcase_add_test(cases, talk__messages_of_others__passed_over);
	tcase_add_test(cases, talk__no_greeting__refused);
	tcase_add_test(cases, message__objects_in_pieces__ends_found);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_qmp_suite());
}
