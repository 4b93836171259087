/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fact is a value that a platform was asked for. It is one of four things, which are never mixed:
 * a value; null, the thing does not exist; unknown, with the reason; missing, nobody asked (an
 * older or a newer writer). A struct that is zero is missing, so that forgetting to set a fact can
 * never look like "does not exist". Every kind of fact begins with struct fact.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact_state {
	FACT_MISSING, /* not collected */
	FACT_NULL,    /* does not exist */
	FACT_UNKNOWN, /* exists or not: the platform did not say; see fact_why */
	FACT_VALUE,
};

/* Why a fact is unknown. In JSON {"unknown":"not-readable"}; the words are those of the DESIGN. */
enum fact_why {
	FACT_NOT_READABLE,  /* no permission, or the read failed */
	FACT_NOT_EXPOSED,   /* this kernel or platform does not show it */
	FACT_ASLEEP,	    /* the device sleeps and was not to be woken */
	FACT_VANISHED,	    /* it went away while it was read */
	FACT_MALFORMED,	    /* what was read makes no sense */
	FACT_TIMED_OUT,	    /* the deadline of the collection passed */
	FACT_OVER_LIMIT,    /* longer than the platform or we can show */
	FACT_NOT_COLLECTED, /* FACT_MISSING seen as a reason; never written */
	_FACT_WHY_MAX,
};

struct fact {
	uint8_t state; /* enum fact_state */
	uint8_t why;   /* enum fact_why, in FACT_UNKNOWN */
};

struct fact_number { /* integers, registers, and booleans as 0 or 1 */
	struct fact fact;
	uint64_t value;
};

struct fact_text {
	struct fact fact;
	const char *value; /* printable ASCII, NUL-terminated; in the owner's arena */
};

struct fact_texts {
	struct fact fact;
	size_t n;
	const char **items;
};

/* A list of structs; the owner's declaration says of which. */
struct fact_list {
	struct fact fact;
	size_t n;
	void *items;
};

#define FACT_KNOWN	      ((struct fact){ .state = FACT_VALUE })
#define FACT_ABSENT	      ((struct fact){ .state = FACT_NULL })
#define FACT_IGNORANT(reason) ((struct fact){ .state = FACT_UNKNOWN, .why = (uint8_t)(reason) })

static inline struct fact_number fact_number(uint64_t value)
{
	return (struct fact_number){ .fact = FACT_KNOWN, .value = value };
}

static inline struct fact_number fact_number_unknown(enum fact_why why)
{
	return (struct fact_number){ .fact = FACT_IGNORANT(why) };
}

static inline struct fact_number fact_number_null(void)
{
	return (struct fact_number){ .fact = FACT_ABSENT };
}

static inline struct fact_text fact_text(const char *value)
{
	return (struct fact_text){ .fact = FACT_KNOWN, .value = value };
}

static inline struct fact_text fact_text_unknown(enum fact_why why)
{
	return (struct fact_text){ .fact = FACT_IGNORANT(why) };
}

static inline struct fact_text fact_text_null(void)
{
	return (struct fact_text){ .fact = FACT_ABSENT };
}

static inline bool fact_is_value(struct fact fact)
{
	return fact.state == FACT_VALUE;
}

static inline bool fact_is_null(struct fact fact)
{
	return fact.state == FACT_NULL;
}

/* True when nothing is known of it: unknown or missing. */
static inline bool fact_is_ignorance(struct fact fact)
{
	return fact.state == FACT_UNKNOWN || fact.state == FACT_MISSING;
}

/* Known and not zero; false says nothing about the opposite. */
static inline bool fact_is_yes(struct fact_number number)
{
	return fact_is_value(number.fact) && number.value;
}

/* Known to be zero or not to exist. */
static inline bool fact_is_no(struct fact_number number)
{
	return fact_is_null(number.fact) || (fact_is_value(number.fact) && !number.value);
}

static inline bool fact_text_is(struct fact_text text, const char *word)
{
	return fact_is_value(text.fact) && __builtin_strcmp(text.value, word) == 0;
}

/* The reason of a fact that is unknown or missing (FACT_NOT_COLLECTED). Asserts on any other. */
enum fact_why fact_why(struct fact fact);

/* The word of @why as it stands in JSON, "not-readable" and so on. */
const char *fact_why_word(enum fact_why why);

/*
 * The reason of the word of @n bytes at @word in @ret. 0, or -EINVAL when there is no such word;
 * not-collected is none: it is never written.
 */
int fact_why_parse(const char *word, size_t n, enum fact_why *ret);
