/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdict: may this guest go to that host, may a device or memory be added to it there? Pure:
 * the same host, guest and question always give the same answer. Any blocking rule violated:
 * unsafe; else any blocking rule that cannot tell: unknown; else safe.
 */
#pragma once

#include "core/judge/host.h"
#include "core/model/finding.h"
#include "core/model/guest.h"

enum verdict_answer { VERDICT_SAFE, VERDICT_UNKNOWN, VERDICT_UNSAFE }; /* from best to worst */

const char *verdict_answer_word(enum verdict_answer answer); /* "safe", "unknown", "unsafe" */

/* A device that a guest on this host has at this moment. */
struct verdict_in_use {
	const char *address;
	const char *guest; /* its name */
};

struct verdict_question {
	unsigned questions; /* bits of enum finding_question; 0: all three */
	const struct guest *guest;
	size_t n_attach;
	const char *const
		*attach;	/* targets: an address, an identity, a class, or a group number */
	uint64_t attach_memory; /* bytes to be hot-plugged; 0: not said, the whole window */
	size_t n_in_use;	/* devices of other guests of the host; the asked guest's own are */
	const struct verdict_in_use *in_use; /* not among them */
	uint64_t now_us;		     /* real time, and when the facts were collected; */
	uint64_t collected_us;		     /* either 0: not said, age is not judged */
	uint64_t stale_after_us;
	/* Why what is known of the host proves nothing any more, whatever its age; or NULL. */
	const char *outdated;
};

struct verdict_target {
	const char *target;   /* as asked, or the address chosen */
	const char *identity; /* "8086:10d3", or NULL */
	int64_t group;	      /* -1: none */
	enum verdict_answer hotplug;
};

struct verdict {
	struct arena *arena;				      /* owns everything in it */
	const struct host *host;			      /* borrowed: outlives the verdict */
	unsigned questions;				      /* that were answered, bits */
	enum verdict_answer migrate, hotplug, memory_hotplug; /* of those only */
	size_t n_targets;
	struct verdict_target *targets;
	size_t n_findings;
	struct finding *findings; /* blocking ones first */
	uint64_t collected_us;	  /* 0: not said */
};

enum verdict_outcome {
	VERDICT_DONE,
	VERDICT_E_REFUSED, /* a target that is no device, group, identity or class of any host */
};

/* Answers @question about @host. On VERDICT_DONE the caller owns @ret. -ENOMEM. */
int verdict_compute(const struct host *host, const struct verdict_question *question,
	struct verdict **ret, struct refusal *refusal);

struct verdict *verdict_free(struct verdict *verdict);

/* The answer to one question, a bit of enum finding_question that was asked. */
enum verdict_answer verdict_answer(const struct verdict *verdict, unsigned question);

/* The worst of the answers given: what the exit code says. */
enum verdict_answer verdict_worst(const struct verdict *verdict);
