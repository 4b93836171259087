/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's text as a caller hands it over, in a message or as a sealed file, bounded either way.
 */
#pragma once

#include "core/codec/guest_text.h"
#include "daemon/bus/internal.h"

struct bus_text {
	enum guest_format format;
	const char *bytes; /* of the message, or: */
	size_t n;
	char *owned; /* the copy of what a file held; NULL: none */
};

void bus_text_done(struct bus_text *text);

/*
 * True if the method that @message calls takes and gives what is long as files: its name says so.
 */
bool bus_text_is_file(sd_bus_message *message);

/*
 * Reads the arguments (s format, s guest) of @message or, of a method of files, (s format, h
 * guest): a memory file that is sealed against writing and resizing, so that nobody changes it
 * meanwhile. 0, or a negative errno with @error set; on 0 the caller hands @ret to bus_text_done().
 */
int bus_text_read(sd_bus_message *message, struct bus_text *ret, sd_bus_error *error);

/* The same; 1. But 0 without anything in @ret where the format is empty, which is no guest. */
int bus_text_read_if_any(sd_bus_message *message, struct bus_text *ret, sd_bus_error *error);

/* Decodes @text; @arch as in struct guest_text_input. The caller owns what is in @ret. As above. */
int bus_text_decode(
	const struct bus_text *text, const char *arch, struct guest_text *ret, sd_bus_error *error);
