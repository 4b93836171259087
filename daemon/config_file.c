/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/config_file.h"

#include "core/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct config_file_reading {
	const char *path;
	const char *bytes;
	size_t n;
	size_t at;     /* of the next line */
	unsigned line; /* number of the line that was handed out last */
	config_file_on_pair on_pair;
	void *data;
	struct refusal *refusal;
	int result; /* of the first pair that was not taken */
};

static void config_file_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void config_file_where(const struct config_file_reading *reading, char where[static 160])
{
	(void)snprintf(where, 160, "%.140s:%u", reading->path, reading->line);
}

/* inih asks for a line of at most @max bytes: what fgets() would give. */
static char *config_file_next_line(char *buffer, int max, void *stream)
{
	struct config_file_reading *reading = stream;
	const char *start = reading->bytes + reading->at;
	const char *end;
	size_t n;

	if (reading->at >= reading->n || reading->result != 0)
		return NULL;
	end = memchr(start, '\n', reading->n - reading->at);
	n = end ? (size_t)(end - start) + 1 : reading->n - reading->at;
	reading->line++;
	if (n > CONFIG_FILE_LINE || n >= (size_t)max || memchr(start, '\0', n)) {
		char where[160];

		config_file_where(reading, where);
		reading->result = refusal_set(reading->refusal, where,
			"the line is longer than %d bytes or holds a NUL byte", CONFIG_FILE_LINE);
		return NULL;
	}
	memcpy(buffer, start, n);
	buffer[n] = '\0';
	reading->at += n;
	return buffer;
}

static int config_file_on_ini(void *user, const char *section, const char *name, const char *value)
{
	struct config_file_reading *reading = user;
	char where[160];

	if (reading->result != 0)
		return 0;
	config_file_where(reading, where);
	reading->result = reading->on_pair(&(struct config_file_pair){ .where = where,
						   .section = section,
						   .key = name,
						   .value = value ? value : "" },
		reading->refusal, reading->data);
	return reading->result == 0;
}

/* All of @fd in @ret. 0; -EFBIG; negative errno. */
static int config_file_read_all(int fd, char **ret, size_t *ret_n)
{
	_cleanup_(cleanup_freep) char *bytes = malloc(CONFIG_FILE_BYTES + 1);
	size_t n = 0;

	if (!bytes)
		return -ENOMEM;
	for (;;) {
		ssize_t got = read(fd, bytes + n, CONFIG_FILE_BYTES + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > CONFIG_FILE_BYTES)
			return -EFBIG;
	}
	*ret = cleanup_take(bytes);
	*ret_n = n;
	return 0;
}

static int config_file_read_one(struct config_file_reading *reading, bool must_exist)
{
	_cleanup_(config_file_closep) int fd =
		open(reading->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_(cleanup_freep) char *bytes = NULL;
	int r;

	if (fd < 0 && errno == ENOENT && !must_exist)
		return 0;
	if (fd < 0)
		return refusal_set(
			reading->refusal, reading->path, "cannot be opened: %s", strerror(errno));
	r = config_file_read_all(fd, &bytes, &reading->n);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refusal_set(
			reading->refusal, reading->path, "cannot be read: %s", strerror(-r));
	reading->bytes = bytes;
	reading->at = 0;
	reading->line = 0;
	reading->result = 0;
	r = ini_parse_stream(config_file_next_line, reading, config_file_on_ini, reading);
	if (reading->result == 0 && r != 0) {
		char where[160];

		reading->line = r > 0 ? (unsigned)r : 0;
		config_file_where(reading, where);
		return refusal_set(
			reading->refusal, where, "neither a [section], a key=value, nor a comment");
	}
	return reading->result;
}

static int config_file_is_dropin(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

static int config_file_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int config_file_read_dropin(
	const char *folder, const char *name, struct config_file_reading *reading)
{
	char path[PATH_MAX];
	struct stat status;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return refusal_set(reading->refusal, folder, "a path in it is too long");
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return 0;
	reading->path = path;
	return config_file_read_one(reading, true);
}

static int config_file_read_dropins(const char *folder, struct config_file_reading *reading)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, config_file_is_dropin, config_file_by_name);
	int r = 0;

	if (n < 0)
		return errno == ENOENT ? 0
				       : refusal_set(reading->refusal, folder, "cannot be read: %s",
						 strerror(errno));
	if (n > CONFIG_FILE_DROPINS)
		r = refusal_set(
			reading->refusal, folder, "holds more than %d files", CONFIG_FILE_DROPINS);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = config_file_read_dropin(folder, entries[i]->d_name, reading);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int config_file_read(const char *path, bool must_exist, config_file_on_pair on_pair, void *data,
	struct refusal *refusal)
{
	struct config_file_reading reading = {
		.path = path, .on_pair = on_pair, .data = data, .refusal = refusal
	};
	char folder[PATH_MAX];
	int n = snprintf(folder, sizeof(folder), "%s.d", path);
	int r;

	if (n < 0 || (size_t)n >= sizeof(folder))
		return refusal_set(refusal, path, "the path is too long");
	r = config_file_read_one(&reading, must_exist);
	return r == 0 ? config_file_read_dropins(folder, &reading) : r;
}
