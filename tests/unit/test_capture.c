/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/capture.h"
#include "client/capture_scrub.h"
#include "core/cleanup.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- a sysroot of its own */

static char test_capture_root[64];

static void test_capture_setup(void)
{
	(void)snprintf(test_capture_root, sizeof(test_capture_root), "/tmp/test-capture-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test_capture_root));
}

static int test_capture_remove(
	const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

static void test_capture_teardown(void)
{
	(void)nftw(test_capture_root, test_capture_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* The place of @path in the sysroot, its directories made. The caller frees. */
static char *test_capture_place(const char *path)
{
	char *place;

	ck_assert_int_ge(asprintf(&place, "%s/%s", test_capture_root, path), 0);
	for (char *slash = place + strlen(test_capture_root) + 1; (slash = strchr(slash, '/'));
		slash++) {
		*slash = '\0';
		ck_assert(mkdir(place, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	return place;
}

static void test_capture_file(const char *path, const char *content)
{
	_cleanup_(cleanup_freep) char *place = test_capture_place(path);
	FILE *file = fopen(place, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(content, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(place, 0444), 0);
}

static void test_capture_link(const char *path, const char *target)
{
	_cleanup_(cleanup_freep) char *place = test_capture_place(path);

	ck_assert_int_eq(symlink(target, place), 0);
}

static void test_capture_dir(const char *path)
{
	_cleanup_(cleanup_freep) char *place = test_capture_place(path);

	ck_assert_int_eq(mkdir(place, 0755), 0);
}

/* The capture of the sysroot. The caller frees. */
static char *test_capture_take(const char *kernel_log)
{
	char *text = NULL;
	size_t size;
	int fd = open(test_capture_root, O_PATH | O_DIRECTORY);
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(capture_write(fd, kernel_log, out), 0);
	(void)fclose(out);
	close(fd);
	return text;
}

static void test_capture_is(const char *want)
{
	_cleanup_(cleanup_freep) char *text = test_capture_take(NULL);

	ck_assert_str_eq(text, want);
}

/* ---------------------------------------------------------------- walking */

START_TEST(write__a_device_in_a_group__its_places_and_no_others)
{
	test_capture_link("sys/bus/pci/devices/0000:01:00.0",
		"../../../devices/pci0000:00/0000:00:03.0/0000:01:00.0");
	test_capture_file("sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/vendor", "0x8086\n");
	test_capture_file(
		"sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/serial_number", "12-34-56\n");
	test_capture_file(
		"sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/net/eth0/address", "52:54:00\n");
	test_capture_dir("sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/vfio-dev");
	test_capture_dir("sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/vfio-dev/vfio0");
	test_capture_link("sys/devices/pci0000:00/firmware_node", "../LNXSYSTM:00/PNP0A08:00");
	test_capture_file("sys/kernel/iommu_groups/9/type", "DMA\n");
	test_capture_link("sys/kernel/iommu_groups/9/devices/0000:01:00.0",
		"../../../../devices/pci0000:00/0000:00:03.0/0000:01:00.0");
	test_capture_dir("sys/class");
	test_capture_dir("sys/class/iommu");
	test_capture_is("iommufleet-capture 1\n"
			"in sys/bus/pci/devices\n"
			"link 0000:01:00.0 ../../../devices/pci0000:00/0000:00:03.0/0000:01:00.0\n"
			"in sys/class\n"
			"dir iommu\n"
			"in sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0\n"
			"file vendor 0444 text\n"
			"  0x8086\n"
			"in sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/vfio-dev\n"
			"dir vfio0\n"
			"in sys/devices/pci0000:00\n"
			"link firmware_node ../LNXSYSTM:00/PNP0A08:00\n"
			"in sys/kernel/iommu_groups/9/devices\n"
			"link 0000:01:00.0 "
			"../../../../devices/pci0000:00/0000:00:03.0/0000:01:00.0\n"
			"in sys/kernel/iommu_groups/9\n"
			"file type 0444 text\n"
			"  DMA\n"
			"end 7\n");
}
END_TEST

START_TEST(write__a_unit_and_the_device_behind_it__both_followed)
{
	test_capture_link("sys/class/iommu/smmu3.0x09050000",
		"../../devices/platform/9050000.smmuv3/iommu/smmu3.0x09050000");
	test_capture_link("sys/devices/platform/9050000.smmuv3/iommu/smmu3.0x09050000/device",
		"../../../9050000.smmuv3");
	test_capture_link("sys/devices/platform/9050000.smmuv3/driver",
		"../../../bus/platform/drivers/arm-smmu-v3");
	_cleanup_(cleanup_freep) char *text = test_capture_take(NULL);
	ck_assert_ptr_nonnull(
		strstr(text, "link driver ../../../bus/platform/drivers/arm-smmu-v3\n"));
}
END_TEST

START_TEST(write__nothing_at_all__an_empty_capture)
{
	test_capture_is("iommufleet-capture 1\nend 0\n");
}
END_TEST

START_TEST(write__a_hostile_sysroot__nothing_from_outside)
{
	test_capture_link("proc", "/proc");
	test_capture_link(
		"sys/bus/pci/devices/0000:00:00.0", "../../../../../../../../../proc/self");
	test_capture_link("sys/bus/pci/devices/0000:00:01.0", "../../../devices/a");
	test_capture_link("sys/devices/a", "/proc/self");
	test_capture_link("sys/kernel/iommu_groups/1/devices/x", "/etc");
	_cleanup_(cleanup_freep) char *fifo = test_capture_place("sys/kernel/iommu_groups/1/type");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	test_capture_is("iommufleet-capture 1\n"
			"in sys/bus/pci/devices\n"
			"unreadable 0000:00:00.0 EXDEV\n"
			"link 0000:00:01.0 ../../../devices/a\n"
			"in sys/kernel/iommu_groups/1/devices\n"
			"unreadable x EXDEV\n"
			"end 3\n");
}
END_TEST

START_TEST(write__what_cannot_be_read__said_and_gone_on)
{
	test_capture_file("proc/version", "Linux version 6.1.0\n");
	test_capture_file("sys/kernel/iommu_groups/1/type", "DMA\n");
	_cleanup_(cleanup_freep) char *locked = test_capture_place("sys/kernel/iommu_groups");
	_cleanup_(cleanup_freep) char *version = test_capture_place("proc/version");
	ck_assert_int_eq(chmod(test_capture_root, 0755), 0);
	ck_assert_int_eq(chmod(locked, 0), 0);
	ck_assert_int_eq(chmod(version, 0), 0);
	/* Root reads it all the same; 65534 is nobody. */
	bool root = geteuid() == 0;
	ck_assert(!root || seteuid(65534) == 0);
	_cleanup_(cleanup_freep) char *text = test_capture_take("/nonexistent/kernel-log");
	ck_assert(!root || seteuid(0) == 0);
	ck_assert_int_eq(chmod(locked, 0755), 0);
	ck_assert_str_eq(text, "iommufleet-capture 1\n"
			       "in proc\n"
			       "unreadable version EACCES\n"
			       "in sys/kernel\n"
			       "unreadable iommu_groups EACCES\n"
			       "kernel-log unreadable ENOENT\n"
			       "end 3\n");
}
END_TEST

START_TEST(write__a_file_past_the_limit__named_not_held)
{
	test_capture_file("proc/iomem", "00000000-00000fff : Reserved\n");
	_cleanup_(cleanup_freep) char *place = test_capture_place("proc/iomem");
	ck_assert_int_eq(chmod(place, 0644), 0);
	ck_assert_int_eq(truncate(place, (16 << 20) + 1), 0);
	test_capture_is("iommufleet-capture 1\nin proc\nunreadable iomem EFBIG\nend 1\n");
}
END_TEST

START_TEST(write__a_kernel_log__the_lines_that_matter_in_their_order)
{
	test_capture_file("log", "[    0.000000] Linux version 6.1.0 (me@desk) (gcc) #1\n"
				 "[    0.000000] BIOS-provided physical RAM map:\n"
				 "[    0.000000] Command line: root=UUID=12 intel_iommu=on quiet\n"
				 "[    1.000000] e1000e 0000:01:00.0 eth0: 52:54:00:12:34:56\n"
				 "[    1.100000] virtio-net with iommu 52:54:00:12:34:56\n"
				 "[    1.200000] DMAR: Host address width 39");
	_cleanup_(cleanup_freep) char *log = test_capture_place("log");
	_cleanup_(cleanup_freep) char *text = test_capture_take(log);
	ck_assert_str_eq(text, "iommufleet-capture 1\n"
			       "kernel-log text\n"
			       "  [    0.000000] Linux version 6.1.0 (*@*) (gcc) #1\n"
			       "  [    0.000000] Command line: root=* intel_iommu=on quiet\n"
			       "  [    1.100000] virtio-net with iommu 00:00:00:00:00:00\n"
			       "  [    1.200000] DMAR: Host address width 39\n"
			       "end 1\n");
}
END_TEST

START_TEST(write__a_full_disk__an_error)
{
	FILE *out = fopen("/dev/full", "w");
	int fd = open(test_capture_root, O_PATH | O_DIRECTORY);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(capture_write(fd, NULL, out), -ENOSPC);
	(void)fclose(out);
	close(fd);
}
END_TEST

/* ---------------------------------------------------------------- scrubbing */

static void test_capture_scrubs(const char *path, const char *content, const char *want)
{
	_cleanup_(cleanup_freep) char *bytes = strdup(content);
	size_t n = capture_scrub_file(path, (unsigned char *)bytes, strlen(content));

	bytes[n] = '\0';
	ck_assert_str_eq(bytes, want);
}

START_TEST(scrub__kernel_parameters__foreign_values_gone)
{
	test_capture_scrubs("proc/cmdline",
		"BOOT_IMAGE=/vmlinuz ro  quiet root=UUID=12-34 pci=noats,disable_acs_redir=0:1 "
		"intel_iommu=on,sm_on iommu.passthrough=1 "
		"vfio_iommu_type1.allow_unsafe_interrupts=1 "
		"dyndbg=\"file x.c +p\" ip= systemd.hostname=alpha\n",
		"BOOT_IMAGE=* ro  quiet root=* pci=noats,disable_acs_redir=0:1 "
		"intel_iommu=on,sm_on iommu.passthrough=1 "
		"vfio_iommu_type1.allow_unsafe_interrupts=1 "
		"dyndbg=* ip= systemd.hostname=*\n");
	test_capture_scrubs("proc/cmdline", "quiet", "quiet");
	test_capture_scrubs("proc/cmdline", "quiet -- --host alpha x=1\n", "quiet --\n");
	test_capture_scrubs("proc/cmdline", "quiet -- alpha", "quiet --");
	test_capture_scrubs("proc/cmdline", "a--b=1 --", "a--b=* --");
	test_capture_scrubs("proc/cmdline", "", "");
}
END_TEST

START_TEST(scrub__who_built_the_kernel__a_distribution_stays_a_person_goes)
{
	test_capture_scrubs("proc/version",
		"Linux version 6.1.0 (debian-kernel@lists.debian.org) (gcc (Debian 12) 12) #1\n",
		"Linux version 6.1.0 (debian-kernel@lists.debian.org) (gcc (Debian 12) 12) #1\n");
	test_capture_scrubs("proc/version", "Linux version 6.1.0 (ann@alpha) (gcc (x) 1) #1\n",
		"Linux version 6.1.0 (*@*) (gcc (x) 1) #1\n");
	test_capture_scrubs("proc/version", "Linux (gcc) ((@", "Linux (gcc) ((@");
}
END_TEST

START_TEST(scrub__tables__one_processor_and_no_kernel_addresses)
{
	test_capture_scrubs("proc/cpuinfo", "processor : 0\nvendor_id : x\n\nprocessor : 1\n\n",
		"processor : 0\nvendor_id : x\n\n");
	test_capture_scrubs("proc/iomem",
		"00100000-3fff : System RAM\n  0020-0030 : Kernel code\n  0040 : Kernel bss\n4000 "
		": x\n",
		"00100000-3fff : System RAM\n4000 : x\n");
	test_capture_scrubs("proc/interrupts",
		"           CPU0       CPU1       \n"
		"  0:        109          7  IR-IO-APIC   2-edge      timer\n"
		" 24:          0          0  DMAR-MSI   0-edge      dmar0\n"
		"NMI:          1          2   Non-maskable interrupts\n"
		"ERR:          3\n",
		"           CPU0\n"
		"  0:        109  IR-IO-APIC   2-edge      timer\n"
		" 24:          0  DMAR-MSI   0-edge      dmar0\n"
		"NMI:          1   Non-maskable interrupts\n"
		"ERR:          3\n");
	test_capture_scrubs("proc/interrupts", " CPU0 \n 1: 2 a\n", " CPU0 \n 1: 2 a\n");
}
END_TEST

START_TEST(scrub__config_space__serial_number_and_product_data_zero)
{
	static const char path[] = "sys/devices/pci0000:00/0000:01:00.0/config";
	unsigned char config[4097] = { 0 };
	unsigned char want[4097] = { 0 };

	for (size_t i = 0; i < 64; i++)
		config[i] = (unsigned char)(i + 1);
	config[6] = 0x10;
	config[0x34] = 0x40;
	memcpy(config + 0x40, "\x10\x50\x02\x00\xaa\xbb\xcc\xdd", 8);	  /* Express, next 0x50 */
	memcpy(config + 0x50, "\x03\x00\x11\x22\x33\x44\x55\x66\x77", 9); /* product data */
	memcpy(config + 0x100, "\x01\x00\x02\x14\xaa\xbb\xcc\xdd", 8);	  /* AER, next 0x140 */
	memcpy(config + 0x140, "\x03\x00\x01\x00\x56\x34\x12\xff\xff\x00\x54\x52\x99", 13);
	memcpy(want, config, sizeof(want));
	memset(want + 0x52, 0, 6);
	memset(want + 0x144, 0, 8);
	ck_assert_uint_eq(capture_scrub_file(path, config, 4096), 4096);
	ck_assert_mem_eq(config, want, sizeof(want));
}
END_TEST

START_TEST(scrub__a_config_space_that_loops_or_ends_early__an_end)
{
	static const char path[] = "x/config";
	unsigned char config[4097] = { 0 };

	config[6] = 0x10;
	config[0x34] = 0x40;
	config[0x40] = 0x01;
	config[0x41] = 0x40;
	config[0x102] = 0x01;
	config[0x103] = 0x10; /* next 0x100 */
	for (size_t n = 0; n <= 4096; n += n < 400 ? 1 : 64)
		ck_assert_uint_eq(capture_scrub_file(path, config, n), n);
	memset(config, 0xff, sizeof(config));
	for (size_t n = 0; n <= 4096; n += n < 400 ? 1 : 64)
		ck_assert_uint_eq(capture_scrub_file(path, config, n), n);
	/* The capability at the very end: nothing behind the bytes is touched. */
	memset(config, 0, sizeof(config));
	memcpy(config + 0x100, "\x03\x00\x01\x00\x11\x22\x33", 7);
	(void)capture_scrub_file(path, config, 0x106);
	ck_assert_uint_eq(config[0x105], 0);
	ck_assert_uint_eq(config[0x106], 0x33);
}
END_TEST

START_TEST(scrub_log_line__nothing_that_is_read__left_out)
{
	char boring[] = "[    1.0] usb 1-1: SerialNumber: 0123456789";
	char telling[] = "[    1.0] SMMU \xff\x01 aa:bb:cc:dd:ee:ff 0000:00:03.0";

	ck_assert(!capture_scrub_log_line(boring));
	ck_assert(capture_scrub_log_line(telling));
	ck_assert_str_eq(telling, "[    1.0] SMMU ?? 00:00:00:00:00:00 0000:00:03.0");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *walk = tcase_create("walk");
	TCase *scrub = tcase_create("scrub");

	tcase_add_checked_fixture(walk, test_capture_setup, test_capture_teardown);
	tcase_add_test(walk, write__a_device_in_a_group__its_places_and_no_others);
	tcase_add_test(walk, write__a_unit_and_the_device_behind_it__both_followed);
	tcase_add_test(walk, write__nothing_at_all__an_empty_capture);
	tcase_add_test(walk, write__a_hostile_sysroot__nothing_from_outside);
	tcase_add_test(walk, write__what_cannot_be_read__said_and_gone_on);
	tcase_add_test(walk, write__a_file_past_the_limit__named_not_held);
	tcase_add_test(walk, write__a_kernel_log__the_lines_that_matter_in_their_order);
	tcase_add_test(walk, write__a_full_disk__an_error);
	suite_add_tcase(suite, walk);
	tcase_add_test(scrub, scrub__kernel_parameters__foreign_values_gone);
	tcase_add_test(scrub, scrub__who_built_the_kernel__a_distribution_stays_a_person_goes);
	tcase_add_test(scrub, scrub__tables__one_processor_and_no_kernel_addresses);
	tcase_add_test(scrub, scrub__config_space__serial_number_and_product_data_zero);
	tcase_add_test(scrub, scrub__a_config_space_that_loops_or_ends_early__an_end);
	tcase_add_test(scrub, scrub_log_line__nothing_that_is_read__left_out);
	suite_add_tcase(suite, scrub);
	return unit_run(suite);
}
