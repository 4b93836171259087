/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/host_view.h"

static void answer_json_devices_acs(struct answer *answer, const struct facts_acs *acs)
{
	struct answer inner;

	answer_ignorance(answer, "acs", acs->fact);
	if (!fact_is_value(acs->fact))
		return;
	inner = answer_start();
	answer_fact_hex(&inner, "capability", acs->capability);
	answer_fact_hex(&inner, "control", acs->control);
	answer_set_answer(answer, "acs", &inner);
}

static void answer_json_devices_sriov(struct answer *answer, const struct facts_sriov *sriov)
{
	struct answer inner;

	answer_ignorance(answer, "sriov", sriov->fact);
	if (!fact_is_value(sriov->fact))
		return;
	inner = answer_start();
	answer_fact_integer(&inner, "total_vfs", sriov->total_vfs);
	answer_fact_integer(&inner, "num_vfs", sriov->num_vfs);
	answer_fact_hex(&inner, "vf_device", sriov->vf_device);
	answer_set_answer(answer, "sriov", &inner);
}

static struct answer answer_json_devices_one(const struct host *host, size_t index)
{
	const struct facts_device *device = host_view_device(host, index);
	struct answer answer = answer_start();

	answer_fact_text(&answer, "address", device->address);
	answer_fact_text(&answer, "bus", device->bus);
	answer_fact_hex(&answer, "vendor", device->vendor);
	answer_fact_hex(&answer, "device", device->device);
	answer_fact_hex(&answer, "subsystem_vendor", device->subsystem_vendor);
	answer_fact_hex(&answer, "subsystem_device", device->subsystem_device);
	answer_fact_hex(&answer, "class", device->class_code);
	answer_fact_integer(&answer, "group", device->group);
	answer_fact_text(&answer, "driver", device->driver);
	answer_fact_text(&answer, "iommu", device->iommu);
	answer_fact_integer(&answer, "numa_node", device->numa_node);
	answer_fact_text(&answer, "parent", device->parent);
	answer_fact_text(&answer, "port_type", device->port_type);
	answer_json_devices_acs(&answer, &device->acs);
	answer_json_devices_sriov(&answer, &device->sriov);
	answer_fact_text(&answer, "physfn", device->physfn);
	answer_fact_texts(&answer, "reset_methods", device->reset_methods);
	answer_tri(&answer, "assignable", host->assignable_now[index]);
	answer_tri(&answer, "assignable_after_rebind", host->assignable_after_rebind[index]);
	return answer;
}

int answer_json_devices(const struct host *host, json_t **ret)
{
	struct answer answer = answer_start();
	json_t *array;

	answer_ignorance(&answer, "devices", host->facts->devices.fact);
	if (fact_is_ignorance(host->facts->devices.fact))
		return answer_finish(&answer, ret);
	array = json_array();
	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		struct answer device = answer_json_devices_one(host, i);

		array = answer_append_answer(array, &device);
	}
	answer_set(&answer, "devices", array);
	return answer_finish(&answer, ret);
}
