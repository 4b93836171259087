/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_backend.h"

#include "core/codec/qemu_text.h"

#include <stdio.h>
#include <string.h>

#define QEMU_BACKEND_MIB (1ULL << 20)
/* The largest huge page of a host that makes any difference: devices start at a multiple of it. */
#define QEMU_BACKEND_PAGE_MOST (1ULL << 30)
#define QEMU_BACKEND_PAGE_HUGE (2 * QEMU_BACKEND_MIB)

/*
 * Where a file lies says how large its pages are only by custom. These names do say it: the kernel
 * and Proxmox name mounts of huge pages by their size in kB, libvirt's are /dev/hugepages1G.
 */
static uint64_t qemu_backend_named_page(const char *path)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} names[] = {
		{ "1048576kB", 1024 * QEMU_BACKEND_MIB },
		{ "2048kB", 2 * QEMU_BACKEND_MIB },
		{ "hugepages1G", 1024 * QEMU_BACKEND_MIB },
		{ "hugepages-1G", 1024 * QEMU_BACKEND_MIB },
		{ "hugepages2M", 2 * QEMU_BACKEND_MIB },
		{ "hugepages-2M", 2 * QEMU_BACKEND_MIB },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(path, names[i].name))
			return names[i].bytes;
	return 0;
}

/* These are never on huge pages. */
static bool qemu_backend_is_small(const char *path)
{
	static const char *const starts[] = { "/dev/shm/", "/dev/dax", "/dev/pmem", "/tmp/",
		"/var/lib/libvirt/" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(path, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

void qemu_backend_read_path(const char *path, struct qemu_backend *ret)
{
	ret->page_bytes = qemu_backend_named_page(path);
	ret->backing = MACHINE_BACKING_FILE;
	if (ret->page_bytes) {
		ret->backing = MACHINE_BACKING_HUGE;
		return;
	}
	if (qemu_backend_is_small(path))
		return;
	ret->page_bytes_most = QEMU_BACKEND_PAGE_MOST;
	if (strstr(path, "huge")) {
		ret->backing = MACHINE_BACKING_HUGE;
		ret->page_bytes = QEMU_BACKEND_PAGE_HUGE;
	}
}

static int qemu_backend_read_memfd(
	struct qemu_reader *reader, const struct qemu_opts *object, struct qemu_backend *ret)
{
	bool huge = false;
	uint64_t page = 0;
	int r = qemu_opts_bool(&reader->place, object, "hugetlb", &huge);

	if (r == QEMU_READER_DONE)
		r = qemu_opts_size(&reader->place, object, "hugetlbsize", 'B', &page);
	if (r != QEMU_READER_DONE)
		return r;
	ret->backing = huge ? MACHINE_BACKING_HUGE : MACHINE_BACKING_FILE;
	if (!huge)
		return QEMU_READER_DONE;
	if (page & (page - 1))
		return qemu_opts_refuse(&reader->place, object, "hugetlbsize is no power of two");
	ret->page_bytes = page ? page : QEMU_BACKEND_PAGE_HUGE;
	ret->page_bytes_most = page ? 0 : QEMU_BACKEND_PAGE_MOST;
	return QEMU_READER_DONE;
}

static int qemu_backend_read_ram(
	struct qemu_reader *reader, const struct qemu_opts *object, struct qemu_backend *ret)
{
	bool share = false;
	int r = qemu_opts_bool(&reader->place, object, "share", &share);

	ret->backing = MACHINE_BACKING_ANONYMOUS;
	/* Since QEMU 10.0 shared memory is a file of small pages, before it was anonymous. */
	ret->page_bytes_most = share ? QEMU_BACKEND_PAGE_HUGE : 0;
	return r;
}

static int qemu_backend_read_kind(
	struct qemu_reader *reader, const struct qemu_opts *object, struct qemu_backend *ret)
{
	const char *type = qemu_opts_find(object, "qom-type");
	const char *path = qemu_opts_find(object, "mem-path");

	if (strcmp(type, "memory-backend-ram") == 0)
		return qemu_backend_read_ram(reader, object, ret);
	if (strcmp(type, "memory-backend-memfd") == 0)
		return qemu_backend_read_memfd(reader, object, ret);
	ret->backing = MACHINE_BACKING_FILE;
	if (strcmp(type, "memory-backend-file") != 0)
		return QEMU_READER_DONE;
	if (!path)
		return qemu_opts_refuse(&reader->place, object, "has no mem-path");
	qemu_backend_read_path(path, ret);
	return QEMU_READER_DONE;
}

int qemu_backend_read(struct qemu_reader *reader, const struct qemu_opts *user, const char *key,
	struct qemu_backend *ret)
{
	const char *id = qemu_opts_find(user, key);
	const struct qemu_opts *object = id ? qemu_reader_find_object(reader, id) : NULL;
	const char *type = object ? qemu_opts_find(object, "qom-type") : NULL;
	struct qemu_backend backend = { 0 };
	int r;

	if (!id)
		return qemu_opts_refuse(&reader->place, user, "names no memory with %s=", key);
	if (!type || strncmp(type, "memory-backend-", strlen("memory-backend-")) != 0)
		return qemu_opts_refuse(&reader->place, user,
			"%s=%.60s is the id of no -object memory-backend-...", key, id);
	r = qemu_opts_size(&reader->place, object, "size", 'B', &backend.size);
	if (r == QEMU_READER_DONE)
		r = qemu_opts_size(&reader->place, object, "align", 'B', &backend.align);
	if (r != QEMU_READER_DONE)
		return r;
	if (backend.size == 0)
		return qemu_opts_refuse(&reader->place, object, "has no size");
	if (backend.align & (backend.align - 1))
		return qemu_opts_refuse(&reader->place, object, "align is no power of two");
	r = qemu_backend_read_kind(reader, object, &backend);
	if (r == QEMU_READER_DONE)
		*ret = backend;
	return r;
}
