/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/aperture.h"
#include "core/judge/host_view.h"
#include "core/judge/subject.h"

#include <string.h>

static json_t *answer_json_status_iommus(const struct host *host)
{
	const struct facts_iommu *units = host->facts->iommus.items;
	json_t *array = json_array();

	for (size_t i = 0; i < facts_count(host->facts->iommus); i++) {
		struct aperture aperture = aperture_compute(host->facts, &units[i], &host->assume);
		struct answer answer = answer_start();

		answer_fact_text(&answer, "name", units[i].name);
		answer_fact_text(&answer, "kind", units[i].kind);
		if (aperture.known_by && aperture.floor_last == aperture.ceiling_last)
			answer_hex(&answer, "last", aperture.floor_last);
		else
			answer_ignorance(&answer, "last",
				FACT_IGNORANT(aperture.known_by ? FACT_NOT_EXPOSED : aperture.why));
		answer_text(&answer, "known_by", aperture.known_by);
		array = answer_append_answer(array, &answer);
	}
	return array;
}

/* Devices that can be given to some guest once they are on a VFIO driver. */
static uint64_t answer_json_status_assignable(const struct host *host)
{
	uint64_t n = 0;

	for (size_t i = 0; i < facts_count(host->facts->devices); i++)
		n += subject_is_candidate(host, i) && host->assignable_after_rebind[i] == TRI_YES;
	return n;
}

/* Config space past its first 64 bytes could not be read where it stands. */
static bool answer_json_status_blind(const struct host *host)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		struct fact acs = host_view_device(host, i)->acs.fact;

		if (fact_is_ignorance(acs))
			return true;
	}
	return fact_is_ignorance(host->facts->devices.fact) ||
	       fact_is_ignorance(host->facts->groups.fact);
}

static bool answer_json_status_reach_unknown(const struct host *host)
{
	const struct class_shape *shapes = host->project.class_.shapes.items;

	for (size_t i = 0; i < facts_count(host->project.class_.shapes); i++) {
		if (!fact_is_value(shapes[i].aperture_known_by.fact))
			return true;
	}
	return false;
}

static json_t *answer_json_status_problem(
	json_t *array, bool is_there, enum finding_code code, const char *text)
{
	const struct finding_kind *kind = finding_kind(code);
	struct answer answer;

	if (!is_there)
		return array;
	answer = answer_start();
	answer_text(&answer, "code", kind->word);
	answer_text(&answer, "text", text);
	answer_text(&answer, "remedy", kind->remedy);
	return answer_append_answer(array, &answer);
}

/* What stands in the way of every guest, worst first. */
static json_t *answer_json_status_problems(const struct host *host)
{
	const struct class *class_ = &host->project.class_;
	bool exposed = fact_is_no(class_->interrupts_isolated) && fact_is_yes(class_->grouped);
	bool allowed = fact_is_yes(class_->type1_unsafe);
	json_t *array = json_array();

	array = answer_json_status_problem(array, fact_is_no(class_->grouped), FINDING_NO_IOMMU,
		"this host has no IOMMU group, so no device can be given to a guest");
	array = answer_json_status_problem(
		array, fact_is_no(class_->kvm), FINDING_NO_KVM, "this host has no KVM");
	array = answer_json_status_problem(array, exposed && !allowed,
		FINDING_INTERRUPTS_NOT_ISOLATED,
		"interrupts of devices are not isolated, so VFIO refuses every device");
	array = answer_json_status_problem(array, exposed && allowed,
		FINDING_INTERRUPTS_UNSAFE_ALLOWED,
		"interrupts of devices are not isolated, and VFIO is told to ignore it");
	array = answer_json_status_problem(array, fact_is_yes(class_->acs_override),
		FINDING_ACS_OVERRIDE,
		"pcie_acs_override is on the kernel command line: groups may be finer than the "
		"hardware isolates");
	array = answer_json_status_problem(array,
		!fact_is_no(class_->is_virtual) && !host->assume.nested_trust,
		FINDING_HOST_IS_VIRTUAL,
		fact_is_yes(class_->is_virtual)
			? "this host is itself a virtual machine: limits below it are invisible"
			: "whether this host is itself a virtual machine is not known");
	array = answer_json_status_problem(array, answer_json_status_reach_unknown(host),
		FINDING_APERTURE_UNKNOWN, "how far the IOMMU of a group reaches is not known");
	array = answer_json_status_problem(array, answer_json_status_blind(host),
		FINDING_FACTS_INCOMPLETE, "groups or config space could not be read in full");
	return answer_json_status_problem(array, !fact_is_no(class_->unread), FINDING_FACTS_NEWER,
		"the facts were written by a newer version and hold what this one cannot read");
}

static void answer_json_status_count(struct answer *answer, const char *key, struct fact_list list)
{
	answer_ignorance(answer, key, list.fact);
	if (!fact_is_ignorance(list.fact))
		answer_integer(answer, key, facts_count(list));
}

int answer_json_status(const struct host *host, const char *host_name, json_t **ret)
{
	const struct facts *facts = host->facts;
	struct answer answer = answer_start(), interrupts = answer_start();
	json_t *digests = NULL;

	(void)answer_json_digests(host, &digests);
	answer_tri(&interrupts, "isolated", tri_of(facts->vfio.interrupts.isolated));
	answer_fact_text(&interrupts, "known_by", facts->vfio.interrupts.known_by);

	answer_text(&answer, "host", host_name);
	answer_fact_text(&answer, "arch", facts->host.arch);
	answer_fact_text(&answer, "kernel", facts->host.kernel.release);
	answer_set(&answer, "iommus", answer_json_status_iommus(host));
	answer_json_status_count(&answer, "groups", facts->groups);
	answer_json_status_count(&answer, "devices", facts->devices);
	answer_integer(&answer, "assignable", answer_json_status_assignable(host));
	answer_set_answer(&answer, "interrupts", &interrupts);
	answer_tri(&answer, "virtual", tri_of(host->project.class_.is_virtual));
	answer_set(&answer, "digests", digests);
	answer_set(&answer, "problems", answer_json_status_problems(host));
	return answer_finish(&answer, ret);
}
