/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/sysroot.h"

#include "daemon/collect/sysroot_walk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdalign.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

struct sysroot {
	int fd;
	bool live;
	uint64_t deadline_us; /* of CLOCK_MONOTONIC */
};

#define SYSROOT_TRIES 16U
/* A FIFO or a terminal in the place of a file must not stop us. */
#define SYSROOT_OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static uint64_t sysroot_now_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return UINT64_MAX;
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int sysroot_new(const char *path, uint64_t budget_us, struct sysroot **ret)
{
	struct sysroot *root = calloc(1, sizeof(*root));

	if (!root)
		return -ENOMEM;
	root->live = !path;
	root->deadline_us = sysroot_now_us() + budget_us;
	root->fd = open(path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		int error = -errno;
		free(root);
		return error;
	}
	*ret = root;
	return 0;
}

struct sysroot *sysroot_free(struct sysroot *root)
{
	if (root) {
		close(root->fd);
		free(root);
	}
	return NULL;
}

bool sysroot_is_live(const struct sysroot *root)
{
	return root->live;
}

int sysroot_outcome_of(int r)
{
	switch (-r) {
	case 0:
		return SYSROOT_DONE;
	case ENOENT:
		return SYSROOT_E_ABSENT;
	case ENODEV:
	case ENXIO:
	case ESTALE:
		return SYSROOT_E_VANISHED;
	case EISDIR:
	case ELOOP:
	case ENOTDIR:
	case EXDEV:
	case ENAMETOOLONG:
		return SYSROOT_E_MALFORMED;
	default:
		return SYSROOT_E_UNREADABLE;
	}
}

struct fact sysroot_fact(int outcome, struct fact absent)
{
	switch ((enum sysroot_outcome)outcome) {
	case SYSROOT_DONE:
		break;
	case SYSROOT_E_ABSENT:
		return absent;
	case SYSROOT_E_UNREADABLE:
		return FACT_IGNORANT(FACT_NOT_READABLE);
	case SYSROOT_E_VANISHED:
		return FACT_IGNORANT(FACT_VANISHED);
	case SYSROOT_E_MALFORMED:
		return FACT_IGNORANT(FACT_MALFORMED);
	case SYSROOT_E_TIMED_OUT:
		return FACT_IGNORANT(FACT_TIMED_OUT);
	case SYSROOT_E_OVER_LIMIT:
		return FACT_IGNORANT(FACT_OVER_LIMIT);
	case SYSROOT_E_HIDDEN:
		return FACT_IGNORANT(FACT_NOT_EXPOSED);
	}
	assert(outcome != SYSROOT_DONE);
	return FACT_IGNORANT(FACT_NOT_READABLE);
}

/* A descriptor, or negative errno. */
static int sysroot_open_beneath(int fd, const char *path, int flags, bool links)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = links ? RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
				 : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	unsigned tries = 0;
	long r;

	/* openat2(2): a rename or a mount anywhere on the host, while ".." of a link is followed,
	 * makes it give up. On a busy host that is often so, and says nothing of the file. */
	do {
		r = syscall(SYS_openat2, fd, path, &how, sizeof(how));
	} while (r < 0 && errno == EAGAIN && ++tries < SYSROOT_TRIES);
	if (r < 0 && (errno == ENOSYS || errno == EAGAIN))
		return sysroot_walk_open(fd, path, flags, links);
	return r < 0 ? -errno : (int)r;
}

static int sysroot_open(const struct sysroot *root, struct sysroot_at at, int flags)
{
	if (at.fd == SYSROOT_TOP)
		return sysroot_open_beneath(root->fd, at.path, flags, true);
	/* One name cannot lead out of its folder: the cheaper call will do. */
	if (!strchr(at.path, '/')) {
		int fd = openat(at.fd, at.path, flags | O_NOFOLLOW);
		return fd < 0 ? -errno : fd;
	}
	return sysroot_open_beneath(at.fd, at.path, flags, false);
}

static bool sysroot_is_late(const struct sysroot *root)
{
	return sysroot_now_us() >= root->deadline_us;
}

int sysroot_open_dir(const struct sysroot *root, struct sysroot_at at, int *ret_fd)
{
	if (sysroot_is_late(root))
		return SYSROOT_E_TIMED_OUT;
	int fd = sysroot_open(root, at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sysroot_outcome_of(fd);
	*ret_fd = fd;
	return SYSROOT_DONE;
}

/*
 * Reads @fd to its end. An attribute of sysfs comes in one piece, so that a read that leaves room
 * was the last (@one_piece); tables of procfs come in many.
 */
static int sysroot_read_all(
	const struct sysroot *root, int fd, bool one_piece, struct sysroot_file *file)
{
	char over[1];

	file->n = 0;
	for (;;) {
		bool full = file->n == file->capacity;
		ssize_t r = full ? read(fd, over, sizeof(over))
				 : read(fd, file->bytes + file->n, file->capacity - file->n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return sysroot_outcome_of(-errno);
		if (r == 0)
			return SYSROOT_DONE;
		if (full)
			return SYSROOT_E_OVER_LIMIT;
		file->n += (size_t)r;
		if (one_piece && file->n < file->capacity)
			return SYSROOT_DONE;
		if (sysroot_is_late(root))
			return SYSROOT_E_TIMED_OUT;
	}
}

int sysroot_read(const struct sysroot *root, struct sysroot_at at, struct sysroot_file *file)
{
	struct stat st;

	if (sysroot_is_late(root))
		return SYSROOT_E_TIMED_OUT;
	_cleanup_(sysroot_closep) int fd = sysroot_open(root, at, SYSROOT_OPEN_FLAGS);
	if (fd < 0)
		return sysroot_outcome_of(fd);
	int r = sysroot_read_all(root, fd, at.fd != SYSROOT_TOP, file);
	/* A pipe without a writer reads as an empty file. */
	if (r != SYSROOT_DONE || (file->n && !file->wants_size))
		return r;
	if (fstat(fd, &st) < 0)
		return sysroot_outcome_of(-errno);
	file->size = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) ? SYSROOT_DONE : SYSROOT_E_MALFORMED;
}

int sysroot_link(const struct sysroot *root, struct sysroot_at at, char *target, size_t capacity)
{
	int r;

	if (sysroot_is_late(root))
		return SYSROOT_E_TIMED_OUT;
	if (at.fd != SYSROOT_TOP && !strchr(at.path, '/')) {
		r = (int)readlinkat(at.fd, at.path, target, capacity);
	} else {
		_cleanup_(sysroot_closep) int fd =
			sysroot_open(root, at, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return sysroot_outcome_of(fd);
		r = (int)readlinkat(fd, "", target, capacity);
	}
	if (r < 0) /* EINVAL: not a link; an empty path: ENOENT */
		return errno == EINVAL ? SYSROOT_E_MALFORMED : sysroot_outcome_of(-errno);
	if ((size_t)r >= capacity)
		return SYSROOT_E_OVER_LIMIT;
	target[r] = '\0';
	return SYSROOT_DONE;
}

bool sysroot_exists(const struct sysroot *root, struct sysroot_at at)
{
	struct stat st;

	assert(at.fd != SYSROOT_TOP && !strchr(at.path, '/'));
	return !sysroot_is_late(root) && fstatat(at.fd, at.path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int sysroot_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct sysroot_list { /* while it grows */
	struct sysroot_names names;
	size_t capacity;
};

/* Adds @name, doubling the array in @arena as needed. -ENOMEM. */
static int sysroot_add_name(
	struct arena *arena, const char *name, size_t *capacity, struct sysroot_names *names)
{
	if (names->n == *capacity) {
		size_t larger = *capacity ? *capacity * 2 : 16;
		const char **items = arena_array(arena, larger, sizeof(*items));
		if (!items)
			return -ENOMEM;
		if (names->n)
			memcpy(items, names->items, names->n * sizeof(*items));
		names->items = items;
		*capacity = larger;
	}
	names->items[names->n] = arena_text(arena, name, strlen(name));
	return names->items[names->n++] ? 0 : -ENOMEM;
}

/* The entries in the @n bytes that the kernel wrote to @bytes. */
static int sysroot_add_entries(
	const char *bytes, size_t n, struct arena *arena, size_t cap, struct sysroot_list *list)
{
	const struct dirent64 *entry;

	for (size_t at = 0; at < n; at += entry->d_reclen) {
		entry = (const struct dirent64 *)(bytes + at);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (list->names.n == cap)
			return SYSROOT_E_OVER_LIMIT;
		int r = sysroot_add_name(arena, entry->d_name, &list->capacity, &list->names);
		if (r < 0)
			return r;
	}
	return SYSROOT_DONE;
}

/*
 * Entries are taken from the kernel as they come: opendir() costs two more calls and 32 KiB for
 * each of a thousand groups.
 */
static int sysroot_list_dir(int fd, struct arena *arena, size_t cap, struct sysroot_list *list)
{
	alignas(struct dirent64) char bytes[8192];
	ssize_t n;

	while ((n = getdents64(fd, bytes, sizeof(bytes))) > 0) {
		int r = sysroot_add_entries(bytes, (size_t)n, arena, cap, list);
		if (r != SYSROOT_DONE)
			return r;
	}
	return n < 0 ? sysroot_outcome_of(-errno) : SYSROOT_DONE;
}

int sysroot_list(const struct sysroot *root, struct sysroot_at at, struct arena *arena, size_t cap,
	struct sysroot_names *ret)
{
	struct sysroot_list list = { 0 };

	if (sysroot_is_late(root))
		return SYSROOT_E_TIMED_OUT;
	_cleanup_(sysroot_closep) int fd =
		sysroot_open(root, at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sysroot_outcome_of(fd);
	int r = sysroot_list_dir(fd, arena, cap, &list);
	if (r != SYSROOT_DONE)
		return r;
	if (list.names.n)
		qsort(list.names.items, list.names.n, sizeof(*list.names.items),
			sysroot_compare_names);
	*ret = list.names;
	return SYSROOT_DONE;
}

int sysroot_absent_below(const struct sysroot *root, const char *above)
{
	int fd = -1;

	if (sysroot_open_dir(root, (struct sysroot_at){ SYSROOT_TOP, above }, &fd) != SYSROOT_DONE)
		return SYSROOT_E_HIDDEN;
	close(fd);
	return SYSROOT_E_ABSENT;
}
