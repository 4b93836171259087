/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/iommu_unit.h"

#include "core/model/limits.h"
#include "daemon/collect/amdvi.h"
#include "daemon/collect/ivrs.h"
#include "daemon/collect/smmu.h"
#include "daemon/collect/vtd.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define IOMMU_UNIT_FOLDER     "sys/class/iommu"
#define IOMMU_UNIT_IVRS	      "sys/firmware/acpi/tables/IVRS"
#define IOMMU_UNIT_IVRS_BYTES (1U << 20)

/* One unit while it is read. */
struct iommu_unit {
	int fd;		  /* its folder */
	const char *path; /* where the link in /sys/class/iommu points */
};

/* The name of the device that the unit is: the folder two above it in .../DEVICE/iommu/UNIT. */
static bool iommu_unit_device(const char *path, char device[NAME_MAX + 1])
{
	struct scan rest = scan_of(path, strlen(path));
	struct scan found = rest;
	const char *end;

	if (!scan_past(&rest, "/iommu/"))
		return false;
	do
		end = rest.p - strlen("/iommu/");
	while (scan_past(&rest, "/iommu/"));
	found.end = end;
	const char *slash = memrchr(found.p, '/', scan_left(&found));
	const char *name = slash ? slash + 1 : found.p;
	size_t n = (size_t)(end - name);
	if (n == 0 || n > NAME_MAX)
		return false;
	memcpy(device, name, n);
	device[n] = '\0';
	return true;
}

static struct fact_number iommu_unit_register(
	struct collect_context *context, int fd, const char *path)
{
	return reader_hex(&context->reader, (struct sysroot_at){ fd, path }, UINT64_MAX,
		FACT_IGNORANT(FACT_NOT_EXPOSED));
}

static void iommu_unit_read_vtd(
	struct collect_context *context, const struct iommu_unit *at, struct facts_iommu *unit)
{
	struct fact_number scalable = vtd_scalable_word(&context->facts->host.words);

	unit->version =
		reader_line(&context->reader, (struct sysroot_at){ at->fd, "intel-iommu/version" },
			FACT_IGNORANT(FACT_NOT_EXPOSED));
	unit->cap = iommu_unit_register(context, at->fd, "intel-iommu/cap");
	unit->ecap = iommu_unit_register(context, at->fd, "intel-iommu/ecap");
	/* Without a word the kernel's build decides, and only some builds say in the log. */
	if (!fact_is_value(scalable.fact))
		scalable = kernel_log_scalable_mode(&context->log);
	vtd_decode(scalable, unit);
}

static struct fact_number iommu_unit_ivrs(struct reader *reader)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n = 0;

	int r = reader_large(reader, (struct sysroot_at){ SYSROOT_TOP, IOMMU_UNIT_IVRS },
		IOMMU_UNIT_IVRS_BYTES, &bytes, &n);
	if (r != SYSROOT_DONE) /* AMD-Vi never runs without the table */
		return (struct fact_number){ .fact = sysroot_fact(
						     r, FACT_IGNORANT(FACT_NOT_EXPOSED)) };
	return ivrs_efr((const uint8_t *)bytes, n);
}

static void iommu_unit_read_amdvi(
	struct collect_context *context, const struct iommu_unit *at, struct facts_iommu *unit)
{
	struct scan text;

	unit->cap = iommu_unit_register(context, at->fd, "amd-iommu/cap");
	int r = reader_file(
		&context->reader, (struct sysroot_at){ at->fd, "amd-iommu/features" }, &text);
	if (r == SYSROOT_DONE) {
		struct amdvi_features features =
			amdvi_parse_features(text, &context->facts->host.kernel);
		unit->efr = features.efr;
		unit->efr2 = features.efr2;
	} else {
		unit->efr.fact = unit->efr2.fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
	}
	unit->ivrs_efr = iommu_unit_ivrs(&context->reader);
	amdvi_decode(unit);
}

static void iommu_unit_read_smmu(struct collect_context *context, const struct iommu_unit *at,
	bool v3, struct facts_iommu *unit)
{
	char device[NAME_MAX + 1] = "";

	/* The log names the device; one without a name is in no line. */
	(void)iommu_unit_device(at->path, device);
	if (v3) {
		struct kernel_log_smmu smmu = kernel_log_smmu_v3(&context->log, device);
		smmu_decode_v3(&smmu, unit);
	} else {
		struct kernel_log_smmu smmu = kernel_log_smmu_v2(&context->log, device);
		smmu_decode_v2(&smmu, unit);
	}
}

/* It has no tables of its own, no registers, and can nothing but map. */
static void iommu_unit_read_virtio(
	struct collect_context *context, const struct iommu_unit *at, struct facts_iommu *unit)
{
	struct fact_number none = fact_number_null();
	char device[NAME_MAX + 1] = "";

	(void)iommu_unit_device(at->path, device);
	struct kernel_log_virtio_iommu log = kernel_log_virtio_iommu(&context->log, device);
	unit->input_bits = log.input_bits;
	unit->page_sizes = log.page_sizes;
	unit->first_stage = unit->second_stage = none;
	unit->scalable_mode = unit->caching_mode = unit->interrupt_remapping = none;
	unit->nesting = unit->pasid_bits = unit->page_requests = unit->ats = fact_number(0);
	unit->formats.fact = FACT_KNOWN;
}

static void iommu_unit_read_other(struct facts_iommu *unit)
{
	struct fact silent = FACT_IGNORANT(FACT_NOT_EXPOSED);

	unit->input_bits.fact = unit->page_sizes.fact = silent;
	unit->first_stage.fact = unit->second_stage.fact = silent;
	unit->scalable_mode = unit->caching_mode = fact_number_null();
	unit->nesting.fact = unit->pasid_bits.fact = unit->page_requests.fact = silent;
	unit->ats.fact = unit->interrupt_remapping.fact = unit->formats.fact = silent;
}

static bool iommu_unit_begins(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* virtio-iommu's units carry the name of the parent, so that only the path tells. */
static bool iommu_unit_is_virtio(const char *path)
{
	char device[NAME_MAX + 1];

	return iommu_unit_device(path, device) && iommu_unit_begins(device, "virtio") &&
	       device[6] >= '0' && device[6] <= '9';
}

static void iommu_unit_decode(
	struct collect_context *context, const struct iommu_unit *at, struct facts_iommu *unit)
{
	const struct sysroot *root = context->reader.root;
	const char *name = unit->name.value;

	if (sysroot_exists(root, (struct sysroot_at){ at->fd, "intel-iommu" }) ||
		iommu_unit_begins(name, "dmar")) {
		unit->kind = fact_text("intel-vtd");
		iommu_unit_read_vtd(context, at, unit);
		return;
	}
	if (sysroot_exists(root, (struct sysroot_at){ at->fd, "amd-iommu" }) ||
		iommu_unit_begins(name, "ivhd")) {
		unit->kind = fact_text("amd-vi");
		iommu_unit_read_amdvi(context, at, unit);
		return;
	}
	/* The others are told of a driver's device: no group before a driver is bound. */
	context->late_groups = true;
	if (iommu_unit_begins(name, "smmu3.")) {
		unit->kind = fact_text("arm-smmu-v3");
		iommu_unit_read_smmu(context, at, true, unit);
	} else if (iommu_unit_begins(name, "smmu.")) {
		unit->kind = fact_text("arm-smmu");
		iommu_unit_read_smmu(context, at, false, unit);
	} else if (iommu_unit_is_virtio(at->path)) {
		unit->kind = fact_text("virtio-iommu");
		iommu_unit_read_virtio(context, at, unit);
	} else {
		unit->kind = fact_text("other");
		iommu_unit_read_other(unit);
	}
}

static void iommu_unit_unknown(struct facts_iommu *unit, struct fact why)
{
	iommu_unit_read_other(unit);
	unit->kind.fact = unit->version.fact = why;
	unit->cap.fact = unit->ecap.fact = unit->efr.fact = unit->efr2.fact = why;
	unit->ivrs_efr.fact = unit->smmu_features.fact = unit->smmu_ias.fact = why;
	unit->scalable_mode.fact = unit->caching_mode.fact = why;
}

static void iommu_unit_read(
	struct collect_context *context, const char *name, struct facts_iommu *unit)
{
	struct reader *reader = &context->reader;
	char path[sizeof(IOMMU_UNIT_FOLDER) + NAME_MAX + 2];
	char target[PATH_MAX] = "";
	_cleanup_(sysroot_closep) int folder = -1;
	_cleanup_(sysroot_closep) int fd = -1;

	unit->name = fact_text(name);
	(void)snprintf(path, sizeof(path), IOMMU_UNIT_FOLDER "/%s", name);
	int r = sysroot_open_dir(reader->root, (struct sysroot_at){ SYSROOT_TOP, path }, &fd);
	if (r == SYSROOT_DONE)
		r = sysroot_open_dir(reader->root,
			(struct sysroot_at){ SYSROOT_TOP, IOMMU_UNIT_FOLDER }, &folder);
	if (r != SYSROOT_DONE) {
		iommu_unit_unknown(unit, sysroot_fact(r, FACT_IGNORANT(FACT_VANISHED)));
		return;
	}
	(void)sysroot_link(
		reader->root, (struct sysroot_at){ folder, name }, target, sizeof(target));
	struct fact_number none = fact_number_null();
	unit->version = fact_text_null();
	unit->cap = unit->ecap = unit->efr = unit->efr2 = none;
	unit->ivrs_efr = unit->smmu_features = unit->smmu_ias = none;
	iommu_unit_decode(context, &(struct iommu_unit){ fd, target }, unit);
}

void iommu_unit_collect(struct collect_context *context)
{
	struct fact_list *list = &context->facts->iommus;
	struct sysroot_names names = { 0 };

	int r = sysroot_list(context->reader.root,
		(struct sysroot_at){ SYSROOT_TOP, IOMMU_UNIT_FOLDER }, context->reader.arena,
		LIMIT_IOMMUS, &names);
	if (r < 0) {
		context->reader.fault = r;
		return;
	}
	if (r == SYSROOT_E_ABSENT)
		r = sysroot_absent_below(context->reader.root, "sys/class");
	if (r != SYSROOT_DONE) {
		/* A kernel without IOMMU support has no such folder; then no group is late either.
		 */
		list->fact = sysroot_fact(r, FACT_KNOWN);
		context->late_groups = r != SYSROOT_E_ABSENT;
		return;
	}
	struct facts_iommu *units = reader_alloc(&context->reader, names.n, sizeof(*units));
	if (!units)
		return;
	for (size_t i = 0; i < names.n; i++) {
		struct scan name = scan_of(names.items[i], strlen(names.items[i]));
		if (!scan_is_printable(&name)) {
			list->fact = FACT_IGNORANT(FACT_MALFORMED);
			context->late_groups = true;
			return;
		}
		iommu_unit_read(context, names.items[i], &units[i]);
	}
	*list = (struct fact_list){ .fact = FACT_KNOWN, .n = names.n, .items = units };
}
