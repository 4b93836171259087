/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fleet_bus ADDRESS FACTS HOSTS CLASSES: the bus side of the daemon on a fleet of as many hosts and
 * classes as are wanted, which no test could start. Hosts are node000000 and so on; the class of
 * the host of FACTS, which is the first of them, is varied. How old what is known of one is depends
 * on its last digit. A question about "late" has to wait until a line comes on the standard input,
 * one about "busy" is refused, and nobody ever hears of "never". Says what happens, a line each.
 */
#define _GNU_SOURCE
#include "core/codec/facts_json.h"
#include "core/model/limits.h"
#include "daemon/bus/bus.h"
#include "daemon/turn.h"
#include "daemon/workers.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_US	  (24ULL * 3600 * 1000000)
#define N_WAITERS 64

struct node {
	struct turn *turn;
	struct turn_source *bus_source, *input;
	struct bus *bus;
	struct workers workers;
	struct facts *facts;
	struct host *own;
	struct fleet fleet;
	struct bus_fleet_asking waiting[N_WAITERS];
	size_t n_waiting;
};

static void die(const char *what)
{
	fprintf(stderr, "fleet_bus: %s\n", what);
	exit(2);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---------------------------------------------------------------- the fleet */

static void load(struct node *node, const char *path)
{
	char *bytes = malloc(LIMIT_FACTS_BYTES);
	FILE *file = fopen(path, "r");
	struct refusal refusal;

	if (!bytes || !file ||
		facts_json_decode(bytes, fread(bytes, 1, LIMIT_FACTS_BYTES, file), &node->facts,
			&refusal) != FACTS_JSON_DONE ||
		host_new(node->facts, NULL, &node->own) < 0)
		die("no facts");
	fclose(file);
	free(bytes);
}

static const struct host *make_class(const struct node *node, size_t index)
{
	json_t *json = json_loads(host_class_document(node->own), 0, NULL);
	struct refusal refusal;
	struct host *host = NULL;
	char *bytes;

	json_object_set_new(json, "virtual", json_false());
	json_object_set_new(json, "dma_entry_limit", json_integer((json_int_t)(65535 + index)));
	bytes = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	if (!bytes || host_new_of_class(bytes, strlen(bytes), NULL, &host, &refusal))
		die("no class");
	free(bytes);
	json_decref(json);
	return host;
}

/* As many labels as a host can have, and as long as they can be. */
static const struct fleet_label *make_labels(void)
{
	static struct fleet_label labels[LIMIT_LABELS];
	static char texts[LIMIT_LABELS][LIMIT_LABEL + 1];

	for (unsigned i = 0; i < LIMIT_LABELS; i++) {
		memset(texts[i], 'l', LIMIT_LABEL);
		texts[i][0] = (char)('A' + i);
		labels[i] = (struct fleet_label){ texts[i], texts[i] };
	}
	return labels;
}

static void date(struct fleet_member *member, size_t index, uint64_t now)
{
	static const struct {
		int64_t ago_us;
		bool known, expired;
	} kinds[] = { { 0, true, false }, { 2 * DAY_US, true, false }, { 0, false, false },
		{ -(int64_t)DAY_US, true, false }, { 0, true, true } };
	size_t kind = index % (sizeof(kinds) / sizeof(kinds[0]));

	member->collected_us = kinds[kind].known ? now - (uint64_t)kinds[kind].ago_us : 0;
	member->expired = kinds[kind].expired;
}

static void make_fleet(struct node *node, size_t n_members, size_t n_classes)
{
	struct fleet_member *members = calloc(n_members, sizeof(*members));
	const struct host **classes = calloc(n_classes + 1, sizeof(struct host *));
	char(*names)[32] = calloc(n_members, sizeof(*names));
	const struct fleet_label *labels = make_labels();

	if (!members || !classes || !names)
		die("no memory");
	for (size_t i = 0; i < n_classes; i++)
		classes[i] = make_class(node, i);
	classes[n_classes] = node->own;
	for (size_t i = 0; i < n_members; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "node%06zu", i);
		members[i] = (struct fleet_member){ .name = names[i],
			.class_index = (int32_t)(i == 0 ? n_classes : i % n_classes),
			.n_labels = LIMIT_LABELS,
			.labels = labels };
		date(&members[i], i, now_us());
	}
	node->fleet = (struct fleet){ .n_classes = n_classes + 1,
		.classes = classes,
		.n_members = n_members,
		.members = members,
		.stale_after_us = DAY_US };
}

/* ---------------------------------------------------------------- what the bus asks */

static int on_get(void *data, struct fleet *ret, const char **ret_own)
{
	const struct node *node = data;

	*ret = node->fleet;
	ret->now_us = now_us();
	*ret_own = node->fleet.members[0].name;
	return 0;
}

static bool on_find(void *data, const char *host, struct bus_fleet_member *ret)
{
	(void)data;
	(void)host;
	*ret = (struct bus_fleet_member){ .standing = "current", .collection = "ok" };
	return true;
}

static enum bus_fleet_known on_know(void *data, const struct bus_fleet_asking *asking)
{
	struct node *node = data;

	if (!asking->host)
		return BUS_FLEET_KNOWN;
	if (strcmp(asking->host, "busy") == 0)
		return BUS_FLEET_BUSY;
	if (strcmp(asking->host, "late") != 0 && strcmp(asking->host, "never") != 0)
		return BUS_FLEET_KNOWN;
	if (node->n_waiting == N_WAITERS)
		die("more wait than ever asked");
	printf("asked %s %llx\n", asking->host, (unsigned long long)asking->caller);
	node->waiting[node->n_waiting] = *asking;
	node->waiting[node->n_waiting++].host = strcmp(asking->host, "late") ? "never" : "late";
	return BUS_FLEET_WAIT;
}

static void on_unknow(void *data, const void *waiting)
{
	struct node *node = data;
	size_t kept = 0;

	for (size_t i = 0; i < node->n_waiting; i++) {
		if (node->waiting[i].data == waiting)
			printf("dropped %s\n", node->waiting[i].host);
		else
			node->waiting[kept++] = node->waiting[i];
	}
	node->n_waiting = kept;
}

static const char *on_trouble(void *data)
{
	(void)data;
	return "etcd cannot be reached";
}

static int on_begin(void *data, const struct bus_fleet_task *task)
{
	struct node *node = data;
	int r = workers_begin(&node->workers, &(struct worker_task){ .fd = task->fd,
						      .run = task->run,
						      .what = task->what,
						      .ended = task->ended,
						      .data = task->data });

	printf("begin %d\n", r);
	return r;
}

static void on_end(void *data, const void *working)
{
	struct node *node = data;

	printf("end\n");
	workers_end(&node->workers, working);
}

static size_t on_guests(void *data, struct resident *const **ret)
{
	(void)data;
	*ret = NULL;
	return 0;
}

static void on_answered(void *data, const struct verdict *verdict)
{
	(void)data;
	(void)verdict;
}

/* ---------------------------------------------------------------- the loop */

static void on_bus(void *data)
{
	struct node *node = data;

	if (bus_process(node->bus) < 0)
		exit(0);
}

/* A line: all that "late" waited for is there. */
static void on_input(void *data)
{
	struct node *node = data;
	struct bus_fleet_asking told[N_WAITERS];
	size_t n = 0, kept = 0;
	char line[64];

	if (read(0, line, sizeof(line)) <= 0)
		exit(0);
	for (size_t i = 0; i < node->n_waiting; i++) {
		if (strcmp(node->waiting[i].host, "late") == 0)
			told[n++] = node->waiting[i];
		else
			node->waiting[kept++] = node->waiting[i];
	}
	node->n_waiting = kept;
	for (size_t i = 0; i < n; i++)
		told[i].then(told[i].data);
}

static void prepare(void *data)
{
	struct node *node = data;
	uint64_t delay_us;
	short events;
	int fd;

	if (bus_prepare(node->bus, &fd, &events, &delay_us) < 0)
		exit(0);
	(void)turn_watch(node->bus_source, fd, events, delay_us);
	(void)turn_watch(node->input, 0, POLLIN, TURN_NEVER);
}

static void start(struct node *node, const char *address)
{
	struct bus_options options = {
		.address = address,
		.host = node->fleet.members[0].name,
		.backend = { .data = node,
			.guests = on_guests,
			.answered = on_answered,
			.fleet = { .on_demand = true,
				.get = on_get,
				.find = on_find,
				.know = on_know,
				.unknow = on_unknow,
				.trouble = on_trouble,
				.begin = on_begin,
				.end = on_end } },
	};
	struct bus_state state = { .collection = "done",
		.trouble = "",
		.store = "memory",
		.fleet = "off",
		.fleet_trouble = "",
		.collected_us = now_us(),
		.stale_after_us = DAY_US };

	if (turn_new(&node->turn) < 0 || workers_open(&node->workers, node->turn) < 0 ||
		turn_add(node->turn, on_bus, node, &node->bus_source) < 0 ||
		turn_add(node->turn, on_input, node, &node->input) < 0 ||
		bus_open(&options, &node->bus) < 0 ||
		bus_publish(node->bus, node->facts, node->own, &state) < 0)
		die("no bus");
	turn_add_prepare(node->turn, prepare, node);
}

int main(int argc, char **argv)
{
	static struct node node;

	if (argc != 5)
		die("usage: fleet_bus ADDRESS FACTS HOSTS CLASSES");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	load(&node, argv[2]);
	make_fleet(&node, strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	start(&node, argv[1]);
	while (turn_once(node.turn) >= 0)
		;
	return 1;
}
