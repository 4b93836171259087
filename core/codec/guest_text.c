/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_text.h"

#include "core/codec/domain_xml.h"
#include "core/codec/guest_json.h"
#include "core/codec/mtree.h"
#include "core/codec/qemu_cmdline.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *word;
	size_t limit;
} guest_text_formats[_GUEST_FORMAT_MAX] = {
	[GUEST_FORMAT_JSON] = { "iommufleet-guest", LIMIT_GUEST_BYTES },
	[GUEST_FORMAT_DOMAIN_XML] = { "libvirt-xml", LIMIT_DOMAIN_BYTES },
	[GUEST_FORMAT_MTREE] = { "qemu-mtree", LIMIT_MTREE_BYTES },
	[GUEST_FORMAT_CMDLINE] = { "qemu-cmdline", LIMIT_CMDLINE_BYTES },
};

const char *guest_format_word(enum guest_format format)
{
	assert(format < _GUEST_FORMAT_MAX);

	return guest_text_formats[format].word;
}

int guest_format_parse(const char *word, enum guest_format *ret)
{
	for (unsigned i = 0; i < _GUEST_FORMAT_MAX; i++)
		if (strcmp(word, guest_text_formats[i].word) == 0) {
			*ret = (enum guest_format)i;
			return 0;
		}
	return -EINVAL;
}

size_t guest_format_limit(enum guest_format format)
{
	assert(format < _GUEST_FORMAT_MAX);

	return guest_text_formats[format].limit;
}

/* All codecs have the same outcomes: done, and refused. */
static_assert((int)GUEST_JSON_DONE == (int)GUEST_TEXT_DONE &&
		      (int)DOMAIN_XML_DONE == (int)GUEST_TEXT_DONE &&
		      (int)MTREE_DONE == (int)GUEST_TEXT_DONE &&
		      (int)QEMU_CMDLINE_DONE == (int)GUEST_TEXT_DONE,
	"");
static_assert((int)GUEST_JSON_E_REFUSED == (int)GUEST_TEXT_E_REFUSED &&
		      (int)DOMAIN_XML_E_REFUSED == (int)GUEST_TEXT_E_REFUSED &&
		      (int)MTREE_E_REFUSED == (int)GUEST_TEXT_E_REFUSED &&
		      (int)QEMU_CMDLINE_E_REFUSED == (int)GUEST_TEXT_E_REFUSED,
	"");

int guest_text_decode(
	const struct guest_text_input *input, struct guest_text *ret, struct refusal *refusal)
{
	struct guest_text text = { 0 };
	int r = 0;

	switch (input->format) {
	case GUEST_FORMAT_JSON:
		r = guest_json_decode(input->bytes, input->n, &text.guest, refusal);
		break;
	case GUEST_FORMAT_DOMAIN_XML:
		r = domain_xml_decode(input->bytes, input->n, &text.machine, refusal);
		break;
	case GUEST_FORMAT_MTREE:
		r = mtree_decode(input->bytes, input->n, input->arch, &text.guest, refusal);
		break;
	case GUEST_FORMAT_CMDLINE:
		r = qemu_cmdline_decode(input->bytes, input->n, &text.machine, refusal);
		break;
	case _GUEST_FORMAT_MAX:
		assert(false);
	}
	if (r == GUEST_TEXT_DONE)
		*ret = text;
	return r;
}

void guest_text_done(struct guest_text *text)
{
	text->guest = guest_free(text->guest);
	text->machine = machine_free(text->machine);
}
