/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a device can be given to any guest at all, as far as that does not change by binding. */
#include "core/judge/rule.h"

#include <inttypes.h>
#include <string.h>

enum finding_answer rule_device_no_group(const struct rule_context *context)
{
	struct fact_number none =
		context->member ? context->member->no_group : context->class_->grouped;
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;

	if (context->shape)
		return FINDING_HOLDS;
	if (fact_is_ignorance(context->class_->grouped.fact))
		none.fact = context->class_->grouped.fact;
	/* A device that names a group of which nothing more is known has one. */
	if (fact_is_no(context->class_->grouped) || (context->member && fact_is_yes(none)))
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_NO_IOMMU, answer, none.fact);
	report_fact(context->report, finding, "groups");
	if (context->device)
		report_fact(context->report, finding, "devices/%s/group",
			context->device->address.value);
	if (fact_is_no(context->class_->grouped))
		report_say(context->report, finding, "this host has no IOMMU group at all");
	else
		report_say(context->report, finding,
			answer == FINDING_VIOLATED ? "the kernel gave %s no IOMMU group"
						   : "the IOMMU group of %s is not known",
			rule_name(context));
	return answer;
}

enum finding_answer rule_device_bridge(const struct rule_context *context)
{
	enum tri bridge = tri_of(context->member->bridge);
	enum finding_answer answer = bridge == TRI_YES ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (bridge == TRI_NO)
		return FINDING_HOLDS;
	finding = rule_report(
		context, FINDING_DEVICE_IS_BRIDGE, answer, context->member->bridge.fact);
	if (context->device)
		report_fact(context->report, finding, "devices/%s/header_type",
			context->device->address.value);
	report_say(context->report, finding,
		answer == FINDING_VIOLATED ? "%s is a bridge or port: vfio-pci takes endpoints only"
					   : "whether %s is a bridge is not known",
		rule_name(context));
	return answer;
}

enum finding_answer rule_device_not_pci(const struct rule_context *context)
{
	struct fact_text bus = context->member->bus;
	enum finding_answer answer =
		fact_is_value(bus.fact) ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (fact_text_is(bus, "pci"))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_DEVICE_NOT_PCI, answer, bus.fact);
	if (context->device)
		report_fact(
			context->report, finding, "devices/%s/bus", context->device->address.value);
	report_say(context->report, finding,
		"%s is %s, whose errors nothing contains when it is given to a guest",
		rule_name(context),
		fact_is_value(bus.fact) ? "not a PCI device" : "a device of a kind not known");
	return answer;
}

static const struct class_region *rule_device_direct(const struct class_shape *shape)
{
	const struct class_region *regions = shape->regions.items;

	for (size_t i = 0; fact_is_value(shape->regions.fact) && i < shape->regions.n; i++)
		if (strcmp(regions[i].type.value, "direct") == 0)
			return &regions[i];
	return NULL;
}

static size_t rule_device_direct_line(const struct rule_context *context)
{
	const struct facts_group *group =
		facts_find_group(context->host->facts, (uint64_t)context->group);
	const struct facts_region *lines = group ? group->reserved.items : NULL;

	for (size_t i = 0; group && i < facts_count(group->reserved); i++)
		if (fact_text_is(lines[i].type, "direct"))
			return i;
	return 0;
}

/* Linux drivers/iommu/iommu.c require_direct: the whole group is refused; FACTS of the kernel
 * gates. */
enum finding_answer rule_device_identity_map(const struct rule_context *context)
{
	enum tri refused = tri_of(context->shape->direct_refused);
	enum finding_answer answer = refused == TRI_YES ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	const struct class_region *direct = rule_device_direct(context->shape);
	struct finding *finding;
	struct region region;

	if (refused == TRI_NO || !fact_is_value(context->shape->regions.fact))
		return FINDING_HOLDS; /* regions-unknown speaks */
	finding = rule_report(context, FINDING_DEVICE_NEEDS_IDENTITY_MAP, answer,
		context->shape->direct_refused.fact);
	if (direct) {
		region = (struct region){ direct->first.value, direct->last.value };
		report_ranges(context->report, finding, NULL, &region);
		finding->region_type = direct->type.value;
		if (context->group >= 0)
			report_fact(context->report, finding, "groups/%" PRId64 "/reserved/%zu",
				context->group, rule_device_direct_line(context));
	}
	report_fact(context->report, finding, "host/kernel");
	report_say(context->report, finding,
		answer == FINDING_VIOLATED
			? "firmware demands a 1:1 mapping in the group of %s, so the kernel "
			  "refuses to give it away"
			: "whether the kernel refuses the group of %s for its 1:1 mappings is not "
			  "known for this kernel",
		rule_name(context));
	return answer;
}

enum finding_answer rule_device_msi_kinds(const struct rule_context *context)
{
	enum finding_answer answer = FINDING_VIOLATED;
	struct finding *finding;

	if (!fact_is_yes(context->shape->msi_conflict) || context->guest->vfio == GUEST_VFIO_TYPE1)
		return FINDING_HOLDS;
	if (context->guest->vfio == GUEST_VFIO_UNKNOWN) {
		if (fact_is_no(context->class_->iommufd))
			return FINDING_HOLDS; /* then it cannot be iommufd */
		if (fact_is_ignorance(context->class_->iommufd.fact))
			answer = FINDING_CANNOT_TELL;
	}
	finding = rule_report(
		context, FINDING_MSI_KINDS_CONFLICT, answer, context->class_->iommufd.fact);
	report_fact(context->report, finding, "groups/%" PRId64 "/reserved", context->group);
	report_say(context->report, finding,
		"the group of %s has a hardware and a software MSI window: iommufd refuses it",
		rule_name(context));
	return answer;
}

/* A module that is not loaded may still be there: opening /dev/iommu would load it. */
enum finding_answer rule_device_iommufd(const struct rule_context *context)
{
	struct fact_number present = context->class_->iommufd;
	struct finding *finding;

	if (context->guest->vfio != GUEST_VFIO_IOMMUFD || fact_is_yes(present))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_IOMMUFD_ABSENT, FINDING_CANNOT_TELL, present.fact);
	report_fact(context->report, finding, "vfio/iommufd");
	report_say(context->report, finding,
		fact_is_no(present)
			? "the guest's devices go through iommufd, which is not loaded on this host"
			: "the guest's devices go through iommufd, and whether this host has it is "
			  "not known");
	return FINDING_CANNOT_TELL;
}

/* Whether the administrator lets devices pass without isolated interrupts, on the guest's back end.
 */
static enum tri rule_device_unsafe(const struct rule_context *context)
{
	const struct class *class_ = context->class_;
	enum tri type1 = tri_of(class_->type1_unsafe), iommufd = tri_of(class_->iommufd_unsafe);

	switch (context->guest->vfio) {
	case GUEST_VFIO_TYPE1:
		return type1;
	case GUEST_VFIO_IOMMUFD:
		return iommufd;
	case GUEST_VFIO_UNKNOWN:
		break;
	}
	return fact_is_no(class_->iommufd) ? type1 : tri_and(type1, iommufd);
}

enum finding_answer rule_device_interrupts(const struct rule_context *context)
{
	struct fact_number isolated = context->class_->interrupts_isolated;
	enum tri unsafe = rule_device_unsafe(context);
	enum finding_answer answer = FINDING_CANNOT_TELL;
	struct finding *finding;

	if (fact_is_yes(isolated) || unsafe == TRI_YES)
		return FINDING_HOLDS;
	if (fact_is_no(isolated) && unsafe == TRI_NO)
		answer = FINDING_VIOLATED;
	finding = rule_report(context, FINDING_INTERRUPTS_NOT_ISOLATED, answer,
		fact_is_no(isolated) ? context->class_->type1_unsafe.fact : isolated.fact);
	report_fact(context->report, finding, "vfio/interrupts/isolated");
	report_fact(context->report, finding, "vfio/type1/allow_unsafe_interrupts");
	report_say(context->report, finding,
		fact_is_no(isolated)
			? "interrupts are not remapped on this host: a guest with a device could "
			  "raise any interrupt, so VFIO refuses"
			: "whether interrupts are isolated on this host is not known");
	return answer;
}

enum finding_answer rule_device_interrupts_unsafe(const struct rule_context *context)
{
	struct finding *finding;

	if (fact_is_yes(context->class_->interrupts_isolated) ||
		rule_device_unsafe(context) != TRI_YES)
		return FINDING_HOLDS;
	finding = rule_report(
		context, FINDING_INTERRUPTS_UNSAFE_ALLOWED, FINDING_VIOLATED, FACT_KNOWN);
	report_fact(context->report, finding, "vfio/type1/allow_unsafe_interrupts");
	report_say(context->report, finding,
		"interrupts are not known to be isolated, and allow_unsafe_interrupts lets "
		"devices pass: a guest can raise any interrupt on the host");
	return FINDING_VIOLATED;
}

/* A rule that degrades and reads one yes-or-no fact of the device's kind. */
static enum finding_answer rule_device_wants(const struct rule_context *context,
	enum finding_code code, struct fact_number good, const char *fact, const char *sentence)
{
	enum finding_answer answer = fact_is_no(good) ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (fact_is_yes(good))
		return FINDING_HOLDS;
	finding = rule_report(context, code, answer, good.fact);
	if (context->device)
		report_fact(context->report, finding, "devices/%s/%s",
			context->device->address.value, fact);
	report_say(context->report, finding, "%s%s %s",
		answer == FINDING_VIOLATED ? "" : "perhaps (it is not known) ", rule_name(context),
		sentence);
	return answer;
}

enum finding_answer rule_device_reset(const struct rule_context *context)
{
	return rule_device_wants(context, FINDING_DEVICE_NOT_RESETTABLE,
		context->member->resettable, "reset_methods",
		"cannot be reset: it keeps state from one guest to the next");
}

enum finding_answer rule_device_msix(const struct rule_context *context)
{
	struct fact_number shared = context->member->msix_page_shared;

	if (fact_is_value(shared.fact))
		shared.value = !shared.value;
	return rule_device_wants(context, FINDING_MSIX_PAGE_SHARED, shared, "msix",
		"has other registers in the pages of its MSI-X table: access to them is slow");
}

enum finding_answer rule_device_write_combining(const struct rule_context *context)
{
	if (!context->guest->needs_write_combining_bar)
		return FINDING_HOLDS;
	return rule_device_wants(context, FINDING_BAR_NOT_WRITE_COMBINING,
		context->class_->bar_write_combining, "bars",
		"gets no write-combining BARs from this kernel: its driver may fault");
}

/* Live: a registered guest has the device. VFIO takes one owner (drivers/vfio/group.c). */
enum finding_answer rule_device_in_use(const struct rule_context *context)
{
	const struct verdict_question *question = context->question;
	struct finding *finding;

	for (size_t i = 0; context->device && i < question->n_in_use; i++) {
		if (!fact_text_is(context->device->address, question->in_use[i].address))
			continue;
		finding = rule_report(context, FINDING_DEVICE_IN_USE, FINDING_VIOLATED, FACT_KNOWN);
		report_say(context->report, finding, "the guest %s has %s",
			question->in_use[i].guest, rule_name(context));
		return FINDING_VIOLATED;
	}
	return FINDING_HOLDS;
}
