/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/peers/places.h"

#include "core/model/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_DOUBLINGS 4U

struct peers_places {
	size_t n, allocated;
	struct peers_place **items; /* sorted by URL, which stands behind each in its block */
};

int peers_places_new(struct peers_places **ret)
{
	struct peers_places *places = calloc(1, sizeof(*places));

	if (!places)
		return -ENOMEM;
	*ret = places;
	return 0;
}

struct peers_places *peers_places_free(struct peers_places *places)
{
	if (!places)
		return NULL;
	for (size_t i = 0; i < places->n; i++)
		free(places->items[i]);
	free(places->items);
	free(places);
	return NULL;
}

static size_t peers_places_find(const struct peers_places *places, const char *url)
{
	size_t first = 0, end = places->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (strcmp(places->items[middle]->url, url) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static int peers_places_reserve(struct peers_places *places)
{
	size_t allocated = places->allocated ? places->allocated * 2 : 16;
	struct peers_place **items;

	if (places->n < places->allocated)
		return 0;
	if (places->n >= PEERS_PLACES)
		return -ENOSPC;
	items = realloc(places->items, allocated * sizeof(*items));
	if (!items)
		return -ENOMEM;
	places->items = items;
	places->allocated = allocated;
	return 0;
}

int peers_places_add(struct peers_places *places, const char *url, unsigned source)
{
	size_t n = strlen(url), at = peers_places_find(places, url);
	struct peers_place *place;
	char *copy;
	int r;

	if (at < places->n && strcmp(places->items[at]->url, url) == 0) {
		places->items[at]->sources |= source;
		return 0;
	}
	if (n >= PEERS_URL_BYTES || !record_is_endpoint(url, n))
		return -EINVAL;
	r = peers_places_reserve(places);
	if (r < 0)
		return r;
	place = calloc(1, sizeof(*place) + n + 1);
	if (!place)
		return -ENOMEM;
	copy = (char *)(place + 1);
	memcpy(copy, url, n + 1);
	place->url = copy;
	place->sources = source;
	memmove(&places->items[at + 1], &places->items[at],
		(places->n - at) * sizeof(places->items[0]));
	places->items[at] = place;
	places->n++;
	return 0;
}

void peers_places_forget(struct peers_places *places, unsigned source)
{
	for (size_t i = 0; i < places->n; i++)
		places->items[i]->sources &= ~source;
}

void peers_places_sweep(struct peers_places *places)
{
	size_t kept = 0;

	for (size_t i = 0; i < places->n; i++) {
		if (places->items[i]->sources == 0 && !places->items[i]->busy)
			free(places->items[i]);
		else
			places->items[kept++] = places->items[i];
	}
	places->n = kept;
}

size_t peers_places_count(const struct peers_places *places)
{
	return places->n;
}

const struct peers_place *peers_places_get(const struct peers_places *places, size_t i)
{
	return places->items[i];
}

/* ------------------------------------------------------------- drawing */

static bool peers_place_is_due(const struct peers_place *place, uint64_t now_us)
{
	return !place->busy && place->sources != 0 && now_us >= place->not_before_us;
}

struct peers_place *peers_places_choose(
	struct peers_places *places, uint64_t now_us, uint64_t (*random)(void *data), void *data)
{
	struct peers_place *place;
	size_t n_due = 0, nth;

	for (size_t i = 0; i < places->n; i++)
		n_due += peers_place_is_due(places->items[i], now_us);
	if (n_due == 0)
		return NULL;
	nth = random(data) % n_due;
	for (size_t i = 0;; i++) {
		place = places->items[i];
		if (peers_place_is_due(place, now_us) && nth-- == 0)
			break;
	}
	place->busy = true;
	return place;
}

void peers_place_release(struct peers_place *place, uint64_t now_us)
{
	place->reached_us = now_us;
	place->self = false;
	place->busy = false;
	place->failures = 0;
	place->not_before_us = 0;
}

void peers_place_rest(struct peers_place *place, uint64_t now_us, uint64_t pause_us)
{
	peers_place_release(place, now_us);
	place->self = true;
	place->not_before_us = now_us + (pause_us << PEERS_DOUBLINGS);
}

void peers_place_fail(
	struct peers_place *place, uint64_t now_us, uint64_t pause_us, uint64_t random)
{
	unsigned doublings = place->failures < PEERS_DOUBLINGS ? place->failures : PEERS_DOUBLINGS;
	uint64_t pause = pause_us << doublings;

	/* From half of it to all of it, so that those who fail together do not return together. */
	place->busy = false;
	place->failures++;
	place->not_before_us = now_us + pause / 2 + random % (pause / 2 + 1);
}

/* ------------------------------------------------------------- lists */

static bool peers_list_is_between(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r';
}

/* Where the next word begins, after blanks and remarks, or @n. */
static size_t peers_list_skip(const char *text, size_t n, size_t at)
{
	bool remark = false;

	for (; at < n; at++) {
		if (text[at] == '#')
			remark = true;
		else if (text[at] == '\n')
			remark = false;
		else if (!remark && !peers_list_is_between(text[at]))
			break;
	}
	return at;
}

static size_t peers_list_measure(const char *text, size_t n, size_t at)
{
	size_t end = at;

	while (end < n && !peers_list_is_between(text[end]))
		end++;
	return end - at;
}

int peers_list_parse(const char *text, size_t n, int (*each)(const char *url, void *data),
	void *data, struct refusal *refusal)
{
	char url[PEERS_URL_BYTES];
	unsigned n_urls = 0;
	size_t length;
	int r = 0;

	if (n > PEERS_LIST_BYTES)
		return refusal_set(
			refusal, "", "the list of peers has more than %u bytes", PEERS_LIST_BYTES);
	for (size_t at = peers_list_skip(text, n, 0); r == 0 && at < n;
		at = peers_list_skip(text, n, at + length)) {
		length = peers_list_measure(text, n, at);
		if (length >= sizeof(url) || !record_is_endpoint(text + at, length))
			return refusal_set_at(refusal, text, at,
				"\"%.*s\" is not a peer such as https://host.example.com:7443",
				length > 80 ? 80 : (int)length, text + at);
		if (++n_urls > PEERS_LIST_URLS)
			return refusal_set_at(refusal, text, at,
				"more than %u peers are named; a fleet that large needs etcd",
				PEERS_LIST_URLS);
		memcpy(url, text + at, length);
		url[length] = '\0';
		r = each(url, data);
	}
	return r;
}
