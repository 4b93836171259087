/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of many hosts, and a fleet that meets in etcd, measured with the code that is shipped.
 * Each prints one JSON object.
 *
 *   bench_etcd make DIR HOSTS CLASSES           a CA, and two records of each host, one a line;
 *                                               of the classes in DIR/digests, if that is there
 *   bench_etcd verify DIR                       them into a directory, beside OpenSSL alone
 *   bench_etcd observe DIR NAME=VALUE...        from etcd into a directory
 *   bench_etcd renew DIR MEMBERS NAME=VALUE...  members, each on a connection of its own
 *
 * NAME=VALUE are settings of etcd.h; "user=own" is one that is called like the host.
 */
#include "core/cleanup.h"
#include "daemon/exchange/directory.h"
#include "daemon/exchange/envelope.h"
#include "daemon/exchange/etcd.h"
#include "core/arena.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BENCH_ETCD_PATH 512

static void bench_etcd_must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "bench_etcd: %s\n", what);
	exit(1);
}

static double bench_etcd_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What this process has used: who shares the machine has no part in it. */
static double bench_etcd_processor_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t bench_etcd_now_us(void *data)
{
	struct timespec now;

	(void)data;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const char *bench_etcd_path(const char *folder, const char *name)
{
	static char paths[4][BENCH_ETCD_PATH];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, BENCH_ETCD_PATH, "%s/%s", folder, name);
	return path;
}

static long bench_etcd_anon_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (file)
		(void)fclose(file);
	return kib;
}

/* ------------------------------------------------------------- a fleet */

struct bench_etcd_ca {
	EVP_PKEY *key;
	X509 *certificate;
};

static X509 *bench_etcd_certify(
	const struct bench_etcd_ca *ca, EVP_PKEY *key, const char *name, long serial)
{
	static const struct {
		int id;
		const char *of_ca, *of_host;
	} extensions[] = { { NID_basic_constraints, "critical,CA:TRUE", "critical,CA:FALSE" },
		{ NID_key_usage, "critical,keyCertSign,cRLSign", "critical,digitalSignature" },
		{ NID_ext_key_usage, NULL, "clientAuth,serverAuth" } };
	bool is_ca = ca->certificate == NULL;
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509V3_CTX context;

	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), 30L * 24 * 3600);
	(void)X509_NAME_add_entry_by_txt(
		subject, "O", MBSTRING_ASC, (const unsigned char *)"bench", -1, -1, 0);
	if (is_ca)
		(void)X509_NAME_add_entry_by_txt(
			subject, "CN", MBSTRING_ASC, (const unsigned char *)"CA", -1, -1, 0);
	(void)X509_set_issuer_name(
		certificate, is_ca ? subject : X509_get_subject_name(ca->certificate));
	(void)X509_set_pubkey(certificate, key);
	X509V3_set_ctx(&context, is_ca ? certificate : ca->certificate, certificate, NULL, NULL, 0);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]) + !is_ca; i++) {
		bool names = i == sizeof(extensions) / sizeof(extensions[0]);
		const char *value = names   ? name
				    : is_ca ? extensions[i].of_ca
					    : extensions[i].of_host;
		X509_EXTENSION *extension =
			value ? X509V3_EXT_nconf_nid(NULL, &context,
					names ? NID_subject_alt_name : extensions[i].id, value)
			      : NULL;

		(void)X509_add_ext(certificate, extension, -1);
		X509_EXTENSION_free(extension);
	}
	bench_etcd_must(X509_sign(certificate, is_ca ? key : ca->key, NULL) > 0, "X509_sign");
	return certificate;
}

static void bench_etcd_write_pem(const char *path, X509 *certificate, EVP_PKEY *key)
{
	FILE *file = fopen(path, "w");

	bench_etcd_must(file != NULL, path);
	(void)fchmod(fileno(file), 0600);
	if (certificate)
		(void)PEM_write_X509(file, certificate);
	if (key)
		(void)PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	(void)fclose(file);
}

static char (*bench_etcd_digests)[DIGEST_LENGTH + 2]; /* of classes, with a newline; NULL: none */

static void bench_etcd_load_digests(const char *folder, unsigned n_classes)
{
	FILE *file = fopen(bench_etcd_path(folder, "digests"), "r");

	if (!file)
		return;
	bench_etcd_digests = calloc(n_classes, sizeof(*bench_etcd_digests));
	for (unsigned i = 0; i < n_classes; i++)
		bench_etcd_must(
			fread(bench_etcd_digests[i], DIGEST_LENGTH + 1, 1, file) == 1, "digests");
	(void)fclose(file);
}

static void bench_etcd_sign(
	FILE *file, const struct identity *identity, uint64_t now_us, unsigned class_number)
{
	const struct identity_name *name = identity_get_name(identity);
	char digests[2][DIGEST_LENGTH + 1], host_id[33];
	struct record_class classes[2] = { { 1, digests[0] }, { 2, digests[1] } };
	static const struct record_label labels[] = { { "rack", "r12" }, { "zone", "north" } };
	static const char *const endpoints[] = { "https://host.example.com:7443" };
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = host_id,
		.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
		.sequence = now_us,
		.issued_us = now_us,
		.valid_until_us = now_us + RECORD_TIME_VALIDITY_US,
		.collected_us = now_us,
		.collection = RECORD_COLLECTION_OK,
		.facts = digests[0],
		.map = digests[1],
		.classes = classes,
		.n_classes = 2,
		.labels = labels,
		.n_labels = 2,
		.endpoints = endpoints,
		.n_endpoints = 1,
		.software = "0.5",
		.rules = 1,
		.projection = 2 };
	struct refusal refusal = { "", "" };
	struct signed_record_bytes made;

	(void)snprintf(host_id, sizeof(host_id), "%026d%.6s", 0, name->host + strlen("host-"));
	for (unsigned i = 0; i < 2; i++)
		(void)snprintf(digests[i], sizeof(digests[i]), "%063x%x", class_number, i);
	if (bench_etcd_digests)
		(void)snprintf(
			digests[1], sizeof(digests[1]), "%.64s", bench_etcd_digests[class_number]);
	bench_etcd_must(
		signed_record_make(identity, &record, &made, &refusal) == SIGNED_RECORD_DONE,
		refusal.text);
	fprintf(file, "%s\n", made.bytes);
	free(made.bytes);
}

static int bench_etcd_make(const char *folder, size_t n_hosts, unsigned n_classes)
{
	struct bench_etcd_ca ca = { EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL };
	FILE *files[2] = { fopen(bench_etcd_path(folder, "records-0"), "w"),
		fopen(bench_etcd_path(folder, "records-1"), "w") };
	uint64_t now_us = bench_etcd_now_us(NULL);

	bench_etcd_must(files[0] && files[1], folder);
	bench_etcd_load_digests(folder, n_classes);
	ca.certificate = bench_etcd_certify(&ca, ca.key, NULL, 1);
	bench_etcd_write_pem(bench_etcd_path(folder, "ca.pem"), ca.certificate, NULL);
	for (size_t i = 0; i < n_hosts; i++) {
		const char *cert_path = bench_etcd_path(folder, "cert.pem");
		const char *key_path = bench_etcd_path(folder, "key.pem");
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		struct refusal refusal = { "", "" };
		struct identity *identity;
		X509 *certificate;
		char name[128];

		(void)snprintf(name, sizeof(name), "URI:iommufleet://bench/host-%06zu", i);
		certificate = bench_etcd_certify(&ca, key, name, (long)i + 2);
		bench_etcd_write_pem(cert_path, certificate, NULL);
		bench_etcd_write_pem(key_path, NULL, key);
		bench_etcd_must(
			identity_load(cert_path, key_path, &identity, &refusal) == IDENTITY_DONE,
			refusal.text);
		for (unsigned j = 0; j < 2; j++)
			bench_etcd_sign(files[j], identity, now_us + j, (unsigned)i % n_classes);
		identity_unref(identity);
		X509_free(certificate);
		EVP_PKEY_free(key);
	}
	X509_free(ca.certificate);
	EVP_PKEY_free(ca.key);
	free(bench_etcd_digests);
	return fclose(files[0]) + fclose(files[1]) == 0 ? 0 : 1;
}

/* ------------------------------------------------------------- a directory */

struct bench_etcd_records {
	size_t n, allocated;
	struct etcd_record_line {
		char *bytes;
		size_t n;
	} * items;
};

static struct bench_etcd_records bench_etcd_load(const char *folder, const char *name)
{
	struct bench_etcd_records records = { 0 };
	FILE *file = fopen(bench_etcd_path(folder, name), "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	bench_etcd_must(file != NULL, name);
	while ((n = getline(&line, &room, file)) > 0) {
		if (records.n == records.allocated) {
			records.allocated = records.allocated * 2 + 1024;
			records.items =
				realloc(records.items, records.allocated * sizeof(*records.items));
		}
		records.items[records.n].bytes = strndup(line, (size_t)n - 1);
		records.items[records.n++].n = (size_t)n - 1;
	}
	free(line);
	(void)fclose(file);
	return records;
}

/* Keeps the newest record that was put, for the one member that publishes it; else nothing. */
struct bench_etcd_keeper {
	const char *bytes; /* NULL: nothing */
	size_t n;
};

static int bench_etcd_put_host(void *data, const struct kept_host *kept)
{
	(void)data;
	(void)kept;
	return 0;
}

static int bench_etcd_get_record(void *data, const char *host, char **ret, size_t *ret_n)
{
	const struct bench_etcd_keeper *keeper = data;

	(void)host;
	if (!keeper->bytes)
		return -ENOENT;
	*ret = strndup(keeper->bytes, keeper->n);
	*ret_n = keeper->n;
	return *ret ? 0 : -ENOMEM;
}

static int bench_etcd_drop_host(void *data, const char *host)
{
	(void)data;
	(void)host;
	return 0;
}

static int bench_etcd_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	(void)data;
	(void)digest;
	(void)bytes;
	(void)n;
	return 0;
}

static int bench_etcd_get_class(void *data, const char *digest, char **ret, size_t *ret_n)
{
	(void)data;
	(void)digest;
	(void)ret;
	(void)ret_n;
	return -ENOENT;
}

static struct trust *bench_etcd_trust(const char *folder)
{
	struct trust_settings settings = { "bench", bench_etcd_path(folder, "ca.pem"), NULL };
	struct refusal refusal = { "", "" };
	struct trust *trust = NULL;

	bench_etcd_must(trust_load(&settings, &trust, &refusal) == TRUST_DONE, refusal.text);
	return trust;
}

static struct directory *bench_etcd_directory(
	const char *host, struct trust *trust, struct bench_etcd_keeper *keeper)
{
	struct directory_settings settings = { .host = host,
		.keeper = { keeper, bench_etcd_put_host, bench_etcd_get_record,
			bench_etcd_drop_host, bench_etcd_put_class, bench_etcd_get_class } };
	struct directory *directory = NULL;

	bench_etcd_must(directory_new(&settings, &directory) == 0, "directory_new");
	directory_set_trust(directory, trust);
	return directory;
}

static void bench_etcd_offer(struct directory *directory, const struct etcd_record_line *record)
{
	struct signed_record_input input = { record->bytes, record->n, bench_etcd_now_us(NULL) };
	struct directory_result result;

	bench_etcd_must(directory_offer(directory, &input, &result) == DIRECTORY_TAKEN,
		result.refusal.text);
}

/* ------------------------------------------------------------- verifying */

/* What OpenSSL has to do at least; the envelope was taken apart before. */
static void bench_etcd_verify_bare(
	X509_STORE *store, const struct envelope *envelope, const char *message, size_t n)
{
	const unsigned char *at = envelope->chain.certificates[0].bytes;
	X509 *certificate = d2i_X509(NULL, &at, (long)envelope->chain.certificates[0].n);
	X509_STORE_CTX *chain = X509_STORE_CTX_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	bench_etcd_must(X509_STORE_CTX_init(chain, store, certificate, NULL) == 1 &&
				X509_verify_cert(chain) == 1,
		"X509_verify_cert");
	bench_etcd_must(
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, X509_get0_pubkey(certificate)) ==
				1 &&
			EVP_DigestVerify(context, envelope->signature.bytes, envelope->signature.n,
				(const unsigned char *)message, n) == 1,
		"EVP_DigestVerify");
	EVP_MD_CTX_free(context);
	X509_STORE_CTX_free(chain);
	X509_free(certificate);
}

static double bench_etcd_time_bare(const char *folder, const struct bench_etcd_records *records)
{
	static const char prefix[] = RECORD_SCHEMA "\0bench";
	X509_STORE *store = X509_STORE_new();
	double spent = 0, begin;

	bench_etcd_must(
		X509_STORE_load_file(store, bench_etcd_path(folder, "ca.pem")) == 1, "ca.pem");
	for (size_t i = 0; i < records->n; i++) {
		char message[sizeof(prefix) + LIMIT_RECORD_BYTES];
		struct refusal refusal;
		struct envelope envelope;
		struct arena *arena;

		bench_etcd_must(arena_new((size_t)64 << 10, &arena) == 0, "arena_new");
		bench_etcd_must(envelope_decode(records->items[i].bytes, records->items[i].n, arena,
					&envelope, &refusal) == ENVELOPE_DONE,
			"envelope_decode");
		memcpy(message, prefix, sizeof(prefix));
		memcpy(message + sizeof(prefix), envelope.payload, envelope.n_payload);
		begin = bench_etcd_processor_s();
		bench_etcd_verify_bare(
			store, &envelope, message, sizeof(prefix) + envelope.n_payload);
		spent += bench_etcd_processor_s() - begin;
		arena_free(arena);
	}
	X509_STORE_free(store);
	return spent;
}

static double bench_etcd_time_offers(
	struct directory *directory, const struct bench_etcd_records *records)
{
	double begin = bench_etcd_processor_s();

	for (size_t i = 0; i < records->n; i++)
		bench_etcd_offer(directory, &records->items[i]);
	return bench_etcd_processor_s() - begin;
}

static int bench_etcd_verify(const char *folder)
{
	struct bench_etcd_records first = bench_etcd_load(folder, "records-0");
	struct bench_etcd_records second = bench_etcd_load(folder, "records-1");
	struct bench_etcd_keeper keeper = { NULL, 0 };
	struct trust *trust = bench_etcd_trust(folder);
	struct directory *directory = bench_etcd_directory("none", trust, &keeper);
	double bare_s = bench_etcd_time_bare(folder, &first);
	double first_s = bench_etcd_time_offers(directory, &first);
	double again_s = bench_etcd_time_offers(directory, &second);
	double n = (double)first.n;

	printf("{\"records\":%zu,\"openssl_per_s\":%.0f,\"offered_per_s\":%.0f,"
	       "\"ratio\":%.2f,\"aim_ratio\":0.7,\"next_record_per_s\":%.0f}\n",
		first.n, n / bare_s, n / first_s, bare_s / first_s, n / again_s);
	directory_free(directory);
	trust_unref(trust);
	return 0;
}

/* ------------------------------------------------------------- with etcd */

static void bench_etcd_say(void *data, const char *where, const char *text)
{
	(void)data;
	fprintf(stderr, "[%s] %s\n", where, text);
}

static void bench_etcd_set(struct etcd_settings *settings, char **pairs)
{
	for (; *pairs; pairs++) {
		const char *value = strchr(*pairs, '=') + 1;
		const struct {
			const char *name;
			const char **place;
		} texts[] = { { "endpoints=", &settings->endpoints }, { "user=", &settings->user },
			{ "password=", &settings->password_path }, { "ca=", &settings->ca_path },
			{ "certificate=", &settings->certificate_path },
			{ "key=", &settings->key_path } };

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (strncmp(*pairs, texts[i].name, strlen(texts[i].name)) == 0)
				*texts[i].place = value;
		if (strncmp(*pairs, "page=", 5) == 0)
			settings->page = (unsigned)strtoul(value, NULL, 10);
	}
}

static struct etcd *bench_etcd_open(struct event_base *base, struct directory *directory,
	const char *host, char **pairs, bool observer)
{
	struct etcd_settings settings = { .base = base,
		.directory = directory,
		.host = host,
		.prefix = "/iommufleet/",
		.observer = observer,
		.now_us = bench_etcd_now_us,
		.say = bench_etcd_say };
	struct refusal refusal = { "", "" };
	struct etcd *etcd = NULL;

	bench_etcd_set(&settings, pairs);
	if (settings.user && strcmp(settings.user, "own") == 0)
		settings.user = host;
	bench_etcd_must(etcd_new(&settings, &etcd, &refusal) == ETCD_DONE, refusal.text);
	return etcd;
}

static int bench_etcd_observe(const char *folder, char **pairs)
{
	struct event_base *base = event_base_new();
	struct bench_etcd_keeper keeper = { NULL, 0 };
	struct trust *trust = bench_etcd_trust(folder);
	struct directory *directory = bench_etcd_directory("none", trust, &keeper);
	double begin = bench_etcd_seconds(), spent;
	struct etcd *etcd = bench_etcd_open(base, directory, "none", pairs, true);
	struct etcd_status status = { .listed = false };
	long most_kib = 0;

	while (!status.listed) {
		long kib = bench_etcd_anon_kib();

		most_kib = kib > most_kib ? kib : most_kib;
		(void)event_base_loop(base, EVLOOP_ONCE);
		etcd_get_status(etcd, &status);
	}
	spent = bench_etcd_seconds() - begin;
	printf("{\"records\":%zu,\"seconds\":%.2f,\"per_s\":%.0f,\"rss_anon_most_kib\":%ld}\n",
		directory_count(directory), spent, (double)directory_count(directory) / spent,
		most_kib);
	etcd_free(etcd);
	directory_free(directory);
	trust_unref(trust);
	event_base_free(base);
	return 0;
}

struct bench_etcd_member {
	struct bench_etcd_keeper keeper;
	struct directory *directory;
	struct etcd *etcd;
};

/* Each member tells of itself; the time until all of it stands in etcd. */
static double bench_etcd_round(struct event_base *base, struct bench_etcd_member *members,
	const struct bench_etcd_records *records, size_t n)
{
	double begin = bench_etcd_seconds();
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		members[i].keeper =
			(struct bench_etcd_keeper){ records->items[i].bytes, records->items[i].n };
		bench_etcd_offer(members[i].directory, &records->items[i]);
	}
	/* The first is published in a turn of the loop; nobody counts as done before it. */
	(void)event_base_loop(base, EVLOOP_ONCE);
	while (done < n) {
		struct etcd_status status;

		(void)event_base_loop(base, EVLOOP_ONCE);
		for (; done < n; done++) {
			etcd_get_status(members[done].etcd, &status);
			if (!status.published)
				break;
		}
	}
	return bench_etcd_seconds() - begin;
}

static int bench_etcd_renew(const char *folder, size_t n, char **pairs)
{
	struct bench_etcd_records first = bench_etcd_load(folder, "records-0");
	struct bench_etcd_records second = bench_etcd_load(folder, "records-1");
	struct bench_etcd_member *members = calloc(n, sizeof(*members));
	struct event_base *base = event_base_new();
	struct trust *trust = bench_etcd_trust(folder);
	double first_s, again_s;

	bench_etcd_must(members && n <= first.n, "fewer records than members");
	for (size_t i = 0; i < n; i++) {
		char host[64];

		(void)snprintf(host, sizeof(host), "host-%06zu", i);
		members[i].directory = bench_etcd_directory(host, trust, &members[i].keeper);
		members[i].etcd = bench_etcd_open(base, members[i].directory, host, pairs, false);
	}
	first_s = bench_etcd_round(base, members, &first, n);
	again_s = bench_etcd_round(base, members, &second, n);
	printf("{\"members\":%zu,\"first_s\":%.2f,\"renewals_per_s\":%.0f}\n", n, first_s,
		(double)n / again_s);
	for (size_t i = 0; i < n; i++) {
		etcd_free(members[i].etcd);
		directory_free(members[i].directory);
	}
	free(members);
	trust_unref(trust);
	event_base_free(base);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return bench_etcd_make(
			argv[2], strtoul(argv[3], NULL, 10), (unsigned)strtoul(argv[4], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "verify") == 0)
		return bench_etcd_verify(argv[2]);
	if (argc > 3 && strcmp(argv[1], "observe") == 0)
		return bench_etcd_observe(argv[2], argv + 3);
	if (argc > 4 && strcmp(argv[1], "renew") == 0)
		return bench_etcd_renew(argv[2], strtoul(argv[3], NULL, 10), argv + 4);
	return 2;
}
