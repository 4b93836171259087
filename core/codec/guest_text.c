/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_text.h"

#include "core/codec/domain_xml.h"
#include "core/codec/guest_json.h"
#include "core/codec/mtree.h"
#include "core/codec/qemu_cmdline.h"

#include <assert.h>

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
		text.observed = true;
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
