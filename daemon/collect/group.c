/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/group.h"

#include "core/model/limits.h"
#include "daemon/collect/reserved_regions.h"

#include <string.h>

static struct fact_list group_regions(struct reader *reader, int fd)
{
	struct fact_list list = { 0 };
	struct scan text;

	int r = reader_file(reader, (struct sysroot_at){ fd, "reserved_regions" }, &text);
	if (r != SYSROOT_DONE) {
		list.fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
		return list;
	}
	r = reserved_regions_parse(reader->arena, text.p, scan_left(&text), &list);
	if (r < 0)
		reader->fault = r;
	return list;
}

static struct fact_texts group_devices(struct reader *reader, int fd)
{
	struct sysroot_names names = { 0 };

	int r = sysroot_list(reader->root, (struct sysroot_at){ fd, "devices" }, reader->arena,
		LIMIT_GROUP_DEVICES, &names);
	if (r < 0)
		reader->fault = r;
	if (r != SYSROOT_DONE)
		return (struct fact_texts){ .fact = r < 0 ? FACT_IGNORANT(FACT_NOT_READABLE)
							  : sysroot_fact(r,
								    FACT_IGNORANT(FACT_VANISHED)) };
	for (size_t i = 0; i < names.n; i++) {
		struct scan name = scan_of(names.items[i], strlen(names.items[i]));
		if (!scan_is_printable(&name))
			return (struct fact_texts){ .fact = FACT_IGNORANT(FACT_MALFORMED) };
	}
	return (struct fact_texts){ .fact = FACT_KNOWN, .n = names.n, .items = names.items };
}

static void group_read(
	struct reader *reader, int folder, const char *name, struct facts_group *group)
{
	_cleanup_(sysroot_closep) int fd = -1;

	int r = sysroot_open_dir(reader->root, (struct sysroot_at){ folder, name }, &fd);
	if (r != SYSROOT_DONE) {
		struct fact why = sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED));
		group->type.fact = group->reserved.fact = group->devices.fact = why;
		return;
	}
	group->type = reader_line(
		reader, (struct sysroot_at){ fd, "type" }, FACT_IGNORANT(FACT_NOT_EXPOSED));
	group->reserved = group_regions(reader, fd);
	group->devices = group_devices(reader, fd);
}

/* The number that @name is, canonically written: no two names are the same group. */
static bool group_id(const char *name, uint64_t *ret)
{
	struct scan text = scan_of(name, strlen(name));

	if (*name == '0' && name[1])
		return false;
	return scan_decimal(&text, ret) && !scan_left(&text) && *ret <= UINT32_MAX;
}

static void group_read_all(
	struct collect_context *context, const struct sysroot_names *names, struct fact_list *list)
{
	struct reader *reader = &context->reader;
	struct facts_group *groups = reader_alloc(reader, names->n, sizeof(*groups));
	_cleanup_(sysroot_closep) int folder = -1;

	if (!groups)
		return;
	int r = sysroot_open_dir(
		reader->root, (struct sysroot_at){ SYSROOT_TOP, GROUP_FOLDER }, &folder);
	if (r != SYSROOT_DONE) {
		list->fact = sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED));
		return;
	}
	for (size_t i = 0; i < names->n; i++) {
		uint64_t id;
		if (!group_id(names->items[i], &id)) {
			list->fact = FACT_IGNORANT(FACT_MALFORMED);
			return;
		}
		groups[i].id = fact_number(id);
		group_read(reader, folder, names->items[i], &groups[i]);
	}
	*list = (struct fact_list){ .fact = FACT_KNOWN, .n = names->n, .items = groups };
}

void group_collect(struct collect_context *context)
{
	struct fact_list *list = &context->facts->groups;
	struct sysroot_names names = { 0 };

	int r = sysroot_list(context->reader.root, (struct sysroot_at){ SYSROOT_TOP, GROUP_FOLDER },
		context->reader.arena, LIMIT_GROUPS, &names);
	if (r < 0) {
		context->reader.fault = r;
		return;
	}
	if (r == SYSROOT_E_ABSENT)
		r = sysroot_absent_below(context->reader.root, "sys/kernel");
	if (r == SYSROOT_DONE)
		group_read_all(context, &names, list);
	else
		list->fact = sysroot_fact(r, FACT_KNOWN);
}
