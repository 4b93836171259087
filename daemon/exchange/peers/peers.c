/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers.h"

#include "core/cleanup.h"
#include "daemon/exchange/peers/view.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PEERS_S		  UINT64_C(1000000)
#define PEERS_PUSH_US	  (PEERS_S / 20) /* changes of that time go together */
#define PEERS_JITTER	  10
#define PEERS_CONNECTIONS 16
#define PEERS_OF_A_HOST	  2

uint64_t peers_random(void *data)
{
	uint64_t random = 0;

	(void)data;
	/* Before the kernel has gathered enough it is better to draw badly than to wait. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = peers_now_us() * UINT64_C(6364136223846793005);
	return random;
}

uint64_t peers_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * PEERS_S + (uint64_t)now.tv_nsec / 1000;
}

static void peers_wait(struct event *event, uint64_t delay_us)
{
	struct timeval delay = { (time_t)(delay_us / PEERS_S), (suseconds_t)(delay_us % PEERS_S) };

	(void)event_add(event, &delay);
}

void peers_list_counters(const struct peers *peers, http_each_word each, void *data)
{
	static const char *const words[] = {
		[PEERS_WORD_ROUNDS] = "peers-rounds",
		[PEERS_WORD_TALKS] = "peers-talks",
		[PEERS_WORD_IDLE] = "peers-talks-idle",
		[PEERS_WORD_FAILED] = "peers-failed",
		[PEERS_WORD_FETCHED] = "peers-records-fetched",
		[PEERS_WORD_TAKEN] = "peers-records-taken",
		[PEERS_WORD_OFFERED] = "peers-records-offered",
		[PEERS_WORD_PUSHED] = "peers-pushes",
		[PEERS_WORD_CLASSES] = "peers-classes-fetched",
		[PEERS_WORD_CLASSES_MISSED] = "peers-classes-missed",
		[PEERS_WORD_FACTS] = "peers-facts-fetched",
		[PEERS_WORD_FACTS_REFUSED] = "peers-facts-refused",
		[PEERS_WORD_SENT] = "peers-sent-bytes",
		[PEERS_WORD_RECEIVED] = "peers-received-bytes",
	};

	for (unsigned i = 0; i < _PEERS_WORD_MAX; i++)
		each(words[i], peers->counts[i], data);
	http_server_list_counters(peers->server, each, data);
}

void peers_get_status(const struct peers *peers, uint64_t lately_us, struct peers_status *ret)
{
	uint64_t now_us = peers_now_us();

	*ret = (struct peers_status){ .places = 0 };
	for (size_t i = 0; i < peers_places_count(peers->places); i++) {
		const struct peers_place *place = peers_places_get(peers->places, i);

		if (place->self)
			continue;
		ret->places++;
		if (place->failures > 0) {
			ret->failing++;
			ret->failed = place->url;
		} else if (place->reached_us > 0 && now_us - place->reached_us < lately_us) {
			ret->reached++;
		}
	}
}

/* ------------------------------------------------------------- places */

struct peers_adding {
	struct peers_places *places;
	unsigned source;
};

static int peers_add_url(const char *url, void *data)
{
	struct peers_adding *adding = data;
	int r = peers_places_add(adding->places, url, adding->source);

	return r == -ENOMEM ? r : 0;
}

static bool peers_add_member(const struct directory_member *member, void *data)
{
	struct peers *peers = data;
	const char *url = member->endpoints;

	if (member->standing != DIRECTORY_CURRENT || strcmp(member->host, peers->host) == 0)
		return true;
	for (unsigned i = 0; i < member->n_endpoints; i++, url += strlen(url) + 1)
		(void)peers_places_add(peers->places, url, PEERS_RECORD);
	return true;
}

static bool peers_list_changed(struct peers *peers)
{
	struct stat now;

	if (stat(peers->list_path, &now) < 0)
		return peers->list_known;
	return !peers->list_known || now.st_ino != peers->list_stat.st_ino ||
	       now.st_dev != peers->list_stat.st_dev || now.st_size != peers->list_stat.st_size ||
	       now.st_mtim.tv_sec != peers->list_stat.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != peers->list_stat.st_mtim.tv_nsec;
}

/* The bytes of the file, at most one more than a list may have. Negative errno. */
static int peers_list_read(struct peers *peers, char **ret, size_t *ret_n)
{
	_cleanup_(cleanup_freep) char *text = malloc(PEERS_LIST_BYTES + 1);
	int fd = text ? open(peers->list_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
	ssize_t got = 1;
	size_t n = 0;
	int r = 0;

	if (!text)
		return -ENOMEM;
	if (fd < 0 || fstat(fd, &peers->list_stat) < 0)
		r = -errno;
	while (r == 0 && got > 0 && n < PEERS_LIST_BYTES + 1) {
		got = read(fd, text + n, PEERS_LIST_BYTES + 1 - n);
		if (got < 0 && errno != EINTR)
			r = -errno;
		if (got > 0)
			n += (size_t)got;
	}
	if (fd >= 0)
		(void)close(fd);
	if (r < 0)
		return r;
	*ret = cleanup_take(text);
	*ret_n = n;
	return 0;
}

static int peers_list_keep(const char *url, void *data)
{
	(void)url;
	(void)data;
	return 0;
}

/* A list that is wrong anywhere is refused as a whole; the one before stays. */
void peers_list_refresh(struct peers *peers)
{
	struct peers_adding adding = { peers->places, PEERS_FILE };
	_cleanup_(cleanup_freep) char *text = NULL;
	char what[PEERS_LINE_BYTES];
	struct refusal refusal = { "", "" };
	size_t n;
	int r;

	if (!peers->list_path || !peers_list_changed(peers))
		return;
	r = peers_list_read(peers, &text, &n);
	peers->list_known = r == 0;
	if (r < 0)
		(void)refusal_set(&refusal, "", "%s", strerror(-r));
	else
		r = peers_list_parse(text, n, peers_list_keep, NULL, &refusal);
	if (r != 0) {
		(void)snprintf(what, sizeof(what), "%.200s: %s%s%s; the peers stay as they were",
			peers->list_path, refusal.where, *refusal.where ? ": " : "", refusal.text);
		http_server_tell(peers->server, "", what);
		return;
	}
	peers_places_forget(peers->places, PEERS_FILE);
	(void)peers_list_parse(text, n, peers_add_url, &adding, &refusal);
}

void peers_places_refresh(struct peers *peers)
{
	peers_list_refresh(peers);
	peers_places_forget(peers->places, PEERS_RECORD);
	directory_list(peers->settings.directory, peers_add_member, peers);
	peers_places_sweep(peers->places);
}

static int peers_set_list_path(struct peers *peers, const char *path)
{
	char *copy = *path ? strdup(path) : NULL;

	if (*path && !copy)
		return -ENOMEM;
	if (!copy)
		peers_places_forget(peers->places, PEERS_FILE);
	free(peers->list_path);
	peers->list_path = copy;
	peers->list_known = false;
	return 0;
}

int peers_set_places(
	struct peers *peers, const char *list, const char *path, struct refusal *refusal)
{
	struct peers_adding adding = { peers->places, PEERS_CONFIGURED };
	int r = peers_list_parse(list, strlen(list), peers_list_keep, NULL, refusal);

	if (r == 0)
		r = peers_set_list_path(peers, path);
	if (r != 0)
		return r;
	peers_places_forget(peers->places, PEERS_CONFIGURED);
	r = peers_list_parse(list, strlen(list), peers_add_url, &adding, refusal);
	peers_places_refresh(peers);
	return r;
}

/* ------------------------------------------------------------- events */

static void peers_on_round(evutil_socket_t fd, short what, void *data)
{
	struct peers *peers = data;
	uint64_t interval_us = peers->settings.interval_us;
	struct peers_place *place;

	(void)fd;
	(void)what;
	peers_wait(
		peers->timer, interval_us + peers_random(NULL) % (interval_us / PEERS_JITTER + 1));
	if (!peers->tls)
		return;
	peers->counts[PEERS_WORD_ROUNDS]++;
	peers_places_refresh(peers);
	for (unsigned i = 0; i < PEERS_FANOUT; i++) {
		place = peers_places_choose(peers->places, peers_now_us(), peers_random, NULL);
		if (place)
			peers_talk_start(peers, place);
	}
	peers_fetch_classes(peers);
}

static void peers_on_push(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	peers_push(data);
	peers_fetch_classes(data);
}

/* Only a class or a map that changed is told at once; the rest rides the rounds. */
static void peers_on_change(const struct directory_member *member, unsigned changes, void *data)
{
	struct peers *peers = data;

	/* What a talk brings has been told of before; its classes are fetched when it is over. */
	if (!member || !(changes & DIRECTORY_CLASS) || peers->fetching)
		return;
	if (!evtimer_pending(peers->pusher, NULL))
		peers_wait(peers->pusher, PEERS_PUSH_US);
	if (member->standing != DIRECTORY_CURRENT || peers->n_pushes == PEERS_PUSHES)
		return;
	for (unsigned i = 0; i < peers->n_pushes; i++) {
		if (strcmp(peers->pushes[i], member->host) == 0)
			return;
	}
	(void)snprintf(
		peers->pushes[peers->n_pushes++], sizeof(peers->pushes[0]), "%s", member->host);
}

/* ------------------------------------------------------------- serving */

static uint64_t peers_service_now_us(void *data)
{
	const struct peers *peers = data;

	return peers->settings.now_us(peers->settings.data);
}

static int peers_service_read_facts(void *data, char **ret, size_t *ret_n)
{
	const struct peers *peers = data;

	return peers->settings.read_facts(peers->settings.data, ret, ret_n);
}

static void peers_service_refused(
	const char *peer, const struct directory_result *result, void *data)
{
	peers_tell_refused(data, peer, result);
}

static void peers_on_say(const char *peer, const char *text, void *data)
{
	/* The data of a server is what its routes get. */
	const struct peers_service *service = data;
	const struct peers *peers = service->data;

	peers->settings.say(peer, text, peers->settings.data);
}

int peers_listen(struct peers *peers, const char *address)
{
	return http_server_listen(peers->server, address);
}

int peers_listen_fd(struct peers *peers, int fd)
{
	return http_server_listen_fd(peers->server, fd);
}

/* ------------------------------------------------------------- life */

int peers_set_tls(struct peers *peers, struct identity *identity, struct trust *trust)
{
	struct tls_settings settings = { identity, trust, peers->settings.now_us,
		peers->settings.data };
	struct tls *tls = NULL;
	int r = identity && trust ? tls_new(&settings, &tls) : 0;

	if (r == 0)
		r = http_server_set_tls(peers->server, tls);
	if (r < 0) {
		tls_unref(tls);
		return r;
	}
	tls_unref(peers->tls);
	peers->tls = tls;
	peers->refusals = (struct peers_refusals){ 0 };
	curl_loop_drop_connections(peers->curl);
	return 0;
}

void peers_set_interval(struct peers *peers, uint64_t interval_us)
{
	peers->settings.interval_us = interval_us;
}

static int peers_open(struct peers *peers)
{
	const struct peers_settings *settings = &peers->settings;
	struct curl_loop_settings curl = { settings->base, PEERS_CONNECTIONS, PEERS_OF_A_HOST };
	struct http_server_settings server = { .base = settings->base,
		.limits = settings->limits,
		.routes = peers_routes,
		.n_routes = PEERS_ROUTES,
		.say = peers_on_say,
		.data = &peers->service };
	int r;

	peers->timer = evtimer_new(settings->base, peers_on_round, peers);
	peers->pusher = evtimer_new(settings->base, peers_on_push, peers);
	if (!peers->timer || !peers->pusher)
		return -ENOMEM;
	r = peers_places_new(&peers->places);
	if (r == 0)
		r = curl_loop_new(&curl, &peers->curl);
	if (r == 0)
		r = http_server_new(&server, &peers->server);
	if (r == 0)
		r = directory_watch(settings->directory, peers_on_change, peers);
	/* Hosts that were started at once need not all begin at once. */
	if (r == 0)
		peers_wait(peers->timer, peers_random(NULL) % (settings->interval_us / 4 + 1));
	return r;
}

int peers_new(const struct peers_settings *settings, struct peers **ret)
{
	struct peers *peers = calloc(1, sizeof(*peers));
	int r;

	if (!peers)
		return -ENOMEM;
	peers->settings = *settings;
	(void)snprintf(peers->host, sizeof(peers->host), "%s", settings->host);
	LIST_INIT(&peers->errands);
	LIST_INIT(&peers->facts);
	peers->service = (struct peers_service){ .directory = settings->directory,
		.now_us = peers_service_now_us,
		.read_facts = peers_service_read_facts,
		.refused = peers_service_refused,
		.data = peers };
	r = peers_open(peers);
	if (r < 0) {
		peers_free(peers);
		return r;
	}
	*ret = peers;
	return 0;
}

struct peers *peers_free(struct peers *peers)
{
	if (!peers)
		return NULL;
	/* First of all the requests, so that nobody calls back into what is gone. */
	curl_loop_free(peers->curl);
	peers_facts_done(peers);
	while (!LIST_EMPTY(&peers->errands))
		peers_errand_free(LIST_FIRST(&peers->errands));
	http_server_free(peers->server);
	peers_places_free(peers->places);
	tls_unref(peers->tls);
	if (peers->timer)
		event_free(peers->timer);
	if (peers->pusher)
		event_free(peers->pusher);
	free(peers->list_path);
	free(peers);
	return NULL;
}
