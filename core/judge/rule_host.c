/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest against the host as a whole, and how far the host's facts can be trusted. */
#include "core/judge/rule.h"

#include "core/judge/aperture.h"
#include "core/judge/kernel_gate.h"

#include <inttypes.h>
#include <string.h>

#define RULE_HOST_BITS_FLOOR	 32U /* no 64-bit CPU has fewer physical address bits */
#define RULE_HOST_CLOCK_SLACK_US (5ULL * 60 * 1000000)

/* Without devices, going there asks nothing of the host's IOMMU. */
static unsigned rule_host_device_questions(
	const struct rule_context *context, enum finding_code code)
{
	unsigned questions = rule_questions(context, code);

	return context->guest->n_devices ? questions : questions & ~(unsigned)FINDING_MIGRATE;
}

enum finding_answer rule_host_kvm(const struct rule_context *context)
{
	enum tri kvm = tri_of(context->class_->kvm);
	enum finding_answer answer = kvm == TRI_NO ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (!context->guest->kvm || kvm == TRI_YES)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_NO_KVM, answer, context->class_->kvm.fact);
	report_fact(context->report, finding, "kvm/present");
	report_say(context->report, finding,
		answer == FINDING_VIOLATED ? "the guest needs KVM, and this host has none"
					   : "whether this host has KVM is not known");
	return answer;
}

enum finding_answer rule_host_arch(const struct rule_context *context)
{
	struct fact_text arch = context->class_->arch;
	enum finding_answer answer =
		fact_is_value(arch.fact) ? FINDING_VIOLATED : FINDING_CANNOT_TELL;
	struct finding *finding;

	if (!context->guest->kvm || fact_text_is(arch, context->guest->arch))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_ARCH_DIFFERS, answer, arch.fact);
	report_fact(context->report, finding, "host/arch");
	report_say(context->report, finding, "the guest is %s, and the host is %s",
		context->guest->arch, fact_is_value(arch.fact) ? arch.value : "not known");
	return answer;
}

enum finding_answer rule_host_bits(const struct rule_context *context)
{
	struct fact_number bits = context->class_->cpu_bits;
	const struct guest *guest = context->guest;
	enum finding_answer answer = FINDING_VIOLATED;
	const struct guest_range *highest = NULL;
	struct finding *finding;

	if (!guest->kvm || !fact_text_is(context->class_->arch, guest->arch))
		return FINDING_HOLDS;
	if (!fact_is_value(bits.fact)) {
		bits.value = RULE_HOST_BITS_FLOOR;
		answer = FINDING_CANNOT_TELL;
	}
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (!highest || guest->ranges[i].region.last > highest->region.last)
			highest = &guest->ranges[i];
	if (!highest || highest->region.last <= aperture_last_of_bits(bits.value))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_ADDRESS_BITS_TOO_FEW, answer, bits.fact);
	report_ranges(context->report, finding, &highest->region, NULL);
	finding->guest_kind = guest_kind_word(highest->kind);
	report_fact(context->report, finding,
		strcmp(guest->arch, "aarch64") == 0 ? "kvm/ipa_bits" : "host/cpu_bits");
	report_say(context->report, finding,
		answer == FINDING_VIOLATED ? "the guest's map goes up to 0x%" PRIx64
					     ", past the %" PRIu64 " address bits of the host's CPU"
					   : "the guest's map goes up to 0x%" PRIx64
					     ", and the address bits of the host's CPU are not "
					     "known (at least %" PRIu64 ")",
		highest->region.last, bits.value);
	return answer;
}

enum finding_answer rule_host_virtual(const struct rule_context *context)
{
	unsigned questions = rule_host_device_questions(context, FINDING_HOST_IS_VIRTUAL);
	struct fact_number is_virtual = context->class_->is_virtual;
	struct finding *finding;

	if (!questions || context->host->assume.nested_trust || fact_is_no(is_virtual))
		return FINDING_HOLDS;
	finding = rule_report_for(
		context, FINDING_HOST_IS_VIRTUAL, FINDING_CANNOT_TELL, is_virtual.fact, questions);
	report_fact(context->report, finding, "host/virtual");
	report_say(context->report, finding,
		fact_is_yes(is_virtual)
			? "this host is itself a virtual machine: limits below it are invisible"
			: "whether this host is itself a virtual machine is not known");
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_host_page_size(const struct rule_context *context)
{
	unsigned questions = rule_host_device_questions(context, FINDING_PAGE_SIZE_DIFFERS);
	struct fact_number page = context->class_->page_size;
	struct finding *finding;

	if (!questions || !fact_is_value(page.fact) || page.value <= 4096)
		return FINDING_HOLDS;
	finding = rule_report_for(
		context, FINDING_PAGE_SIZE_DIFFERS, FINDING_VIOLATED, page.fact, questions);
	report_fact(context->report, finding, "host/page_size");
	report_say(context->report, finding,
		"the host's pages are %" PRIu64
		" bytes: BARs smaller than that cannot be mapped into the guest",
		page.value);
	return FINDING_VIOLATED;
}

enum finding_answer rule_host_newer(const struct rule_context *context)
{
	struct finding *finding;

	if (fact_is_no(context->class_->unread))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_FACTS_NEWER, FINDING_CANNOT_TELL, FACT_KNOWN);
	report_say(context->report, finding,
		"the host's facts were written by a newer version and hold members that this "
		"one cannot read");
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_host_stale(const struct rule_context *context)
{
	const struct verdict_question *question = context->question;
	struct finding *finding;
	bool ahead;

	if (question->outdated) {
		finding =
			rule_report(context, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, FACT_KNOWN);
		report_say(context->report, finding, "%s", question->outdated);
		return FINDING_CANNOT_TELL;
	}
	if (!question->now_us || !question->collected_us || !question->stale_after_us)
		return FINDING_HOLDS;
	ahead = question->collected_us > question->now_us &&
		question->collected_us - question->now_us > RULE_HOST_CLOCK_SLACK_US;
	if (!ahead &&
		(question->collected_us >= question->now_us ||
			question->now_us - question->collected_us <= question->stale_after_us))
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_FACTS_STALE, FINDING_CANNOT_TELL, FACT_KNOWN);
	if (ahead)
		report_say(context->report, finding,
			"the host's facts were collected in the future: its clock is wrong");
	else
		report_say(context->report, finding, "the host's facts are %" PRIu64 " minutes old",
			(question->now_us - question->collected_us) / 60000000);
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_host_opaque(const struct rule_context *context)
{
	static const size_t machine = sizeof(GUEST_OPAQUE_MACHINE) - 1;
	const struct guest *guest = context->guest;
	struct finding *finding;

	for (size_t i = 0; i < guest->n_opaque; i++) {
		finding =
			rule_report(context, FINDING_GUEST_OPAQUE, FINDING_CANNOT_TELL, FACT_KNOWN);
		if (strncmp(guest->opaque[i], GUEST_OPAQUE_MACHINE, machine) == 0)
			report_say(context->report, finding,
				"the guest's machine is not modelled: %s",
				guest->opaque[i] + machine);
		else
			report_say(context->report, finding,
				"the guest has %s, which is not modelled", guest->opaque[i]);
	}
	if (guest->viommu.model == VIOMMU_OTHER) {
		finding =
			rule_report(context, FINDING_GUEST_OPAQUE, FINDING_CANNOT_TELL, FACT_KNOWN);
		report_say(context->report, finding,
			"the guest has an IOMMU of its own (%s), which is not modelled",
			guest->viommu.name ? guest->viommu.name : "of a kind that is not said");
		return FINDING_CANNOT_TELL;
	}
	return guest->n_opaque ? FINDING_CANNOT_TELL : FINDING_HOLDS;
}

/* True when what the kernel lists on a host with one of these units differs between versions. */
static bool rule_host_consequences(const struct rule_context *context)
{
	const struct host *host = context->host;
	const struct facts_kernel *observed = &host->observed->host.kernel;
	const struct facts_iommu *units = host->facts->iommus.items;
	size_t n = facts_count(host->facts->iommus);
	const char *arch =
		fact_is_value(host->facts->host.arch.fact) ? host->facts->host.arch.value : "";
	bool follows = fact_is_value(observed->flavour.fact) &&
		       kernel_gate_flavour_follows_number(observed->flavour.value);

	if (!fact_is_value(observed->version.fact) || fact_is_ignorance(host->facts->iommus.fact))
		return true;
	for (size_t i = 0; i < n; i++)
		if (kernel_gate_observation_differs(observed->version.value, host->assume.kernel,
			    arch, fact_is_value(units[i].kind.fact) ? units[i].kind.value : "other",
			    follows))
			return true;
	return false;
}

enum finding_answer rule_host_assumption(const struct rule_context *context)
{
	unsigned questions = rule_host_device_questions(context, FINDING_ASSUMPTION_NOT_OBSERVED);
	struct finding *finding;

	if (!questions || !context->host->assume.kernel[0] || !rule_host_consequences(context))
		return FINDING_HOLDS;
	finding = rule_report_for(context, FINDING_ASSUMPTION_NOT_OBSERVED, FINDING_CANNOT_TELL,
		FACT_KNOWN, questions);
	report_fact(context->report, finding, "host/kernel/version");
	report_say(context->report, finding,
		"with kernel %s the regions and groups of this host may be others than those "
		"that were observed",
		context->host->assume.kernel);
	return FINDING_CANNOT_TELL;
}
