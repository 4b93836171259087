/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/vfio.h"

#include "daemon/collect/interrupts.h"
#include "daemon/collect/kernel.h"

#include <string.h>

#define VFIO_INTERRUPTS_BYTES (16U << 20)

/*
 * Opens the folder of module @name in /sys/module. Absent is told only where /sys/module itself is
 * there.
 */
static int vfio_open_module(struct reader *reader, const char *name, int *ret_fd)
{
	_cleanup_(sysroot_closep) int modules = -1;

	int r = sysroot_open_dir(
		reader->root, (struct sysroot_at){ SYSROOT_TOP, "sys/module" }, &modules);
	if (r != SYSROOT_DONE)
		return r == SYSROOT_E_ABSENT ? SYSROOT_E_UNREADABLE : r;
	return sysroot_open_dir(reader->root, (struct sysroot_at){ modules, name }, ret_fd);
}

static void vfio_collect_type1(struct reader *reader, struct facts_type1 *type1)
{
	struct fact silent = FACT_IGNORANT(FACT_NOT_EXPOSED);
	_cleanup_(sysroot_closep) int fd = -1;

	int r = vfio_open_module(reader, "vfio_iommu_type1", &fd);
	if (r != SYSROOT_DONE) {
		type1->fact = sysroot_fact(r, FACT_ABSENT);
		return;
	}
	type1->fact = FACT_KNOWN;
	type1->allow_unsafe_interrupts = reader_flag(
		reader, (struct sysroot_at){ fd, "parameters/allow_unsafe_interrupts" }, silent);
	type1->dma_entry_limit = reader_decimal(reader,
		(struct sysroot_at){ fd, "parameters/dma_entry_limit" }, UINT32_MAX, silent);
}

static bool vfio_has_iommufd_node(struct collect_context *context)
{
	_cleanup_(sysroot_closep) int fd = -1;

	return context->live &&
	       sysroot_open_dir(context->reader.root, (struct sysroot_at){ SYSROOT_TOP, "dev" },
		       &fd) == SYSROOT_DONE &&
	       sysroot_exists(context->reader.root, (struct sysroot_at){ fd, "iommu" });
}

static void vfio_collect_iommufd(struct collect_context *context, struct facts_iommufd *iommufd)
{
	struct fact silent = FACT_IGNORANT(FACT_NOT_EXPOSED);
	_cleanup_(sysroot_closep) int fd = -1;

	int r = vfio_open_module(&context->reader, "iommufd", &fd);
	if (r == SYSROOT_DONE) {
		iommufd->fact = FACT_KNOWN;
		iommufd->allow_unsafe_interrupts = reader_flag(&context->reader,
			(struct sysroot_at){ fd, "parameters/allow_unsafe_interrupts" }, silent);
	} else if (vfio_has_iommufd_node(context)) {
		iommufd->fact = FACT_KNOWN;
		iommufd->allow_unsafe_interrupts.fact = sysroot_fact(r, silent);
	} else {
		iommufd->fact = sysroot_fact(r, FACT_ABSENT);
	}
}

static void vfio_collect_interrupts(struct collect_context *context)
{
	const struct facts_host *host = &context->facts->host;
	struct interrupts_evidence evidence = {
		.arch = fact_is_value(host->arch.fact) ? host->arch.value : NULL,
		.its_in_tree = context->tree.its,
		.its_in_log = kernel_log_its(&context->log),
		.remapping_in_log = kernel_log_interrupt_remapping(&context->log),
	};
	struct interrupts_seen seen = { 0 };
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n = 0;

	int r = reader_large(&context->reader,
		(struct sysroot_at){ SYSROOT_TOP, "proc/interrupts" }, VFIO_INTERRUPTS_BYTES,
		&bytes, &n);
	if (r == SYSROOT_DONE)
		seen = interrupts_parse(bytes, n);
	else
		seen.fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
	context->facts->vfio.interrupts = interrupts_judge(&seen, &evidence);
}

static bool vfio_has_group_of_type(const struct facts *facts, const char *type)
{
	const struct facts_group *groups = facts->groups.items;

	for (size_t i = 0; i < facts_count(facts->groups); i++)
		if (fact_text_is(groups[i].type, type))
			return true;
	return false;
}

/*
 * Groups tell it best: a type can be changed after the boot. Before 5.15 lazy groups read "DMA"
 * too.
 */
static struct fact_text vfio_invalidation(const struct collect_context *context)
{
	const struct facts *facts = context->facts;
	struct fact_text logged = kernel_log_invalidation(&context->log);

	if (vfio_has_group_of_type(facts, "DMA-FQ"))
		return fact_text("lazy");
	if (!fact_is_value(logged.fact) && vfio_has_group_of_type(facts, "DMA") &&
		kernel_is_at_least(&facts->host.kernel, 5, 15))
		return fact_text("strict");
	return logged;
}

void vfio_collect(struct collect_context *context)
{
	struct facts_vfio *vfio = &context->facts->vfio;

	vfio->fact = FACT_KNOWN;
	vfio_collect_type1(&context->reader, &vfio->type1);
	vfio_collect_iommufd(context, &vfio->iommufd);
	vfio_collect_interrupts(context);
	vfio->invalidation = vfio_invalidation(context);
}
