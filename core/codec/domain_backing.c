/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_backing.h"

#include "core/codec/domain_value.h"

#include <string.h>

/* Pages of this size are no huge pages, whatever element names them. */
#define DOMAIN_BACKING_PAGE 4096U
/* What a kernel has unless it is told otherwise, on x86 and with small pages on Arm. */
#define DOMAIN_BACKING_HUGE (2U << 20)

int domain_backing_find(
	struct domain_node_reader *reader, const xmlNode *domain, struct domain_backing *ret)
{
	struct domain_backing found = { 0 };
	const xmlNode *cpu = domain_node_first(domain, "cpu");
	const xmlNode *backing, *source, *access;
	int r;

	r = domain_node_only(reader, domain, "memoryBacking", &backing);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_only(reader, backing, "hugepages", &found.huge);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_only(reader, backing, "source", &source);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_only(reader, backing, "access", &access);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_only(reader, cpu, "numa", &found.cells);
	if (r != DOMAIN_NODE_DONE)
		return r;
	found.file = domain_node_says(source, "type", "file") ||
		     domain_node_says(source, "type", "memfd") ||
		     domain_node_attribute(access, "mode");
	*ret = found;
	return DOMAIN_NODE_DONE;
}

static struct domain_backing_kind domain_backing_small(bool file)
{
	return (struct domain_backing_kind){
		.backing = file ? MACHINE_BACKING_FILE : MACHINE_BACKING_ANONYMOUS,
	};
}

/* The kind of backing that the size in @holder names; @small without huge pages. */
static int domain_backing_page(struct domain_node_reader *reader, const xmlNode *holder,
	const char *attribute, struct domain_backing_kind small, struct domain_backing_kind *ret)
{
	uint64_t bytes;
	int r = domain_value_read_memory(reader, holder, attribute, &bytes);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (bytes == 0 || (bytes & (bytes - 1)))
		return domain_node_refuse(reader, holder, "a page has a power of two of bytes");
	*ret = small;
	if (bytes != DOMAIN_BACKING_PAGE)
		*ret = (struct domain_backing_kind){ .backing = MACHINE_BACKING_HUGE,
			.page_bytes = bytes };
	return DOMAIN_NODE_DONE;
}

/* The <page> for the node of @number, or the one for all nodes, or NULL. */
static int domain_backing_find_page(struct domain_node_reader *reader, const xmlNode *huge,
	uint64_t number, const xmlNode **ret)
{
	const xmlNode *general = NULL;

	for (const xmlNode *page = domain_node_first(huge, "page"); page;
		page = domain_node_next(page, "page")) {
		const char *set = domain_node_attribute(page, "nodeset");
		bool has;

		if (!set) {
			general = page;
			continue;
		}
		if (domain_value_set_has(set, number, &has) < 0)
			return domain_node_refuse(
				reader, page, "nodeset=\"%.40s\" is no set of nodes", set);
		if (!has)
			continue;
		*ret = page;
		return DOMAIN_NODE_DONE;
	}
	*ret = general;
	return DOMAIN_NODE_DONE;
}

/* True when the cell of that number asks for an access mode, which takes a file. */
static bool domain_backing_cell_is_file(const struct domain_backing *backing, uint64_t number)
{
	uint64_t index = 0;

	for (const xmlNode *cell = domain_node_first(backing->cells, "cell"); cell;
		cell = domain_node_next(cell, "cell"), index++) {
		const char *id = domain_node_attribute(cell, "id");
		uint64_t at = index;

		if (id && domain_value_parse(id, 10, &at) < 0)
			continue;
		if (at == number && domain_node_attribute(cell, "memAccess"))
			return true;
	}
	return false;
}

static int domain_backing_of_node(struct domain_node_reader *reader,
	const struct domain_backing *backing, uint64_t number, bool file,
	struct domain_backing_kind *ret)
{
	struct domain_backing_kind small = domain_backing_small(
		file || backing->file || domain_backing_cell_is_file(backing, number));
	const xmlNode *page = NULL;
	int r;

	*ret = small;
	if (!backing->huge)
		return DOMAIN_NODE_DONE;
	if (!domain_node_first(backing->huge, "page")) {
		*ret = (struct domain_backing_kind){
			.backing = MACHINE_BACKING_HUGE,
			.page_bytes = DOMAIN_BACKING_HUGE,
			.of_host = true,
		};
		return DOMAIN_NODE_DONE;
	}
	r = domain_backing_find_page(reader, backing->huge, number, &page);
	if (r != DOMAIN_NODE_DONE || !page)
		return r;
	return domain_backing_page(reader, page, "size", small, ret);
}

int domain_backing_general(struct domain_node_reader *reader, const struct domain_backing *backing,
	struct domain_backing_kind *ret)
{
	return domain_backing_of_node(reader, backing, 0, false, ret);
}

int domain_backing_of(struct domain_node_reader *reader, const struct domain_backing *backing,
	const xmlNode *memory, enum machine_memory_model model, struct domain_backing_kind *ret)
{
	const struct domain_value_number number = { .base = 10, .most = UINT32_MAX };
	bool file = domain_node_attribute(memory, "access") != NULL;
	const xmlNode *source, *page, *target_node;
	uint64_t at = 0; /* libvirt puts what names no node into the first one */
	int r;

	*ret = domain_backing_small(true);
	if (model == MACHINE_MEMORY_NVDIMM || model == MACHINE_MEMORY_VIRTIO_PMEM)
		return DOMAIN_NODE_DONE;
	*ret = domain_backing_small(false);
	if (model == MACHINE_MEMORY_SGX_EPC)
		return DOMAIN_NODE_DONE;
	source = domain_node_first(memory, "source");
	page = domain_node_first(source, "pagesize");
	if (page)
		return domain_backing_page(
			reader, page, NULL, domain_backing_small(file || backing->file), ret);
	target_node = domain_node_first(domain_node_first(memory, "target"), "node");
	r = target_node ? domain_value_read_number(reader, target_node, &number, &at)
			: DOMAIN_NODE_DONE;
	return r == DOMAIN_NODE_DONE ? domain_backing_of_node(reader, backing, at, file, ret) : r;
}
