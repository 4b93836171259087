/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report as one page of HTML: what is asked for it, and its parts. All that a part knows are
 * the JSON documents of client/source.h and client/fleet_ask.h, so that a page is the same whether
 * the daemon or a facts document was asked. A document may come from a daemon that lies: each look
 * checks the type (client/field.h), and all text goes through client/html_out.h.
 */
#pragma once

#include "client/arguments.h"
#include "client/html_out.h"
#include "client/input.h"
#include "client/names.h"
#include "client/trouble.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTML_GUESTS  16U  /* that one page is about */
#define HTML_HOSTS   8U	  /* that are shown in full; of all others the fleet tells */
#define HTML_CLASSES 100U /* rows of the matrix */

/* What stands in the way of giving a group's devices away, from good to bad. */
enum html_standing {
	HTML_NOW,    /* nothing */
	HTML_REBIND, /* drivers: once its devices are on a VFIO driver */
	HTML_UNKNOWN,
	HTML_NEVER,
	HTML_BRIDGES, /* it has nothing but bridges and ports, which nobody is given */
};
#define HTML_STANDINGS 5U

struct html_group {
	const json_t *group; /* of the document groups */
	json_t *usable;	     /* NULL: it could not be asked */
	json_t *explain;     /* NULL: it is isolated, or could not be asked */
	enum html_standing standing;
	size_t shape; /* index in shapes */
};

/* What groups have in common of which reach and reserved regions are the same. */
struct html_shape {
	const json_t *usable; /* of one of them */
	const json_t *reserved;
	size_t n_groups;
	bool offered; /* some of them can be given away, or may be */
};
/* Groups that differ more than that are in the table, and not drawn. */
#define HTML_SHAPES 64U

/* What a guest that was named gets on the host. */
struct html_guest {
	const char *name; /* borrowed */
	json_t *check;	  /* NULL: it could not be asked, and trouble says why */
	json_t *map;
	struct trouble trouble;
};

struct html_host {
	char name[256];
	size_t index; /* makes ids on the page unique */
	json_t *status;
	json_t *groups;
	json_t *devices;
	json_t *registered; /* the guests that the daemon was told of; NULL: a facts document */
	size_t n_groups;
	struct html_group *items;
	size_t n_shapes;
	struct html_shape shapes[HTML_SHAPES];
	struct trouble trouble; /* why not all groups could be asked; empty: they were */
	size_t n_guests;
	struct html_guest guests[HTML_GUESTS];
};

struct html_fleet {
	json_t *classes; /* NULL: it could not be asked, and trouble says why */
	size_t n_guests;
	const char *names[HTML_GUESTS];
	json_t *found[HTML_GUESTS]; /* NULL: it could not be asked */
	struct trouble troubles[HTML_GUESTS];
	struct trouble trouble;
};

/* What a page calls the guest of @input: its file, without folders. Borrowed. */
const char *html_guests_name(const struct input *input);

/* What is on the page. */
struct html_page {
	struct names *names;
	size_t n_hosts;
	struct html_host *hosts;
	size_t n_hosts_left_out;
	size_t n_assume;
	const char *const *assume; /* "kernel=6.6" */
	struct html_fleet fleet;
};

/*
 * Asks the host that @options name, and what the @n guests at @guests get there.
 * On 0 the caller hands @ret to html_host_done(). TROUBLE_E_SAID, -ENOMEM.
 */
int html_host_ask(const struct arguments *options, const struct input *guests, size_t n,
	struct trouble *trouble, struct html_host *ret);
void html_host_done(struct html_host *host);

/* Asks which classes there are, and which hosts can take the @n guests at @guests. -ENOMEM. */
int html_fleet_ask(const struct arguments *options, const struct input *guests, size_t n,
	struct html_fleet *ret);
void html_fleet_done(struct html_fleet *fleet);

/* Writes all of the page. */
void html_page_write(struct html_out *out, const struct html_page *page);

/* The place of the device at @address in the document devices, or SIZE_MAX. */
size_t html_device_find(const struct html_host *host, const char *address);

/* True for a bridge or port of any kind, by its class: nobody is given one. */
bool html_device_is_bridge(const json_t *device);

/* "Intel Corporation 82574L ...", or its numbers, or why those are not known. */
void html_device_name(struct html_out *out, struct names *names, const json_t *device);

/* An answer as a badge: yes and safe, no and unsafe, unknown. */
void html_word_write(struct html_out *out, const char *word);

/* The range from @first to @last as addresses. */
void html_word_range(struct html_out *out, uint64_t first, uint64_t last);

/* The findings at @findings that block, then those that degrade, then the rest, with remedies. */
void html_findings_write(struct html_out *out, const json_t *findings);

/* Parts of it, in the order in which they are on it. */
void html_problems_write(struct html_out *out, const struct html_host *host);
void html_space_write(struct html_out *out, const struct html_host *host);
void html_regions_write(struct html_out *out, const struct html_host *host);
void html_groups_write(
	struct html_out *out, const struct html_host *host, const struct html_page *page);
void html_tree_write(
	struct html_out *out, const struct html_host *host, const struct html_page *page);
void html_guests_write(struct html_out *out, const struct html_host *host);
void html_fleet_write(struct html_out *out, const struct html_page *page);
