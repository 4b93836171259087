/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/node_labels.h"

#include "core/judge/answer.h"
#include "core/judge/host_view.h"
#include "core/judge/subject.h"

/* As for verdicts (rule_host.c): a clock may be this much ahead. */
#define NODE_LABELS_SLACK_US (UINT64_C(300) * 1000000)

static enum tri node_labels_current(const struct node_labels_age *age)
{
	if (!age->now_us || !age->collected_us || !age->stale_after_us)
		return TRI_UNKNOWN;
	if (age->collected_us > age->now_us)
		return age->collected_us - age->now_us <= NODE_LABELS_SLACK_US ? TRI_YES : TRI_NO;
	return age->now_us - age->collected_us <= age->stale_after_us ? TRI_YES : TRI_NO;
}

/* Limits below a virtual machine are invisible in it, unless they are to be believed. */
static bool node_labels_sees_all(const struct host *host)
{
	return host->assume.nested_trust || fact_is_no(host->project.class_.is_virtual);
}

/* Yes when one can be given; no when it is certain of each that it cannot. */
static enum tri node_labels_assignable(const struct host *host)
{
	enum tri found = fact_is_ignorance(host->facts->devices.fact) ||
					 fact_is_ignorance(host->facts->groups.fact)
				 ? TRI_UNKNOWN
				 : TRI_NO;

	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		if (!subject_is_candidate(host, i))
			continue;
		if (host->assignable_after_rebind[i] == TRI_YES && node_labels_sees_all(host))
			return TRI_YES;
		if (host->assignable_after_rebind[i] != TRI_NO)
			found = TRI_UNKNOWN;
	}
	return found;
}

/* A group of bridges alone is nothing that a guest could be given. */
static bool node_labels_has_endpoint(const struct class_shape *shape)
{
	const struct class_member *members = shape->members.items;

	for (size_t i = 0; i < facts_count(shape->members); i++) {
		if (!fact_is_yes(members[i].bridge))
			return true;
	}
	return !fact_is_value(shape->members.fact);
}

/* The address bits that each group with an endpoint surely reaches; 0: not known, or no group. */
static unsigned node_labels_address_bits(const struct host *host)
{
	const struct fact_list shapes = host->project.class_.shapes;
	unsigned least = 65, bits;

	if (!node_labels_sees_all(host) || !fact_is_no(host->project.class_.unread))
		return 0;
	for (size_t i = 0; i < facts_count(shapes); i++) {
		const struct usable *usable = &host->usables[i];

		if (!node_labels_has_endpoint((const struct class_shape *)shapes.items + i))
			continue;
		if (!usable->floor_known)
			return 0;
		/* All of the bits only where the last address is all ones: 0x7f...f reaches 63. */
		bits = usable->floor_last == UINT64_MAX
			       ? 64U
			       : 63U - (unsigned)__builtin_clzll(usable->floor_last + 1);
		least = bits < least ? bits : least;
	}
	return least > 64 ? 0 : least;
}

int node_labels_json(const struct host *host, const struct node_labels_age *age, json_t **ret)
{
	const struct class *class_ = &host->project.class_;
	const enum tri current = node_labels_current(age);
	const unsigned bits = current == TRI_NO ? 0 : node_labels_address_bits(host);
	const struct {
		const char *name;
		enum tri value;
	} told[] = {
		{ "acs-override", tri_of(class_->acs_override) },
		{ "assignable", node_labels_assignable(host) },
		{ "interrupts-isolated", tri_of(class_->interrupts_isolated) },
		{ "iommu", tri_of(class_->grouped) },
		{ "iommufd", tri_of(class_->iommufd) },
		{ "kvm", tri_of(class_->kvm) },
		{ "virtual", tri_of(class_->is_virtual) },
	};
	struct answer answer = answer_start(), labels = answer_start();

	answer_text(&answer, "schema", NODE_LABELS_SCHEMA);
	answer_text(&answer, "class", host_digests(host).class_);
	answer_text(&answer, "map", host_digests(host).map);
	if (bits > 0)
		answer_integer(&answer, "address_bits", bits);
	answer_tri(&labels, "current", current);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		answer_tri(&labels, told[i].name, current == TRI_NO ? TRI_UNKNOWN : told[i].value);
	answer_set_answer(&answer, "labels", &labels);
	return answer_finish(&answer, ret);
}
