/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's domain XML, inactive or live (libvirt docs/formatdomain.rst): the machine that libvirt
 * would tell QEMU to be, rounded as libvirt rounds.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/machine.h"

enum domain_xml_outcome {
	DOMAIN_XML_DONE,
	DOMAIN_XML_E_REFUSED, /* not such XML, or a value that libvirt would refuse; says the line
			       */
	DOMAIN_XML_E_POLICY,  /* of domain_xml_policy(): such XML, but its policy is wrong */
};

/*
 * Decodes the @n bytes at @bytes (at most LIMIT_DOMAIN_BYTES): no network, no entities, no document
 * type. On DOMAIN_XML_DONE the caller owns @ret. -ENOMEM.
 */
int domain_xml_decode(const char *bytes, size_t n, struct machine **ret, struct refusal *refusal);

/*
 * What a person put into <metadata> for us: the attributes of
 * <policy xmlns="https://iommufleet.org/xmlns/libvirt/domain/1"/> anywhere below it. Texts are of
 * @arena, NULL where an attribute is not there. Same outcomes, and DOMAIN_XML_E_POLICY.
 */
struct domain_xml_policy {
	const char *require;	    /* "migrate hotplug memory_hotplug", or commas */
	const char *refuse;	    /* operations to refuse in: "migrate prepare restore" */
	const char *cannot_tell;    /* "allow", "deny" */
	const char *daemon_missing; /* "allow", "deny" */
};
int domain_xml_policy(const char *bytes, size_t n, struct arena *arena,
	struct domain_xml_policy *ret, struct refusal *refusal);
