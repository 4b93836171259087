/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an administrator can set: one declared table (section, key, kind, bounds, default, whether a
 * reload is enough) behind the parser, --print-config and the manual. A wrong value refuses the
 * whole configuration, so that a daemon never runs on half of one; a key that nobody knows is only
 * reported. Files are read in order: the file itself, then FILE.d/ *.conf by name.
 */
#pragma once

#include "core/codec/refusal.h"
#include "daemon/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_TEXT_BYTES 1024 /* of a path or a word, with its NUL */
#define CONFIG_FILE	  "iommufleetd.conf"

struct config {
	uint64_t collect_interval_us;
	uint64_t collect_timeout_us;
	char collect_sysroot[CONFIG_TEXT_BYTES];    /* empty: this host */
	char collect_kernel_log[CONFIG_TEXT_BYTES]; /* empty: the collector's own choice */
	char collect_collector[CONFIG_TEXT_BYTES];
	char collect_uevents[CONFIG_TEXT_BYTES]; /* auto, yes or no */
	char collect_socket[CONFIG_TEXT_BYTES];	 /* empty: the collector is always a child */
	char store_path[CONFIG_TEXT_BYTES];
	uint64_t store_max_bytes;
	uint64_t store_facts_per_host;
	uint64_t store_history_days;
	uint64_t store_history_rows;
	bool judge_nested_trust;
	char judge_kernel_flavour[CONFIG_TEXT_BYTES]; /* empty: as observed */
	uint64_t judge_stale_after_us;
	char exchange_mode[CONFIG_TEXT_BYTES]; /* none, peers or etcd */
	char exchange_fleet[CONFIG_TEXT_BYTES];
	char exchange_certificate[CONFIG_TEXT_BYTES]; /* each of these: empty, or a file of PEM */
	char exchange_key[CONFIG_TEXT_BYTES];
	char exchange_ca[CONFIG_TEXT_BYTES];
	char exchange_crl[CONFIG_TEXT_BYTES];
	char exchange_labels[CONFIG_TEXT_BYTES];    /* "rack=r12 zone=north" */
	char exchange_endpoints[CONFIG_TEXT_BYTES]; /* "https://NAME:PORT https://..." */
	uint64_t exchange_interval_us;
	uint64_t exchange_validity_us;
	char peers_connect[CONFIG_TEXT_BYTES]; /* "https://NAME:PORT https://..." */
	char peers_file[CONFIG_TEXT_BYTES];    /* with more of them; empty: none */
	char peers_listen[CONFIG_TEXT_BYTES]; /* "192.0.2.1:7443"; empty: systemd's sockets alone */
	char etcd_endpoints[CONFIG_TEXT_BYTES]; /* as peers_connect */
	char etcd_prefix[CONFIG_TEXT_BYTES];
	char etcd_user[CONFIG_TEXT_BYTES];	    /* empty: none */
	char etcd_password_file[CONFIG_TEXT_BYTES]; /* each of these: empty, or a file */
	char etcd_ca[CONFIG_TEXT_BYTES];
	char etcd_certificate[CONFIG_TEXT_BYTES];
	char etcd_key[CONFIG_TEXT_BYTES];
	bool etcd_observer;
	char metrics_listen[CONFIG_TEXT_BYTES];	 /* "127.0.0.1:9469"; empty: nowhere */
	char export_nfd_file[CONFIG_TEXT_BYTES]; /* empty: none */
	char bus_address[CONFIG_TEXT_BYTES];	 /* system, session, or a D-Bus address */
	int log_level;
	enum log_target log_target;
};

enum config_outcome {
	CONFIG_DONE,
	CONFIG_E_REFUSED, /* a wrong value or an unreadable file; the refusal says file and line */
};

/* Is told of what is doubtful but not wrong: a key or a section that is not known. */
typedef void (*config_doubt)(const char *where, const char *text, void *data);

/* Sets every default. */
void config_init(struct config *config);

/*
 * Reads @path and its drop-ins over what @config holds. A missing file is nothing wrong unless
 * @must_exist. On CONFIG_E_REFUSED @config is as it was and @refusal is set. -ENOMEM.
 */
struct config_source {
	const char *path;
	bool must_exist;
	config_doubt doubt; /* or NULL */
	void *data;
};
int config_load(struct config *config, const struct config_source *source, struct refusal *refusal);

/* Sets one key as a line of a file would. CONFIG_E_REFUSED also for a key that is not known. */
int config_set(struct config *config, const char *section, const char *key, const char *value,
	struct refusal *refusal);

/* Writes every key with its value to @file, in the form that config_load() reads. */
void config_print(const struct config *config, FILE *file);

#define CONFIG_KEYS_BYTES 512

/*
 * Gives @config, which was read anew, the values of @running of all keys that only a restart can
 * change. Those that had another value are named in @ret: "[store] path, [bus] address"; empty when
 * a reload is enough.
 */
void config_keep_running(
	struct config *config, const struct config *running, char ret[static CONFIG_KEYS_BYTES]);
