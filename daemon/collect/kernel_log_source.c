/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/kernel_log_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#define KERNEL_LOG_SOURCE_RECORD 8192U /* PRINTKRB_RECORD_MAX of Linux is smaller */

struct kernel_log_source { /* text that grows */
	char *text;
	size_t n;
	bool full;
};

static void kernel_log_source_done(struct kernel_log_source *source)
{
	free(source->text);
}

static void kernel_log_source_add(struct kernel_log_source *source, struct scan message)
{
	size_t n = scan_left(&message);

	if (source->full || n + 1 > KERNEL_LOG_SOURCE_BYTES - source->n) {
		source->full = true;
		return;
	}
	memcpy(source->text + source->n, message.p, n);
	source->text[source->n + n] = '\n';
	source->n += n + 1;
}

bool kernel_log_source_record(struct scan record, uint64_t *ret_sequence, struct scan *ret_message)
{
	uint64_t priority;
	struct scan rest = record;

	if (!scan_decimal(&rest, &priority) || !scan_literal(&rest, ",") ||
		!scan_decimal(&rest, ret_sequence) || !scan_literal(&rest, ",") ||
		!scan_past(&rest, ";"))
		return false;
	return scan_line(&rest, ret_message);
}

/* Reads the ring. True: all of it from the first message of the boot. */
static bool kernel_log_source_ring(int fd, struct kernel_log_source *source)
{
	char record[KERNEL_LOG_SOURCE_RECORD];
	struct scan message;
	uint64_t sequence;
	bool whole = true;
	bool first = true;

	for (;;) {
		ssize_t n = read(fd, record, sizeof(record));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) { /* overwritten while we read */
			whole = false;
			continue;
		}
		if (n <= 0)
			return whole && !first && n < 0 && errno == EAGAIN;
		if (!kernel_log_source_record(scan_of(record, (size_t)n), &sequence, &message))
			continue;
		if (first && sequence != 0)
			whole = false;
		first = false;
		kernel_log_source_add(source, message);
	}
}

static void kernel_log_source_closejournal(sd_journal **journal)
{
	if (*journal)
		sd_journal_close(*journal);
}

static int kernel_log_source_open_journal(sd_journal **ret)
{
	_cleanup_(kernel_log_source_closejournal) sd_journal *journal = NULL;
	char boot[] = "_BOOT_ID=00000000000000000000000000000000";
	sd_id128_t id;

	int r = sd_id128_get_boot(&id);
	if (r < 0)
		return r;
	(void)sd_id128_to_string(id, boot + strlen("_BOOT_ID="));
	r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
	if (r >= 0)
		r = sd_journal_add_match(journal, boot, 0);
	if (r >= 0)
		r = sd_journal_add_match(journal, "_TRANSPORT=kernel", 0);
	if (r >= 0)
		r = sd_journal_seek_head(journal);
	if (r < 0)
		return r;
	*ret = cleanup_take(journal);
	return 0;
}

/* Reads the kernel's messages of this boot in the journal. */
static void kernel_log_source_journal(struct kernel_log_source *source)
{
	_cleanup_(kernel_log_source_closejournal) sd_journal *journal = NULL;
	const size_t prefix = strlen("MESSAGE=");
	const void *data;
	size_t n;

	if (kernel_log_source_open_journal(&journal) < 0)
		return;
	while (!source->full && sd_journal_next(journal) > 0)
		if (sd_journal_get_data(journal, "MESSAGE", &data, &n) >= 0 && n >= prefix)
			kernel_log_source_add(
				source, scan_of((const char *)data + prefix, n - prefix));
}

static struct kernel_log kernel_log_source_take(
	struct kernel_log_source *source, bool whole, char **ret_text)
{
	struct kernel_log log = kernel_log_of(source->text, source->n);

	log.complete = log.complete && whole && !source->full;
	*ret_text = cleanup_take(source->text);
	return log;
}

/* The live log; the journal where the ring wrapped and the journal goes back further. */
static struct kernel_log kernel_log_source_live(char **ret_text)
{
	_cleanup_(kernel_log_source_done) struct kernel_log_source ring = { 0 };
	_cleanup_(kernel_log_source_done) struct kernel_log_source journal = { 0 };
	_cleanup_(sysroot_closep) int fd =
		open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int error = fd < 0 ? -errno : 0;

	ring.text = malloc(KERNEL_LOG_SOURCE_BYTES);
	journal.text = malloc(KERNEL_LOG_SOURCE_BYTES);
	if (!ring.text || !journal.text)
		return kernel_log_none(FACT_NOT_READABLE);
	bool whole = fd >= 0 && kernel_log_source_ring(fd, &ring);
	if (whole)
		return kernel_log_source_take(&ring, true, ret_text);
	kernel_log_source_journal(&journal);
	if (journal.n && kernel_log_of(journal.text, journal.n).complete)
		return kernel_log_source_take(&journal, true, ret_text);
	if (ring.n)
		return kernel_log_source_take(&ring, false, ret_text);
	return kernel_log_none(error == -ENOENT ? FACT_NOT_EXPOSED : FACT_NOT_READABLE);
}

struct kernel_log kernel_log_source_host(const struct sysroot *root, char **ret_text)
{
	*ret_text = NULL;
	if (sysroot_is_live(root))
		return kernel_log_source_live(ret_text);
	return kernel_log_none(FACT_NOT_EXPOSED);
}

int kernel_log_source_file(const char *path, char **ret_text, struct kernel_log *ret)
{
	_cleanup_(sysroot_closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	_cleanup_(cleanup_freep) char *text = NULL;
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	text = malloc(KERNEL_LOG_SOURCE_BYTES);
	if (!text)
		return -ENOMEM;
	while (n < KERNEL_LOG_SOURCE_BYTES) {
		ssize_t r = read(fd, text + n, KERNEL_LOG_SOURCE_BYTES - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	/* A beginning is a log too; only what is not in it stays unknown. */
	*ret = kernel_log_of(text, n);
	ret->complete = ret->complete && n < KERNEL_LOG_SOURCE_BYTES;
	*ret_text = cleanup_take(text);
	return 0;
}
