/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_node.h"
#include "core/codec/domain_parse.h"
#include "core/codec/domain_xml.h"

#include <string.h>

#define DOMAIN_XML_POLICY_NS	       "https://iommufleet.org/xmlns/libvirt/domain/1"
#define DOMAIN_XML_POLICY_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool domain_xml_policy_is(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE && node->ns &&
	       strcmp((const char *)node->ns->href, DOMAIN_XML_POLICY_NS) == 0 &&
	       strcmp((const char *)node->name, "policy") == 0;
}

/* The node after @node in the order of the document, below @top; NULL at its end. */
static const xmlNode *domain_xml_policy_step(const xmlNode *node, const xmlNode *top)
{
	if (node->type == XML_ELEMENT_NODE && node->children)
		return node->children;
	while (node != top && !node->next)
		node = node->parent;
	return node == top ? NULL : node->next;
}

/* A policy with a word misspelt would be none, so every attribute has to be one of ours. */
static int domain_xml_policy_read(
	struct domain_node_reader *reader, const xmlNode *node, struct domain_xml_policy *ret)
{
	struct {
		const char *name;
		const char **value;
	} members[] = {
		{ "require", &ret->require },
		{ "refuse", &ret->refuse },
		{ "cannot_tell", &ret->cannot_tell },
		{ "daemon_missing", &ret->daemon_missing },
	};

	for (const xmlAttr *attr = node->properties; attr; attr = attr->next) {
		const char *name = (const char *)attr->name;
		size_t i = 0;
		int r;

		while (i < DOMAIN_XML_POLICY_COUNT(members) &&
			(attr->ns || strcmp(members[i].name, name) != 0))
			i++;
		if (i == DOMAIN_XML_POLICY_COUNT(members))
			return domain_node_refuse(reader, node,
				"the attribute %.32s is none of require, refuse, cannot_tell, "
				"daemon_missing",
				name);
		r = domain_node_keep(
			reader, node, domain_node_attribute(node, name), members[i].value);
		if (r != DOMAIN_NODE_DONE)
			return r;
	}
	return DOMAIN_NODE_DONE;
}

static int domain_xml_policy_find(
	struct domain_node_reader *reader, const xmlNode *domain, struct domain_xml_policy *ret)
{
	const xmlNode *found = NULL;
	const xmlNode *metadata;
	int r = domain_node_only(reader, domain, "metadata", &metadata);

	for (const xmlNode *node = metadata; node && r == DOMAIN_NODE_DONE;
		node = domain_xml_policy_step(node, metadata)) {
		if (!domain_xml_policy_is(node))
			continue;
		r = found ? domain_node_refuse(reader, node, "there is another one at line %ld",
				    xmlGetLineNo(found))
			  : domain_xml_policy_read(reader, node, ret);
		found = node;
	}
	return r;
}

int domain_xml_policy(const char *bytes, size_t n, struct arena *arena,
	struct domain_xml_policy *ret, struct refusal *refusal)
{
	_cleanup_(domain_parse_freep) xmlDoc *doc = NULL;
	struct domain_node_reader reader = { .arena = arena, .refusal = refusal };
	struct domain_xml_policy policy = { 0 };
	int r = domain_parse(bytes, n, &doc, refusal);

	if (r != DOMAIN_PARSE_DONE)
		return r < 0 ? r : DOMAIN_XML_E_REFUSED;
	r = domain_xml_policy_find(&reader, domain_parse_root(doc), &policy);
	if (r != DOMAIN_NODE_DONE)
		return r < 0 ? r : DOMAIN_XML_E_POLICY;
	*ret = policy;
	return DOMAIN_XML_DONE;
}
