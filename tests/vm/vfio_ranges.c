/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage: vfio-ranges ADDRESS: what VFIO itself lets a user map for a PCI device that is bound to
 * vfio-pci, one word and its values a line: "group N", "viable yes|no", "attached yes|ERROR",
 * "page-sizes 0x...", "range FIRST LAST", and, of the pages at both ends of each range and of those
 * right outside, "map ADDRESS done|ERROR". This is what the product's answers are held against,
 * so it shares no code with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VFIO_RANGES_INFO 65536U

static const char *vfio_ranges_word(int r, const char *good)
{
	return r == 0 ? good : strerrorname_np(errno);
}

static int vfio_ranges_fail(const char *what)
{
	printf("failed %s: %s\n", what, strerror(errno));
	return 1;
}

static void vfio_ranges_map(int container, void *memory, size_t page, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = page,
	};
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = page,
	};
	int r = ioctl(container, VFIO_IOMMU_MAP_DMA, &map);

	printf("map 0x%" PRIx64 " %s\n", iova, vfio_ranges_word(r, "done"));
	if (r == 0)
		(void)ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static void vfio_ranges_probe(
	int container, const struct vfio_iommu_type1_info_cap_iova_range *list, size_t page)
{
	void *memory = aligned_alloc(page, page);
	uint64_t mask = ~(uint64_t)(page - 1);

	if (!memory) {
		(void)vfio_ranges_fail("memory");
		return;
	}
	memset(memory, 0, page);
	for (uint32_t i = 0; i < list->nr_iovas; i++) {
		uint64_t first = list->iova_ranges[i].start, last = list->iova_ranges[i].end;

		printf("range 0x%" PRIx64 " 0x%" PRIx64 "\n", first, last);
		vfio_ranges_map(container, memory, page, first & mask);
		vfio_ranges_map(container, memory, page, last & mask);
		if (first >= page)
			vfio_ranges_map(container, memory, page, (first & mask) - page);
		if (last < UINT64_MAX - page)
			vfio_ranges_map(container, memory, page, (last & mask) + page);
	}
	free(memory);
}

static int vfio_ranges_info(int container, size_t page)
{
	struct vfio_iommu_type1_info *info = calloc(1, VFIO_RANGES_INFO);
	const char *bytes = (const char *)info;

	if (!info)
		return vfio_ranges_fail("memory");
	info->argsz = VFIO_RANGES_INFO;
	if (ioctl(container, VFIO_IOMMU_GET_INFO, info) < 0) {
		free(info);
		return vfio_ranges_fail("what the IOMMU tells");
	}
	printf("page-sizes 0x%" PRIx64 "\n", (uint64_t)info->iova_pgsizes);
	for (uint32_t at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0; at > 0;) {
		const struct vfio_info_cap_header *header = (const void *)(bytes + at);

		if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			vfio_ranges_probe(container, (const void *)header, page);
		at = header->next;
	}
	free(info);
	return 0;
}

int main(int argc, char **argv)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[PATH_MAX], link[PATH_MAX];
	int container = open("/dev/vfio/vfio", O_RDWR), group;
	ssize_t n;

	if (argc != 2 || container < 0)
		return vfio_ranges_fail("/dev/vfio/vfio");
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.100s/iommu_group", argv[1]);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return vfio_ranges_fail("the device's group");
	link[n] = '\0';
	printf("group %s\n", strrchr(link, '/') + 1);
	(void)snprintf(path, sizeof(path), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	group = open(path, O_RDWR);
	if (group < 0 || ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return vfio_ranges_fail(path);
	printf("viable %s\n", status.flags & VFIO_GROUP_FLAGS_VIABLE ? "yes" : "no");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
		ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0) {
		printf("attached %s\n", strerrorname_np(errno));
		return 0;
	}
	printf("attached yes\n");
	return vfio_ranges_info(container, (size_t)sysconf(_SC_PAGESIZE));
}
