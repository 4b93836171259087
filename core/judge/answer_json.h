/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is shown of a host and of a verdict, as JSON: the one form behind the command line's --json,
 * its tables, and the D-Bus dictionaries. Each function gives a new reference in @ret (json_decref)
 * or -ENOMEM. Shapes are promises: see iommufleetctl(1). Canonical in the sense that the same input
 * gives the same document; keys sort at dump time.
 *
 * Conventions: addresses are "0x..." strings; yes, no and unknown are words; a fact that does not
 * exist is left out; one that is not known is {"unknown":"why"}.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/judge/host.h"
#include "core/judge/verdict.h"

#include <jansson.h>

#define ANSWER_JSON_SCHEMA "iommufleet-answer-1"
/* Raised whenever the rules can give another answer to the same question about the same facts. */
#define ANSWER_JSON_RULES 2U

enum answer_json_outcome {
	ANSWER_JSON_DONE,
	ANSWER_JSON_E_NO_TARGET, /* no such group or device here; the refusal says so */
};

/*
 * {"schema":"iommufleet-answer-1","host":@host_name,"answers":{...},"targets":[...],...}, as in
 * schema/answer-1.schema.json. "collected_at" is in microseconds since 1970 UTC, null when it
 * is not known; "answers" holds the questions that were asked.
 */
int answer_json_check(const struct verdict *verdict, const char *host_name, json_t **ret);

/*
 * {"groups":[{"id","type","devices","reserved","isolated","assignable","assignable_after_rebind"}]},
 * or "groups":{"unknown":"why"}.
 */
int answer_json_groups(const struct host *host, json_t **ret);

/* {"devices":[{"address","vendor","device","class","group","driver","port_type","acs",...}]} */
int answer_json_devices(const struct host *host, json_t **ret);

/*
 * {"target","group","aperture","assignable","assignable_after_rebind","ranges","findings"}.
 * "ranges" are those that are surely usable: none where nothing is known. "aperture" has "last",
 * what is surely reached, "known_by" and, where more may be reached, "at_most".
 */
int answer_json_usable(
	const struct host *host, const char *target, json_t **ret, struct refusal *refusal);

/*
 * The way from a device to the root: {"target","group","isolated","path":[{"address","port_type",
 * "acs":{...},"redirects":"yes|no|unknown","missing":["RR",...]}],"first_hole":...,"findings"}.
 */
int answer_json_explain(
	const struct host *host, const char *target, json_t **ret, struct refusal *refusal);

/* {"facts","class","map"} */
int answer_json_digests(const struct host *host, json_t **ret);

/*
 * What `status` leads with: {"host","arch","kernel","iommus":[...],"groups":n,"devices":n,
 * "assignable":n,"interrupts":...,"virtual":...,"digests":{...},"problems":[{"code","text",
 * "remedy"}]}.
 */
int answer_json_status(const struct host *host, const char *host_name, json_t **ret);

/*
 * The map of @guest: a document of schema/guest-1.schema.json, which can be asked about again, with
 * {"headroom":{"address_bits","below_4g":[{"first","last","bytes"}],"above_4g":[...]}} that is left
 * on the @n hosts at @hosts; without hosts there is none.
 */
int answer_json_map(
	const struct guest *guest, const struct host *const *hosts, size_t n, json_t **ret);

/*
 * Adds to @map of answer_json_map() the member "laid_out_for", {"host":@host_name,"assumed":{...}},
 * with what is assumed of @host. @host_name may be NULL: no host, but what is assumed alone.
 * -ENOMEM.
 */
int answer_json_map_laid_out_for(json_t *map, const char *host_name, const struct host *host);

struct answer_json_named {
	const char *name;
	const struct host *host;
	uint64_t collected_us; /* 0: not known */
	bool stale;	       /* that is too long ago for a proof */
};

/*
 * What differs between two hosts that can change an answer, and for whom:
 * {"schema":"iommufleet-compare-1","a":{"host","class","map","collected_at","stale"},"b":{...},
 * "same_class","same_map","differences":[{"what","a","b","questions":[...],"for"}]}.
 */
int answer_json_compare(
	const struct answer_json_named *a, const struct answer_json_named *b, json_t **ret);
