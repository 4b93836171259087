/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who else is in the group, and what is on the way up. A group is given away whole: an endpoint
 * that stays with the host's own driver keeps all of it.
 */
#include "core/judge/project_shape.h"
#include "core/judge/rule.h"

#include <inttypes.h>

/* How many members of the shape could be assigned. */
static size_t rule_group_endpoints(const struct class_shape *shape)
{
	const struct class_member *members = shape->members.items;
	size_t n = 0;

	for (size_t i = 0; i < shape->members.n; i++)
		if (!fact_is_yes(members[i].bridge))
			n++;
	return n;
}

static const struct facts_group *rule_group_facts(const struct rule_context *context)
{
	return context->group < 0
		       ? NULL
		       : facts_find_group(context->host->facts, (uint64_t)context->group);
}

static size_t rule_group_size(const struct facts_group *group)
{
	return group && fact_is_value(group->devices.fact) ? group->devices.n : 0;
}

/* The mate at @index of the group, or NULL: it is the device itself, or is attached as well. */
static const struct facts_device *rule_group_mate(const struct rule_context *context,
	const struct facts_group *group, size_t index, bool *ret_lost)
{
	const struct facts_device *mate =
		facts_find_device(context->host->facts, group->devices.items[index]);

	*ret_lost = !mate;
	if (!mate || mate == context->device ||
		(context->attached && context->attached[host_view_index(context->host, mate)]))
		return NULL;
	return mate;
}

static void rule_group_say(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, const struct facts_device *mate)
{
	struct finding *finding = rule_report(
		context, code, answer, mate ? mate->driver.fact : FACT_IGNORANT(FACT_VANISHED));
	const char *driver =
		mate && fact_is_value(mate->driver.fact) ? mate->driver.value : "not known";

	report_fact(context->report, finding, "groups/%" PRId64 "/devices", context->group);
	if (mate)
		report_fact(context->report, finding, "devices/%s/driver", mate->address.value);
	report_say(context->report, finding, "%s shares group %" PRId64 " with %s (driver %s)",
		rule_name(context), context->group, mate ? mate->address.value : "another device",
		driver);
}

/* Static: a mate of which only the kind is known may be harmless, or not. */
static enum finding_answer rule_group_shared_kind(const struct rule_context *context)
{
	struct finding *finding;

	if (rule_group_endpoints(context->shape) < 2)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_GROUP_SHARED, FINDING_CANNOT_TELL, FACT_KNOWN);
	report_say(context->report, finding,
		"%s shares its group with other devices, and what they are bound to is not known",
		rule_name(context));
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_group_shared(const struct rule_context *context)
{
	const struct facts_group *group = rule_group_facts(context);
	enum finding_answer worst = FINDING_HOLDS, answer;
	size_t n = rule_group_size(group);
	unsigned said = 0;
	bool lost;

	if (!context->device)
		return rule_group_shared_kind(context);
	for (size_t i = 0; i < n && said < REPORT_PER_RULE; i++) {
		const struct facts_device *mate = rule_group_mate(context, group, i, &lost);
		enum host_binding binding = HOST_BINDING_UNKNOWN;

		if (!mate && !lost)
			continue;
		if (mate)
			binding = context->host->bindings[host_view_index(context->host, mate)];
		if (mate && (binding == HOST_UNBOUND || binding == HOST_VFIO ||
				    binding == HOST_HARMLESS ||
				    project_shape_is_bridge(mate) == TRI_YES))
			continue;
		answer = binding == HOST_DRIVER ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		worst = worst == FINDING_VIOLATED ? worst : answer;
		rule_group_say(context, FINDING_GROUP_SHARED, answer, mate);
		said++;
	}
	return worst;
}

static void rule_group_say_own(const struct rule_context *context)
{
	struct finding *finding =
		rule_report(context, FINDING_GROUP_NOT_VIABLE, FINDING_VIOLATED, FACT_KNOWN);

	finding->severity = FINDING_INFORMS;
	report_fact(context->report, finding, "devices/%s/driver", context->device->address.value);
	report_say(context->report, finding,
		"%s is bound to %s now; it has to be on a VFIO driver first, which libvirt sees "
		"to for managed devices",
		context->device->address.value, context->device->driver.value);
}

enum finding_answer rule_group_viable(const struct rule_context *context)
{
	const struct facts_group *group = rule_group_facts(context);
	size_t n = context->device ? rule_group_size(group) : 0;
	enum finding_answer worst = FINDING_HOLDS, answer;
	unsigned said = 0;
	bool lost;

	for (size_t i = 0; i < n && said < REPORT_PER_RULE; i++) {
		const struct facts_device *mate = rule_group_mate(context, group, i, &lost);
		enum host_binding binding =
			mate ? context->host->bindings[host_view_index(context->host, mate)]
			     : HOST_UNBOUND;

		/* Of a mate that is lost group-shared speaks. */
		if (binding != HOST_DRIVER && binding != HOST_BINDING_UNKNOWN)
			continue;
		answer = binding == HOST_DRIVER ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
		worst = worst == FINDING_VIOLATED ? worst : answer;
		rule_group_say(context, FINDING_GROUP_NOT_VIABLE, answer, mate);
		said++;
	}
	if (context->device &&
		context->host->bindings[host_view_index(context->host, context->device)] ==
			HOST_DRIVER)
		rule_group_say_own(context);
	return worst;
}

static void rule_group_path_fact(const struct rule_context *context, struct finding *finding)
{
	const struct isolation_path *path;

	if (!context->device)
		return;
	path = &context->host->project.paths[host_view_index(context->host, context->device)];
	if (path->hole)
		report_fact(context->report, finding, "devices/%s/acs", path->hole->address.value);
}

static const char *rule_group_path_hole(const struct rule_context *context)
{
	const struct isolation_path *path =
		context->device ? &context->host->project
					   .paths[host_view_index(context->host, context->device)]
				: NULL;
	const char *text = NULL;

	if (!fact_is_value(context->member->path_hole.fact))
		return "a function of its own slot or bus";
	if (path && path->hole)
		text = arena_printf(context->report->arena, "%s (%s)", path->hole->address.value,
			context->member->path_hole.value);
	return text ? text : context->member->path_hole.value;
}

enum finding_answer rule_group_acs_missing(const struct rule_context *context)
{
	struct finding *finding;

	if (!fact_is_yes(context->member->hole_in_group) ||
		!fact_is_value(context->member->path_hole.fact) ||
		rule_group_endpoints(context->shape) < 2)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_ACS_MISSING, FINDING_VIOLATED, FACT_KNOWN);
	rule_group_path_fact(context, finding);
	report_say(context->report, finding, "the group of %s is as large as it is because of %s",
		rule_name(context), rule_group_path_hole(context));
	return FINDING_VIOLATED;
}

enum finding_answer rule_group_path_open(const struct rule_context *context)
{
	enum tri isolated = tri_of(context->member->path_isolated);
	enum finding_answer answer = isolated == TRI_NO ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (isolated == TRI_YES)
		return FINDING_HOLDS;
	finding = rule_report(
		context, FINDING_PEER_PATH_OPEN, answer, context->member->path_isolated.fact);
	rule_group_path_fact(context, finding);
	report_say(context->report, finding,
		answer == FINDING_VIOLATED
			? "%s can reach devices outside its group past the IOMMU: %s does not "
			  "redirect"
			: "whether %s can reach devices outside its group past the IOMMU is not "
			  "known",
		rule_name(context), rule_group_path_hole(context));
	return answer;
}

enum finding_answer rule_group_override(const struct rule_context *context)
{
	enum tri isolated = tri_of(context->member->path_isolated);
	enum tri override = tri_of(context->class_->acs_override);
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;

	if (override == TRI_NO || isolated == TRI_YES)
		return FINDING_HOLDS;
	if (override == TRI_YES && isolated == TRI_NO)
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_ACS_OVERRIDE, answer,
		override == TRI_YES ? context->member->path_isolated.fact
				    : context->class_->acs_override.fact);
	report_fact(context->report, finding, "host/words");
	rule_group_path_fact(context, finding);
	report_say(context->report, finding, "the group of %s %s only by pcie_acs_override: %s",
		rule_name(context), answer == FINDING_VIOLATED ? "exists" : "may exist",
		rule_group_path_hole(context));
	return answer;
}
