/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms in which people have a guest, by the names that the bus has for them. */
#pragma once

#include <stddef.h>

enum guest_format {
	GUEST_FORMAT_JSON,	 /* "iommufleet-guest": schema/guest-1.schema.json */
	GUEST_FORMAT_DOMAIN_XML, /* "libvirt-xml" */
	GUEST_FORMAT_MTREE,	 /* "qemu-mtree": the text of "info mtree -f" */
	GUEST_FORMAT_CMDLINE,	 /* "qemu-cmdline" */
	_GUEST_FORMAT_MAX,
};

const char *guest_format_word(enum guest_format format);

/* The format of that name in @ret. 0, or -EINVAL when there is none. */
int guest_format_parse(const char *word, enum guest_format *ret);

/* Bytes that a text of @format may have at most. */
size_t guest_format_limit(enum guest_format format);
