/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/collect.h"

#include "daemon/collect/context.h"
#include "daemon/collect/device.h"
#include "daemon/collect/group.h"
#include "daemon/collect/host.h"
#include "daemon/collect/iommu_unit.h"
#include "daemon/collect/kernel.h"
#include "daemon/collect/kernel_log_source.h"
#include "daemon/collect/kvm.h"
#include "daemon/collect/vfio.h"
#include "daemon/collect/windows.h"

CLEANUP_DEFINE(struct facts *, facts_unref, collect_unrefp);
CLEANUP_DEFINE(struct sysroot *, sysroot_free, collect_freep);

/* In this order: each part may look at what those before it found. */
static void collect_all(struct collect_context *context)
{
	devicetree_read(&context->reader, &context->tree);
	kernel_collect(context);
	host_collect(context);
	iommu_unit_collect(context);
	group_collect(context);
	device_collect(context);
	vfio_collect(context);
	kvm_collect(context);
	windows_collect(context);
}

int collect_run(
	const struct collect_options *options, struct facts **ret, struct collect_failure *failure)
{
	_cleanup_(collect_unrefp) struct facts *facts = NULL;
	_cleanup_(collect_freep) struct sysroot *root = NULL;
	_cleanup_(cleanup_freep) char *log = NULL;
	struct collect_context context = { .wake = options->wake };

	failure->path = NULL;
	int r = sysroot_new(options->sysroot, options->budget_us, &root);
	if (r < 0) {
		failure->path = options->sysroot;
		return r;
	}
	r = facts_new(&facts);
	if (r < 0)
		return r;
	context.reader.root = root;
	context.reader.arena = facts->arena;
	context.facts = facts;
	context.live = sysroot_is_live(root);
	if (options->kernel_log) {
		r = kernel_log_source_file(options->kernel_log, &log, &context.log);
		if (r < 0) {
			failure->path = options->kernel_log;
			return r;
		}
	} else {
		context.log = kernel_log_source_host(root, &log);
	}
	collect_all(&context);
	if (context.reader.fault < 0)
		return context.reader.fault;
	facts->minor = FACTS_MINOR;
	facts_sort(facts);
	*ret = cleanup_take(facts);
	return 0;
}
