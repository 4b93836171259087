/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device, as the list of groups and the tree show it. */
#include "client/field.h"
#include "client/html.h"

#include <stdio.h>
#include <string.h>

#define HTML_DEVICE_BRIDGE 6U /* PCI Code and ID Assignment Specification: base class 06h */

bool html_device_is_bridge(const json_t *device)
{
	uint64_t class_code;

	return field_number(device, "class", &class_code) && class_code >> 16 == HTML_DEVICE_BRIDGE;
}

size_t html_device_find(const struct html_host *host, const char *address)
{
	const json_t *devices = field_list(host->devices, "devices");

	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *other = field_text(json_array_get(devices, i), "address");

		if (other && strcmp(other, address) == 0)
			return i;
	}
	return SIZE_MAX;
}

void html_device_name(struct html_out *out, struct names *names, const json_t *device)
{
	char text[FIELD_BYTES], buffer[256];
	uint64_t vendor_id, device_id;
	const char *name;

	if (!field_number(device, "vendor", &vendor_id) ||
		!field_number(device, "device", &device_id) || vendor_id > UINT16_MAX ||
		device_id > UINT16_MAX) {
		html_out_name(out, field_format(device, "device", text));
		return;
	}
	name = names_find(names, (uint16_t)vendor_id, (uint16_t)device_id, buffer, sizeof(buffer));
	snprintf(text, sizeof(text), "%04x:%04x", (unsigned)vendor_id, (unsigned)device_id);
	html_out_print(out, "<code class=\"vd\">%s</code>", text);
	if (name) {
		html_out_print(out, " ");
		html_out_name(out, name);
	}
}
