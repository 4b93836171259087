/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest that a question is about, as the command line names it: a file of one of the forms in
 * which people have guests, or a running QEMU, whose answers become a guest document.
 */
#pragma once

#include "client/arguments.h"
#include "client/file.h"
#include "client/trouble.h"
#include "core/codec/guest_text.h"

#include <stdbool.h>

struct input {
	enum guest_format format;
	const char *name; /* for people; borrowed from the arguments */
	const char *arch; /* --arch, or NULL; likewise */
	bool running;	  /* it runs on this host, so its devices have addresses of this host */
	struct file_text text;
};

/*
 * Reads the guest that @options name, the command line of the verb @verb, and holds that it is one:
 * what an error says names the file and the place in it. On 0 the caller hands @ret to
 * input_done(). TROUBLE_E_SAID, -ENOMEM.
 */
int input_read(const struct arguments *options, const char *verb, struct trouble *trouble,
	struct input *ret);

void input_done(struct input *input);

/* Decodes the text. On 0 the caller hands @ret to guest_text_done(). TROUBLE_E_SAID, -ENOMEM. */
int input_decode(const struct input *input, struct trouble *trouble, struct guest_text *ret);
