/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_parse.h"

#include "core/codec/domain_guard.h"
#include "core/model/limits.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DOMAIN_PARSE_OPTIONS                                                                       \
	(XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC | XML_PARSE_BIG_LINES)

struct domain_parse { /* one parse under way; libxml2 hands it back as _private */
	struct refusal *refusal;
	bool refused;
	bool no_memory;
	charactersSAXFunc characters; /* libxml2's own, which builds the tree */
};

CLEANUP_DEFINE(xmlParserCtxt *, xmlFreeParserCtxt, domain_parse_context_freep);

/* The first complaint is the one that a person can act on. */
static void domain_parse_complain(struct domain_parse *parse, int line, const char *text)
{
	char where[32];

	if (parse->refused)
		return;
	parse->refused = true;
	(void)snprintf(where, sizeof(where), "line %d", line > 0 ? line : 1);
	refusal_set(parse->refusal, where, "%.*s", (int)strcspn(text, "\n"), text);
}

static void domain_parse_on_error(struct domain_parse *parse, const xmlError *error)
{
	if (error->code == XML_ERR_NO_MEMORY)
		parse->no_memory = true;
	else if (error->level >= XML_ERR_ERROR)
		domain_parse_complain(
			parse, error->line, error->message ? error->message : "it is no XML");
}

static void domain_parse_on_parser_error(void *context, xmlErrorPtr error)
{
	const xmlParserCtxt *parser = context;

	domain_parse_on_error(parser->_private, error);
}

/* What libxml2 reports without saying for which parser: allocations that failed in its tree. */
static void domain_parse_on_other_error(void *context, xmlErrorPtr error)
{
	domain_parse_on_error(context, error);
}

static void domain_parse_on_characters(void *context, const xmlChar *text, int n)
{
	const xmlParserCtxt *parser = context;
	const struct domain_parse *parse = parser->_private;

	for (int i = 0; i < n; i++) {
		if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n')
			continue;
		parse->characters(context, text, n);
		return;
	}
}

static void domain_parse_on_document_type(
	void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = context;

	(void)name;
	(void)external;
	(void)system;
	domain_parse_complain(parser->_private, parser->input->line, "a document type is not read");
	xmlStopParser(parser);
}

static void domain_parse_hook(xmlParserCtxt *parser, struct domain_parse *parse)
{
	xmlSAXHandler *sax = parser->sax;

	parse->characters = sax->characters;
	parser->_private = parse;
	sax->serror = domain_parse_on_parser_error;
	sax->characters = domain_parse_on_characters;
	sax->ignorableWhitespace = domain_parse_on_characters;
	sax->cdataBlock = domain_parse_on_characters;
	sax->internalSubset = domain_parse_on_document_type;
	sax->comment = NULL;
	sax->processingInstruction = NULL;
}

static int domain_parse_once(const char *bytes, size_t n, struct domain_parse *parse, xmlDoc **ret)
{
	_cleanup_(domain_parse_context_freep) xmlParserCtxt *parser = xmlNewParserCtxt();
	_cleanup_(domain_parse_freep) xmlDoc *doc = NULL;

	if (!parser)
		return -ENOMEM;
	domain_parse_hook(parser, parse);
	doc = xmlCtxtReadMemory(parser, bytes, (int)n, NULL, NULL, DOMAIN_PARSE_OPTIONS);
	if (parse->no_memory)
		return -ENOMEM;
	if (!doc || !parser->wellFormed)
		domain_parse_complain(parse, 1, "it is no XML");
	if (parse->refused)
		return DOMAIN_PARSE_E_REFUSED;
	*ret = cleanup_take(doc);
	return DOMAIN_PARSE_DONE;
}

/* Parses with libxml2's handler of errors of this thread replaced, and puts it back. */
static int domain_parse_quietly(const char *bytes, size_t n, xmlDoc **ret, struct refusal *refusal)
{
	struct domain_parse parse = { .refusal = refusal };
	xmlStructuredErrorFunc handler = xmlStructuredError;
	void *context = xmlStructuredErrorContext;
	int r;

	xmlSetStructuredErrorFunc(&parse, domain_parse_on_other_error);
	r = domain_parse_once(bytes, n, &parse, ret);
	xmlSetStructuredErrorFunc(context, handler);
	xmlResetLastError();
	return r;
}

const xmlNode *domain_parse_root(const xmlDoc *doc)
{
	const xmlNode *root = doc->children;

	while (root && root->type != XML_ELEMENT_NODE)
		root = root->next;
	return root;
}

static int domain_parse_check_root(const xmlDoc *doc, struct refusal *refusal)
{
	const xmlNode *root = domain_parse_root(doc);

	if (root && !root->ns && strcmp((const char *)root->name, "domain") == 0)
		return DOMAIN_PARSE_DONE;
	return refusal_set(refusal, "document", "its root is not libvirt's element <domain>");
}

int domain_parse(const char *bytes, size_t n, xmlDoc **ret, struct refusal *refusal)
{
	_cleanup_(domain_parse_freep) xmlDoc *doc = NULL;
	int r;

	if (domain_guard_scan(bytes, n, refusal) != DOMAIN_GUARD_DONE)
		return DOMAIN_PARSE_E_REFUSED;
	r = domain_parse_quietly(bytes, n, &doc, refusal);
	/*
	 * libxml2 reports some allocations that fail as a mistake in the document; a mistake that
	 * is one is found twice.
	 */
	if (r == DOMAIN_PARSE_E_REFUSED) {
		r = domain_parse_quietly(bytes, n, &doc, refusal);
		if (r == DOMAIN_PARSE_DONE)
			return -ENOMEM;
	}
	if (r == DOMAIN_PARSE_DONE)
		r = domain_parse_check_root(doc, refusal);
	if (r == DOMAIN_PARSE_DONE)
		*ret = cleanup_take(doc);
	return r;
}
