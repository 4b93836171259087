/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/config_words.h"

#include "core/codec/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_WORDS_MAX    64U
#define CONFIG_WORDS_ETCD   8U
#define CONFIG_WORDS_PREFIX 255U

int config_words_uevents(const char *value, struct refusal *refusal)
{
	if (strcmp(value, "auto") != 0 && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return refusal_set(refusal, "", "uevents=%.40s is none of auto, yes, no", value);
	return CONFIG_DONE;
}

int config_words_mode(const char *value, struct refusal *refusal)
{
	if (strcmp(value, "none") != 0 && strcmp(value, "peers") != 0 && strcmp(value, "etcd") != 0)
		return refusal_set(refusal, "", "mode=%.40s is none of none, peers, etcd", value);
	return CONFIG_DONE;
}

int config_words_fleet(const char *value, struct refusal *refusal)
{
	if (*value && !record_is_fleet(value, strlen(value)))
		return refusal_set(refusal, "",
			"fleet=%.63s is not 1 to %u lower-case letters, digits and inner minus "
			"signs",
			value, LIMIT_FLEET_NAME);
	return CONFIG_DONE;
}

/* Cuts @text at its spaces into @ret. How many parts there are; one too many for too many. */
static unsigned config_words_split(char *text, char *ret[static CONFIG_WORDS_MAX])
{
	unsigned n = 0;
	char *state = NULL;

	for (char *word = strtok_r(text, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		if (n == CONFIG_WORDS_MAX)
			return n;
		ret[n++] = word;
	}
	return n;
}

static int config_words_compare(const void *a, const void *b)
{
	return strcmp(
		((const struct record_label *)a)->name, ((const struct record_label *)b)->name);
}

void config_words_read_labels(const char *value, struct config_words *ret)
{
	char *words[CONFIG_WORDS_MAX];
	unsigned n;

	(void)snprintf(ret->text, sizeof(ret->text), "%s", value);
	n = config_words_split(ret->text, words);
	ret->n = 0;
	for (unsigned i = 0; i < n && ret->n < LIMIT_LABELS; i++) {
		char *equals = strchr(words[i], '=');

		if (!equals)
			continue;
		*equals = '\0';
		ret->labels[ret->n++] = (struct record_label){ words[i], equals + 1 };
	}
	qsort(ret->labels, ret->n, sizeof(ret->labels[0]), config_words_compare);
}

void config_words_read_endpoints(const char *value, struct config_words *ret)
{
	char *words[CONFIG_WORDS_MAX];
	unsigned n;

	(void)snprintf(ret->text, sizeof(ret->text), "%s", value);
	n = config_words_split(ret->text, words);
	ret->n = n < LIMIT_ENDPOINTS ? n : LIMIT_ENDPOINTS;
	for (unsigned i = 0; i < ret->n; i++)
		ret->endpoints[i] = words[i];
}

static int config_words_check_label(const char *word, struct refusal *refusal)
{
	const char *equals = strchr(word, '=');

	if (!equals || !record_is_label(word, (size_t)(equals - word)))
		return refusal_set(refusal, "",
			"labels: %.80s is not NAME=VALUE, with a name of lower-case letters, "
			"digits and "
			"inner . _ - /",
			word);
	if (strlen(equals + 1) > LIMIT_LABEL)
		return refusal_set(refusal, "",
			"labels: the value of %.*s has more than %u letters", (int)(equals - word),
			word, LIMIT_LABEL);
	return CONFIG_DONE;
}

int config_words_labels(const char *value, struct refusal *refusal)
{
	char text[CONFIG_TEXT_BYTES], *words[CONFIG_WORDS_MAX];
	struct config_words sorted;
	unsigned n;

	if (strlen(value) >= sizeof(text))
		return refusal_set(
			refusal, "", "labels is longer than %zu bytes", sizeof(text) - 1);
	(void)snprintf(text, sizeof(text), "%s", value);
	n = config_words_split(text, words);
	if (n > LIMIT_LABELS)
		return refusal_set(refusal, "", "labels: there are more than %u", LIMIT_LABELS);
	for (unsigned i = 0; i < n; i++)
		if (config_words_check_label(words[i], refusal) != CONFIG_DONE)
			return CONFIG_E_REFUSED;
	config_words_read_labels(value, &sorted);
	for (unsigned i = 1; i < sorted.n; i++)
		if (strcmp(sorted.labels[i - 1].name, sorted.labels[i].name) == 0)
			return refusal_set(
				refusal, "", "labels: %s is there twice", sorted.labels[i].name);
	return CONFIG_DONE;
}

/* At most @most places of hosts, of the key @key. */
static int config_words_check_urls(
	const char *value, const char *key, unsigned most, struct refusal *refusal)
{
	char text[CONFIG_TEXT_BYTES], *words[CONFIG_WORDS_MAX];
	unsigned n;

	if (strlen(value) >= sizeof(text))
		return refusal_set(
			refusal, "", "%s is longer than %zu bytes", key, sizeof(text) - 1);
	(void)snprintf(text, sizeof(text), "%s", value);
	n = config_words_split(text, words);
	if (n > most)
		return refusal_set(refusal, "", "%s: there are more than %u", key, most);
	for (unsigned i = 0; i < n; i++)
		if (!record_is_endpoint(words[i], strlen(words[i])))
			return refusal_set(refusal, "",
				"%s: %.80s is not https://NAME:PORT, with nothing behind", key,
				words[i]);
	return CONFIG_DONE;
}

int config_words_endpoints(const char *value, struct refusal *refusal)
{
	return config_words_check_urls(value, "endpoints", LIMIT_ENDPOINTS, refusal);
}

int config_words_peers(const char *value, struct refusal *refusal)
{
	return config_words_check_urls(value, "connect", CONFIG_WORDS_MAX - 1, refusal);
}

int config_words_etcd(const char *value, struct refusal *refusal)
{
	return config_words_check_urls(value, "endpoints", CONFIG_WORDS_ETCD, refusal);
}

int config_words_prefix(const char *value, struct refusal *refusal)
{
	size_t n = strlen(value);

	if (n < 2 || n > CONFIG_WORDS_PREFIX || value[0] != '/' || value[n - 1] != '/' ||
		strstr(value, "//"))
		return refusal_set(refusal, "",
			"prefix=%.60s is not a name or more between slashes, such as /iommufleet/",
			value);
	return CONFIG_DONE;
}

/* "192.0.2.1:9469" or "[::1]:9469": a number as address, so that no name has to be resolved. */
static bool config_words_is_address(const char *value)
{
	const char *colon = strrchr(value, ':');
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN] = "";
	bool six = value[0] == '[';
	size_t n = colon ? (size_t)(colon - value) : 0;
	uint64_t port;

	if (n == 0 || n >= sizeof(text) || (six && value[n - 1] != ']') ||
		text_parse_decimal(colon + 1, strlen(colon + 1), &port) < 0 || port == 0 ||
		port > UINT16_MAX)
		return false;
	memcpy(text, value + six, n - (six ? 2 : 0));
	return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1;
}

int config_words_listen(const char *value, struct refusal *refusal)
{
	if (*value && !config_words_is_address(value))
		return refusal_set(refusal, "",
			"listen=%.60s is no address with a port, such as 127.0.0.1:9469 or "
			"[::1]:9469",
			value);
	return CONFIG_DONE;
}

int config_words_file(const char *value, struct refusal *refusal)
{
	size_t n = strlen(value);

	if (n > 0 && (value[0] != '/' || value[n - 1] == '/'))
		return refusal_set(
			refusal, "", "nfd-file=%.60s is not the absolute path of a file", value);
	return CONFIG_DONE;
}
