/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/fleet_trouble.h"

#include <stdio.h>
#include <string.h>

/* Looking sorts all hosts by their ids: 100,000 take 50 ms. It rests that many times as long. */
#define FLEET_TROUBLE_REST    200U
#define FLEET_TROUBLE_REST_US UINT64_C(1000000) /* or this, if that is longer */

struct fleet_trouble_search {
	unsigned char id[16];
	char first[LIMIT_HOST_NAME + 1]; /* who is current with that id */
	char one[LIMIT_HOST_NAME + 1];	 /* the first two that have the same */
	char other[LIMIT_HOST_NAME + 1];
	char doubled[LIMIT_HOST_NAME + 1]; /* whose key two machines have */
	size_t n_more;
};

/* Twins come one id after the other. A host that was renamed is one until its old record ends. */
static bool fleet_trouble_on_twin(const struct directory_member *member, void *data)
{
	struct fleet_trouble_search *search = data;

	if (member->standing != DIRECTORY_CURRENT)
		return true;
	if (!*search->first || memcmp(search->id, member->host_id, sizeof(search->id)) != 0) {
		memcpy(search->id, member->host_id, sizeof(search->id));
		(void)snprintf(search->first, sizeof(search->first), "%s", member->host);
	} else if (*search->one) {
		search->n_more++;
	} else {
		(void)snprintf(search->one, sizeof(search->one), "%s", search->first);
		(void)snprintf(search->other, sizeof(search->other), "%s", member->host);
	}
	return true;
}

static bool fleet_trouble_on_host(const struct directory_member *member, void *data)
{
	struct fleet_trouble_search *search = data;

	if (member->contradicted && member->standing == DIRECTORY_CURRENT)
		(void)snprintf(search->doubled, sizeof(search->doubled), "%s", member->host);
	return !*search->doubled;
}

static void fleet_trouble_look(struct fleet_trouble *trouble)
{
	const struct directory *directory = trouble->membership->directory;
	struct fleet_trouble_search search = { .first = "" };
	char more[48] = "", before[FLEET_TROUBLE_BYTES];

	(void)snprintf(before, sizeof(before), "%s", trouble->twins);
	trouble->twins[0] = '\0';
	directory_list(directory, fleet_trouble_on_host, &search);
	if (!*search.doubled && directory_list_twins(directory, fleet_trouble_on_twin, &search) < 0)
		return;
	if (search.n_more > 0)
		(void)snprintf(more, sizeof(more), ", and %zu more hosts like that", search.n_more);
	if (*search.doubled)
		(void)snprintf(trouble->twins, sizeof(trouble->twins),
			"two machines sign as %.64s: give each a certificate and key of its own",
			search.doubled);
	else if (*search.one)
		(void)snprintf(trouble->twins, sizeof(trouble->twins),
			"%.64s and %.64s have the same machine id%s: give each its own with "
			"systemd-machine-id-setup(1), or forget the one that is gone",
			search.one, search.other, more);
	if (*trouble->twins && strcmp(trouble->twins, before) != 0)
		log_say(trouble->log, LOG_WARNING, LOG_FLEET_TROUBLE, "%s", trouble->twins);
}

static void fleet_trouble_on_look(void *data)
{
	struct fleet_trouble *trouble = data;

	uint64_t began_us = turn_now_us(), rest_us;

	fleet_trouble_look(trouble);
	trouble->pending = false;
	trouble->looked_us = turn_now_us();
	rest_us = (trouble->looked_us - began_us) * FLEET_TROUBLE_REST;
	trouble->rest_us = rest_us > FLEET_TROUBLE_REST_US ? rest_us : FLEET_TROUBLE_REST_US;
}

static void fleet_trouble_on_change(
	const struct directory_member *member, unsigned changes, void *data)
{
	struct fleet_trouble *trouble = data;
	uint64_t rested_us = turn_now_us() - trouble->looked_us;

	(void)member;
	if (trouble->pending || changes == DIRECTORY_DOCUMENT)
		return;
	trouble->pending = true;
	(void)turn_watch(trouble->look, -1, 0,
		rested_us < trouble->rest_us ? trouble->rest_us - rested_us : 0);
}

int fleet_trouble_open(struct fleet_trouble *trouble, struct turn *turn)
{
	int r = turn_add(turn, fleet_trouble_on_look, trouble, &trouble->look);

	if (r == 0)
		r = directory_watch(
			trouble->membership->directory, fleet_trouble_on_change, trouble);
	trouble->pending = r == 0;
	/* Who asks something at the start comes first. */
	return r < 0 ? r : turn_watch(trouble->look, -1, 0, FLEET_TROUBLE_REST_US);
}

bool fleet_trouble_follow(struct fleet_trouble *trouble)
{
	const char *text = trouble->membership->trouble.text;
	char now[FLEET_TROUBLE_BYTES];

	if (!*text)
		text = meeting_trouble(trouble->meeting);
	(void)snprintf(now, sizeof(now), "%s", *text ? text : trouble->twins);
	if (strcmp(now, trouble->text) == 0)
		return false;
	(void)snprintf(trouble->text, sizeof(trouble->text), "%s", now);
	return true;
}
