/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/sysroot_walk.h"

#include "daemon/collect/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SYSROOT_WALK_LINKS 40 /* as the kernel allows */
#define SYSROOT_WALK_DEPTH 64

struct sysroot_walk {
	char rest[2 * PATH_MAX];     /* what is still to be walked */
	int fds[SYSROOT_WALK_DEPTH]; /* the folders from the root down to where we are */
	int depth;
	int links;
};

static void sysroot_walk_done(struct sysroot_walk *walk)
{
	while (walk->depth > 0)
		close(walk->fds[--walk->depth]);
}

/* Takes the next component off @walk->rest; false when none is left. */
static bool sysroot_walk_next(struct sysroot_walk *walk, char component[NAME_MAX + 1], int *error)
{
	const char *p = walk->rest + strspn(walk->rest, "/");
	size_t n = strcspn(p, "/");

	if (n == 0)
		return false;
	if (n > NAME_MAX) {
		*error = -ENAMETOOLONG;
		return false;
	}
	memcpy(component, p, n);
	component[n] = '\0';
	memmove(walk->rest, p + n, strlen(p + n) + 1);
	return true;
}

/* Puts the target of link @name in front of what is still to be walked. */
static int sysroot_walk_link(struct sysroot_walk *walk, int dir, const char *name)
{
	char target[PATH_MAX];
	char rest[2 * PATH_MAX];

	if (++walk->links > SYSROOT_WALK_LINKS)
		return -ELOOP;
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (target[0] == '/') /* absolute: from the root, as in a chroot */
		sysroot_walk_done(walk);
	int length = snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);
	if (length < 0 || (size_t)length >= sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, (size_t)length + 1);
	return 0;
}

static int sysroot_walk_step(struct sysroot_walk *walk, int root, const char *name, bool links)
{
	char probe[1];
	int dir = walk->depth ? walk->fds[walk->depth - 1] : root;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		if (walk->depth) /* the root is its own parent */
			close(walk->fds[--walk->depth]);
		return 0;
	}
	if (readlinkat(dir, name, probe, sizeof(probe)) >= 0)
		return links ? sysroot_walk_link(walk, dir, name) : -ELOOP;
	if (walk->depth == SYSROOT_WALK_DEPTH)
		return -ENAMETOOLONG;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	walk->fds[walk->depth++] = fd;
	return 0;
}

/* True when nothing but slashes is left to be walked. */
static bool sysroot_walk_is_last(const struct sysroot_walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

static int sysroot_walk_to(struct sysroot_walk *walk, int root, int flags, bool links)
{
	char name[NAME_MAX + 1];
	char probe[1];
	int error = 0;

	while (sysroot_walk_next(walk, name, &error)) {
		int dir = walk->depth ? walk->fds[walk->depth - 1] : root;
		bool special = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
		if (sysroot_walk_is_last(walk) && !special &&
			readlinkat(dir, name, probe, sizeof(probe)) < 0) {
			int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
			return fd < 0 ? -errno : fd;
		}
		int r = sysroot_walk_step(walk, root, name, links);
		if (r < 0)
			return r;
	}
	if (error)
		return error;
	int fd = openat(walk->depth ? walk->fds[walk->depth - 1] : root, ".", flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysroot_walk_open(int root, const char *path, int flags, bool links)
{
	struct sysroot_walk walk = { .depth = 0 };

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(walk.rest, path, strlen(path) + 1);
	int fd = sysroot_walk_to(&walk, root, flags, links);
	sysroot_walk_done(&walk);
	return fd;
}
