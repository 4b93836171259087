/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench_bus ADDRESS TARGET: how long CheckMap takes against a method of the same signature that
 * returns a constant, served by a child of this program on the same bus. Calls alternate. Prints
 * one JSON object: medians in microseconds and their ratio.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define BENCH_BUS_CALLS	 2000U
#define BENCH_BUS_RANGES 16U
#define BENCH_BUS_IN	 "ssa(tts)asa{sv}"
#define BENCH_BUS_OUT	 "a{ss}aa{sv}aa{sv}a{sv}"

static const char bench_bus_digest[] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static int bench_bus_try(int r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "bench_bus: %s: error %d\n", what, -r);
		exit(1);
	}
	return r;
}

static sd_bus *bench_bus_open(const char *address)
{
	sd_bus *bus;

	bench_bus_try(sd_bus_new(&bus), "new");
	bench_bus_try(sd_bus_set_address(bus, address), "address");
	bench_bus_try(sd_bus_set_bus_client(bus, 1), "client");
	bench_bus_try(sd_bus_start(bus), "start");
	return bus;
}

/* A reply as long as the one to the question below: one target, three findings, seven notes. */
static void bench_bus_append_constant(sd_bus_message *reply)
{
	bench_bus_try(sd_bus_message_append(reply, "a{ss}aa{sv}", 3, "migrate", "unsafe", "hotplug",
			      "unknown", "memory_hotplug", "unknown", 1, 4, "target", "s",
			      "0000:01:00.0", "identity", "s", "8086:10d3", "group", "t",
			      (uint64_t)9, "hotplug", "s", "unknown"),
		"append");
	bench_bus_try(sd_bus_message_open_container(reply, 'a', "a{sv}"), "open");
	for (unsigned i = 0; i < 3; i++)
		bench_bus_try(
			sd_bus_message_append(reply, "a{sv}", 7, "code", "s", "host-is-virtual",
				"severity", "s", "blocks", "answer", "s", "cannot-tell",
				"questions", "as", 2, "hotplug", "memory_hotplug", "facts", "as", 1,
				"host/virtual", "text", "s",
				"this host is itself a virtual machine: limits below it are "
				"invisible",
				"remedy", "s",
				"Check the host below as well, then accept this one with "
				"--assume nested=trust."),
			"append");
	bench_bus_try(sd_bus_message_close_container(reply), "close");
	bench_bus_try(sd_bus_message_append(reply, "a{sv}", 7, "schema", "s", "iommufleet-answer-1",
			      "host", "s", "host", "rules", "t", (uint64_t)1, "digests", "a{ss}", 3,
			      "facts", bench_bus_digest, "class", bench_bus_digest, "map",
			      bench_bus_digest, "collected_at", "t", (uint64_t)1, "assumed",
			      "a{ss}", 0, "live_state", "s", "checked"),
		"append");
}

static int bench_bus_constant(sd_bus_message *call, void *data, sd_bus_error *error)
{
	sd_bus_message *reply;

	(void)data;
	(void)error;
	bench_bus_try(sd_bus_message_new_method_return(call, &reply), "reply");
	bench_bus_append_constant(reply);
	bench_bus_try(sd_bus_send(NULL, reply, NULL), "send");
	sd_bus_message_unref(reply);
	return 1;
}

static void bench_bus_serve(const char *address)
{
	static const sd_bus_vtable vtable[] = {
		SD_BUS_VTABLE_START(0),
		SD_BUS_METHOD("Constant", BENCH_BUS_IN, BENCH_BUS_OUT, bench_bus_constant,
			SD_BUS_VTABLE_UNPRIVILEGED),
		SD_BUS_VTABLE_END,
	};
	sd_bus *bus = bench_bus_open(address);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_bus_try(
		sd_bus_add_object_vtable(bus, NULL, "/bench", "org.iommufleet.Bench", vtable, NULL),
		"vtable");
	bench_bus_try(sd_bus_request_name(bus, "org.iommufleet.Bench", 0), "name");
	for (;;) {
		if (bench_bus_try(sd_bus_process(bus, NULL), "process") == 0)
			bench_bus_try(sd_bus_wait(bus, UINT64_MAX), "wait");
	}
}

static double bench_bus_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double bench_bus_call(sd_bus *bus, const char *const way[4], const char *target)
{
	sd_bus_message *call, *reply;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	double begin = bench_bus_now_us();
	int r;

	bench_bus_try(
		sd_bus_message_new_method_call(bus, &call, way[0], way[1], way[2], way[3]), "call");
	bench_bus_try(sd_bus_message_append(call, "ss", "", "x86_64"), "append");
	bench_bus_try(sd_bus_message_open_container(call, 'a', "(tts)"), "open");
	for (uint64_t i = 0; i < BENCH_BUS_RANGES; i++)
		bench_bus_try(sd_bus_message_append(
				      call, "(tts)", i << 32, (i << 32) + 0x7fffffff, "ram"),
			"append");
	bench_bus_try(sd_bus_message_close_container(call), "close");
	bench_bus_try(sd_bus_message_append(call, "asa{sv}", 1, target, 0), "append");
	r = sd_bus_call(bus, call, 10000000, &error, &reply);
	if (r < 0)
		fprintf(stderr, "bench_bus: %s: %s\n", way[3], error.message);
	bench_bus_try(r, way[3]);
	sd_bus_message_unref(call);
	sd_bus_message_unref(reply);
	return bench_bus_now_us() - begin;
}

static int bench_bus_compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void bench_bus_wait_for(sd_bus *bus, const char *name)
{
	for (unsigned i = 0; i < 100; i++) {
		if (sd_bus_get_name_creds(bus, name, 0, NULL) >= 0)
			return;
		usleep(50000);
	}
	bench_bus_try(-1, name);
}

int main(int argc, char **argv)
{
	static const char *const real[] = { "org.iommufleet1", "/org/iommufleet1",
		"org.iommufleet1.Manager", "CheckMap" };
	static const char *const bare[] = { "org.iommufleet.Bench", "/bench",
		"org.iommufleet.Bench", "Constant" };
	static double checks[BENCH_BUS_CALLS], constants[BENCH_BUS_CALLS];
	sd_bus *bus;
	pid_t child;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_bus ADDRESS TARGET\n");
		return 2;
	}
	child = fork();
	if (child == 0)
		bench_bus_serve(argv[1]);
	bus = bench_bus_open(argv[1]);
	bench_bus_wait_for(bus, bare[0]);
	bench_bus_wait_for(bus, real[0]);
	for (unsigned i = 0; i < BENCH_BUS_CALLS; i++) {
		checks[i] = bench_bus_call(bus, real, argv[2]);
		constants[i] = bench_bus_call(bus, bare, argv[2]);
	}
	qsort(checks, BENCH_BUS_CALLS, sizeof(checks[0]), bench_bus_compare);
	qsort(constants, BENCH_BUS_CALLS, sizeof(constants[0]), bench_bus_compare);
	printf("{\"check_map_us\":%.1f,\"constant_us\":%.1f,\"ratio\":%.2f}\n",
		checks[BENCH_BUS_CALLS / 2], constants[BENCH_BUS_CALLS / 2],
		checks[BENCH_BUS_CALLS / 2] / constants[BENCH_BUS_CALLS / 2]);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	sd_bus_flush_close_unref(bus);
	return 0;
}
