/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest whose map was worked out from its definition: whether it is the map that it will have. */
#include "core/judge/rule.h"

enum finding_answer rule_definition_starts(const struct rule_context *context)
{
	struct finding *finding;

	if (!context->guest->refused)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_GUEST_CANNOT_START, FINDING_VIOLATED, FACT_KNOWN);
	report_say(context->report, finding, "QEMU would not start this guest here: %s",
		context->guest->refused);
	return FINDING_VIOLATED;
}

enum finding_answer rule_definition_known(const struct rule_context *context)
{
	const struct guest *guest = context->guest;
	struct finding *finding;

	if (!guest->open && guest->n_ranges)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_MAP_UNKNOWN, FINDING_CANNOT_TELL, FACT_KNOWN);
	if (guest->open)
		report_say(context->report, finding,
			"the map that the guest would have here is not known: %s", guest->open);
	else
		report_say(context->report, finding, "the guest's map is not known");
	return FINDING_CANNOT_TELL;
}

enum finding_answer rule_definition_same_there(const struct rule_context *context)
{
	const struct guest *guest = context->guest;
	enum finding_answer answer =
		guest->same_elsewhere == TRI_UNKNOWN ? FINDING_CANNOT_TELL : FINDING_VIOLATED;
	struct finding *finding;

	if (!guest->defined || guest->same_elsewhere == TRI_YES)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_MAP_DIFFERS_THERE, answer, FACT_KNOWN);
	report_fact(context->report, finding, "host/cpu_vendor");
	report_fact(context->report, finding, "kvm/ipa_bits");
	report_say(context->report, finding, "the same definition %s another map here: %s",
		answer == FINDING_VIOLATED ? "gets" : "may get", guest->elsewhere);
	return answer;
}

enum finding_answer rule_definition_assumed(const struct rule_context *context)
{
	const struct guest *guest = context->guest;
	struct finding *finding;

	if (!guest->machine_assumed)
		return FINDING_HOLDS;
	finding = rule_report(context, FINDING_MACHINE_ASSUMED, FINDING_VIOLATED, FACT_KNOWN);
	report_say(context->report, finding,
		"the machine was named without its version, and %s was taken for it",
		guest->machine);
	return FINDING_VIOLATED;
}
