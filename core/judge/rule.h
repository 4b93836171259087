/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A rule is one small function of a host, a guest and perhaps a device that is to be given to it.
 * It answers holds, violated or cannot tell, and reports what it says with the facts it looked at.
 */
#pragma once

#include "core/judge/host_view.h"
#include "core/judge/report.h"
#include "core/judge/verdict.h"
#include "core/model/guest.h"
#include "core/model/tri.h"

struct rule_context {
	const struct host *host;
	const struct class *class_;
	const struct guest *guest;
	const struct verdict_question *question;
	unsigned asked; /* questions, bits, that this subject is judged for */
	struct report *report;
	/* The device, for rules about one. */
	const struct class_shape *shape; /* NULL: it has no group */
	const struct class_member *member;
	const struct usable *usable;	   /* NULL with shape */
	const struct facts_device *device; /* NULL: only its kind is known */
	int64_t group;			   /* -1: none */
	const bool *attached;		   /* for each of facts.devices: it is to be given too */
};

enum rule_scope {
	RULE_HOST,   /* once a question */
	RULE_DEVICE, /* once a device that is asked about or that the guest has */
};

struct rule {
	enum finding_code code;
	enum rule_scope scope;
	enum finding_answer (*judge)(const struct rule_context *context);
};

/* All rules, and how many. */
extern const struct rule rule_table[];
extern const size_t rule_table_n;

/*
 * The questions of @code that @context is judged for, as bits. What blocks giving a device later
 * also blocks going where a guest's own device could not be given to it.
 */
unsigned rule_questions(const struct rule_context *context, enum finding_code code);

/*
 * A finding of @code about the device of @context: with its group, address, and questions. For an
 * answer that is not known because of @reason, which may be any fact, that is noted.
 */
struct finding *rule_report(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, struct fact reason);

/* As rule_report(), for no more than @questions. */
struct finding *rule_report_for(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, struct fact reason, unsigned questions);

/* What to call the subject in a sentence: "0000:01:00.0", or "group 9", or "8086:10d3". */
const char *rule_name(const struct rule_context *context);

/* Memory of the guest that a device has to reach: what it has now, and what can be added. */
struct rule_hotplug_piece {
	struct region region;
	enum guest_kind kind;
	unsigned questions; /* that it decides: of memory that is added, memory_hotplug alone */
};

/* Where a walk over it is; zero to begin. */
struct rule_hotplug_walk {
	bool added; /* RAM and ROM are through */
	bool placed;
	bool rest; /* of the window at hand, what is not judged */
	size_t at;
};

/* The next piece of @context's guest in @ret, or false: there is no more that was asked about. */
bool rule_hotplug_memory(const struct rule_context *context, struct rule_hotplug_walk *walk,
	struct rule_hotplug_piece *ret);

/* The rules, by file. */
enum finding_answer rule_memory_reserved(const struct rule_context *context);
enum finding_answer rule_memory_aperture(const struct rule_context *context);
enum finding_answer rule_memory_aperture_unknown(const struct rule_context *context);
enum finding_answer rule_memory_regions_unknown(const struct rule_context *context);
enum finding_answer rule_memory_unaligned(const struct rule_context *context);
enum finding_answer rule_bar_placed(const struct rule_context *context);
enum finding_answer rule_bar_window_usable(const struct rule_context *context);
enum finding_answer rule_bar_peers(const struct rule_context *context);
enum finding_answer rule_bar_inbound(const struct rule_context *context);
enum finding_answer rule_hotplug_reserved(const struct rule_context *context);
enum finding_answer rule_hotplug_aperture(const struct rule_context *context);
enum finding_answer rule_hotplug_room(const struct rule_context *context);
enum finding_answer rule_hotplug_unknown(const struct rule_context *context);
enum finding_answer rule_hotplug_mappings(const struct rule_context *context);
enum finding_answer rule_device_identity_map(const struct rule_context *context);
enum finding_answer rule_device_msi_kinds(const struct rule_context *context);
enum finding_answer rule_device_iommufd(const struct rule_context *context);
enum finding_answer rule_device_interrupts(const struct rule_context *context);
enum finding_answer rule_device_interrupts_unsafe(const struct rule_context *context);
enum finding_answer rule_device_no_group(const struct rule_context *context);
enum finding_answer rule_device_bridge(const struct rule_context *context);
enum finding_answer rule_device_not_pci(const struct rule_context *context);
enum finding_answer rule_device_reset(const struct rule_context *context);
enum finding_answer rule_device_msix(const struct rule_context *context);
enum finding_answer rule_device_in_use(const struct rule_context *context);
enum finding_answer rule_device_write_combining(const struct rule_context *context);
enum finding_answer rule_group_shared(const struct rule_context *context);
enum finding_answer rule_group_viable(const struct rule_context *context);
enum finding_answer rule_group_acs_missing(const struct rule_context *context);
enum finding_answer rule_group_path_open(const struct rule_context *context);
enum finding_answer rule_group_override(const struct rule_context *context);
enum finding_answer rule_host_kvm(const struct rule_context *context);
enum finding_answer rule_host_arch(const struct rule_context *context);
enum finding_answer rule_host_bits(const struct rule_context *context);
enum finding_answer rule_host_virtual(const struct rule_context *context);
enum finding_answer rule_host_page_size(const struct rule_context *context);
enum finding_answer rule_host_newer(const struct rule_context *context);
enum finding_answer rule_host_stale(const struct rule_context *context);
enum finding_answer rule_host_opaque(const struct rule_context *context);
enum finding_answer rule_definition_starts(const struct rule_context *context);
enum finding_answer rule_definition_known(const struct rule_context *context);
enum finding_answer rule_definition_same_there(const struct rule_context *context);
enum finding_answer rule_definition_assumed(const struct rule_context *context);
enum finding_answer rule_viommu_wider(const struct rule_context *context);
enum finding_answer rule_viommu_caching(const struct rule_context *context);
enum finding_answer rule_viommu_regions(const struct rule_context *context);
enum finding_answer rule_viommu_format_differs(const struct rule_context *context);
enum finding_answer rule_viommu_pasid(const struct rule_context *context);
enum finding_answer rule_viommu_context_tables(const struct rule_context *context);
enum finding_answer rule_host_assumption(const struct rule_context *context);
