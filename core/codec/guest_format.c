/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_format.h"

#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *word;
	size_t limit;
} guest_format_rows[_GUEST_FORMAT_MAX] = {
	[GUEST_FORMAT_JSON] = { "iommufleet-guest", LIMIT_GUEST_BYTES },
	[GUEST_FORMAT_DOMAIN_XML] = { "libvirt-xml", LIMIT_DOMAIN_BYTES },
	[GUEST_FORMAT_MTREE] = { "qemu-mtree", LIMIT_MTREE_BYTES },
	[GUEST_FORMAT_CMDLINE] = { "qemu-cmdline", LIMIT_CMDLINE_BYTES },
};

const char *guest_format_word(enum guest_format format)
{
	assert(format < _GUEST_FORMAT_MAX);

	return guest_format_rows[format].word;
}

int guest_format_parse(const char *word, enum guest_format *ret)
{
	for (unsigned i = 0; i < _GUEST_FORMAT_MAX; i++)
		if (strcmp(word, guest_format_rows[i].word) == 0) {
			*ret = (enum guest_format)i;
			return 0;
		}
	return -EINVAL;
}

size_t guest_format_limit(enum guest_format format)
{
	assert(format < _GUEST_FORMAT_MAX);

	return guest_format_rows[format].limit;
}
