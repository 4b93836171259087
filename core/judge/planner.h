/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Can this guest run on all these hosts, started on any of them and moved to any other; and if not,
 * what is the smallest change to its definition with which it can? Every change is asked about like
 * the guest itself before it is suggested. A map that was given cannot be changed: of that only the
 * hosts to leave out are told.
 */
#pragma once

#include "core/judge/fleet.h"

struct planner_question {
	/* As fleet_find() takes it; no questions: migrate and hotplug. Of a definition that comes
	 * from nowhere and does not run, every place of the fleet is one where it may be started. A
	 * guest that runs keeps its map: it is asked about as it is; what is suggested is for its
	 * next start.
	 */
	struct fleet_question ask;
	bool cmdline; /* the guest is QEMU's arguments: what libvirt has no XML for can be changed
		       */
	void (*tried)(void *data, unsigned tries); /* called now and then, or NULL */
	void *data;
};

/* What a suggestion changes, bits, from small to large. */
enum planner_change {
	PLANNER_RESTART = 1 << 0,  /* nothing: it has the map of where it was started */
	PLANNER_MAXMEM = 1 << 1,   /* memory that can be added, and its slots */
	PLANNER_ADDRESS = 1 << 2,  /* the CPU's physical address bits */
	PLANNER_VERSION = 1 << 3,  /* of the machine */
	PLANNER_LOW_RAM = 1 << 4,  /* where RAM below 4 GiB ends */
	PLANNER_BOOT_RAM = 1 << 5, /* less RAM at boot, the rest as DIMMs at addresses */
	_PLANNER_CHANGE_END = 1 << 6,
};

const char *planner_change_word(enum planner_change change); /* "maxmem", "machine-version", ... */

struct planner_suggestion {
	unsigned changes;	       /* bits of enum planner_change, one or two */
	const struct machine *machine; /* the whole of it; strings are of the one that was given */
	const char *text;	       /* what to do, a sentence */
	const char *xml;	       /* libvirt's elements as they become, or NULL */
	const char *option;	       /* QEMU's, or NULL */
	size_t safe, unknown, unsafe;  /* hosts, with it */
};

struct planner_host {
	const char *name;
	enum verdict_answer answer; /* the worst of those that were asked for */
	size_t n_findings;	    /* what blocks, worst first, each once */
	enum finding_code *findings;
	const char *reason; /* of the first, a sentence; or why nothing can be told */
};

struct planner_plan {
	struct arena *arena; /* owns everything in it */
	unsigned questions;
	bool fits;
	bool changeable;	      /* the guest is a definition */
	bool exhausted;		      /* not all changes were tried: there are too many */
	size_t safe, unknown, unsafe; /* hosts, with the guest as it is */
	uint64_t oldest_us; /* when the oldest of what is known of them was collected; 0: not known
			     */
	size_t n_suggestions;
	struct planner_suggestion *suggestions; /* smallest change first */
	size_t n_leave_out;
	struct planner_host *leave_out; /* without these the guest as it is fits the rest */
	size_t n_helpless;
	struct planner_host *helpless; /* of them: no change of memory, CPU or machine helps there,
					* or none that leaves those safe where none is needed */
};

enum planner_outcome {
	PLANNER_DONE,
	PLANNER_E_REFUSED, /* as FLEET_E_REFUSED */
};

/*
 * Answers @question about the members of @fleet that its filters leave; both have to outlive @ret,
 * whose arena the caller frees. -ENOMEM.
 */
int planner_compute(const struct fleet *fleet, const struct planner_question *question,
	struct planner_plan *ret, struct refusal *refusal);
