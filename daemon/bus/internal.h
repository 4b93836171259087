/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the bus share. */
#pragma once

#include "core/cleanup.h"
#include "core/codec/guest_text.h"
#include "core/judge/verdict.h"
#include "core/model/tri.h"
#include "daemon/bus/bus.h"
#include "daemon/bus/errors.h"
#include "daemon/bus/quota.h"
#include "daemon/bus/wait.h"

#include <systemd/sd-bus.h>

#define BUS_MANAGER	"org.iommufleet1.Manager"
#define BUS_GROUP	"org.iommufleet1.Group"
#define BUS_DEVICE	"org.iommufleet1.Device"
#define BUS_GROUP_PATH	"/org/iommufleet1/group"
#define BUS_DEVICE_PATH "/org/iommufleet1/device"
#define BUS_HOST_BYTES	256

/* Does what was asked once the caller proved to be allowed to. Replies itself or returns an error.
 */
typedef int (*bus_authorised)(struct bus *bus, sd_bus_message *message, sd_bus_error *error);

/* A group as its object shows it. */
struct bus_group {
	const struct facts_group *facts; /* in the published facts */
	enum tri isolated;
	enum tri assignable;
};

/* What is published, as one: swapped whole. */
struct bus_world {
	struct facts *facts; /* as observed; NULL: nothing known */
	struct host *host;
	struct bus_group *groups; /* for each of facts.groups */
};

struct bus {
	sd_bus *connection;
	struct bus_backend backend;
	char host_name[BUS_HOST_BYTES];
	char machine[BUS_HOST_BYTES];
	struct bus_world world;
	struct bus_state state;
	char collection[16], trouble[256], store[16]; /* what state points at */
	char fleet[16], fleet_trouble[256];
	int has_name;
	unsigned n_authorising;
	struct bus_quota quota;
	size_t n_waits;
	struct bus_wait waits[BUS_REFRESH_MAX];
	struct bus_fetch *fetches[BUS_FETCH_MAX]; /* NULL: none */
	uint64_t n_works;			  /* that there ever were */
	struct bus_work *works[BUS_WORK_MAX];	  /* likewise */
};

CLEANUP_DEFINE(sd_bus_message *, sd_bus_message_unref, bus_message_unrefp);
CLEANUP_DEFINE(struct verdict *, verdict_free, bus_verdict_freep);
CLEANUP_DEFINE(struct guest *, guest_free, bus_guest_freep);
CLEANUP_DEFINE(struct host *, host_unref, bus_host_unrefp);
CLEANUP_DEFINE(json_t *, json_decref, bus_json_decrefp);

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_group_vtable[];
extern const sd_bus_vtable bus_device_vtable[];
extern const sd_bus_vtable bus_log_control_vtable[];

/* Adds every object to @connection. Negative errno. */
int bus_objects_add(struct bus *bus, sd_bus *connection);

/* Takes references and works out the groups. -ENOMEM. */
int bus_world_init(struct bus_world *world, struct facts *facts, struct host *host);
void bus_world_done(struct bus_world *world);

/* Announces what goes when @next is published; then, once it is, what came or changed since @old.
 */
int bus_objects_announce_gone(struct bus *bus, const struct bus_world *next);
int bus_objects_announce(struct bus *bus, const struct bus_world *old);

/* The published host, or one made of its facts under @assume (NULL: none). The caller owns @ret. */
int bus_assume_host(const struct bus *bus, const struct assume *assume, struct host **ret);

/* 1 when something is known of this host; else a set error. */
int bus_check_facts(const struct bus *bus, sd_bus_error *error);

/*
 * Calls @then if the caller of @message, whose method the table of policies calls restricted, is
 * root, the daemon's user or somebody whom polkit allows it, without waiting here.
 */
int bus_authorise(
	struct bus *bus, sd_bus_message *message, bus_authorised then, sd_bus_error *error);

/* Methods of the Manager; sd-bus's handlers. Those of files are the same. */
int bus_check_map(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_check_guest(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_map_guest(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_report(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_find_hosts(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_plan(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_compare(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_baseline(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_classes(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_list_hosts(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_get_host(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_forget(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_describe(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_dump_facts(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_register_guest(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_unregister_guest(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_refresh(sd_bus_message *message, void *data, sd_bus_error *error);
int bus_reload(sd_bus_message *message, void *data, sd_bus_error *error);

/* Sees to writes to LogControl1 before sd-bus does, which would wait for who the caller is. */
int bus_log_control_on_message(sd_bus_message *message, void *data, sd_bus_error *error);

/* The questions that a resident has answers to, as they are called. */
extern const char *const bus_guests_questions[3];

/* The guests that run here, as the report of that name: a new reference in @ret. -ENOMEM. */
int bus_guests_document(const struct bus *bus, json_t **ret);

/*
 * The devices of this host that registered guests have, but not those of the guest @asked itself.
 * @ret is to be freed with free(); its texts last until a guest is put or dropped. -ENOMEM.
 */
int bus_guests_in_use(const struct bus *bus, const struct guest_text *asked,
	struct verdict_in_use **ret, size_t *ret_n);

/* Drops all who wait. */
void bus_refresh_done(struct bus *bus);
void bus_fetch_done(struct bus *bus);
void bus_work_done(struct bus *bus);
