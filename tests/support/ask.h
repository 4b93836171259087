/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking the judge in a line or two: a sound host and a guest that fits it, edited by path, and
 * what must come of it. Every verdict that is made is also held against the rule of combination:
 * the answers are what its blocking findings say.
 *
 * JSON is written with ' for ". A path is a row of members from the top, "devices/0000:01:00.0/
 * driver"; an item of a list is named by its address, name or id, or by its number; "+" appends.
 */
#pragma once

#include "core/cleanup.h"
#include "core/judge/verdict.h"

#include <jansson.h>

enum ask_base {
	ASK_INTEL, /* VT-d of 48 bits, Linux 6.12 of Debian, two endpoints below ports with ACS */
	ASK_AMD,   /* the same with AMD-Vi */
	ASK_ARM,   /* the same with an SMMUv3 and GICv3 ITS */
};

/* The two endpoints of every base, each in a group of its own (9 and 10), on vfio-pci. */
#define ASK_NIC "0000:01:00.0"
#define ASK_GPU "0000:02:00.0"
/* The root ports above them (groups 1 and 2). */
#define ASK_NIC_PORT "0000:00:1c.0"
#define ASK_GPU_PORT "0000:00:1d.0"

struct ask {
	json_t *facts;
	json_t *guest;
	struct assume assume;
	struct verdict_question question;
	const char *attach[8];
	struct host *host; /* as last judged */
	struct verdict *verdict;
	struct guest *guest_built;
};

/* Starts with @base and a guest of 4 GiB of RAM that will get no more memory. */
void ask_begin(struct ask *ask, enum ask_base base);
void ask_end(struct ask *ask);

/* Declares @name, begun with @base and ended with its scope. */
#define ASK(name, base)                                                                            \
	_cleanup_(ask_end) struct ask name;                                                        \
	ask_begin(&(name), base)

/* Bits of questions, short. */
#define ASK_M	FINDING_MIGRATE
#define ASK_H	FINDING_HOTPLUG
#define ASK_MEM FINDING_MEMORY_HOTPLUG

/* Sets what is at @path of the host's facts, or of the guest; NULL takes it away. */
void ask_host(struct ask *ask, const char *path, const char *json);
void ask_guest(struct ask *ask, const char *path, const char *json);
void ask_set(json_t *top, const char *path, const char *json);

/* Takes as the guest's map "ram 0x0-0x7fffffff, hotplug 0x100000000-0x1ffffffff, ...". */
void ask_map(struct ask *ask, const char *map);

void ask_attach(struct ask *ask, const char *target);
void ask_assume(struct ask *ask, const char *pair);

/* Judges what was set up. Borrowed until the next call. */
const struct host *ask_judge_host(struct ask *ask);
const struct verdict *ask_judge(struct ask *ask);

/* The answers, all three: "safe unsafe unknown" for migrate, hotplug, memory_hotplug. */
void ask_answers(struct ask *ask, const char *words);

/* Code @code is said with @answer, by every finding of that code for exactly @questions. */
const struct finding *ask_says(
	struct ask *ask, enum finding_code code, enum finding_answer answer, unsigned questions);
/* It is not said at all. */
void ask_silent(struct ask *ask, enum finding_code code);

/* The value of @text, JSON with ' for ". */
json_t *ask_json(const char *text);

/* Facts of the document @json. */
struct facts *ask_decode(const json_t *json);

/* Fails unless the answers of @verdict are what its blocking findings say. */
void ask_check_combination(const struct verdict *verdict);
