/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "daemon/bus/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUS_TEXT_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

void bus_text_done(struct bus_text *text)
{
	free(text->owned);
	*text = (struct bus_text){ 0 };
}

bool bus_text_is_file(sd_bus_message *message)
{
	static const char ending[] = "File";
	const char *member = sd_bus_message_get_member(message);
	size_t n = strlen(member), n_ending = sizeof(ending) - 1;

	return n > n_ending && strcmp(member + n - n_ending, ending) == 0;
}

static int bus_text_unknown_format(const char *word, sd_bus_error *error)
{
	char known[128] = "";
	size_t used = 0;

	for (unsigned i = 0; i < _GUEST_FORMAT_MAX && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
			guest_format_word((enum guest_format)i));
	return bus_error_set(
		error, BUS_ERROR_UNKNOWN_FORMAT, "the format \"%.40s\" is none of %s", word, known);
}

static int bus_text_too_long(enum guest_format format, sd_bus_error *error)
{
	return bus_error_set(error, BUS_ERROR_TOO_MUCH,
		"a guest in the format %s is at most %zu bytes long", guest_format_word(format),
		guest_format_limit(format));
}

static int bus_text_copy(int fd, size_t n, struct bus_text *text, sd_bus_error *error)
{
	_cleanup_(cleanup_freep) char *bytes = malloc(n + 1);
	size_t done = 0;

	if (!bytes)
		return -ENOMEM;
	while (done < n) {
		ssize_t got = pread(fd, bytes + done, n - done, (off_t)done);

		/* Its size is sealed, so it does not end before that; but a descriptor may be one
		 * that nothing can be read from. */
		if (got == 0 || (got < 0 && errno != EINTR))
			return bus_error_set(
				error, BUS_ERROR_INVALID_GUEST, "its file cannot be read");
		done += got > 0 ? (size_t)got : 0;
	}
	bytes[n] = '\0';
	text->n = n;
	text->owned = cleanup_take(bytes);
	text->bytes = text->owned;
	return 0;
}

static int bus_text_read_file(sd_bus_message *message, struct bus_text *text, sd_bus_error *error)
{
	struct stat status;
	int fd, seals, r = sd_bus_message_read(message, "h", &fd);

	if (r < 0)
		return r;
	/* Only memory files have seals; a file of any other kind could make the daemon wait. */
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & BUS_TEXT_SEALS) != BUS_TEXT_SEALS)
		return bus_error_set(error, BUS_ERROR_NOT_SEALED, NULL);
	if (fstat(fd, &status) < 0)
		return -errno;
	if ((uint64_t)status.st_size > guest_format_limit(text->format))
		return bus_text_too_long(text->format, error);
	return bus_text_copy(fd, (size_t)status.st_size, text, error);
}

/* The text in the format of that name. */
static int bus_text_read_as(
	const char *word, sd_bus_message *message, struct bus_text *ret, sd_bus_error *error)
{
	struct bus_text text = { 0 };
	int r;

	if (guest_format_parse(word, &text.format) < 0)
		return bus_text_unknown_format(word, error);
	if (bus_text_is_file(message)) {
		r = bus_text_read_file(message, &text, error);
	} else {
		r = sd_bus_message_read(message, "s", &text.bytes);
		if (r >= 0)
			text.n = strlen(text.bytes);
		if (r >= 0 && text.n > guest_format_limit(text.format))
			r = bus_text_too_long(text.format, error);
	}
	if (r < 0)
		return r;
	*ret = text;
	return 0;
}

int bus_text_read(sd_bus_message *message, struct bus_text *ret, sd_bus_error *error)
{
	const char *word;
	int r = sd_bus_message_read(message, "s", &word);

	return r < 0 ? r : bus_text_read_as(word, message, ret, error);
}

int bus_text_read_if_any(sd_bus_message *message, struct bus_text *ret, sd_bus_error *error)
{
	const char *word, *text = "";
	int r = sd_bus_message_read(message, "s", &word);

	if (r < 0)
		return r;
	if (*word) {
		r = bus_text_read_as(word, message, ret, error);
		return r < 0 ? r : 1;
	}
	/* A call cannot leave out a file; what is in this one is not looked at. */
	r = bus_text_is_file(message) ? sd_bus_message_skip(message, "h")
				      : sd_bus_message_read(message, "s", &text);
	if (r >= 0 && *text)
		return bus_text_unknown_format(word, error);
	return r < 0 ? r : 0;
}

int bus_text_decode(
	const struct bus_text *text, const char *arch, struct guest_text *ret, sd_bus_error *error)
{
	struct guest_text_input input = {
		.format = text->format,
		.bytes = text->bytes,
		.n = text->n,
		.arch = arch,
	};
	struct refusal refusal = { 0 };
	int r = guest_text_decode(&input, ret, &refusal);

	if (r > 0)
		return bus_error_set(error, BUS_ERROR_INVALID_GUEST, "%s%s%s", refusal.where,
			refusal.where[0] ? ": " : "", refusal.text);
	return r;
}
