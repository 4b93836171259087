/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object of an answer while it is made. Memory that runs out is remembered and found at the end,
 * so that what is shown reads as a list of members.
 */
#pragma once

#include "core/judge/report.h"
#include "core/model/tri.h"

#include <jansson.h>

struct answer {
	json_t *json; /* NULL after an error */
	int error;    /* 0 or -ENOMEM */
};

/* An empty object. */
struct answer answer_start(void);

/*
 * The object in @ret, or the error. Either way @answer is done with; every answer that is started
 * has to be finished or set into another one.
 */
int answer_finish(struct answer *answer, json_t **ret);

/* Sets member @key to @value, whose reference is taken; NULL: memory ran out where it was made. */
void answer_set(struct answer *answer, const char *key, json_t *value);

/* Sets member @key to the object of @inner, which is done with. */
void answer_set_answer(struct answer *answer, const char *key, struct answer *inner);

/* Appends @item, whose reference is taken, to @array; both may be NULL. Gives @array or NULL. */
json_t *answer_append(json_t *array, json_t *item);

/* Appends the object of @inner, which is done with. */
json_t *answer_append_answer(json_t *array, struct answer *inner);

/* NULL leaves the member out. */
void answer_text(struct answer *answer, const char *key, const char *text);
void answer_integer(struct answer *answer, const char *key, uint64_t value);
/* "collected_at": microseconds since 1970, null for 0, which is not known. */
void answer_collected(struct answer *answer, uint64_t collected_us);
void answer_hex(struct answer *answer, const char *key, uint64_t value); /* "0x1f" */
void answer_tri(struct answer *answer, const char *key, enum tri tri);

/* Facts: a null is left out, what is not known is {"unknown":"why"}. */
void answer_fact_text(struct answer *answer, const char *key, struct fact_text text);
void answer_fact_integer(struct answer *answer, const char *key, struct fact_number number);
void answer_fact_hex(struct answer *answer, const char *key, struct fact_number number);
void answer_fact_texts(struct answer *answer, const char *key, struct fact_texts texts);
void answer_ignorance(struct answer *answer, const char *key, struct fact fact);

/* {"first","last"} and, unless NULL, @word_key: @word. */
struct answer answer_region(struct region region, const char *word_key, const char *word);

/* The ranges of @set, or NULL when memory runs out. */
json_t *answer_regions(const struct region_set *set);

/* The @n findings at @findings as the promised array, or NULL when memory runs out. */
json_t *answer_findings(const struct finding *findings, size_t n);
