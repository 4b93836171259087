/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/capture_places.h"

#include "client/capture_text.h"
#include "core/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deepest path that is followed; the deepest real ones have a dozen bridges on the way. */
#define CAPTURE_PLACES_DEPTH 64

/* Places from the root on. A component may be a shell pattern. */
static const char *const capture_places_root[] = {
	"proc/cmdline",
	"proc/cpuinfo",
	"proc/interrupts",
	"proc/iomem",
	"proc/sys/kernel/osrelease",
	"proc/sys/kernel/random/boot_id",
	"proc/version",
	"proc/version_signature",
	"sys/bus/pci/drivers/*/*:*:*.*",
	"sys/class/misc/iommu",
	"sys/class/misc/kvm",
	"sys/class/misc/vfio",
	"sys/devices/virtual/dmi/id/bios_vendor",
	"sys/devices/virtual/dmi/id/board_vendor",
	"sys/devices/virtual/dmi/id/product_name",
	"sys/devices/virtual/dmi/id/sys_vendor",
	"sys/firmware/acpi/tables/DMAR",
	"sys/firmware/acpi/tables/IORT",
	"sys/firmware/acpi/tables/IVRS",
	"sys/firmware/acpi/tables/MCFG",
	"sys/firmware/acpi/tables/VIOT",
	"sys/hypervisor/guest_type",
	"sys/hypervisor/type",
	"sys/kernel/iommu_groups/*/name",
	"sys/kernel/iommu_groups/*/reserved_regions",
	"sys/kernel/iommu_groups/*/type",
	"sys/kernel/security/lockdown",
	"sys/module/arm_smmu*/parameters/*",
	"sys/module/intel_iommu*/parameters/*",
	"sys/module/iommufd/parameters/*",
	"sys/module/kvm*/parameters/*",
	"sys/module/vfio*/parameters/*",
};

/* Links that lead to the directory of a device or an IOMMU. */
static const char *const capture_places_links[] = {
	"sys/bus/pci/devices/*",
	"sys/class/iommu/*",
	"sys/kernel/iommu_groups/*/devices/*",
};

/* Places below the directory of a device, or of an IOMMU. */
static const char *const capture_places_device[] = {
	"amd-iommu/*",
	"boot_vga",
	"class",
	"config",
	"device",
	"device",
	"devices/*",
	"driver",
	"driver_override",
	"features",
	"intel-iommu/*",
	"iommu",
	"iommu_group",
	"numa_node",
	"physfn",
	"power/control",
	"power/runtime_status",
	"power_state",
	"removable",
	"reset_method",
	"resource",
	"revision",
	"secondary_bus_number",
	"sriov_*",
	"subordinate_bus_number",
	"subsystem",
	"subsystem_device",
	"subsystem_vendor",
	"vendor",
	"vfio-dev/*",
	"virtfn*",
};

/* Places below every directory on the way to one of those. */
static const char *const capture_places_ancestor[] = {
	"firmware_node",
	"of_node",
};

/* Properties of a device-tree node. */
static const char *const capture_places_node[] = {
	"#address-cells",
	"#iommu-cells",
	"#msi-cells",
	"#size-cells",
	"bus-range",
	"compatible",
	"device_type",
	"dma-coherent",
	"dma-ranges",
	"iommu-addresses",
	"iommu-map",
	"iommu-map-mask",
	"iommus",
	"linux,pci-domain",
	"memory-region",
	"model",
	"msi-controller",
	"msi-map",
	"msi-map-mask",
	"msi-parent",
	"name",
	"no-map",
	"phandle",
	"ranges",
	"reg",
	"status",
};

#define CAPTURE_PLACES_TREE	  "sys/firmware/devicetree/base"
#define CAPTURE_PLACES_TREE_DEPTH 4 /* /soc/bus/interrupt-controller/its */

#define CAPTURE_PLACES_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Directories whose places are still to be found. */
struct capture_places_dirs {
	char **paths;
	size_t n;
	size_t n_allocated;
};

static void capture_places_dirs_done(struct capture_places_dirs *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		free(dirs->paths[i]);
	free(dirs->paths);
}

static void capture_places_close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void capture_places_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* @array of @n items of @size bytes, with room for one more; NULL when memory is short. */
static void *capture_places_grow(void *array, size_t n, size_t *n_allocated, size_t size)
{
	size_t more = *n_allocated ? 2 * *n_allocated : 256;

	if (n < *n_allocated)
		return array;
	void *grown = realloc(array, more * size);
	if (grown)
		*n_allocated = more;
	return grown;
}

/* Takes @path over, also on failure; NULL is memory that was short. */
static int capture_places_push(
	struct capture_places *places, char *path, enum capture_places_kind kind, int error)
{
	_cleanup_(cleanup_freep) char *owned = path;

	if (places->n_entries >= CAPTURE_PLACES_MAX)
		return -EFBIG;
	struct capture_places_entry *entries = capture_places_grow(
		places->entries, places->n_entries, &places->n_allocated, sizeof(*entries));
	if (entries)
		places->entries = entries;
	if (!entries || !owned)
		return -ENOMEM;
	entries[places->n_entries++] = (struct capture_places_entry){
		.path = cleanup_take(owned),
		.kind = kind,
		.error = error,
	};
	return 0;
}

/* Takes @path over, also on failure. */
static int capture_places_push_dir(struct capture_places_dirs *dirs, char *path)
{
	_cleanup_(cleanup_freep) char *owned = path;

	if (dirs->n >= CAPTURE_PLACES_MAX)
		return -EFBIG;
	char **paths =
		capture_places_grow(dirs->paths, dirs->n, &dirs->n_allocated, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	dirs->paths = paths;
	paths[dirs->n++] = cleanup_take(owned);
	return 0;
}

static char *capture_places_join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s%s%s", dir, *dir ? "/" : "", name) < 0 ? NULL : path;
}

int capture_places_open(int root_fd, const char *path, int flags)
{
	_cleanup_(capture_places_close_fd) int dir = -1;
	const char *rest = path;

	for (;;) {
		size_t length = strcspn(rest, "/");
		char name[NAME_MAX + 1];
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest, length);
		name[length] = '\0';
		bool last = rest[length] == '\0';
		int fd = openat(dir >= 0 ? dir : root_fd, length ? name : ".",
			O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				(last ? flags : O_PATH | O_DIRECTORY));
		if (fd < 0)
			return -errno;
		if (last)
			return fd;
		capture_places_close_fd(&dir);
		dir = fd;
		rest += length + 1;
	}
}

char *capture_places_resolve(const char *path, const char *target)
{
	char resolved[PATH_MAX];
	size_t used = 0;
	_cleanup_(cleanup_freep) char *walk = NULL;

	/* The text starts at the directory that holds the link. */
	if (*target == '/' || asprintf(&walk, "%s/../%s", path, target) < 0)
		return NULL;
	if (strlen(walk) >= sizeof(resolved))
		return NULL;
	for (char *rest = walk, *name = strsep(&rest, "/"); name; name = strsep(&rest, "/")) {
		if (*name == '\0' || strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") != 0) {
			if (used)
				resolved[used++] = '/';
			memcpy(resolved + used, name, strlen(name));
			used += strlen(name);
		} else if (used == 0) {
			return NULL;
		} else {
			while (used > 0 && resolved[--used] != '/')
				continue;
		}
	}
	return strndup(resolved, used);
}

/* Adds @path if it is there and of a kind that a capture can hold. */
static int capture_places_add(int root_fd, struct capture_places *places, const char *path)
{
	struct stat status;
	_cleanup_(capture_places_close_fd) int fd =
		capture_places_open(root_fd, path, O_PATH | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &status) < 0)
		return 0;
	if (S_ISREG(status.st_mode))
		return capture_places_push(places, strdup(path), CAPTURE_PLACES_KIND_FILE, 0);
	if (S_ISLNK(status.st_mode))
		return capture_places_push(places, strdup(path), CAPTURE_PLACES_KIND_LINK, 0);
	if (S_ISDIR(status.st_mode))
		return capture_places_push(places, strdup(path), CAPTURE_PLACES_KIND_DIR, 0);
	return 0;
}

/* Opens the directory @path to list it; what is there but cannot be listed becomes an entry. */
static int capture_places_list(
	int root_fd, struct capture_places *places, const char *path, DIR **ret)
{
	int fd = capture_places_open(root_fd, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int error = fd < 0 ? -fd : errno;

	*ret = dir;
	if (dir)
		return 0;
	if (fd >= 0)
		close(fd);
	if (error == ENOENT || error == ENOTDIR || error == ELOOP)
		return 0;
	return capture_places_push(places, strdup(path), CAPTURE_PLACES_KIND_UNREADABLE, error);
}

/* Adds all that matches @pattern below @dir. */
static int capture_places_glob(
	int root_fd, struct capture_places *places, const char *dir, const char *pattern)
{
	size_t length = strcspn(pattern, "/");
	const char *rest = pattern[length] ? pattern + length + 1 : NULL;
	_cleanup_(cleanup_freep) char *part = strndup(pattern, length);
	if (!part)
		return -ENOMEM;
	if (!strchr(part, '*')) {
		_cleanup_(cleanup_freep) char *path = capture_places_join(dir, part);
		if (!path)
			return -ENOMEM;
		return rest ? capture_places_glob(root_fd, places, path, rest)
			    : capture_places_add(root_fd, places, path);
	}
	_cleanup_(capture_places_close_dir) DIR *list = NULL;
	int r = capture_places_list(root_fd, places, dir, &list);
	if (r < 0 || !list)
		return r;
	/* That a directory is empty is a fact too: no group, no IOMMU. */
	r = capture_places_push(places, strdup(dir), CAPTURE_PLACES_KIND_DIR, 0);
	for (struct dirent *entry = readdir(list); r == 0 && entry; entry = readdir(list)) {
		if (entry->d_name[0] == '.' || fnmatch(part, entry->d_name, 0) != 0)
			continue;
		_cleanup_(cleanup_freep) char *path = capture_places_join(dir, entry->d_name);
		if (!path)
			r = -ENOMEM;
		else if (rest)
			r = capture_places_glob(root_fd, places, path, rest);
		else
			r = capture_places_add(root_fd, places, path);
	}
	return r;
}

/* Adds the node @dir of the device tree and the nodes below it. */
static int capture_places_walk_tree(
	int root_fd, struct capture_places *places, const char *dir, unsigned int depth)
{
	_cleanup_(capture_places_close_dir) DIR *list = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < CAPTURE_PLACES_COUNT(capture_places_node); i++)
		r = capture_places_glob(root_fd, places, dir, capture_places_node[i]);
	if (r < 0 || depth == 0)
		return r;
	r = capture_places_list(root_fd, places, dir, &list);
	if (r < 0 || !list)
		return r;
	for (struct dirent *entry = readdir(list); r == 0 && entry; entry = readdir(list)) {
		if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
			entry->d_name[0] == '.')
			continue;
		_cleanup_(cleanup_freep) char *path = capture_places_join(dir, entry->d_name);
		r = path ? capture_places_walk_tree(root_fd, places, path, depth - 1) : -ENOMEM;
	}
	return r;
}

/* Adds the directory that the link @path leads to, and those on the way to it, to @dirs. */
static int capture_places_follow(int root_fd, struct capture_places_dirs *dirs, const char *path)
{
	char target[PATH_MAX];
	_cleanup_(capture_places_close_fd) int fd =
		capture_places_open(root_fd, path, O_PATH | O_NOFOLLOW);
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < 0)
		return 0;
	target[length] = '\0';
	char *resolved = capture_places_resolve(path, target);
	if (!resolved || strncmp(resolved, "sys/devices/", 12) != 0) {
		free(resolved);
		return 0;
	}
	return capture_places_push_dir(dirs, resolved);
}

static int capture_places_compare_paths(const void *a, const void *b)
{
	return capture_text_compare(*(char *const *)a, *(char *const *)b);
}

static int capture_places_compare_entries(const void *a, const void *b)
{
	const struct capture_places_entry *one = a;
	const struct capture_places_entry *two = b;

	return capture_text_compare(one->path, two->path);
}

static int capture_places_find_links(
	int root_fd, struct capture_places *places, struct capture_places_dirs *dirs)
{
	size_t first = places->n_entries;
	int r = 0;

	for (size_t i = 0; r == 0 && i < CAPTURE_PLACES_COUNT(capture_places_links); i++)
		r = capture_places_glob(root_fd, places, "", capture_places_links[i]);
	for (size_t i = first; r == 0 && i < places->n_entries; i++)
		if (places->entries[i].kind == CAPTURE_PLACES_KIND_LINK)
			r = capture_places_follow(root_fd, dirs, places->entries[i].path);
	/* The device behind a unit of /sys/class/iommu. */
	for (size_t i = 0, n = dirs->n; r == 0 && i < n; i++) {
		_cleanup_(cleanup_freep) char *path = capture_places_join(dirs->paths[i], "device");
		r = path ? capture_places_follow(root_fd, dirs, path) : -ENOMEM;
	}
	return r;
}

static int capture_places_find_below(
	int root_fd, struct capture_places *places, const struct capture_places_dirs *dirs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < dirs->n; i++) {
		if (i > 0 && strcmp(dirs->paths[i], dirs->paths[i - 1]) == 0)
			continue;
		for (size_t k = 0; r == 0 && k < CAPTURE_PLACES_COUNT(capture_places_device); k++)
			r = capture_places_glob(
				root_fd, places, dirs->paths[i], capture_places_device[k]);
		/* Shortened component by component, down to sys/devices. */
		for (char *slash = dirs->paths[i] + strlen(dirs->paths[i]);
			r == 0 && slash > dirs->paths[i] + 11;
			slash = strrchr(dirs->paths[i], '/')) {
			*slash = '\0';
			for (size_t k = 0;
				r == 0 && k < CAPTURE_PLACES_COUNT(capture_places_ancestor); k++)
				r = capture_places_glob(root_fd, places, dirs->paths[i],
					capture_places_ancestor[k]);
		}
	}
	return r;
}

static void capture_places_sort(struct capture_places *places)
{
	size_t n = 0;

	if (places->n_entries)
		qsort(places->entries, places->n_entries, sizeof(places->entries[0]),
			capture_places_compare_entries);
	for (size_t i = 0; i < places->n_entries; i++) {
		if (n > 0 && strcmp(places->entries[n - 1].path, places->entries[i].path) == 0)
			free(places->entries[i].path);
		else
			places->entries[n++] = places->entries[i];
	}
	places->n_entries = n;
}

int capture_places_find(int root_fd, struct capture_places *ret)
{
	_cleanup_(capture_places_done) struct capture_places places = { 0 };
	_cleanup_(capture_places_dirs_done) struct capture_places_dirs dirs = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CAPTURE_PLACES_COUNT(capture_places_root); i++)
		r = capture_places_glob(root_fd, &places, "", capture_places_root[i]);
	if (r == 0)
		r = capture_places_walk_tree(
			root_fd, &places, CAPTURE_PLACES_TREE, CAPTURE_PLACES_TREE_DEPTH);
	if (r == 0)
		r = capture_places_find_links(root_fd, &places, &dirs);
	if (r == 0 && dirs.n)
		qsort(dirs.paths, dirs.n, sizeof(dirs.paths[0]), capture_places_compare_paths);
	if (r == 0)
		r = capture_places_find_below(root_fd, &places, &dirs);
	if (r < 0)
		return r;
	capture_places_sort(&places);
	*ret = places;
	places = (struct capture_places){ 0 };
	return 0;
}

void capture_places_done(struct capture_places *places)
{
	for (size_t i = 0; i < places->n_entries; i++)
		free(places->entries[i].path);
	free(places->entries);
	*places = (struct capture_places){ 0 };
}
