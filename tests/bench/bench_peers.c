/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a change goes round among peers: each of N hosts has its directory, its places and its table
 * of paths, all as they are shipped; only the network is not there. In a round every host, in an
 * order of chance, talks to three that it draws. Prints JSON: how many rounds until the change is
 * everywhere, without and with telling it to three at once, and what that costs in bytes.
 *
 * Only the host that changes has a record here. In a fleet of N its bucket lists N / 256 others
 * too, 95 bytes each, for which "listed_bytes" is added to each talk that looked into it.
 *
 * usage: bench_peers FOLDER SEED; the folder is tests/exchange/vectors
 */
#include "daemon/exchange/peers/places.h"
#include "tests/support/fake_talk.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BENCH_PEERS_NOW	   1803902400000000ULL /* when the vectors are good */
#define BENCH_PEERS_RUNS   21U
#define BENCH_PEERS_FANOUT 3U
#define BENCH_PEERS_LINE   95U
#define BENCH_PEERS_MANY   1000U

struct bench_peers_host {
	struct directory *directory;
	struct peers_places *places;
	struct peers_refusals refusals;
	struct peers_service service;
	char *record; /* what its keeper has */
	size_t n_record;
	bool told; /* it has pushed the change on */
};

struct bench_peers {
	struct identity *identity;
	struct trust *trust;
	unsigned n;
	struct bench_peers_host *hosts;
	uint64_t random;
	uint64_t sequence;
	struct fake_talk_bytes bytes;
	uint64_t n_looked; /* talks that looked into the bucket */
};

static void bench_peers_must(bool condition, const char *what)
{
	if (!condition) {
		fprintf(stderr, "bench_peers: %s\n", what);
		exit(1);
	}
}

static uint64_t bench_peers_random(void *data)
{
	struct bench_peers *bench = data;

	return unit_random(&bench->random);
}

static uint64_t bench_peers_now_us(void *data)
{
	(void)data;
	return BENCH_PEERS_NOW;
}

/* ------------------------------------------------------------- a keeper of one record */

static int bench_peers_put(void *data, const struct kept_host *kept)
{
	struct bench_peers_host *host = data;

	if (!kept->bytes)
		return 0;
	free(host->record);
	host->record = malloc(kept->n);
	bench_peers_must(host->record != NULL, "no memory");
	memcpy(host->record, kept->bytes, kept->n);
	host->n_record = kept->n;
	return 0;
}

static int bench_peers_get(void *data, const char *name, char **ret, size_t *ret_n)
{
	const struct bench_peers_host *host = data;

	(void)name;
	if (!host->record)
		return -ENOENT;
	*ret = malloc(host->n_record);
	bench_peers_must(*ret != NULL, "no memory");
	memcpy(*ret, host->record, host->n_record);
	*ret_n = host->n_record;
	return 0;
}

static int bench_peers_drop(void *data, const char *name)
{
	(void)data;
	(void)name;
	return 0;
}

static int bench_peers_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	(void)data;
	(void)digest;
	(void)bytes;
	(void)n;
	return 0;
}

static int bench_peers_read_facts(void *data, char **ret, size_t *ret_n)
{
	return bench_peers_get(data, "", ret, ret_n);
}

static void bench_peers_refused(const char *peer, const struct directory_result *result, void *data)
{
	(void)peer;
	(void)data;
	bench_peers_must(false, result->refusal.text);
}

/* ------------------------------------------------------------- hosts */

static void bench_peers_publish(struct bench_peers *bench, struct bench_peers_host *host)
{
	static const char digest[] =
		"00000000000000000000000000000000000000000000000000000000000000aa";
	const struct identity_name *name = identity_get_name(bench->identity);
	struct record_class classes[] = { { 1, digest }, { 2, digest } };
	const char *endpoint = "https://node-1.rack-12.example.com:7443";
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.sequence = BENCH_PEERS_NOW + ++bench->sequence,
		.issued_us = BENCH_PEERS_NOW,
		.valid_until_us = BENCH_PEERS_NOW + RECORD_TIME_VALIDITY_US,
		.collected_us = BENCH_PEERS_NOW,
		.collection = RECORD_COLLECTION_OK,
		.facts = digest,
		.map = digest,
		.classes = classes,
		.n_classes = 2,
		.endpoints = &endpoint,
		.n_endpoints = 1,
		.software = "0",
		.rules = 1,
		.projection = 2 };
	struct refusal refusal = { "", "" };
	struct signed_record_input input = { .now_us = BENCH_PEERS_NOW };
	struct signed_record_bytes made;
	struct directory_result result;

	bench_peers_must(
		signed_record_make(bench->identity, &record, &made, &refusal) == SIGNED_RECORD_DONE,
		refusal.text);
	input.bytes = made.bytes;
	input.n = made.n;
	bench_peers_must(directory_offer(host->directory, &input, &result) == DIRECTORY_TAKEN,
		"its own record is not taken");
	free(made.bytes);
}

static void bench_peers_open(struct bench_peers *bench, unsigned n)
{
	struct directory_settings settings = { .max_hosts = 0 };
	char url[64];

	bench->n = n;
	bench->hosts = calloc(n, sizeof(*bench->hosts));
	bench_peers_must(bench->hosts != NULL, "no memory");
	for (unsigned i = 0; i < n; i++) {
		struct bench_peers_host *host = &bench->hosts[i];

		settings.host = "own";
		settings.keeper = (struct directory_keeper){ host, bench_peers_put, bench_peers_get,
			bench_peers_drop, bench_peers_put_class, bench_peers_get };
		bench_peers_must(directory_new(&settings, &host->directory) == 0 &&
					 peers_places_new(&host->places) == 0,
			"no memory");
		directory_set_trust(host->directory, bench->trust);
		host->service = (struct peers_service){ .directory = host->directory,
			.now_us = bench_peers_now_us,
			.read_facts = bench_peers_read_facts,
			.refused = bench_peers_refused,
			.data = host };
		for (unsigned j = 0; j < n; j++) {
			(void)snprintf(url, sizeof(url), "https://host-%u:7443", j);
			if (j != i)
				bench_peers_must(
					peers_places_add(host->places, url, PEERS_RECORD) == 0,
					"no memory");
		}
	}
}

static void bench_peers_close(struct bench_peers *bench)
{
	for (unsigned i = 0; i < bench->n; i++) {
		directory_free(bench->hosts[i].directory);
		peers_places_free(bench->hosts[i].places);
		free(bench->hosts[i].record);
	}
	free(bench->hosts);
}

static bool bench_peers_knows(const struct bench_peers *bench, unsigned i)
{
	struct directory_member member;

	return directory_find(bench->hosts[i].directory, identity_get_name(bench->identity)->host,
		       &member) &&
	       member.version.sequence == BENCH_PEERS_NOW + bench->sequence;
}

static unsigned bench_peers_count(const struct bench_peers *bench)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bench->n; i++)
		n += bench_peers_knows(bench, i);
	return n;
}

/* ------------------------------------------------------------- rounds */

/* Draws a place as peers do; which host is there. */
static unsigned bench_peers_draw(struct bench_peers *bench, unsigned i, struct peers_place **ret)
{
	uint64_t number = 0;

	*ret = peers_places_choose(bench->hosts[i].places, 0, bench_peers_random, bench);
	bench_peers_must(*ret != NULL, "nobody to talk to");
	for (const char *c = (*ret)->url + strlen("https://host-"); *c >= '0' && *c <= '9'; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	return (unsigned)number;
}

static void bench_peers_talk(struct bench_peers *bench, unsigned i, unsigned j)
{
	struct peers_talk_settings settings = { .directory = bench->hosts[i].directory,
		.refusals = &bench->hosts[i].refusals,
		.now_us = bench_peers_now_us,
		.first_bucket = (unsigned)(bench_peers_random(bench) % DIRECTORY_BUCKETS) };
	struct peers_talk *talk;

	bench_peers_must(peers_talk_new(&settings, &talk) == 0, "no memory");
	bench_peers_must(fake_talk_run(talk, &bench->hosts[j].service, "peer", &bench->bytes) == 0,
		"a talk");
	bench->n_looked += peers_talk_get_sums(talk).buckets;
	peers_talk_free(talk);
}

static void bench_peers_round(struct bench_peers *bench)
{
	unsigned order[BENCH_PEERS_MANY];

	for (unsigned i = 0; i < bench->n; i++) {
		unsigned j = (unsigned)(bench_peers_random(bench) % (i + 1));

		order[i] = order[j];
		order[j] = i;
	}
	for (unsigned i = 0; i < bench->n; i++) {
		struct peers_place *places[BENCH_PEERS_FANOUT];

		for (unsigned k = 0; k < BENCH_PEERS_FANOUT; k++)
			bench_peers_talk(
				bench, order[i], bench_peers_draw(bench, order[i], &places[k]));
		for (unsigned k = 0; k < BENCH_PEERS_FANOUT; k++)
			peers_place_release(places[k], 1);
	}
}

/* One host tells three; those to whom it was new tell three. */
static void bench_peers_push(struct bench_peers *bench, unsigned i)
{
	struct peers_batch batch = { 0 };
	struct peers_ask ask = { .method = "POST", .path = "/v1/records" };
	struct peers_place *places[BENCH_PEERS_FANOUT];
	unsigned to[BENCH_PEERS_FANOUT];
	struct http_answer answer;

	bench->hosts[i].told = true;
	bench_peers_must(peers_batch_add(&batch, bench->hosts[i].record,
				 bench->hosts[i].n_record) == PEERS_CODEC_DONE,
		"a batch");
	ask.body = batch.bytes;
	ask.n_body = batch.n;
	for (unsigned k = 0; k < BENCH_PEERS_FANOUT; k++) {
		to[k] = bench_peers_draw(bench, i, &places[k]);
		fake_talk_answer(&bench->hosts[to[k]].service, &ask, "peer", &answer);
		bench_peers_must(answer.status == 200, "a push is refused");
		bench->bytes.asked += batch.n;
		free(answer.body);
	}
	for (unsigned k = 0; k < BENCH_PEERS_FANOUT; k++)
		peers_place_release(places[k], 1);
	peers_batch_done(&batch);
}

static unsigned bench_peers_push_all(struct bench_peers *bench)
{
	bool new[BENCH_PEERS_MANY];
	unsigned hops = 0;
	bool more = true;

	for (unsigned i = 0; i < bench->n; i++)
		bench->hosts[i].told = false;
	for (; more; hops += more) {
		more = false;
		for (unsigned i = 0; i < bench->n; i++)
			new[i] = !bench->hosts[i].told &&bench_peers_knows(bench, i);
		for (unsigned i = 0; i < bench->n; i++) {
			if (new[i])
				bench_peers_push(bench, i);
			more = more || new[i];
		}
	}
	return hops;
}

static unsigned bench_peers_spread(struct bench_peers *bench)
{
	unsigned rounds = 0;

	while (bench_peers_count(bench) < bench->n && rounds < 1000) {
		bench_peers_round(bench);
		rounds++;
	}
	return rounds;
}

/* ------------------------------------------------------------- figures */

static int bench_peers_compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static double bench_peers_bytes(const struct bench_peers *bench)
{
	return (double)(bench->bytes.asked + bench->bytes.answered) +
	       (double)bench->n_looked * BENCH_PEERS_LINE * bench->n / DIRECTORY_BUCKETS;
}

static void bench_peers_measure(struct bench_peers *bench, unsigned n)
{
	int rounds[BENCH_PEERS_RUNS], hops[BENCH_PEERS_RUNS], after[BENCH_PEERS_RUNS];
	double reached = 0, spent = 0, pushed = 0, idle;

	bench_peers_open(bench, n);
	for (unsigned i = 0; i < BENCH_PEERS_RUNS; i++) {
		bench_peers_publish(bench, &bench->hosts[0]);
		bench->bytes = (struct fake_talk_bytes){ 0 };
		bench->n_looked = 0;
		rounds[i] = (int)bench_peers_spread(bench);
		spent += bench_peers_bytes(bench) / n / BENCH_PEERS_RUNS;
		bench_peers_publish(bench, &bench->hosts[0]);
		bench->bytes = (struct fake_talk_bytes){ 0 };
		hops[i] = (int)bench_peers_push_all(bench);
		pushed += (double)bench->bytes.asked / n / BENCH_PEERS_RUNS;
		reached += (double)bench_peers_count(bench) / n / BENCH_PEERS_RUNS;
		after[i] = (int)bench_peers_spread(bench);
	}
	bench->bytes = (struct fake_talk_bytes){ 0 };
	bench->n_looked = 0;
	bench_peers_round(bench);
	idle = bench_peers_bytes(bench) / n;
	bench_peers_close(bench);
	qsort(rounds, BENCH_PEERS_RUNS, sizeof(int), bench_peers_compare);
	qsort(hops, BENCH_PEERS_RUNS, sizeof(int), bench_peers_compare);
	qsort(after, BENCH_PEERS_RUNS, sizeof(int), bench_peers_compare);
	printf("{\"hosts\": %u, \"rounds\": %d, \"rounds_most\": %d, \"log2_hosts\": %.1f, "
	       "\"bytes_per_host\": %.0f, \"told_at_once\": {\"hops\": %d, \"reached\": %.3f, "
	       "\"rounds_after\": %d, \"bytes_per_host\": %.0f}, \"idle_round_bytes\": %.0f}",
		n, rounds[BENCH_PEERS_RUNS / 2], rounds[BENCH_PEERS_RUNS - 1], log2(n), spent,
		hops[BENCH_PEERS_RUNS / 2], reached, after[BENCH_PEERS_RUNS / 2], pushed, idle);
}

/* The key in the tree everybody can read: a copy of it that only we can. */
static void bench_peers_load(struct bench_peers *bench, const char *folder)
{
	char certificate[512], key[512], ca[512], copy[] = "/tmp/bench_peers.XXXXXX", bytes[4096];
	struct trust_settings settings = { "lab", ca, NULL };
	struct refusal refusal = { "", "" };
	int fd = mkstemp(copy);
	FILE *file;
	size_t n;

	(void)snprintf(certificate, sizeof(certificate), "%s/ed.pem", folder);
	(void)snprintf(key, sizeof(key), "%s/ed.key", folder);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
	file = fopen(key, "rb");
	bench_peers_must(file && fd >= 0, "no key");
	n = fread(bytes, 1, sizeof(bytes), file);
	bench_peers_must(write(fd, bytes, n) == (ssize_t)n, "no copy of the key");
	(void)fclose(file);
	(void)close(fd);
	bench_peers_must(
		identity_load(certificate, copy, &bench->identity, &refusal) == IDENTITY_DONE,
		refusal.text);
	(void)unlink(copy);
	bench_peers_must(
		trust_load(&settings, &bench->trust, &refusal) == TRUST_DONE, refusal.text);
}

int main(int argc, char **argv)
{
	static const unsigned sizes[] = { 10, 100, BENCH_PEERS_MANY };
	struct bench_peers bench = { .n = 0 };

	if (argc != 3)
		return 2;
	bench.random = strtoull(argv[2], NULL, 0);
	bench_peers_load(&bench, argv[1]);
	printf("{\"seed\": %" PRIu64
	       ", \"fanout\": %u, \"runs\": %u, \"aim_idle_round_bytes\": 16384,\n"
	       " \"fleets\": [",
		bench.random, BENCH_PEERS_FANOUT, BENCH_PEERS_RUNS);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		printf("%s\n  ", i > 0 ? "," : "");
		bench_peers_measure(&bench, sizes[i]);
	}
	printf("]}\n");
	identity_unref(bench.identity);
	trust_unref(bench.trust);
	return 0;
}
