/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/mtree.h"
#include "core/model/limits.h"
#include "tests/support/unit.h"

#include <glob.h>
#include <inttypes.h>
#include <string.h>

#define TEST_MTREE_BYTES (1U << 20)
#define TEST_MTREE_HEAD                                                                            \
	"FlatView #0\n AS \"memory\", root: system\n AS \"cpu-memory-0\", root: system\n"          \
	" Root memory region: system\n"
#define TEST_MTREE_RAM "  0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n"
#define TEST_MTREE_TREE                                                                            \
	"address-space: cpu-memory-0\naddress-space: memory\n"                                     \
	"  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"                              \
	"    0000000000000000-000000003fffffff (prio 0, ram): alias ram-below-4g @pc.ram "         \
	"0000000000000000-000000003fffffff\n"

/* The text of a file below tests/, NUL-terminated. */
static char *test_mtree_load(const char *path)
{
	char *text = malloc(TEST_MTREE_BYTES);
	FILE *file = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(text, 1, TEST_MTREE_BYTES - 1, file);
	text[n] = '\0';
	(void)fclose(file);
	return text;
}

static char *test_mtree_load_corpus(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/mtree/%s", top ? top : ".", name);
	return test_mtree_load(path);
}

static struct guest *test_mtree_take_arch(const char *text, const char *arch)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = mtree_decode(text, strlen(text), arch, &guest, &refusal);

	ck_assert_msg(r == MTREE_DONE, "%s: %s", refusal.where, refusal.text);
	return guest;
}

static struct guest *test_mtree_take(const char *text)
{
	return test_mtree_take_arch(text, NULL);
}

static struct guest *test_mtree_take_corpus(const char *name)
{
	char *text = test_mtree_load_corpus(name);
	struct guest *guest = test_mtree_take(text);

	free(text);
	return guest;
}

static void test_mtree_refused_arch(
	const char *text, const char *arch, const char *where, const char *word)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = mtree_decode(text, strlen(text), arch, &guest, &refusal);

	ck_assert_msg(r == MTREE_E_REFUSED, "took %s", text);
	ck_assert_ptr_null(guest);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s says: %s", refusal.where, refusal.text);
	ck_assert_msg(strlen(refusal.text) < sizeof(refusal.text) - 1, "cut: %s", refusal.text);
}

static void test_mtree_refused(const char *text, const char *where, const char *word)
{
	test_mtree_refused_arch(text, NULL, where, word);
}

static const struct guest_range *test_mtree_find(const struct guest *guest, uint64_t first)
{
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].region.first == first &&
			guest->ranges[i].kind != GUEST_HOTPLUG)
			return &guest->ranges[i];
	ck_abort_msg("nothing at 0x%" PRIx64, first);
	return NULL;
}

static void test_mtree_is(const struct guest *guest, uint64_t first, uint64_t last,
	enum guest_kind kind, const char *name)
{
	const struct guest_range *range = test_mtree_find(guest, first);

	ck_assert_uint_eq(range->region.last, last);
	ck_assert_int_eq(range->kind, kind);
	ck_assert_str_eq(range->name, name);
	ck_assert(range->placed);
}

static const struct guest_range *test_mtree_window(const struct guest *guest)
{
	const struct guest_range *window = NULL;

	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG) {
			ck_assert_ptr_null(window);
			window = &guest->ranges[i];
		}
	return window;
}

/* The number after the next @word in *@text, which moves past it; 0 when there is none. */
static uint64_t test_mtree_number(const char **text, const char *word)
{
	const char *at = strstr(*text, word);

	if (!at)
		return 0;
	*text = at + strlen(word);
	return strtoull(*text, NULL, 0);
}

/* Bytes of RAM as QEMU counts them in the same file: at boot, and in devices of memory. */
static uint64_t test_mtree_told(const char *text)
{
	const char *base = text, *dimm = text, *virtio = text;
	uint64_t bytes = test_mtree_number(&base, "base memory: "), more;

	if (bytes == 0)
		return 0;
	while ((dimm = strstr(dimm, "Memory device [dimm]")))
		bytes += test_mtree_number(&dimm, "  size: ");
	while ((more = test_mtree_number(&virtio, "  max-size: ")))
		bytes += more;
	return bytes;
}

/* What of @guest is or hides RAM: all but firmware right below 4 GiB. */
static uint64_t test_mtree_counted(const struct guest *guest)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		if ((range->kind == GUEST_RAM || range->kind == GUEST_ROM) &&
			range->region.last != 0xffffffff)
			bytes += range->region.last - range->region.first + 1;
	}
	return bytes;
}

/* Where @text has the tree's "device-memory", of the address space "memory" or of its root. */
static bool test_mtree_told_window(const char *text, struct region *ret)
{
	const char *at = strstr(text, "(prio 0, i/o): device-memory");

	if (!at)
		return false;
	while (*at != '\n')
		at--;
	ret->first = strtoull(at, NULL, 16);
	ret->last = strtoull(strchr(at, '-') + 1, NULL, 16);
	return true;
}

START_TEST(decode__real_guests__ram_and_windows_are_what_qemu_says_elsewhere)
{
	const char *top = getenv("top_srcdir");
	char pattern[512];
	size_t n_told = 0;
	glob_t found;

	(void)snprintf(
		pattern, sizeof(pattern), "%s/tests/domains/data/*.mtree.txt", top ? top : ".");
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text = test_mtree_load(found.gl_pathv[i]);
		struct guest *guest = test_mtree_take(text);
		const struct guest_range *window = test_mtree_window(guest);
		uint64_t told = test_mtree_told(text);
		struct region region;

		n_told += told > 0;
		ck_assert_msg(!told || test_mtree_counted(guest) == told,
			"%s: %" PRIu64 " and %" PRIu64, found.gl_pathv[i],
			test_mtree_counted(guest), told);
		ck_assert_uint_eq(guest->n_opaque, 0);
		if (test_mtree_told_window(text, &region)) {
			ck_assert_ptr_nonnull(window);
			ck_assert_int_eq(region_compare(&window->region, &region), 0);
		}
		ck_assert(!told || guest->hotplug_none || window);
		guest_free(guest);
		free(text);
	}
	ck_assert_uint_ge(n_told, 60);
	globfree(&found);
}
END_TEST

/* QEMU 7.2 after SeaBIOS placed the BARs of VGA, qxl and ivshmem-plain. */
static void test_mtree_is_firmware(const struct guest *guest, enum guest_kind ivshmem)
{
	ck_assert_str_eq(guest->arch, "x86_64");
	test_mtree_is(guest, 0, 0x9ffff, GUEST_RAM, "pc.ram");
	test_mtree_is(guest, 0xa0000, 0xbffff, GUEST_MMIO, "vga-lowmem");
	test_mtree_is(guest, 0xc0000, 0xcafff, GUEST_ROM, "pc.ram");
	test_mtree_is(guest, 0xcb000, 0xcdfff, GUEST_RAM, "pc.ram");
	test_mtree_is(guest, 0xf0000, 0xfffff, GUEST_ROM, "pc.ram");
	test_mtree_is(guest, 0x100000, 0xfffffff, GUEST_RAM, "pc.ram");
	test_mtree_is(guest, 0xfa000000, 0xfbffffff, GUEST_RAM_DEVICE, "qxl.vgavram");
	test_mtree_is(guest, 0xfd000000, 0xfdffffff, GUEST_RAM_DEVICE, "vga.vram");
	test_mtree_is(guest, 0xfe000000, 0xfe0fffff, ivshmem, "ih");
	test_mtree_is(guest, 0xfffc0000, 0xffffffff, GUEST_ROM, "pc.bios");
	test_mtree_is(guest, 0x100000000, 0x107ffffff, GUEST_RAM, "dd");
}

START_TEST(decode__after_firmware__bars_of_devices_are_told)
{
	struct guest *guest = test_mtree_take_corpus("q35-firmware.txt");

	test_mtree_is_firmware(guest, GUEST_RAM);
	/* No tree: nothing says where memory can be added. */
	ck_assert(!guest->hotplug_none);
	ck_assert_ptr_null(test_mtree_window(guest));
	guest_free(guest);
}
END_TEST

START_TEST(decode__owners_and_dispatch__same_map)
{
	static const char *const names[] = { "q35-owners.txt", "q35-dispatch.txt" };

	for (size_t i = 0; i < 2; i++) {
		struct guest *guest = test_mtree_take_corpus(names[i]);

		test_mtree_is_firmware(guest, GUEST_RAM);
		guest_free(guest);
	}
}
END_TEST

START_TEST(decode__tree__hotplug_window)
{
	static const char *const names[] = { "q35-tree.txt", "q35-disabled.txt" };

	for (size_t i = 0; i < 2; i++) {
		struct guest *guest = test_mtree_take_corpus(names[i]);
		const struct guest_range *window = test_mtree_window(guest);

		test_mtree_is_firmware(guest, GUEST_RAM);
		/* -m 256M,slots=2,maxmem=1G: 768 MiB and a GiB for each slot, FACTS of QEMU's
		 * pc_get_device_memory_range(). */
		ck_assert_ptr_nonnull(window);
		ck_assert_uint_eq(window->region.first, 0x100000000);
		ck_assert_uint_eq(window->region.last, 0x100000000 + (2816ULL << 20) - 1);
		ck_assert_uint_eq(window->block, 0);
		guest_free(guest);
	}
}
END_TEST

START_TEST(decode__arm__arch_and_high_window)
{
	struct guest *guest = test_mtree_take_corpus("virt-tree.txt");

	ck_assert_str_eq(guest->arch, "aarch64");
	test_mtree_is(guest, 0x40000000, 0x7fffffff, GUEST_RAM, "mach-virt.ram");
	/* Flash is no RAM, so VFIO does not map it. */
	test_mtree_is(guest, 0, 0x800ffff, GUEST_MMIO, "virt.flash0 and others");
	test_mtree_is(guest, 0x8000000000, 0xffffffffff, GUEST_MMIO, "gpex_mmio_window");
	ck_assert_int_eq(guest->ranges[guest->n_ranges - 1].kind, GUEST_PCI_HOLE64);
	ck_assert_uint_eq(test_mtree_window(guest)->region.first, 0x80000000);
	ck_assert(!guest->hotplug_none);
	guest_free(guest);
}
END_TEST

START_TEST(decode__line_ends_and_indent__do_not_matter)
{
	char *crlf = test_mtree_load_corpus("q35-tree.txt");
	char *plain = malloc(TEST_MTREE_BYTES);
	struct guest *a = test_mtree_take(crlf), *b;
	bool begin = true;
	size_t n = 0;

	ck_assert_ptr_nonnull(plain);
	ck_assert_ptr_nonnull(strstr(crlf, "\r\n"));
	for (const char *c = crlf; *c; c++) {
		if (*c != '\r' && !(begin && *c == ' '))
			plain[n++] = *c;
		begin = *c == '\n' || (begin && *c == ' ');
	}
	plain[n] = '\0';
	b = test_mtree_take(plain);
	ck_assert_uint_eq(a->n_ranges, b->n_ranges);
	for (size_t i = 0; i < a->n_ranges; i++) {
		ck_assert_int_eq(region_compare(&a->ranges[i].region, &b->ranges[i].region), 0);
		ck_assert_int_eq(a->ranges[i].kind, b->ranges[i].kind);
	}
	guest_free(a);
	guest_free(b);
	free(crlf);
	free(plain);
}
END_TEST

/* Forms of later versions and of KVM, after QEMU's source: system/memory.c. */
START_TEST(decode__kvm_and_types__kinds)
{
	struct guest *guest = test_mtree_take(
		"FlatView #3\n AS \"cpu-memory-0\", root: system\n"
		" AS \"vfio-pci\", root: bus master container, alias bus master\n"
		" AS \"memory\", root: system\n Root memory region: system\n"
		"  0000000000000000-00000000000bffff (prio 0, ram): pc.ram KVM\n"
		"  00000000000c0000-00000000000fffff (prio 0, rom): pc.ram @00000000000c0000 "
		"owner:{obj path=/objects/pc.ram} KVM\n"
		"  0000000000100000-000000003fffffff (prio 0, ram): pc.ram @0000000000100000 KVM "
		"KVM\n"
		"  0000000040000000-000000004000ffff (prio -1, container): a container\n"
		"  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 mmaps[0] "
		"KVM\n"
		"  00000000fe010000-00000000fe01ffff (prio 0, ram): shm owner:{dev id=dev0} "
		"parent:{obj path=/x} KVM\n"
		"  00000000ffc00000-00000000ffffffff (prio 0, romd): system.flash0 orphan KVM\n"
		"  0000000100000000-000000013fffffff (prio 0, nv-ram): nv0 @0000000000001000 KVM\n"
		"  fffffffffffff000-ffffffffffffffff (prio 0, i/o): apic-msi\n\n");

	test_mtree_is(guest, 0xc0000, 0xfffff, GUEST_ROM, "pc.ram");
	test_mtree_is(guest, 0x100000, 0x3fffffff, GUEST_RAM, "pc.ram");
	test_mtree_is(guest, 0x40000000, 0x4000ffff, GUEST_MMIO, "a container");
	/* An assigned BAR that cannot be mapped costs peer-to-peer access, and nothing else. */
	test_mtree_is(
		guest, 0xfe000000, 0xfe00ffff, GUEST_BAR_WINDOW, "0000:01:00.0 BAR 0 mmaps[0]");
	test_mtree_is(guest, 0xfe010000, 0xfe01ffff, GUEST_RAM_DEVICE, "shm");
	test_mtree_is(guest, 0xffc00000, 0xffffffff, GUEST_MMIO, "system.flash0");
	test_mtree_is(guest, 0x100000000, 0x13fffffff, GUEST_RAM, "nv0");
	ck_assert(guest->kvm);
	guest_free(guest);
}
END_TEST

START_TEST(decode__unknown_type__is_named_and_has_to_fit)
{
	struct guest *guest = test_mtree_take(TEST_MTREE_HEAD TEST_MTREE_RAM
		"  0000000040000000-0000000040000fff (prio 0, newram): something\n\n");

	test_mtree_is(guest, 0x40000000, 0x40000fff, GUEST_RAM, "something");
	ck_assert_str_eq(guest->opaque[0], "region of type \"newram\" at 0x40000000");
	guest_free(guest);
}
END_TEST

START_TEST(decode__registers_side_by_side__become_one_range)
{
	struct guest *guest = test_mtree_take(TEST_MTREE_HEAD TEST_MTREE_RAM
		"  00000000fe000000-00000000fe00004f (prio 0, i/o): msix-table\n"
		"  00000000fe000800-00000000fe000807 (prio 0, i/o): msix-pba\n"
		"  00000000fe001000-00000000fe001fff (prio 0, i/o): virtio-pci-common\n"
		"  00000000fe003000-00000000fe003fff (prio 0, i/o): virtio-mmio\n"
		"  00000000fe004000-00000000fe004fff (prio 0, i/o): virtio-mmio\n\n");

	ck_assert_uint_eq(guest->n_ranges, 3);
	test_mtree_is(guest, 0xfe000000, 0xfe001fff, GUEST_MMIO, "msix-table and others");
	test_mtree_is(guest, 0xfe003000, 0xfe004fff, GUEST_MMIO, "virtio-mmio");
	guest_free(guest);
}
END_TEST

START_TEST(decode__tree_without_window__no_memory_can_be_added)
{
	struct guest *guest =
		test_mtree_take(TEST_MTREE_HEAD TEST_MTREE_RAM "\n" TEST_MTREE_TREE "\n");

	ck_assert(guest->hotplug_none);
	guest_free(guest);
}
END_TEST

START_TEST(decode__tree_that_proves_nothing__memory_may_be_added)
{
	static const char *const texts[] = {
		/* cut */
		TEST_MTREE_HEAD TEST_MTREE_RAM "\n" TEST_MTREE_TREE,
		/* a line of it cannot be read */
		TEST_MTREE_HEAD TEST_MTREE_RAM "\n" TEST_MTREE_TREE
					       "    0000000040000000-00000000\n\n",
		/* nothing below the root */
		TEST_MTREE_HEAD TEST_MTREE_RAM
		"\naddress-space: memory\n"
		"  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n\n",
		/* of another address space */
		TEST_MTREE_HEAD TEST_MTREE_RAM
		"\naddress-space: I/O\n"
		"  0000000000000000-000000000000ffff (prio 0, i/o): io\n"
		"    0000000000000000-0000000000000007 (prio 0, i/o): dma-chan\n\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct guest *guest = test_mtree_take(texts[i]);

		ck_assert_msg(!guest->hotplug_none, "text %zu", i);
		guest_free(guest);
	}
}
END_TEST

START_TEST(decode__virtio_mem__block_of_the_window)
{
	struct guest *guest = test_mtree_take(TEST_MTREE_HEAD TEST_MTREE_RAM
		"\n" TEST_MTREE_TREE
		"    0000000100000000-00000001ffffffff (prio 0, i/o): device-memory\n\n"
		"Memory device [dimm]: \"dimm0\"\n  size: 1073741824\n"
		"Memory device [virtio-mem]: \"vm0\"\n  block-size: 4194304\n"
		"Memory device [virtio-mem]: \"vm1\"\n  block-size: 2097152\n");

	ck_assert_uint_eq(test_mtree_window(guest)->block, 2097152);
	guest_free(guest);
}
END_TEST

START_TEST(decode__no_view__refused_with_the_command)
{
	test_mtree_refused("", "text", "info mtree -f");
	test_mtree_refused("error: Domain not found\n", "text", "info mtree -f");
	test_mtree_refused(TEST_MTREE_TREE "\n", "text", "info mtree -f");
	test_mtree_refused("FlatView #0\n AS \"cpu-memory-0\", root: system\n"
			   " Root memory region: system\n" TEST_MTREE_RAM "\n",
		"text", "info mtree -f");
}
END_TEST

START_TEST(decode__no_memory__refused)
{
	test_mtree_refused("FlatView #0\n AS \"memory\", root: system\n"
			   " Root memory region: (none)\n  No rendered FlatView\n\n",
		"line 4", "starting");
	test_mtree_refused(TEST_MTREE_HEAD
		"  00000000fec00000-00000000fec00fff (prio 0, i/o): ioapic\n\n",
		"text", "no RAM");
}
END_TEST

START_TEST(decode__cut_text__refused)
{
	char *whole = test_mtree_load_corpus("q35-firmware.txt");
	char *begin = strstr(whole, "AS \"memory\"");
	char *end = strstr(begin, "\r\n\r\n");

	/* Wherever it is cut between the head of the view and its end. */
	for (char *c = begin + 20; c < end + 2; c++) {
		struct refusal refusal = { "", "" };
		struct guest *guest = NULL;

		ck_assert_msg(mtree_decode(whole, (size_t)(c - whole), "x86_64", &guest,
				      &refusal) == MTREE_E_REFUSED,
			"took what is cut before %.40s", c);
	}
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM, "text", "cut");
	free(whole);
}
END_TEST

START_TEST(decode__lines_that_are_none__refused)
{
	static const char *const lines[] = {
		"  0000000040000000-000000007fffffff (prio 0, ram)\n",
		"  40000000-7fffffff (prio 0, ram): short\n",
		"  0000000040000000-000000007fffffff (prio x, ram): priority\n",
		"  0000000040000000-000000003fffffff (prio 0, ram): reversed\n",
		"  000000004000000G-000000007fffffff (prio 0, ram): digits\n",
		"  0000000040000000..000000007fffffff pc.ram\n",
		"--More--\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[1024];

		(void)snprintf(
			text, sizeof(text), "%s%s\n", TEST_MTREE_HEAD TEST_MTREE_RAM, lines[i]);
		test_mtree_refused(text, "line 6", "no line of a flat view");
	}
}
END_TEST

START_TEST(decode__view_that_no_qemu_prints__refused)
{
	test_mtree_refused(
		TEST_MTREE_HEAD TEST_MTREE_RAM TEST_MTREE_RAM "\n", "line 6", "begins before");
	/* An empty line tears the view in two: the rest of it must not be lost. */
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM
		"\n  0000000100000000-000000017fffffff (prio 0, ram): pc.ram\n\n",
		"line 7", "outside");
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM "\n" TEST_MTREE_HEAD TEST_MTREE_RAM "\n",
		"line 8", "twice");
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM "\n" TEST_MTREE_TREE "\n" TEST_MTREE_TREE
							  "\n",
		"line 13", "twice");
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM
		"  0000000040000000-0000000040000fff (prio 0, ram): \x1b[31m\n\n",
		"line 6", "name");
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM
		"\nMemory device [virtio-mem]: \"vm0\"\n  block-size: 3\n",
		"line 8", "power of two");
}
END_TEST

START_TEST(decode__architecture__told_given_or_refused)
{
	static const char other[] =
		TEST_MTREE_HEAD "  0000000000000000-000000003fffffff (prio 0, ram): ram-node0\n\n";
	struct guest *guest = test_mtree_take_arch(other, "arm64");

	ck_assert_str_eq(guest->arch, "aarch64");
	guest_free(guest);
	guest = test_mtree_take_arch(other, "riscv64");
	ck_assert_str_eq(guest->arch, "riscv64");
	guest_free(guest);
	test_mtree_refused(other, "text", "--arch=x86_64");
	test_mtree_refused_arch(TEST_MTREE_HEAD TEST_MTREE_RAM "\n", "aarch64", "text", "x86_64");
	test_mtree_refused(TEST_MTREE_HEAD TEST_MTREE_RAM
		"  0000000040000000-000000007fffffff (prio 0, ram): mach-virt.ram\n\n",
		"text", "Arm");
}
END_TEST

/* Somebody may call the RAM of an Arm board like that of a PC: its devices tell. */
START_TEST(decode__ram_by_any_name__devices_tell_the_architecture)
{
	static const char arm[] =
		TEST_MTREE_HEAD "  0000000008000000-0000000008000fff (prio 0, i/o): gic_dist\n"
				"  0000000040000000-000000007fffffff (prio 0, ram): pc.ram\n\n";
	struct guest *guest = test_mtree_take(arm);

	ck_assert_str_eq(guest->arch, "aarch64");
	guest_free(guest);
	guest = test_mtree_take_arch(arm, "aarch64");
	ck_assert_str_eq(guest->arch, "aarch64");
	guest_free(guest);
	test_mtree_refused_arch(arm, "x86_64", "text", "aarch64");
}
END_TEST

START_TEST(decode__too_much__refused)
{
	char *text = malloc(LIMIT_MTREE_BYTES + 2);
	size_t n = strlen(TEST_MTREE_HEAD);
	struct refusal refusal;
	struct guest *guest = NULL;

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', LIMIT_MTREE_BYTES + 1);
	ck_assert_int_eq(
		mtree_decode(text, LIMIT_MTREE_BYTES + 1, NULL, &guest, &refusal), MTREE_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.text, "larger"));
	memcpy(text, TEST_MTREE_HEAD, n);
	for (unsigned i = 0; i <= LIMIT_GUEST_RANGES; i++)
		n += (size_t)snprintf(text + n, 80, "  %016x-%016x (prio 0, ram): pc.ram\n",
			i << 13, (i << 13) + 4095);
	(void)snprintf(text + n, 2, "\n");
	test_mtree_refused(text, "line 1029", "more ranges");
	free(text);
}
END_TEST

static Suite *test_mtree_suite(void)
{
	Suite *suite = suite_create("mtree");
	TCase *cases = tcase_create("decode");

	tcase_add_test(cases, decode__real_guests__ram_and_windows_are_what_qemu_says_elsewhere);
	tcase_add_test(cases, decode__after_firmware__bars_of_devices_are_told);
	tcase_add_test(cases, decode__owners_and_dispatch__same_map);
	tcase_add_test(cases, decode__tree__hotplug_window);
	tcase_add_test(cases, decode__arm__arch_and_high_window);
	tcase_add_test(cases, decode__line_ends_and_indent__do_not_matter);
	tcase_add_test(cases, decode__kvm_and_types__kinds);
	tcase_add_test(cases, decode__unknown_type__is_named_and_has_to_fit);
	tcase_add_test(cases, decode__registers_side_by_side__become_one_range);
	tcase_add_test(cases, decode__tree_without_window__no_memory_can_be_added);
	tcase_add_test(cases, decode__tree_that_proves_nothing__memory_may_be_added);
	tcase_add_test(cases, decode__virtio_mem__block_of_the_window);
	tcase_add_test(cases, decode__no_view__refused_with_the_command);
	tcase_add_test(cases, decode__no_memory__refused);
	tcase_add_test(cases, decode__cut_text__refused);
	tcase_add_test(cases, decode__lines_that_are_none__refused);
	tcase_add_test(cases, decode__view_that_no_qemu_prints__refused);
	tcase_add_test(cases, decode__architecture__told_given_or_refused);
	tcase_add_test(cases, decode__ram_by_any_name__devices_tell_the_architecture);
	tcase_add_test(cases, decode__too_much__refused);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_mtree_suite());
}
