/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Metrics as Prometheus reads them: its text format, version 0.0.4. One renderer, so that the
 * daemon's own address and the command line say the same.
 *
 * The document is {"schema":"iommufleet-metrics-1","metrics":[{"name","help","type","samples":[
 * {"labels":{NAME:VALUE},"value":INTEGER}]}]}. It may have come from elsewhere: names, types and
 * values are held against the rules of the format, and texts, of printable ASCII and line feeds,
 * are escaped.
 */
#pragma once

#include "core/codec/refusal.h"

#include <jansson.h>
#include <stddef.h>

#define METRICS_TEXT_SCHEMA "iommufleet-metrics-1"
#define METRICS_TEXT_TYPE   "text/plain; version=0.0.4; charset=utf-8"

enum metrics_text_outcome {
	METRICS_TEXT_DONE,
	METRICS_TEXT_E_REFUSED, /* the refusal says where @document is not of that form */
};

/* The text in @ret, to be freed with free(), and its bytes in @ret_n. -ENOMEM. */
int metrics_text_format(const json_t *document, char **ret, size_t *ret_n, struct refusal *refusal);
