/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_node.h"

#include "core/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool domain_node_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       (!name || strcmp((const char *)node->name, name) == 0);
}

static const xmlNode *domain_node_find(const xmlNode *node, const char *name)
{
	while (node && !domain_node_is(node, name))
		node = node->next;
	return node;
}

const xmlNode *domain_node_first(const xmlNode *parent, const char *name)
{
	return parent ? domain_node_find(parent->children, name) : NULL;
}

const xmlNode *domain_node_next(const xmlNode *node, const char *name)
{
	return domain_node_find(node->next, name);
}

int domain_node_only(struct domain_node_reader *reader, const xmlNode *parent, const char *name,
	const xmlNode **ret)
{
	const xmlNode *node = domain_node_first(parent, name);
	const xmlNode *second = node ? domain_node_next(node, name) : NULL;

	if (second)
		return domain_node_refuse(
			reader, second, "there is another one at line %ld", xmlGetLineNo(node));
	*ret = node;
	return DOMAIN_NODE_DONE;
}

const char *domain_node_text(const xmlNode *node)
{
	if (!node)
		return NULL;
	for (node = node->children; node; node = node->next)
		if (node->type == XML_TEXT_NODE && node->content)
			return (const char *)node->content;
	return "";
}

const char *domain_node_attribute(const xmlNode *node, const char *name)
{
	for (const xmlAttr *attr = node ? node->properties : NULL; attr; attr = attr->next) {
		if (attr->ns || strcmp((const char *)attr->name, name) != 0)
			continue;
		return attr->children && attr->children->content
			       ? (const char *)attr->children->content
			       : "";
	}
	return NULL;
}

bool domain_node_says(const xmlNode *node, const char *name, const char *value)
{
	const char *text = domain_node_attribute(node, name);

	return text && strcmp(text, value) == 0;
}

int domain_node_keep(
	struct domain_node_reader *reader, const xmlNode *node, const char *text, const char **ret)
{
	size_t n = strlen(text);
	const char *copy;

	if (n > LIMIT_TEXT)
		return domain_node_refuse(reader, node,
			"it is %zu bytes long, and at most %u are read", n, LIMIT_TEXT);
	copy = arena_text(reader->arena, text, n);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return DOMAIN_NODE_DONE;
}

int domain_node_refuse(
	struct domain_node_reader *reader, const xmlNode *node, const char *format, ...)
{
	char where[sizeof(reader->refusal->where)];
	char text[sizeof(reader->refusal->text)];
	va_list args;

	(void)snprintf(where, sizeof(where), "line %ld: <%.64s>", xmlGetLineNo(node),
		(const char *)node->name);
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	refusal_set(reader->refusal, where, "%s", text);
	return DOMAIN_NODE_E_REFUSED;
}

int domain_node_opaque(
	struct domain_node_reader *reader, const xmlNode *node, const char *format, ...)
{
	struct machine *machine = reader->machine;
	char text[128];
	va_list args;

	if (machine->n_opaque >= LIMIT_WORDS)
		return DOMAIN_NODE_DONE;
	if (machine->n_opaque == LIMIT_WORDS - 1)
		return machine_add_opaque(machine, "more than %u things", LIMIT_WORDS - 1);
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c; c++)
		*c = (char)(*c < ' ' || *c > '~' ? '?' : *c);
	return machine_add_opaque(machine, "%s (line %ld)", text, xmlGetLineNo(node));
}

int domain_node_added(struct domain_node_reader *reader, const xmlNode *node, int r)
{
	/* What cannot be held is a refusal of the document, not a fault of this program. */
	if (r == -E2BIG)
		return domain_node_refuse(reader, node, "there are more of these than are read");
	return r;
}

bool domain_node_is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}
