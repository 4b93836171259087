/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/etcd.h"

#include "core/cleanup.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/etcd/view.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define ETCD_CONNECTIONS    4L
#define ETCD_CHECK_US	    (600 * ETCD_SECOND_US)
#define ETCD_SETTINGS_BYTES ((size_t)64 << 10)

CLEANUP_DEFINE(struct etcd *, etcd_free, etcd_freep);

/* ------------------------------------------------------------- shared */

uint64_t etcd_monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * ETCD_SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

uint64_t etcd_jitter_us(uint64_t us)
{
	uint64_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = 0;
	return us / 2 + random % (us / 2 + 1);
}

uint64_t etcd_back_off_us(unsigned n_failures)
{
	uint64_t us = ETCD_SECOND_US << (n_failures < 7 ? n_failures : 7);

	return etcd_jitter_us(us > 60 * ETCD_SECOND_US ? 60 * ETCD_SECOND_US : us);
}

int etcd_set_timer(struct event *event, uint64_t us)
{
	struct timeval delay = { (time_t)(us / ETCD_SECOND_US),
		(suseconds_t)(us % ETCD_SECOND_US) };

	return event_add(event, &delay) == 0 ? 0 : -ENOMEM;
}

void etcd_tell(struct etcd *etcd, enum etcd_word word, const char *who, const char *format, ...)
{
	uint64_t now_us = etcd_monotonic_us(), unsaid = 0;
	struct http_account *account;
	struct refusal refusal;
	char text[320];
	va_list args;

	etcd->counts[word]++;
	if (!etcd->settings.say || http_accounts_get(etcd->accounts, who, now_us, &account) < 0 ||
		!http_account_take_line(account, now_us, &unsaid))
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* It may quote what others wrote. */
	(void)refusal_set(&refusal, who, "%s", text);
	(void)snprintf(text, sizeof(text), "%s", refusal.text);
	if (unsaid > 0)
		(void)snprintf(text, sizeof(text), "%s (and %llu more before)", refusal.text,
			(unsigned long long)unsaid);
	etcd->settings.say(etcd->settings.data, *who ? refusal.where : "etcd", text);
}

struct etcd_bytes etcd_key(const struct etcd *etcd, const char *folder, const char *name,
	char key[ETCD_KEY_LENGTH + 1])
{
	int n = snprintf(key, ETCD_KEY_LENGTH + 1, "%s%s/%s", etcd->settings.prefix, folder, name);

	assert(n > 0 && (size_t)n <= ETCD_KEY_LENGTH);
	return (struct etcd_bytes){ key, (size_t)n };
}

/* ------------------------------------------------------------- into the directory */

/* The host whose key @key should be, or NULL: it is none of a host. */
static const char *etcd_host_of(const struct etcd *etcd, const struct etcd_bytes *key)
{
	char folder[ETCD_KEY_LENGTH + 1];
	struct etcd_bytes before = etcd_key(etcd, "hosts", "", folder);

	/* Keys end with a NUL that is not theirs; record_is_host() lets none through. */
	if (key->n <= before.n || memcmp(key->bytes, before.bytes, before.n) != 0 ||
		!record_is_host(key->bytes + before.n, key->n - before.n))
		return NULL;
	return key->bytes + before.n;
}

bool etcd_offer(struct etcd *etcd, const struct etcd_pair *pair)
{
	struct signed_record_input input = { .bytes = pair->value.bytes,
		.n = pair->value.n,
		.now_us = etcd->settings.now_us(etcd->settings.data) };
	const char *host = etcd_host_of(etcd, &pair->key);
	struct directory_result result = { .host = "" };
	int r;

	if (!host) {
		etcd_tell(etcd, ETCD_WORD_STRANGE_KEY, "",
			"the key %.120s is not that of a host; is somebody else writing there?",
			pair->key.bytes);
		return false;
	}
	r = directory_offer(etcd->settings.directory, &input, &result);
	if (r < 0) {
		etcd_tell(etcd, ETCD_WORD_RECORD_REFUSED, host, "its record cannot be taken: %s",
			strerror(-r));
	} else if (r == DIRECTORY_E_REFUSED) {
		etcd_tell(etcd, ETCD_WORD_RECORD_REFUSED, host,
			"what stands in etcd under its name is refused (%s): %.60s: %.140s",
			result.word, result.refusal.where, result.refusal.text);
	} else if (strcmp(result.host, host) != 0) {
		/* It is proven all the same: where it stood says nothing. */
		etcd_tell(etcd, ETCD_WORD_MISPLACED, host,
			"in etcd the record of %.120s stands under its name", result.host);
	} else {
		return true;
	}
	return false;
}

bool etcd_get_class(struct etcd_call *call, const struct directory_digest *digest)
{
	char text[DIGEST_LENGTH + 1], key[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = { 0 };
	struct etcd_body body;

	directory_digest_format(digest, text);
	range.first = etcd_key(call->etcd, "classes", text, key);
	if (etcd_write_range(&range, &body) < 0)
		return false;
	etcd_call_start(call, "kv/range", &body, ETCD_CLASS_ANSWER);
	return true;
}

bool etcd_put_class(
	struct etcd *etcd, const struct directory_digest *digest, const struct etcd_answer *answer)
{
	char text[DIGEST_LENGTH + 1], found[DIGEST_LENGTH + 1];
	const struct etcd_pair *pair = answer->pairs;
	struct directory_result result = { .host = "" };
	int r;

	directory_digest_format(digest, text);
	if (answer->n_pairs != 1)
		return false;
	if (pair->value.n > LIMIT_CLASS_BYTES) {
		etcd_tell(etcd, ETCD_WORD_CLASS_REFUSED, text, "this class has more than %u bytes",
			LIMIT_CLASS_BYTES);
		return false;
	}
	/* Another class than was asked for would be a good one to the directory. */
	r = digest_compute(pair->value.bytes, pair->value.n, found);
	if (r == 0 && strcmp(text, found) != 0) {
		etcd_tell(etcd, ETCD_WORD_CLASS_REFUSED, text,
			"what stands in etcd as this class is something else, %s", found);
		return false;
	}
	if (r == 0)
		r = directory_put_class(
			etcd->settings.directory, pair->value.bytes, pair->value.n, &result);
	if (r < 0)
		etcd_tell(etcd, ETCD_WORD_CLASS_REFUSED, text, "this class cannot be taken: %s",
			strerror(-r));
	else if (r == DIRECTORY_E_REFUSED)
		etcd_tell(etcd, ETCD_WORD_CLASS_REFUSED, text,
			"this class is refused: %.60s: %.140s", result.refusal.where,
			result.refusal.text);
	return r >= 0 && r != DIRECTORY_E_REFUSED;
}

/* ------------------------------------------------------------- the whole */

static const char *etcd_copy(struct etcd *etcd, const char *text)
{
	return arena_text(etcd->arena, text ? text : "", text ? strlen(text) : 0);
}

static int etcd_copy_settings(struct etcd *etcd, const struct etcd_settings *settings)
{
	struct etcd_settings *copy = &etcd->settings;

	*copy = *settings;
	copy->host = etcd_copy(etcd, settings->host);
	copy->endpoints = etcd_copy(etcd, settings->endpoints);
	copy->prefix = etcd_copy(etcd, settings->prefix);
	copy->user = etcd_copy(etcd, settings->user);
	copy->password_path = etcd_copy(etcd, settings->password_path);
	copy->ca_path = etcd_copy(etcd, settings->ca_path);
	copy->certificate_path = etcd_copy(etcd, settings->certificate_path);
	copy->key_path = etcd_copy(etcd, settings->key_path);
	if (copy->page == 0)
		copy->page = 1000;
	if (copy->check_us == 0)
		copy->check_us = ETCD_CHECK_US;
	if (!copy->host || !copy->endpoints || !copy->prefix || !copy->user ||
		!copy->password_path || !copy->ca_path || !copy->certificate_path ||
		!copy->key_path)
		return -ENOMEM;
	etcd->tls = (struct curl_loop_tls){
		.ca_path = *copy->ca_path ? copy->ca_path : NULL,
		.certificate_path = *copy->certificate_path ? copy->certificate_path : NULL,
		.key_path = *copy->key_path ? copy->key_path : NULL,
	};
	return 0;
}

static int etcd_add_endpoint(struct etcd *etcd, const char *text, size_t n, struct refusal *refusal)
{
	static const char plain[] = "http://";
	char *copy = arena_text(etcd->arena, text, n), *https;
	bool is_plain = strncmp(text, plain, strlen(plain)) == 0;

	if (!copy)
		return -ENOMEM;
	https = is_plain ? arena_printf(etcd->arena, "https://%s", copy + strlen(plain)) : copy;
	if (!https)
		return -ENOMEM;
	if (etcd->n_endpoints == ETCD_ENDPOINTS)
		return refusal_set(refusal, "endpoints", "at most %u are used", ETCD_ENDPOINTS);
	if (!record_is_endpoint(https, strlen(https)))
		return refusal_set(refusal, "endpoints",
			"%.80s is not https://NAME:PORT, without a path", copy);
	if (is_plain && *etcd->settings.user)
		return refusal_set(refusal, "endpoints",
			"%.80s would send the password in the clear; use https, or no user", copy);
	etcd->endpoints[etcd->n_endpoints++] = copy;
	return ETCD_DONE;
}

static int etcd_read_endpoints(struct etcd *etcd, struct refusal *refusal)
{
	const char *at = etcd->settings.endpoints;
	int r = ETCD_DONE;

	while (r == ETCD_DONE && *(at += strspn(at, " "))) {
		size_t n = strcspn(at, " ");

		r = etcd_add_endpoint(etcd, at, n, refusal);
		at += n;
	}
	if (r == ETCD_DONE && etcd->n_endpoints == 0)
		return refusal_set(refusal, "endpoints", "needs at least one https://NAME:PORT");
	return r;
}

static int etcd_check(const struct etcd *etcd, struct refusal *refusal)
{
	const struct etcd_settings *settings = &etcd->settings;
	size_t n = strlen(settings->prefix);

	if (n < 1 || n > ETCD_PREFIX_LENGTH || settings->prefix[0] != '/' ||
		settings->prefix[n - 1] != '/')
		return refusal_set(refusal, "prefix",
			"must begin and end with a slash, and be at most %u letters long",
			ETCD_PREFIX_LENGTH);
	if (*settings->user && !*settings->password_path)
		return refusal_set(refusal, "password-file", "is needed where there is a user");
	if (!*settings->certificate_path != !*settings->key_path)
		return refusal_set(refusal, "certificate", "and key go together");
	if (settings->page > ETCD_PAGE_MOST)
		return refusal_set(refusal, "page", "at most %u keys", ETCD_PAGE_MOST);
	return ETCD_DONE;
}

static int etcd_start(struct etcd *etcd)
{
	struct curl_loop_settings settings = { .base = etcd->settings.base,
		.connections = ETCD_CONNECTIONS,
		.connections_host = ETCD_CONNECTIONS };
	int r = curl_loop_new(&settings, &etcd->curl);

	if (r == 0)
		r = http_accounts_new(&etcd->accounts);
	if (r == 0)
		r = etcd_call_init(etcd);
	if (r == 0)
		r = etcd_publish_init(etcd);
	if (r == 0)
		r = etcd_observe_init(etcd);
	return r;
}

int etcd_new(const struct etcd_settings *settings, struct etcd **ret, struct refusal *refusal)
{
	_cleanup_(etcd_freep) struct etcd *etcd = calloc(1, sizeof(*etcd));
	int r;

	assert(settings->directory && settings->now_us && settings->base);
	if (!etcd)
		return -ENOMEM;
	TAILQ_INIT(&etcd->waiting);
	TAILQ_INIT(&etcd->running);
	etcd_ask_init(etcd);
	r = arena_new(ETCD_SETTINGS_BYTES, &etcd->arena);
	if (r == 0)
		r = etcd_copy_settings(etcd, settings);
	if (r == 0)
		r = etcd_read_endpoints(etcd, refusal);
	if (r == ETCD_DONE)
		r = etcd_check(etcd, refusal);
	if (r == ETCD_DONE)
		r = etcd_start(etcd);
	if (r != ETCD_DONE)
		return r;
	*ret = cleanup_take(etcd);
	return ETCD_DONE;
}

struct etcd *etcd_free(struct etcd *etcd)
{
	if (!etcd)
		return NULL;
	etcd_observe_done(etcd);
	etcd_ask_done(etcd);
	etcd_publish_done(etcd);
	etcd_call_done(etcd);
	curl_loop_free(etcd->curl);
	http_accounts_free(etcd->accounts);
	arena_free(etcd->arena);
	free(etcd);
	return NULL;
}

void etcd_get_status(const struct etcd *etcd, struct etcd_status *ret)
{
	*ret = (struct etcd_status){
		.reached = etcd->reached,
		.reached_us = etcd->reached_us,
		.published = etcd->publisher.published,
		.listed = etcd->observer.listed && etcd->observer.watching,
		.endpoint = etcd->endpoints[etcd->endpoint],
		.trouble = etcd->trouble_text,
	};
}

void etcd_list_counters(const struct etcd *etcd, directory_each_word each, void *data)
{
	static const char *const words[] = {
		[ETCD_WORD_UNREACHABLE] = "unreachable",
		[ETCD_WORD_DENIED] = "denied",
		[ETCD_WORD_AUTHENTICATED] = "authenticated",
		[ETCD_WORD_MALFORMED] = "malformed-answer",
		[ETCD_WORD_REFUSED] = "error",
		[ETCD_WORD_OVER_LIMIT] = "over-limit",
		[ETCD_WORD_STRANGE_KEY] = "strange-key",
		[ETCD_WORD_MISPLACED] = "misplaced-record",
		[ETCD_WORD_RECORD_REFUSED] = "refused-record",
		[ETCD_WORD_CLASS_REFUSED] = "refused-class",
		[ETCD_WORD_CLASS_REPAIRED] = "repaired-class",
		[ETCD_WORD_DELETED] = "deleted",
		[ETCD_WORD_LISTED] = "listed",
		[ETCD_WORD_WATCH_LOST] = "watch-lost",
		[ETCD_WORD_COMPACTED] = "compacted",
		[ETCD_WORD_PUBLISHED] = "published",
	};

	for (unsigned i = 0; i < _ETCD_WORD_MAX; i++)
		each(words[i], etcd->counts[i], data);
}
