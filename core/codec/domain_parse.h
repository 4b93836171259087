/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From bytes to a tree of libxml2, made of nothing but elements, attributes of one text each (what
 * refers to an entity cannot be there, as none is declared), and text: comments, instructions and
 * blank text are dropped while it is built. No network, no entities but XML's own five, no document
 * type, UTF-8 whatever the document declares; libxml2's state of the process is left as it was, and
 * nothing is printed.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/cleanup.h"

#include <libxml/tree.h>

enum domain_parse_outcome {
	DOMAIN_PARSE_DONE,
	DOMAIN_PARSE_E_REFUSED,
};

/*
 * Parses the @n bytes at @bytes, whose root has to be an element "domain" of no namespace. On
 * DOMAIN_PARSE_DONE the caller frees @ret with xmlFreeDoc(). -ENOMEM.
 */
int domain_parse(const char *bytes, size_t n, xmlDoc **ret, struct refusal *refusal);

/* The element <domain>. */
const xmlNode *domain_parse_root(const xmlDoc *doc);

CLEANUP_DEFINE(xmlDoc *, xmlFreeDoc, domain_parse_freep);
