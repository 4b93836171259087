/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest in any of the forms in which people have one. */
#pragma once

#include "core/codec/guest_format.h"
#include "core/codec/refusal.h"
#include "core/model/guest.h"
#include "core/model/machine.h"

struct guest_text_input {
	enum guest_format format;
	const char *bytes;
	size_t n;
	const char
		*arch; /* for GUEST_FORMAT_MTREE, which does not say it; NULL: told from the text */
};

/* One of the two is set: a map that was given, or a definition that has to be laid out. */
struct guest_text {
	struct guest *guest;
	struct machine *machine;
	bool observed; /* the map is that of a guest as it runs: addresses are those of its host */
};

enum guest_text_outcome {
	GUEST_TEXT_DONE,
	GUEST_TEXT_E_REFUSED,
};

/*
 * Decodes @input. On GUEST_TEXT_DONE the caller hands @ret to guest_text_done(). -ENOMEM.
 */
int guest_text_decode(
	const struct guest_text_input *input, struct guest_text *ret, struct refusal *refusal);

void guest_text_done(struct guest_text *text);
