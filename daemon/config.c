/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/config.h"

#include "core/cleanup.h"
#include "core/codec/text.h"
#include "daemon/config_file.h"
#include "daemon/config_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum config_kind {
	CONFIG_DURATION, /* uint64_t, microseconds */
	CONFIG_BYTES,	 /* uint64_t */
	CONFIG_NUMBER,	 /* uint64_t */
	CONFIG_PATH,	 /* absolute, or empty */
	CONFIG_WORD,	 /* printable text, or empty */
	CONFIG_TRUST,	 /* bool: "trust" or "no" */
	CONFIG_YES,	 /* bool: "yes" or "no" */
	CONFIG_LEVEL,	 /* int: a level of log.h */
	CONFIG_TARGET,	 /* enum log_target */
	CONFIG_WORDS,	 /* text that the row's check takes, or empty */
};

enum config_change { CONFIG_RELOAD, CONFIG_RESTART };

struct config_row {
	const char *section;
	const char *key;
	enum config_kind kind;
	size_t offset;
	const char *preset;
	uint64_t least, most; /* of numbers, in the unit of the kind */
	enum config_change change;
	config_words_check check;
};

#define CONFIG_S   UINT64_C(1000000)
#define CONFIG_MIN (60 * CONFIG_S)
#define CONFIG_H   (60 * CONFIG_MIN)
#define CONFIG_D   (24 * CONFIG_H)
#define CONFIG_M   (UINT64_C(1) << 20)

#define CONFIG_ROW(section_, key_, kind_, ...)                                                     \
	{                                                                                          \
		.section = #section_, .key = (key_), .kind = (kind_), __VA_ARGS__                  \
	}
#define CONFIG_AT(member) .offset = offsetof(struct config, member)

static const struct config_row config_rows[] = {
	CONFIG_ROW(collect, "interval", CONFIG_DURATION, CONFIG_AT(collect_interval_us),
		.preset = "15min", .least = 10 * CONFIG_S, .most = 30 * CONFIG_D),
	CONFIG_ROW(collect, "timeout", CONFIG_DURATION, CONFIG_AT(collect_timeout_us),
		.preset = "15s", .least = CONFIG_S, .most = 10 * CONFIG_MIN),
	CONFIG_ROW(collect, "sysroot", CONFIG_PATH, CONFIG_AT(collect_sysroot), .preset = ""),
	CONFIG_ROW(collect, "kernel-log", CONFIG_PATH, CONFIG_AT(collect_kernel_log), .preset = ""),
	CONFIG_ROW(collect, "collector", CONFIG_PATH, CONFIG_AT(collect_collector),
		.preset = IOMMUFLEET_COLLECT_PATH),
	CONFIG_ROW(collect, "uevents", CONFIG_WORDS, CONFIG_AT(collect_uevents), .preset = "auto",
		.check = config_words_uevents),
	CONFIG_ROW(collect, "socket", CONFIG_PATH, CONFIG_AT(collect_socket),
		.preset = IOMMUFLEET_RUN_DIR "/collect.socket"),
	CONFIG_ROW(store, "path", CONFIG_PATH, CONFIG_AT(store_path),
		.preset = IOMMUFLEET_STATE_DIR "/iommufleet.db", .change = CONFIG_RESTART),
	CONFIG_ROW(store, "max-bytes", CONFIG_BYTES, CONFIG_AT(store_max_bytes), .preset = "64M",
		.least = CONFIG_M, .most = UINT64_C(1) << 40),
	CONFIG_ROW(store, "facts-per-host", CONFIG_NUMBER, CONFIG_AT(store_facts_per_host),
		.preset = "10", .least = 1, .most = 1000),
	CONFIG_ROW(store, "history-days", CONFIG_NUMBER, CONFIG_AT(store_history_days),
		.preset = "180", .least = 1, .most = 36500),
	CONFIG_ROW(store, "history-rows", CONFIG_NUMBER, CONFIG_AT(store_history_rows),
		.preset = "1000", .least = 1, .most = 100000),
	CONFIG_ROW(judge, "nested", CONFIG_TRUST, CONFIG_AT(judge_nested_trust), .preset = "no"),
	CONFIG_ROW(judge, "kernel-flavour", CONFIG_WORD, CONFIG_AT(judge_kernel_flavour),
		.preset = "", .most = 31),
	CONFIG_ROW(judge, "stale-after", CONFIG_DURATION, CONFIG_AT(judge_stale_after_us),
		.preset = "24h", .least = CONFIG_MIN, .most = 365 * CONFIG_D),
	CONFIG_ROW(exchange, "mode", CONFIG_WORDS, CONFIG_AT(exchange_mode), .preset = "none",
		.check = config_words_mode, .change = CONFIG_RESTART),
	CONFIG_ROW(exchange, "fleet", CONFIG_WORDS, CONFIG_AT(exchange_fleet), .preset = "",
		.check = config_words_fleet, .change = CONFIG_RESTART),
	CONFIG_ROW(exchange, "certificate", CONFIG_PATH, CONFIG_AT(exchange_certificate),
		.preset = ""),
	CONFIG_ROW(exchange, "key", CONFIG_PATH, CONFIG_AT(exchange_key), .preset = ""),
	CONFIG_ROW(exchange, "ca", CONFIG_PATH, CONFIG_AT(exchange_ca), .preset = ""),
	CONFIG_ROW(exchange, "crl", CONFIG_PATH, CONFIG_AT(exchange_crl), .preset = ""),
	CONFIG_ROW(exchange, "labels", CONFIG_WORDS, CONFIG_AT(exchange_labels), .preset = "",
		.check = config_words_labels),
	CONFIG_ROW(exchange, "endpoints", CONFIG_WORDS, CONFIG_AT(exchange_endpoints), .preset = "",
		.check = config_words_endpoints),
	CONFIG_ROW(exchange, "interval", CONFIG_DURATION, CONFIG_AT(exchange_interval_us),
		.preset = "30s", .least = CONFIG_S, .most = CONFIG_H),
	CONFIG_ROW(exchange, "validity", CONFIG_DURATION, CONFIG_AT(exchange_validity_us),
		.preset = "24h", .least = CONFIG_MIN, .most = CONFIG_D),
	CONFIG_ROW(peers, "connect", CONFIG_WORDS, CONFIG_AT(peers_connect), .preset = "",
		.check = config_words_peers),
	CONFIG_ROW(peers, "file", CONFIG_PATH, CONFIG_AT(peers_file), .preset = ""),
	CONFIG_ROW(peers, "listen", CONFIG_WORD, CONFIG_AT(peers_listen), .preset = "", .most = 63,
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "endpoints", CONFIG_WORDS, CONFIG_AT(etcd_endpoints), .preset = "",
		.check = config_words_etcd, .change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "prefix", CONFIG_WORDS, CONFIG_AT(etcd_prefix), .preset = "/iommufleet/",
		.check = config_words_prefix, .change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "user", CONFIG_WORD, CONFIG_AT(etcd_user), .preset = "", .most = 255,
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "password-file", CONFIG_PATH, CONFIG_AT(etcd_password_file), .preset = "",
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "ca", CONFIG_PATH, CONFIG_AT(etcd_ca), .preset = "",
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "certificate", CONFIG_PATH, CONFIG_AT(etcd_certificate), .preset = "",
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "key", CONFIG_PATH, CONFIG_AT(etcd_key), .preset = "",
		.change = CONFIG_RESTART),
	CONFIG_ROW(etcd, "observer", CONFIG_YES, CONFIG_AT(etcd_observer), .preset = "no",
		.change = CONFIG_RESTART),
	CONFIG_ROW(metrics, "listen", CONFIG_WORDS, CONFIG_AT(metrics_listen), .preset = "",
		.check = config_words_listen, .change = CONFIG_RESTART),
	CONFIG_ROW(export, "nfd-file", CONFIG_WORDS, CONFIG_AT(export_nfd_file), .preset = "",
		.check = config_words_file),
	CONFIG_ROW(bus, "address", CONFIG_WORD, CONFIG_AT(bus_address), .preset = "system",
		.most = CONFIG_TEXT_BYTES - 1, .change = CONFIG_RESTART),
	CONFIG_ROW(log, "level", CONFIG_LEVEL, CONFIG_AT(log_level), .preset = "info"),
	CONFIG_ROW(log, "target", CONFIG_TARGET, CONFIG_AT(log_target), .preset = "auto"),
};
#define CONFIG_N_ROWS (sizeof(config_rows) / sizeof(config_rows[0]))

struct config_unit {
	const char *word;
	uint64_t factor;
};

/* Greatest first: printing takes the first that divides. */
static const struct config_unit config_durations[] = { { "d", CONFIG_D }, { "h", CONFIG_H },
	{ "min", CONFIG_MIN }, { "s", CONFIG_S }, { "ms", 1000 }, { "us", 1 }, { NULL, 0 } };
static const struct config_unit config_sizes[] = { { "T", CONFIG_M << 20 }, { "G", CONFIG_M << 10 },
	{ "M", CONFIG_M }, { "K", 1024 }, { "", 1 }, { NULL, 0 } };
static const struct config_unit config_plain[] = { { "", 1 }, { NULL, 0 } };

static const struct config_unit *config_units(enum config_kind kind)
{
	if (kind == CONFIG_DURATION)
		return config_durations;
	return kind == CONFIG_BYTES ? config_sizes : config_plain;
}

static bool config_is_number(enum config_kind kind)
{
	return kind == CONFIG_DURATION || kind == CONFIG_BYTES || kind == CONFIG_NUMBER;
}

static void config_print_number(uint64_t value, enum config_kind kind, FILE *file)
{
	const struct config_unit *unit = config_units(kind);

	while (value % unit->factor != 0)
		unit++;
	if (value == 0)
		unit = config_units(CONFIG_NUMBER);
	fprintf(file, "%" PRIu64 "%s", value / unit->factor, unit->word);
}

static int config_refuse_bounds(
	const struct config_row *row, const char *value, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) char *text = NULL;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	if (!file)
		return -ENOMEM;
	fputs("from ", file);
	config_print_number(row->least, row->kind, file);
	fputs(" to ", file);
	config_print_number(row->most, row->kind, file);
	if (fclose(file) != 0)
		return -ENOMEM;
	return refusal_set(
		refusal, "", "%s=%.40s is out of bounds; it can be %s", row->key, value, text);
}

static int config_parse_number(
	const struct config_row *row, const char *value, uint64_t *ret, struct refusal *refusal)
{
	size_t digits = strspn(value, "0123456789");
	const struct config_unit *unit = config_units(row->kind);
	uint64_t number;

	while (unit->word && strcmp(unit->word, value + digits) != 0)
		unit++;
	if (digits == 0 || !unit->word || text_parse_decimal(value, digits, &number) < 0)
		return refusal_set(refusal, "", "%s=%.40s is not a %s", row->key, value,
			row->kind == CONFIG_DURATION ? "time such as 90s, 15min, 24h or 7d"
			: row->kind == CONFIG_BYTES  ? "size such as 64M or 1G"
						     : "number");
	if (__builtin_mul_overflow(number, unit->factor, &number) || number < row->least ||
		number > row->most)
		return config_refuse_bounds(row, value, refusal);
	*ret = number;
	return CONFIG_DONE;
}

static int config_parse_text(
	const struct config_row *row, const char *value, char *ret, struct refusal *refusal)
{
	size_t n = strlen(value);
	size_t most = row->most ? row->most : CONFIG_TEXT_BYTES - 1;

	if (n > most)
		return refusal_set(refusal, "", "%s is longer than %zu bytes", row->key, most);
	if (!text_is_printable(value, n))
		return refusal_set(refusal, "", "%s is not printable ASCII", row->key);
	if (row->kind == CONFIG_PATH && n > 0 && value[0] != '/')
		return refusal_set(
			refusal, "", "%s=%.60s is not an absolute path", row->key, value);
	memcpy(ret, value, n + 1);
	return CONFIG_DONE;
}

static const char *config_word_of(enum config_kind kind)
{
	return kind == CONFIG_TRUST ? "trust" : "yes";
}

static int config_parse_bool(
	const struct config_row *row, const char *value, bool *ret, struct refusal *refusal)
{
	const char *word = config_word_of(row->kind);

	if (strcmp(value, word) != 0 && strcmp(value, "no") != 0)
		return refusal_set(
			refusal, "", "%s=%.40s is neither %s nor no", row->key, value, word);
	*ret = strcmp(value, word) == 0;
	return CONFIG_DONE;
}

static int config_parse(struct config *config, const struct config_row *row, const char *value,
	struct refusal *refusal)
{
	void *place = (char *)config + row->offset;

	switch (row->kind) {
	case CONFIG_DURATION:
	case CONFIG_BYTES:
	case CONFIG_NUMBER:
		return config_parse_number(row, value, place, refusal);
	case CONFIG_PATH:
	case CONFIG_WORD:
		return config_parse_text(row, value, place, refusal);
	case CONFIG_WORDS:
		return row->check(value, refusal) == CONFIG_DONE
			       ? config_parse_text(row, value, place, refusal)
			       : CONFIG_E_REFUSED;
	case CONFIG_TRUST:
	case CONFIG_YES:
		return config_parse_bool(row, value, place, refusal);
	case CONFIG_LEVEL:
		if (log_level_parse(value, place) < 0)
			return refusal_set(refusal, "",
				"level=%.40s is none of emerg, alert, crit, err, warning, notice, "
				"info, debug",
				value);
		return CONFIG_DONE;
	case CONFIG_TARGET:
		if (log_target_parse(value, place) < 0)
			return refusal_set(refusal, "",
				"target=%.40s is none of auto, journal, console", value);
		return CONFIG_DONE;
	}
	return -EINVAL;
}

static const struct config_row *config_find(const char *section, const char *key)
{
	for (size_t i = 0; i < CONFIG_N_ROWS; i++) {
		if (strcmp(config_rows[i].section, section) == 0 &&
			strcmp(config_rows[i].key, key) == 0)
			return &config_rows[i];
	}
	return NULL;
}

int config_set(struct config *config, const char *section, const char *key, const char *value,
	struct refusal *refusal)
{
	const struct config_row *row = config_find(section, key);

	if (!row)
		return refusal_set(refusal, "", "no key %.40s in section [%.40s]", key, section);
	return config_parse(config, row, value, refusal);
}

void config_init(struct config *config)
{
	struct refusal refusal;

	*config = (struct config){ 0 };
	for (size_t i = 0; i < CONFIG_N_ROWS; i++)
		(void)config_parse(config, &config_rows[i], config_rows[i].preset, &refusal);
}

struct config_loading {
	struct config config;
	const struct config_source *source;
};

static int config_on_pair(const struct config_file_pair *pair, struct refusal *refusal, void *data)
{
	struct config_loading *loading = data;
	struct refusal inner;
	int r;

	if (!config_find(pair->section, pair->key)) {
		(void)refusal_set(&inner, pair->where, "no key %.40s in section [%.40s]", pair->key,
			pair->section);
		if (loading->source->doubt)
			loading->source->doubt(inner.where, inner.text, loading->source->data);
		return CONFIG_DONE;
	}
	r = config_set(&loading->config, pair->section, pair->key, pair->value, &inner);
	return r > 0 ? refusal_set(refusal, pair->where, "%s", inner.text) : r;
}

int config_load(struct config *config, const struct config_source *source, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) struct config_loading *loading = malloc(sizeof(*loading));
	int r;

	if (!loading)
		return -ENOMEM;
	loading->config = *config;
	loading->source = source;
	r = config_file_read(source->path, source->must_exist, config_on_pair, loading, refusal);
	if (r == 0)
		*config = loading->config;
	return r;
}

static void config_print_value(
	const struct config *config, const struct config_row *row, FILE *file)
{
	const void *place = (const char *)config + row->offset;

	if (config_is_number(row->kind))
		config_print_number(*(const uint64_t *)place, row->kind, file);
	else if (row->kind == CONFIG_TRUST || row->kind == CONFIG_YES)
		fputs(*(const bool *)place ? config_word_of(row->kind) : "no", file);
	else if (row->kind == CONFIG_LEVEL)
		fputs(log_level_word(*(const int *)place), file);
	else if (row->kind == CONFIG_TARGET)
		fputs(log_target_word(*(const enum log_target *)place), file);
	else
		fputs(place, file);
}

void config_print(const struct config *config, FILE *file)
{
	const char *section = "";

	for (size_t i = 0; i < CONFIG_N_ROWS; i++) {
		const struct config_row *row = &config_rows[i];

		if (strcmp(section, row->section) != 0)
			fprintf(file, "%s[%s]\n", i > 0 ? "\n" : "", row->section);
		section = row->section;
		fprintf(file, "%s=", row->key);
		config_print_value(config, row, file);
		fputc('\n', file);
	}
}

/* Only texts and words need a restart, today. */
static bool config_take_over(
	const struct config_row *row, struct config *config, const struct config *running)
{
	char *to = (char *)config + row->offset;
	const char *from = (const char *)running + row->offset;

	if (row->kind == CONFIG_YES) {
		bool differs = *(bool *)to != *(const bool *)from;

		*(bool *)to = *(const bool *)from;
		return differs;
	}
	if (strcmp(to, from) == 0)
		return false;
	memcpy(to, from, CONFIG_TEXT_BYTES);
	return true;
}

void config_keep_running(
	struct config *config, const struct config *running, char ret[static CONFIG_KEYS_BYTES])
{
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < CONFIG_N_ROWS; i++) {
		const struct config_row *row = &config_rows[i];

		if (row->change != CONFIG_RESTART || !config_take_over(row, config, running) ||
			n >= CONFIG_KEYS_BYTES)
			continue;
		n += (size_t)snprintf(ret + n, CONFIG_KEYS_BYTES - n, "%s[%s] %s", n ? ", " : "",
			row->section, row->key);
	}
}
