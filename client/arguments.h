/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line's options: one table of what there is, from which parsing, help and usage errors
 * come, and what a command line said. Options stand before or after the verb; "--" ends them.
 */
#pragma once

#include "client/display.h"
#include "client/trouble.h"
#include "core/arena.h"
#include "core/judge/assume.h"
#include "core/model/limits.h"

#include <stddef.h>
#include <stdint.h>

enum arguments_bit {
	ARGUMENTS_HELP = 1 << 0,
	ARGUMENTS_VERSION = 1 << 1,
	ARGUMENTS_FACTS = 1 << 2,
	ARGUMENTS_BUS = 1 << 3,
	ARGUMENTS_JSON = 1 << 4,
	ARGUMENTS_NO_LEGEND = 1 << 5,
	ARGUMENTS_MAP = 1 << 6,
	ARGUMENTS_ATTACH = 1 << 7,
	ARGUMENTS_ATTACH_MEMORY = 1 << 8,
	ARGUMENTS_QUESTION = 1 << 9,
	ARGUMENTS_ASSUME = 1 << 10,
	ARGUMENTS_SYSROOT = 1 << 11,
	ARGUMENTS_KERNEL_LOG = 1 << 12,
	ARGUMENTS_DOMAIN = 1 << 13,
	ARGUMENTS_CMDLINE = 1 << 14,
	ARGUMENTS_MTREE = 1 << 15,
	ARGUMENTS_QMP = 1 << 16,
	ARGUMENTS_ARCH = 1 << 17,
	ARGUMENTS_FROM = 1 << 18,
	ARGUMENTS_HOST = 1 << 19,
	ARGUMENTS_CONFIG = 1 << 20,
	ARGUMENTS_LABEL = 1 << 21,
	ARGUMENTS_CLASS = 1 << 22,
	ARGUMENTS_DAEMON = 1 << 26,
	ARGUMENTS_NO_PAGER = 1 << 29,
	ARGUMENTS_OUTPUT = 1 << 28,
	ARGUMENTS_FLEET = 1 << 23, /* no option: --facts may be given more than once */
	ARGUMENTS_HTML = 1 << 24,
	ARGUMENTS_GUESTS = 1 << 25, /* no option: several guests may be named */
};
/* What every verb takes. */
#define ARGUMENTS_ALWAYS (ARGUMENTS_HELP | ARGUMENTS_VERSION | ARGUMENTS_NO_PAGER)
/* What a verb takes that shows something of a host. */
#define ARGUMENTS_SHOW                                                                             \
	(ARGUMENTS_ALWAYS | ARGUMENTS_FACTS | ARGUMENTS_BUS | ARGUMENTS_JSON | ARGUMENTS_NO_LEGEND)

/* The options that name a guest. */
#define ARGUMENTS_GUEST_KINDS                                                                      \
	(ARGUMENTS_MAP | ARGUMENTS_DOMAIN | ARGUMENTS_CMDLINE | ARGUMENTS_MTREE | ARGUMENTS_QMP)
/* What a verb takes that is about a guest on a host. */
#define ARGUMENTS_GUEST (ARGUMENTS_GUEST_KINDS | ARGUMENTS_ARCH | ARGUMENTS_FROM | ARGUMENTS_HOST)

#define ARGUMENTS_ASSUMPTIONS 16U

#define ARGUMENTS_GUESTS_MOST 64U

struct arguments_guest {
	unsigned bit; /* of the option that named it */
	const char *place;
};

struct arguments {
	struct arena *arena;
	unsigned given;		/* bits */
	unsigned taken;		/* the bit of the option that is being read */
	const char *facts;	/* the first of all_facts, or NULL */
	const char *facts_name; /* of it in documents, which are UTF-8: other bytes are \xHH */
	size_t n_facts;
	const char **all_facts; /* as given; in arena */
	const char *bus;
	enum display_json json;
	const char *guest; /* the file or socket of the guest; given says of which kind */
	size_t n_guests;   /* all that are named, in order, the last of which is guest */
	struct arguments_guest guests[ARGUMENTS_GUESTS_MOST];
	const char *html;      /* the file that a page goes to; "-": the output */
	const char *arch;      /* of the guest, where its text does not say it */
	const char *from;      /* the host it is defined on: a name, with --facts a file */
	const char *from_name; /* in documents, as facts_name */
	const char *host;      /* the host that the daemon is to answer for */
	size_t n_attach;
	const char *attach[LIMIT_TARGETS];
	uint64_t attach_memory; /* bytes */
	unsigned questions;	/* bits of enum finding_question; 0: all */
	size_t n_assume;
	const char *assume[ARGUMENTS_ASSUMPTIONS]; /* each has been taken into assumed */
	struct assume assumed;
	const char *label;	  /* that hosts must have, NAME or NAME=VALUE; NULL: any */
	const char *class_digest; /* how the class of a host has to begin; NULL: any */
	const char *config;	  /* of the libvirt hook, or of the daemon; NULL: its usual place */
	const char *daemon;	  /* the program iommufleetd; NULL: as installed */
	const char *output;	  /* the file to write; NULL: the standard output */
	const char *sysroot;
	const char *kernel_log;
	size_t n_words;	    /* the verb and its arguments */
	const char **words; /* in arena */
};

struct arguments_row {
	const char *name;  /* without the minus signs */
	const char *value; /* what to write after it, or NULL: it takes none */
	unsigned bit;
	int (*take)(struct arguments *options, const char *value, struct trouble *trouble);
	const char *help; /* short: with name and value it fits 80 columns */
};

extern const struct arguments_row arguments_table[];
extern const size_t arguments_table_n;

/* True if the option may be given more than once: a flag, or one whose values are a list. */
bool arguments_repeats(const struct arguments_row *row);

/* Reads a command line. TROUBLE_E_SAID, -ENOMEM. The caller hands @ret to arguments_done(). */
int arguments_parse(int argc, char *const argv[], struct arguments *ret, struct trouble *trouble);

void arguments_done(struct arguments *options);

/* Refuses an option given that is not among @allowed, the ones of verb @verb. TROUBLE_E_SAID. */
int arguments_check(const struct arguments *options, const char *verb, unsigned allowed,
	struct trouble *trouble);

/* "64G", "512M", "1T" or bytes in @ret: from 1. False when it is no such size or too large. */
bool arguments_parse_size(const char *text, uint64_t *ret);

/*
 * @target as documents write it: "1:00.0" and "01:00.0" get their domain 0000, hexadecimal digits
 * of an address are lower case; anything else is returned as it is. In options->arena. -ENOMEM:
 * NULL.
 */
const char *arguments_target(const struct arguments *options, const char *target);

/*
 * @name as a document can have it, in UTF-8: any other byte as \xHH. In options->arena. -ENOMEM:
 * NULL.
 */
const char *arguments_document_name(const struct arguments *options, const char *name);
