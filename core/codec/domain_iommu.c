/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_iommu.h"

#include "core/codec/domain_value.h"

#include <string.h>

#define DOMAIN_IOMMU_BITS_MAX	  64U
#define DOMAIN_IOMMU_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Attributes of <driver> that change nothing of what a host has to offer, or are read here. */
static const char *const domain_iommu_harmless[] = { "eim", "iotlb", "xtsup", "passthrough",
	"pciBus", "intremap", "caching_mode", "aw_bits", "accel" };

static enum viommu_model domain_iommu_model(const char *model)
{
	static const struct {
		const char *name;
		enum viommu_model model;
	} models[] = {
		{ "intel", VIOMMU_INTEL },
		{ "amd", VIOMMU_AMD },
		{ "smmuv3", VIOMMU_SMMUV3 },
		{ "virtio", VIOMMU_VIRTIO },
	};

	for (size_t i = 0; i < DOMAIN_IOMMU_COUNT(models); i++)
		if (strcmp(models[i].name, model) == 0)
			return models[i].model;
	return VIOMMU_OTHER;
}

/* Names every attribute that is neither read nor known to be harmless. */
static int domain_iommu_rest(struct domain_node_reader *reader, const xmlNode *driver)
{
	for (const xmlAttr *attr = driver->properties; attr; attr = attr->next) {
		const char *name = (const char *)attr->name;
		int r;

		/* Translation switched on is what every model does anyway. */
		if (attr->ns ||
			domain_node_is_one_of(name, domain_iommu_harmless,
				DOMAIN_IOMMU_COUNT(domain_iommu_harmless)) ||
			(strcmp(name, "dma_translation") == 0 &&
				domain_node_says(driver, name, "on")))
			continue;
		r = domain_node_opaque(reader, driver, "<iommu> with <driver %.32s='%.32s'>", name,
			domain_node_attribute(driver, name));
		if (r != DOMAIN_NODE_DONE)
			return r;
	}
	return DOMAIN_NODE_DONE;
}

static int domain_iommu_driver(
	struct domain_node_reader *reader, const xmlNode *driver, struct viommu *ret)
{
	static const struct domain_value_number aw_bits = { "aw_bits", 10, DOMAIN_IOMMU_BITS_MAX };
	uint64_t bits = 0;
	int r = domain_value_read_number(reader, driver, &aw_bits, &bits);

	if (r == DOMAIN_NODE_DONE)
		r = domain_value_read_switch(reader, driver, "intremap", &ret->intremap);
	if (r == DOMAIN_NODE_DONE)
		r = domain_value_read_switch(reader, driver, "eim", &reader->machine->eim);
	if (r == DOMAIN_NODE_DONE)
		r = domain_value_read_switch(reader, driver, "caching_mode", &ret->caching_mode);
	if (r == DOMAIN_NODE_DONE && domain_node_attribute(driver, "accel"))
		r = domain_value_read_switch(reader, driver, "accel", &ret->shares_tables);
	ret->aw_bits = (unsigned)bits;
	return r == DOMAIN_NODE_DONE ? domain_iommu_rest(reader, driver) : r;
}

int domain_iommu_read(struct domain_node_reader *reader, const xmlNode *iommu)
{
	const char *model = domain_node_attribute(iommu, "model");
	struct viommu *viommu = &reader->machine->viommu;
	struct viommu found = *viommu;
	const xmlNode *driver;
	int r;

	if (!model)
		return domain_node_refuse(reader, iommu, "it needs the attribute model");
	/* Since 11.10 there can be an SMMU for each of several buses. */
	if (viommu->model != VIOMMU_NONE)
		return domain_node_opaque(
			reader, iommu, "<iommu model='%.40s'>, one more of them", model);
	found.model = domain_iommu_model(model);
	/* Sharing page tables with the host is off in every version unless it is asked for. */
	found.shares_tables = TRI_NO;
	r = domain_node_keep(reader, iommu, model, &found.name);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_only(reader, iommu, "driver", &driver);
	if (r == DOMAIN_NODE_DONE && driver)
		r = domain_iommu_driver(reader, driver, &found);
	if (r == DOMAIN_NODE_DONE)
		*viommu = found;
	return r;
}
