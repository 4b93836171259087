/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking the tree that core/codec/domain_parse.h made. libvirt's own elements have no namespace,
 * and only those are found here, as libvirt finds them. Texts and attributes are borrowed from the
 * tree.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/machine.h"

#include <libxml/tree.h>

enum domain_node_outcome {
	DOMAIN_NODE_DONE,
	DOMAIN_NODE_E_REFUSED, /* reader->refusal says the line and the element */
};

/* What is being read, and what it becomes. */
struct domain_node_reader {
	struct machine *machine;
	struct arena *arena; /* for texts that outlive the tree */
	struct refusal *refusal;
};

/* The first element called @name below @parent, or the next one after @node; NULL matches any name.
 * NULL when there is none, also when @parent is. */
const xmlNode *domain_node_first(const xmlNode *parent, const char *name);
const xmlNode *domain_node_next(const xmlNode *node, const char *name);

/* The element called @name below @parent in @ret, or NULL; refuses a second one. */
int domain_node_only(struct domain_node_reader *reader, const xmlNode *parent, const char *name,
	const xmlNode **ret);

bool domain_node_is(const xmlNode *node, const char *name);

/* The text of an element, "" without any; NULL only for @node NULL. */
const char *domain_node_text(const xmlNode *node);

/* The attribute of no namespace called @name; NULL when there is none, or no @node. */
const char *domain_node_attribute(const xmlNode *node, const char *name);

/* True when @node has that attribute with that value. */
bool domain_node_says(const xmlNode *node, const char *name, const char *value);

/* Copies @text, which a machine keeps: at most LIMIT_TEXT bytes. */
int domain_node_keep(
	struct domain_node_reader *reader, const xmlNode *node, const char *text, const char **ret);

/* Refuses: where is "line 12: <memory>". Gives DOMAIN_NODE_E_REFUSED. */
int domain_node_refuse(struct domain_node_reader *reader, const xmlNode *node, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/*
 * Names what is not modelled, as "WHAT (line 12)", what a document says in printable ASCII. When
 * there are as many as a machine can hold, the last of them says that there are more.
 */
int domain_node_opaque(struct domain_node_reader *reader, const xmlNode *node, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* What machine_add_memory() and the like gave: their limit becomes a refusal at @node. */
int domain_node_added(struct domain_node_reader *reader, const xmlNode *node, int r);

/* True when @word is among the @n words at @words. */
bool domain_node_is_one_of(const char *word, const char *const *words, size_t n);
