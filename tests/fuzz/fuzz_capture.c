/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever the reader of captures takes, the writer writes in a form that reads as the same. The
 * same bytes, taken for files of a host, are scrubbed without growing.
 */
#define _GNU_SOURCE
#include "client/capture_scrub.h"
#include "client/capture_text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/capture_read.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void fuzz_capture_must(bool condition)
{
	if (!condition)
		abort();
}

static int fuzz_capture_dir(void *data, const char *path)
{
	capture_text_dir(data, path);
	return 0;
}

static int fuzz_capture_link(void *data, const char *path, const char *target)
{
	fuzz_capture_must(path[0] != '/' && target[0] != '/');
	capture_text_link(data, path, target);
	return 0;
}

static int fuzz_capture_file(
	void *data, const char *path, unsigned int mode, const unsigned char *bytes, size_t n)
{
	fuzz_capture_must(path[0] != '/' && n <= CAPTURE_READ_FILE_MAX);
	capture_text_file(data, path, mode, bytes, n);
	return 0;
}

static int fuzz_capture_kernel_log(void *data, const unsigned char *bytes, size_t n)
{
	capture_text_kernel_log(data, bytes, n);
	return 0;
}

/* The capture @text of @n bytes read and written again, of which the caller frees @ret; or false.
 */
static bool fuzz_capture_again(const char *text, size_t n, char **ret, size_t *ret_n)
{
	static const struct capture_read_sink sink = {
		.dir = fuzz_capture_dir,
		.link = fuzz_capture_link,
		.file = fuzz_capture_file,
		.kernel_log = fuzz_capture_kernel_log,
	};
	struct capture_read_problem problem = { 0 };
	struct capture_text writer;
	FILE *out = open_memstream(ret, ret_n);

	fuzz_capture_must(out != NULL);
	capture_text_begin(&writer, out);
	int r = capture_read(text, n, &sink, &writer, &problem);
	fuzz_capture_must(r == 0 || (r == CAPTURE_READ_E_REFUSED && problem.text && problem.line));
	fuzz_capture_must(capture_text_end(&writer) == 0);
	(void)fclose(out);
	return r == 0;
}

static void fuzz_capture_scrub(const uint8_t *bytes, size_t n)
{
	static const char *const paths[] = { "proc/cmdline", "proc/cpuinfo", "proc/interrupts",
		"proc/iomem", "proc/version", "sys/devices/pci0000:00/0000:00:00.0/config" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		unsigned char *copy = malloc(n + 1);
		fuzz_capture_must(copy != NULL);
		memcpy(copy, bytes, n);
		copy[n] = '\0';
		fuzz_capture_must(capture_scrub_file(paths[i], copy, n) <= n);
		free(copy);
	}
	char *line = strndup((const char *)bytes, n);
	fuzz_capture_must(line != NULL);
	(void)capture_scrub_log_line(line);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *first;
	char *second;
	size_t n_first;
	size_t n_second;

	fuzz_capture_scrub(bytes, n);
	if (fuzz_capture_again((const char *)bytes, n, &first, &n_first)) {
		fuzz_capture_must(fuzz_capture_again(first, n_first, &second, &n_second));
		fuzz_capture_must(n_first == n_second && memcmp(first, second, n_first) == 0);
		free(second);
	}
	free(first);
	return 0;
}
