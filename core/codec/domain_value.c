/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_value.h"

#include <errno.h>
#include <string.h>

#define DOMAIN_VALUE_KIB 1024U

static char domain_value_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool domain_value_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value of the digit @c, 16 for what is none. */
static unsigned domain_value_digit(char c)
{
	c = domain_value_lower(c);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Goes over the digits at *@text. */
static int domain_value_digits(const char **text, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;
	bool any = false;

	for (; domain_value_digit(**text) < base; (*text)++, any = true) {
		unsigned digit = domain_value_digit(**text);

		if (value > (UINT64_MAX - digit) / base)
			return -ERANGE;
		value = value * base + digit;
	}
	if (!any)
		return -EINVAL;
	*ret = value;
	return 0;
}

int domain_value_parse(const char *text, unsigned base, uint64_t *ret)
{
	uint64_t value;
	int r;

	while (domain_value_is_blank(*text))
		text++;
	if (base != 10 && text[0] == '0' && domain_value_lower(text[1]) == 'x') {
		base = 16;
		text += 2;
	} else if (base == 0) {
		base = text[0] == '0' ? 8 : 10;
	}
	r = domain_value_digits(&text, base, &value);
	if (r < 0)
		return r;
	while (domain_value_is_blank(*text))
		text++;
	if (*text)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* @a, in lower case already, equals @b in any case. */
static bool domain_value_same(const char *a, const char *b)
{
	while (*a && *a == domain_value_lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

int domain_value_scale(const char *unit, uint64_t *ret)
{
	static const char letters[] = "kmgtpe";
	const char *letter;
	uint64_t base;
	uint64_t scale = 1;

	if (domain_value_same("b", unit) || domain_value_same("byte", unit) ||
		domain_value_same("bytes", unit)) {
		*ret = 1;
		return 0;
	}
	letter = *unit ? strchr(letters, domain_value_lower(*unit)) : NULL;
	if (!letter)
		return -EINVAL;
	if (!unit[1] || domain_value_same("ib", unit + 1))
		base = 1024;
	else if (domain_value_same("b", unit + 1))
		base = 1000;
	else
		return -EINVAL;
	for (const char *c = letters; c <= letter; c++)
		scale *= base;
	*ret = scale;
	return 0;
}

/* What a number in @text is to become, the attribute @name or the text of @node. */
static int domain_value_number(struct domain_node_reader *reader, const xmlNode *node,
	const struct domain_value_number *number, const char *text, uint64_t *ret)
{
	uint64_t value;
	int r = domain_value_parse(text, number->base, &value);

	if (r == -EINVAL)
		return domain_node_refuse(reader, node,
			"%s%s\"%.40s\" is no number that is allowed",
			number->name ? number->name : "", number->name ? "=" : "", text);
	if (r < 0 || value > number->most)
		return domain_node_refuse(reader, node, "%s%s\"%.40s\" is too large",
			number->name ? number->name : "", number->name ? "=" : "", text);
	*ret = value;
	return DOMAIN_NODE_DONE;
}

int domain_value_read_number(struct domain_node_reader *reader, const xmlNode *node,
	const struct domain_value_number *number, uint64_t *ret)
{
	const char *text =
		number->name ? domain_node_attribute(node, number->name) : domain_node_text(node);

	return text ? domain_value_number(reader, node, number, text, ret) : DOMAIN_NODE_DONE;
}

int domain_value_read_size(struct domain_node_reader *reader, const xmlNode *node, const char *name,
	uint64_t scale, uint64_t *ret)
{
	const char *unit = domain_node_attribute(node, "unit");
	const char *text = name ? domain_node_attribute(node, name) : domain_node_text(node);
	struct domain_value_number number = { .name = name, .base = 10 };
	uint64_t value;
	int r;

	if (!text)
		return domain_node_refuse(reader, node, "it needs the attribute %s", name);
	if (unit && *unit && domain_value_scale(unit, &scale) < 0)
		return domain_node_refuse(
			reader, node, "\"%.40s\" is no unit of memory, such as KiB", unit);
	number.most = INT64_MAX / scale;
	r = domain_value_number(reader, node, &number, text, &value);
	if (r == DOMAIN_NODE_DONE)
		*ret = value * scale;
	return r;
}

int domain_value_read_memory(
	struct domain_node_reader *reader, const xmlNode *node, const char *name, uint64_t *ret)
{
	uint64_t value;
	int r = domain_value_read_size(reader, node, name, DOMAIN_VALUE_KIB, &value);

	if (r == DOMAIN_NODE_DONE)
		*ret = domain_value_round_up(value, DOMAIN_VALUE_KIB);
	return r;
}

int domain_value_read_switch(
	struct domain_node_reader *reader, const xmlNode *node, const char *name, enum tri *ret)
{
	const char *text = domain_node_attribute(node, name);

	if (!text || strcmp(text, "auto") == 0)
		*ret = TRI_UNKNOWN;
	else if (strcmp(text, "on") == 0 || strcmp(text, "yes") == 0)
		*ret = TRI_YES;
	else if (strcmp(text, "off") == 0 || strcmp(text, "no") == 0)
		*ret = TRI_NO;
	else
		return domain_node_refuse(
			reader, node, "%s=\"%.40s\" is neither on nor off", name, text);
	return DOMAIN_NODE_DONE;
}

/* One part of a set, "2", "^2" or "0-3", at *@set. */
static int domain_value_set_part(const char **set, uint64_t node_number, bool *has)
{
	bool without = **set == '^';
	uint64_t first, last;
	int r;

	*set += without;
	r = domain_value_digits(set, 10, &first);
	if (r < 0)
		return -EINVAL;
	last = first;
	if (!without && **set == '-') {
		(*set)++;
		if (domain_value_digits(set, 10, &last) < 0 || last < first)
			return -EINVAL;
	}
	if (node_number >= first && node_number <= last)
		*has = !without;
	return 0;
}

int domain_value_set_has(const char *set, uint64_t node_number, bool *ret)
{
	bool has = false;

	for (;;) {
		while (domain_value_is_blank(*set))
			set++;
		if (domain_value_set_part(&set, node_number, &has) < 0)
			return -EINVAL;
		while (domain_value_is_blank(*set))
			set++;
		if (*set == '\0')
			break;
		if (*set++ != ',')
			return -EINVAL;
	}
	*ret = has;
	return 0;
}

uint64_t domain_value_round_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) & ~(step - 1);
}
