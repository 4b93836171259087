/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/assume_apply.h"

#include "core/cleanup.h"
#include "core/codec/facts_json.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(struct facts *, facts_unref, assume_apply_freep);

/* Facts are immutable and have no copy but through their document, which says all that they say. */
static int assume_apply_copy(const struct facts *observed, struct facts **ret)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct refusal refusal;
	struct facts *facts;
	size_t n;
	int r;

	r = facts_json_encode(observed, &bytes, &n);
	if (r < 0)
		return r;
	r = facts_json_decode(bytes, n, &facts, &refusal);
	if (r < 0)
		return r;
	assert(r == FACTS_JSON_DONE);
	/* Of a newer document only what is understood was encoded: the note that there was more
	 * stays. */
	facts->unread = observed->unread;
	*ret = facts;
	return 0;
}

static int assume_apply_text(struct facts *facts, const char *text, struct fact_text *ret)
{
	char *copy = arena_text(facts->arena, text, strlen(text));

	if (!copy)
		return -ENOMEM;
	*ret = fact_text(copy);
	return 0;
}

/* A version that is assumed is upstream's own, unless another flavour was given with it. */
static int assume_apply_kernel(const struct assume *assume, struct facts *facts)
{
	struct facts_kernel *kernel = &facts->host.kernel;
	const char *flavour = assume->flavour[0] != '\0' ? assume->flavour : "plain";
	int r = 0;

	if (assume->kernel[0] == '\0' && assume->flavour[0] == '\0')
		return 0;
	facts->host.fact = FACT_KNOWN;
	kernel->fact = FACT_KNOWN;
	if (assume->kernel[0] != '\0') {
		r = assume_apply_text(facts, assume->kernel, &kernel->release);
		if (r == 0)
			r = assume_apply_text(facts, assume->kernel, &kernel->version);
	}
	return r < 0 ? r : assume_apply_text(facts, flavour, &kernel->flavour);
}

static int assume_apply_host(const struct assume *assume, struct facts *facts)
{
	if (assume->page_size)
		facts->host.page_size = fact_number(assume->page_size);
	if (assume->cpu_bits)
		facts->host.cpu_bits = fact_number(assume->cpu_bits);
	/* On Arm what counts is how far KVM's guests reach. */
	if (assume->cpu_bits && fact_text_is(facts->host.arch, "aarch64"))
		facts->kvm.ipa_bits = fact_number(assume->cpu_bits);
	if (assume->page_size || assume->cpu_bits || assume->cpu_vendor[0] != '\0')
		facts->host.fact = FACT_KNOWN;
	return assume->cpu_vendor[0] != '\0'
		       ? assume_apply_text(facts, assume->cpu_vendor, &facts->host.cpu_vendor)
		       : 0;
}

/* The parameter belongs to a module: where there is none there is nothing to set. */
static void assume_apply_interrupts(const struct assume *assume, struct facts *facts)
{
	struct facts_vfio *vfio = &facts->vfio;
	struct fact_number allowed;

	if (assume->unsafe_interrupts < 0 || !fact_is_value(vfio->fact))
		return;
	allowed = fact_number((uint64_t)assume->unsafe_interrupts);
	if (fact_is_value(vfio->type1.fact))
		vfio->type1.allow_unsafe_interrupts = allowed;
	if (fact_is_value(vfio->iommufd.fact))
		vfio->iommufd.allow_unsafe_interrupts = allowed;
}

static bool assume_apply_changes_facts(const struct assume *assume)
{
	struct assume rest = *assume;

	rest.iommu_bits = 0;
	rest.nested_trust = false;
	return !assume_is_nothing(&rest);
}

int assume_apply(const struct assume *assume, struct facts *observed, struct facts **ret)
{
	_cleanup_(assume_apply_freep) struct facts *facts = NULL;
	int r;

	if (!assume_apply_changes_facts(assume)) {
		*ret = facts_ref(observed);
		return 0;
	}
	r = assume_apply_copy(observed, &facts);
	if (r < 0)
		return r;
	r = assume_apply_kernel(assume, facts);
	if (r < 0)
		return r;
	r = assume_apply_host(assume, facts);
	if (r < 0)
		return r;
	assume_apply_interrupts(assume, facts);
	*ret = cleanup_take(facts);
	return 0;
}
