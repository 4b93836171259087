/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of the configuration that are words, or lists of words with spaces between: how they are
 * checked when they are read, and taken apart when they are used.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/record.h"
#include "daemon/config.h"

/* CONFIG_DONE, or CONFIG_E_REFUSED with @refusal set. */
typedef int (*config_words_check)(const char *value, struct refusal *refusal);

int config_words_uevents(const char *value, struct refusal *refusal);
int config_words_mode(const char *value, struct refusal *refusal);
int config_words_fleet(const char *value, struct refusal *refusal);
int config_words_labels(const char *value, struct refusal *refusal);
int config_words_endpoints(const char *value, struct refusal *refusal);
int config_words_peers(const char *value, struct refusal *refusal);
int config_words_etcd(const char *value, struct refusal *refusal);
int config_words_prefix(const char *value, struct refusal *refusal);
int config_words_listen(const char *value, struct refusal *refusal);
int config_words_file(const char *value, struct refusal *refusal);

/* A list taken apart: what the texts point at. */
struct config_words {
	char text[CONFIG_TEXT_BYTES];
	unsigned n;
	struct record_label labels[LIMIT_LABELS]; /* sorted by name */
	const char *endpoints[LIMIT_ENDPOINTS];
};

/* Of values that were checked. */
void config_words_read_labels(const char *value, struct config_words *ret);
void config_words_read_endpoints(const char *value, struct config_words *ret);
