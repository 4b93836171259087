/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's part that tells other systems: what is counted, and labels of this host. */
#include "daemon/loop_view.h"

#include "daemon/metrics_http.h"

#include <string.h>

void loop_export_open(struct loop *loop)
{
	const char *address = loop->config->metrics_listen;
	int r;

	loop->nfd.log = loop->log;
	loop->metrics.source = (struct metrics_source){ .config = loop->config,
		.state = &loop->state,
		.keep = &loop->keep,
		.guests = &loop->guests,
		.membership = &loop->membership,
		.peering = &loop->peering,
		.meeting = &loop->meeting };
	if (!*address)
		return;
	r = metrics_http_new(
		turn_get_base(loop->turn), address, &loop->metrics, &loop->metrics_http);
	if (r < 0)
		log_say(loop->log, LOG_ERR, LOG_EXPORT_TROUBLE,
			"[metrics] listen: %s cannot be listened on: %s", address, strerror(-r));
}

void loop_export_close(struct loop *loop)
{
	loop->metrics_http = metrics_http_free(loop->metrics_http);
}

void loop_export_follow(struct loop *loop)
{
	struct nfd_file_source source = { .path = loop->config->export_nfd_file,
		.state = &loop->state,
		.stale_after_us = loop->config->judge_stale_after_us };

	nfd_file_follow(&loop->nfd, &source);
}

void loop_export_on_answered(void *data, const struct verdict *verdict)
{
	struct loop *loop = data;

	metrics_count_answer(&loop->metrics, verdict);
}

int loop_export_on_metrics(void *data, json_t **ret)
{
	const struct loop *loop = data;

	return metrics_document(&loop->metrics, ret);
}
