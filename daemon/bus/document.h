/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A document as an answer: in the message, or in a memory file that nobody can change any more. */
#pragma once

#include "daemon/bus/internal.h"

/* A new memory file in @ret, which the caller closes, and all @n bytes written into one. Negative
 * errno. */
int bus_document_new_file(int *ret);
int bus_document_write(int fd, const char *bytes, size_t n);

/* Answers @message with what is in the memory file @fd, sealed: as bus_document_reply(). */
int bus_document_reply_written(int fd, sd_bus_message *message, sd_bus_error *error);

void bus_document_closep(int *fd);

/* Answers @message with the @n bytes at @bytes as a sealed memory file. Negative errno. */
int bus_document_reply_file(sd_bus_message *message, const char *bytes, size_t n);

/*
 * Answers @message with the text of @json: as a file if its method is one of files, else in the
 * message, where a longer one than BUS_REPLY_BYTES is refused and the method of the file named.
 */
int bus_document_reply(const json_t *json, sd_bus_message *message, sd_bus_error *error);
