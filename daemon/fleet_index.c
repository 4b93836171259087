/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/fleet_index.h"

#include "core/cleanup.h"
#include "core/model/class.h"
#include "daemon/exchange/directory/class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A class that was made a host, in its slot of the directory. */
struct fleet_index_class {
	struct directory_digest digest;
	struct host *host; /* NULL: not needed yet */
	bool unreadable;   /* its document is none, which is not tried again */
	bool wanted;	   /* of a member, as the newest that may be readable */
	int32_t at;	   /* in the view; -1: not in it */
};

struct fleet_index {
	struct directory *directory;
	bool changed;
	bool marked; /* the slots that are wanted */
	char own_name[LIMIT_HOST_NAME + 1];
	struct host *own;
	uint64_t own_collected_us;
	size_t n_slots;
	struct fleet_index_class *slots;
	/* The view. */
	size_t n_members, n_classes, n_labels;
	struct fleet_member *members;
	const struct host **classes;
	struct fleet_label *labels;
};

CLEANUP_DEFINE(struct fleet_index *, fleet_index_free, fleet_index_freep);

static void fleet_index_on_change(
	const struct directory_member *member, unsigned changes, void *data)
{
	struct fleet_index *index = data;

	(void)member;
	(void)changes;
	index->changed = true;
	index->marked = false;
}

int fleet_index_new(struct directory *directory, struct fleet_index **ret)
{
	_cleanup_(fleet_index_freep) struct fleet_index *index = calloc(1, sizeof(*index));
	int r;

	if (!index)
		return -ENOMEM;
	index->directory = directory;
	index->changed = true;
	r = directory_watch(directory, fleet_index_on_change, index);
	if (r < 0)
		return r;
	*ret = cleanup_take(index);
	return 0;
}

static void fleet_index_drop_view(struct fleet_index *index)
{
	free(index->members);
	free(index->classes);
	free(index->labels);
	index->members = NULL;
	index->classes = NULL;
	index->labels = NULL;
	index->n_members = index->n_classes = index->n_labels = 0;
}

struct fleet_index *fleet_index_free(struct fleet_index *index)
{
	if (!index)
		return NULL;
	fleet_index_drop_view(index);
	for (size_t i = 0; i < index->n_slots; i++)
		host_unref(index->slots[i].host);
	free(index->slots);
	host_unref(index->own);
	free(index);
	return NULL;
}

void fleet_index_set_own(struct fleet_index *index, const struct fleet_index_own *own)
{
	struct host *host = own->host ? host_ref(own->host) : NULL;

	host_unref(index->own);
	index->own = host;
	index->own_collected_us = own->collected_us;
	(void)snprintf(index->own_name, sizeof(index->own_name), "%s", own->name);
	index->changed = true;
}

/* ---------------------------------------------------------------- classes */

static int fleet_index_grow_slots(struct fleet_index *index)
{
	size_t n = directory_count_slots(index->directory);
	struct fleet_index_class *grown;

	if (n <= index->n_slots)
		return 0;
	grown = reallocarray(index->slots, n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + index->n_slots, 0, (n - index->n_slots) * sizeof(*grown));
	index->slots = grown;
	index->n_slots = n;
	return 0;
}

/* Makes a host of the class in @slot, if its document is what its digest says. -ENOMEM. */
static int fleet_index_make_host(struct fleet_index *index, struct fleet_index_class *known,
	const struct directory_class *class_)
{
	_cleanup_(cleanup_freep) char *document = NULL;
	char digest[DIGEST_LENGTH + 1];
	struct refusal refusal;
	struct host *host;
	size_t n;
	int r = directory_read_class(index->directory, &class_->digest, &document, &n);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = host_new_of_class(document, n, NULL, &host, &refusal);
	if (r < 0)
		return r;
	known->unreadable = true;
	if (r != HOST_CLASS_DONE)
		return 0;
	directory_digest_format(&class_->digest, digest);
	if (strcmp(host_digests(host).class_, digest) != 0) {
		host_unref(host);
		return 0;
	}
	known->unreadable = false;
	known->host = host;
	return 0;
}

/* What is known of the class in @slot now; a class that was there before is forgotten. */
static struct fleet_index_class *fleet_index_see(
	struct fleet_index *index, int32_t slot, struct directory_class *ret)
{
	struct fleet_index_class *known = &index->slots[slot];

	directory_get_class(index->directory, slot, ret);
	if (memcmp(&known->digest, &ret->digest, sizeof(ret->digest)) != 0) {
		host_unref(known->host);
		*known = (struct fleet_index_class){ .digest = ret->digest, .at = -1 };
	}
	return known;
}

/* Sees to the class in @slot: its place in the view is in @ret, -1 where it is not known. */
static int fleet_index_place_class(struct fleet_index *index, int32_t slot, int32_t *ret)
{
	struct directory_class class_;
	struct fleet_index_class *known = fleet_index_see(index, slot, &class_);
	int r;

	if (!known->host && class_.held && !known->unreadable) {
		r = fleet_index_make_host(index, known, &class_);
		if (r < 0)
			return r;
	}
	if (known->host && known->at < 0) {
		known->at = (int32_t)index->n_classes;
		index->classes[index->n_classes++] = known->host;
	}
	*ret = known->host ? known->at : -1;
	return 0;
}

/* The newest class of @member that can be asked. */
static int fleet_index_find_class(
	struct fleet_index *index, const struct directory_member *member, int32_t *ret)
{
	int r = 0;

	*ret = -1;
	for (unsigned i = member->n_classes; r == 0 && *ret < 0 && i > 0; i--)
		if (member->classes[i - 1].projection <= CLASS_PROJECTION)
			r = fleet_index_place_class(index, member->classes[i - 1].slot, ret);
	return r;
}

/* ---------------------------------------------------------------- ahead of a question */

static bool fleet_index_mark(const struct directory_member *member, void *data)
{
	struct fleet_index *index = data;
	struct fleet_index_class *known = NULL;
	struct directory_class class_;

	if (strcmp(member->host, index->own_name) == 0)
		return true;
	for (unsigned i = member->n_classes; i > 0 && !known; i--) {
		if (member->classes[i - 1].projection > CLASS_PROJECTION)
			continue;
		known = fleet_index_see(index, member->classes[i - 1].slot, &class_);
		if (!class_.held || known->unreadable)
			known = NULL;
	}
	if (known)
		known->wanted = true;
	return true;
}

int fleet_index_prepare(struct fleet_index *index, size_t most)
{
	int r = index->changed ? fleet_index_grow_slots(index) : 0;

	if (r < 0 || !index->changed)
		return r;
	if (!index->marked)
		directory_list(index->directory, fleet_index_mark, index);
	index->marked = true;
	for (size_t i = 0; r == 0 && i < index->n_slots; i++) {
		struct fleet_index_class *known = &index->slots[i];
		struct directory_class class_;

		if (!known->wanted || known->host || known->unreadable)
			continue;
		if (most-- == 0)
			return 1;
		directory_get_class(index->directory, (int32_t)i, &class_);
		r = fleet_index_make_host(index, known, &class_);
		known->wanted = false;
	}
	return r;
}

/* ---------------------------------------------------------------- the view */

struct fleet_index_work {
	struct fleet_index *index;
	bool own_seen;
	int error;
};

static bool fleet_index_count(const struct directory_member *member, void *data)
{
	struct fleet_index *index = data;

	index->n_members++;
	index->n_labels += member->n_labels;
	return true;
}

static const struct fleet_label *fleet_index_add_labels(
	struct fleet_index *index, const struct directory_member *member)
{
	struct fleet_label *labels = &index->labels[index->n_labels];
	const char *at = member->labels;

	for (unsigned i = 0; i < member->n_labels; i++) {
		labels[i].name = at;
		at += strlen(at) + 1;
		labels[i].value = at;
		at += strlen(at) + 1;
	}
	index->n_labels += member->n_labels;
	return labels;
}

/* This host in @ret; it is asked of its own facts, whatever it told the fleet. */
static void fleet_index_fill_own(struct fleet_index *index, struct fleet_member *ret)
{
	ret->name = index->own_name;
	ret->expired = false;
	ret->collected_us = index->own_collected_us;
	ret->class_index = -1;
	if (!index->own)
		return;
	ret->class_index = (int32_t)index->n_classes;
	index->classes[index->n_classes++] = index->own;
}

static void fleet_index_add_own(struct fleet_index_work *work)
{
	struct fleet_member *own = &work->index->members[work->index->n_members++];

	work->own_seen = true;
	*own = (struct fleet_member){ 0 };
	fleet_index_fill_own(work->index, own);
}

static bool fleet_index_add(const struct directory_member *member, void *data)
{
	struct fleet_index_work *work = data;
	struct fleet_index *index = work->index;
	int order = *index->own_name ? strcmp(member->host, index->own_name) : -1;
	struct fleet_member *added;

	if (order > 0 && !work->own_seen)
		fleet_index_add_own(work);
	added = &index->members[index->n_members++];
	*added = (struct fleet_member){
		.name = member->host,
		.class_index = -1,
		.expired = member->standing != DIRECTORY_CURRENT,
		.collected_us = member->collected_us,
		.n_labels = member->n_labels,
	};
	added->labels = fleet_index_add_labels(index, member);
	if (order == 0) {
		work->own_seen = true;
		fleet_index_fill_own(index, added);
	} else {
		work->error = fleet_index_find_class(index, member, &added->class_index);
	}
	return work->error == 0;
}

static int fleet_index_build(struct fleet_index *index)
{
	struct fleet_index_work work = { .index = index };
	int r = fleet_index_grow_slots(index);

	if (r < 0)
		return r;
	for (size_t i = 0; i < index->n_slots; i++)
		index->slots[i].at = -1;
	fleet_index_drop_view(index);
	directory_list(index->directory, fleet_index_count, index);
	index->members = calloc(index->n_members + 1, sizeof(*index->members));
	index->labels = calloc(index->n_labels + 1, sizeof(*index->labels));
	index->classes = calloc(index->n_slots + 1, sizeof(struct host *));
	if (!index->members || !index->labels || !index->classes)
		return -ENOMEM;
	index->n_members = index->n_labels = 0;
	directory_list(index->directory, fleet_index_add, &work);
	if (work.error == 0 && !work.own_seen && *index->own_name)
		fleet_index_add_own(&work);
	return work.error;
}

/* Classes that nobody has any more need no host. */
static void fleet_index_forget_unused(struct fleet_index *index)
{
	for (size_t i = 0; i < index->n_slots; i++) {
		if (index->slots[i].at >= 0)
			continue;
		host_unref(index->slots[i].host);
		index->slots[i] = (struct fleet_index_class){ .at = -1 };
	}
}

int fleet_index_get(struct fleet_index *index, struct fleet *ret)
{
	int r;

	if (index->changed) {
		r = fleet_index_build(index);
		if (r < 0) {
			fleet_index_drop_view(index);
			return r;
		}
		fleet_index_forget_unused(index);
		index->changed = false;
	}
	*ret = (struct fleet){
		.n_classes = index->n_classes,
		.classes = index->classes,
		.n_members = index->n_members,
		.members = index->members,
	};
	return 0;
}
