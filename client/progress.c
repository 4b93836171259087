/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/progress.h"

#include "client/display.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define PROGRESS_FIRST_MS 1000U
#define PROGRESS_NEXT_MS  100U

static const char progress_wipe[] = "\r\033[K";

static uint64_t progress_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress)
{
	*progress = (struct progress){
		.wanted = display_is_able(stderr),
		.due_ms = progress_now_ms() + PROGRESS_FIRST_MS,
	};
}

void progress_show(struct progress *progress, const char *format, ...)
{
	uint64_t now_ms = progress->wanted ? progress_now_ms() : 0;
	va_list arguments;

	if (!progress->wanted || now_ms < progress->due_ms)
		return;
	progress->shown = true;
	progress->due_ms = now_ms + PROGRESS_NEXT_MS;
	fputs(progress_wipe, stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fflush(stderr);
}

void progress_stop(struct progress *progress)
{
	if (progress->shown)
		fputs(progress_wipe, stderr);
	progress->shown = false;
}
