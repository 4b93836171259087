/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions about many hosts at once. Hosts of one class are answered once: the work grows with
 * classes, not with hosts. A fleet is a view: all that it points to belongs to who made it.
 */
#pragma once

#include "core/judge/definition.h"
#include "core/judge/verdict.h"

struct fleet_label {
	const char *name;
	const char *value;
};

struct fleet_member {
	const char *name;
	int32_t class_index;   /* in fleet.classes, or -1: its class is not known here */
	bool expired;	       /* its record's time is over */
	uint64_t collected_us; /* 0: not known */
	size_t n_labels;
	const struct fleet_label *labels;
};

struct fleet {
	size_t n_classes;
	/* A host for each class, or a host with facts of its own that is the only member. */
	const struct host *const *classes;
	size_t n_members;
	const struct fleet_member *members; /* sorted by name (strcmp) */
	uint64_t now_us;		    /* 0: age is not judged */
	uint64_t stale_after_us;
};

/* The member of that name, or NULL. */
const struct fleet_member *fleet_find_member(const struct fleet *fleet, const char *name);

/* True when what is known of @member is too old, or of the future, for "safe". */
bool fleet_is_stale(const struct fleet *fleet, const struct fleet_member *member);

/*
 * What is assumed of all of @fleet, if anybody is in it: a host that is known by facts of its own
 * may have more assumed of it. NULL: there is no class.
 */
const struct assume *fleet_assume(const struct fleet *fleet);

/*
 * When the oldest of what is known of the @n members at @members (indices; NULL: of the first @n)
 * was collected; 0: of one of them that is not known.
 */
uint64_t fleet_oldest(const struct fleet *fleet, const size_t *members, size_t n);

struct fleet_question {
	const struct guest_text *guest; /* NULL: hosts are only listed */
	/* here is not looked at: it is the member of that name, if its facts are known. */
	struct definition_origin origin;
	/* All but the guest and times. Targets are kinds of devices: an address or a number of a
	 * group is of one host.
	 */
	struct verdict_question question;
	/* Only members with this label (NULL: all), of this value (NULL: any), and of this class.
	 */
	const char *label;
	const char *label_value;
	const char *class_digest; /* a beginning of it; NULL: any */
};

/* Small, for there is one for each host. */
struct fleet_answer {
	uint32_t member; /* index in fleet.members */
	bool stale;
	/* Of those that were asked. */
	enum verdict_answer migrate : 8;
	enum verdict_answer hotplug : 8;
	enum verdict_answer memory_hotplug : 8;
};

struct fleet_found {
	struct arena *arena;
	unsigned questions; /* that were asked, bits; 0: hosts are only listed */
	size_t n;
	struct fleet_answer *answers; /* best first, then by name */
	size_t n_classes;
	struct verdict **verdicts; /* for each class, or NULL: nobody asked about it */
	size_t n_guests;
	struct guest **guests; /* as they are on the hosts, each map once */
};

enum fleet_outcome {
	FLEET_DONE,
	FLEET_E_REFUSED, /* a target that is no identity and no class of devices */
};

/* Asks @question of every member that its filters leave. On FLEET_DONE the caller owns @ret.
 * -ENOMEM.
 */
int fleet_find(const struct fleet *fleet, const struct fleet_question *question,
	struct fleet_found *ret, struct refusal *refusal);

void fleet_found_done(struct fleet_found *found);

/* The worst of the answers that were asked for. */
enum verdict_answer fleet_answer_worst(const struct fleet_found *found, size_t index);
