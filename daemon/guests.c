/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/guests.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <time.h>

static uint64_t guests_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Of the machine that guests run on, whatever host is judged. Empty: not known. */
static void guests_boot(char ret[static SD_ID128_UUID_STRING_MAX])
{
	sd_id128_t boot;

	ret[0] = '\0';
	if (sd_id128_get_boot(&boot) >= 0)
		(void)sd_id128_to_uuid_string(boot, ret);
}

static size_t guests_bytes(const struct resident *guest)
{
	size_t bytes = strlen(guest->name) + strlen(guest->uuid) + strlen(guest->format) + 3;

	for (size_t i = 0; i < guest->n_devices; i++)
		bytes += strlen(guest->devices[i]) + 1;
	return bytes;
}

static const char *guests_put_text(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	const char *start = *at;

	memcpy(*at, text, n);
	*at += n;
	return start;
}

/* One block: the struct, its pointers, its texts. */
static struct resident *guests_copy(const struct resident *guest)
{
	size_t pointers = guest->n_devices * sizeof(char *);
	struct resident *copy = malloc(sizeof(*copy) + pointers + guests_bytes(guest));
	const char **devices;
	char *at;

	if (!copy)
		return NULL;
	devices = (const char **)(copy + 1);
	at = (char *)(devices + guest->n_devices);
	*copy = *guest;
	copy->devices = devices;
	copy->name = guests_put_text(&at, guest->name);
	copy->uuid = guests_put_text(&at, guest->uuid);
	copy->format = guests_put_text(&at, guest->format);
	for (size_t i = 0; i < guest->n_devices; i++)
		devices[i] = guests_put_text(&at, guest->devices[i]);
	return copy;
}

static bool guests_same(const struct resident *a, const char *name, const char *uuid)
{
	return strcmp(a->name, name) == 0 || (*uuid && strcmp(a->uuid, uuid) == 0);
}

static void guests_take_out(struct guests *guests, size_t index)
{
	free(guests->items[index]);
	guests->n--;
	memmove(&guests->items[index], &guests->items[index + 1],
		(guests->n - index) * sizeof(*guests->items));
}

/* How many of the list are the guest of @name or @uuid: a name and a UUID may be of two. */
static size_t guests_count(const struct guests *guests, const char *name, const char *uuid)
{
	size_t n = 0;

	for (size_t i = 0; i < guests->n; i++)
		n += guests_same(guests->items[i], name, uuid);
	return n;
}

static void guests_take_out_all(struct guests *guests, const char *name, const char *uuid)
{
	for (size_t i = guests->n; i > 0; i--)
		if (guests_same(guests->items[i - 1], name, uuid))
			guests_take_out(guests, i - 1);
}

/* When the very guest was first told of; else @now_us. */
static uint64_t guests_since(
	const struct guests *guests, const struct resident *guest, uint64_t now_us)
{
	for (size_t i = 0; i < guests->n; i++)
		if (strcmp(guests->items[i]->name, guest->name) == 0 &&
			strcmp(guests->items[i]->uuid, guest->uuid) == 0)
			return guests->items[i]->since_us;
	return now_us;
}

/* In the place of the one that it replaces. There is room for it. */
static void guests_insert(struct guests *guests, struct resident *guest)
{
	size_t at = 0;

	guests_take_out_all(guests, guest->name, guest->uuid);
	while (at < guests->n && strcmp(guests->items[at]->name, guest->name) < 0)
		at++;
	memmove(&guests->items[at + 1], &guests->items[at],
		(guests->n - at) * sizeof(*guests->items));
	guests->items[at] = guest;
	guests->n++;
}

/* Copies @guest into the list. -E2BIG, -ENOMEM. */
static int guests_add(struct guests *guests, const struct resident *guest)
{
	struct resident *copy;
	struct resident **grown;

	if (guests->n - guests_count(guests, guest->name, guest->uuid) >= GUESTS_MAX)
		return -E2BIG;
	grown = realloc(guests->items, (guests->n + 1) * sizeof(struct resident *));
	if (!grown)
		return -ENOMEM;
	guests->items = grown;
	copy = guests_copy(guest);
	if (!copy)
		return -ENOMEM;
	guests_insert(guests, copy);
	return 0;
}

/* One that does not fit is left out: the hook tells of it again when it starts or stops. */
static void guests_on_stored(const struct resident *guest, void *data)
{
	(void)guests_add(data, guest);
}

void guests_load(struct guests *guests)
{
	char boot[SD_ID128_UUID_STRING_MAX];

	guests_boot(boot);
	keep_guests(guests->keep, boot, guests_on_stored, guests);
}

int guests_put(struct guests *guests, const struct resident *guest, const char *text, size_t n)
{
	struct resident timed = *guest;
	char boot[SD_ID128_UUID_STRING_MAX];
	int r;

	timed.since_us = guests_since(guests, guest, guests_now_us());
	r = guests_add(guests, &timed);
	if (r < 0)
		return r;
	guests_boot(boot);
	keep_put_guest(guests->keep, boot, &timed, &(struct keep_text){ .bytes = text, .n = n });
	return 0;
}

int guests_drop(struct guests *guests, const char *name)
{
	if (guests_count(guests, name, name) == 0)
		return -ENOENT;
	guests_take_out_all(guests, name, name);
	keep_drop_guest(guests->keep, name);
	return 0;
}

void guests_done(struct guests *guests)
{
	for (size_t i = 0; i < guests->n; i++)
		free(guests->items[i]);
	free(guests->items);
	*guests = (struct guests){ .keep = guests->keep };
}
