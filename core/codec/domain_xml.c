/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_xml.h"

#include "core/cleanup.h"
#include "core/codec/domain_cpu.h"
#include "core/codec/domain_device.h"
#include "core/codec/domain_memory.h"
#include "core/codec/domain_parse.h"
#include "core/codec/domain_platform.h"

#include <errno.h>

CLEANUP_DEFINE(struct machine *, machine_free, domain_xml_freep);

/* The order is that in which the parts need each other. */
static int domain_xml_read(struct domain_node_reader *reader, const xmlNode *domain)
{
	int r = domain_platform_read(reader, domain);

	if (r == DOMAIN_NODE_DONE)
		r = domain_cpu_read(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_memory_read(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_device_read_all(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_read_rest(reader, domain);
	return r;
}

int domain_xml_decode(const char *bytes, size_t n, struct machine **ret, struct refusal *refusal)
{
	_cleanup_(domain_xml_freep) struct machine *machine = NULL;
	_cleanup_(domain_parse_freep) xmlDoc *doc = NULL;
	struct domain_node_reader reader = { .refusal = refusal };
	int r = domain_parse(bytes, n, &doc, refusal);

	if (r != DOMAIN_PARSE_DONE)
		return r < 0 ? r : DOMAIN_XML_E_REFUSED;
	r = machine_new(&machine);
	if (r < 0)
		return r;
	reader.machine = machine;
	reader.arena = machine->arena;
	r = domain_xml_read(&reader, domain_parse_root(doc));
	if (r != DOMAIN_NODE_DONE)
		return r < 0 ? r : DOMAIN_XML_E_REFUSED;
	*ret = cleanup_take(machine);
	return DOMAIN_XML_DONE;
}
