/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/arguments.h"

#include "client/nearest.h"
#include "core/model/finding.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_ARENA_BYTES (8U << 20)
#define ARGUMENTS_FACTS_MOST  10000U
#define ARGUMENTS_DIGEST      64U /* hexadecimal digits */
#define ARGUMENTS_WORDS	      20000U

static int arguments_take_flag(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)options;
	(void)value;
	(void)trouble;
	return 0;
}

/* Adds @text to the @n texts at @list, whose room is the next power of two. */
static int arguments_append(
	struct arguments *options, const char ***list, size_t *n, const char *text)
{
	if ((*n & (*n - 1)) == 0) {
		const char **more = arena_array(options->arena, *n ? 2 * *n : 1, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (*n)
			memcpy(more, *list, *n * sizeof(*more));
		*list = more;
	}
	(*list)[(*n)++] = text;
	return 0;
}

const char *arguments_document_name(const struct arguments *options, const char *name)
{
	json_t *good = json_string(name);
	char *escaped;
	size_t n = 0;

	json_decref(good);
	if (good)
		return name;
	escaped = arena_array(options->arena, 4 * strlen(name) + 1, 1);
	for (const char *c = name; escaped && *c; c++) {
		if ((unsigned char)*c < 0x80)
			escaped[n++] = *c;
		else
			n += (size_t)snprintf(escaped + n, 5, "\\x%02x", (unsigned char)*c);
	}
	return escaped;
}

static int arguments_take_facts(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	int r;

	if (options->n_facts == ARGUMENTS_FACTS_MOST)
		return trouble_usage(
			trouble, "--facts: more than %u; ask in parts", ARGUMENTS_FACTS_MOST);
	r = arguments_append(options, &options->all_facts, &options->n_facts, value);
	if (r < 0)
		return r;
	options->facts = options->all_facts[0];
	options->facts_name = arguments_document_name(options, options->facts);
	return options->facts_name ? 0 : -ENOMEM;
}

static int arguments_take_bus(struct arguments *options, const char *value, struct trouble *trouble)
{
	if (strcmp(value, "system") != 0 && strcmp(value, "session") != 0 && !strchr(value, ':'))
		return trouble_usage(trouble,
			"--bus=%s: no such bus; use system, session, or an address such as "
			"unix:path=/run/bus",
			value);
	options->bus = value;
	return 0;
}

static int arguments_take_json(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	static const char *const words[] = {
		[DISPLAY_JSON_OFF] = "off",
		[DISPLAY_JSON_SHORT] = "short",
		[DISPLAY_JSON_PRETTY] = "pretty",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0) {
			options->json = (enum display_json)i;
			return 0;
		}
	return trouble_usage(trouble, "--json=%s: use short, pretty or off", value);
}

/* Any of the options that name a guest: that only one is given is looked at when all are read. */
static int arguments_take_guest(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	if (options->n_guests == ARGUMENTS_GUESTS_MOST)
		return trouble_usage(trouble, "%s: more than %u guests; ask in parts", value,
			ARGUMENTS_GUESTS_MOST);
	options->guest = value;
	options->guests[options->n_guests++] = (struct arguments_guest){
		.bit = options->taken,
		.place = value,
	};
	return 0;
}

static int arguments_take_name(
	const char *option, const char *value, const char **ret, struct trouble *trouble)
{
	if (strlen(value) > LIMIT_TEXT)
		return trouble_usage(trouble,
			"--%s: the name is longer than %u bytes, the most "
			"that one has",
			option, LIMIT_TEXT);
	*ret = value;
	return 0;
}

static int arguments_take_arch(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	return arguments_take_name("arch", value, &options->arch, trouble);
}

static int arguments_take_from(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)trouble;
	options->from = value;
	options->from_name = arguments_document_name(options, value);
	return options->from_name ? 0 : -ENOMEM;
}

static int arguments_take_host(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	return arguments_take_name("host", value, &options->host, trouble);
}

static int arguments_take_attach(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	const char *target;

	if (options->n_attach == LIMIT_TARGETS)
		return trouble_usage(
			trouble, "--attach: more than %u targets; ask in parts", LIMIT_TARGETS);
	target = arguments_target(options, value);
	if (!target)
		return -ENOMEM;
	options->attach[options->n_attach++] = target;
	return 0;
}

static int arguments_take_memory(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	if (arguments_parse_size(value, &options->attach_memory))
		return 0;
	return trouble_usage(trouble,
		"--attach-memory=%s: not a size; use bytes or a number with K, M, G, T, P or E, "
		"such "
		"as 64G, below 16E",
		value);
}

static int arguments_take_question(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	unsigned bit = finding_question_parse(
		strcmp(value, "memory-hotplug") == 0 ? "memory_hotplug" : value);

	if (!bit)
		return trouble_usage(trouble,
			"--question=%s: no such question; use migrate, hotplug or memory_hotplug",
			value);
	options->questions |= bit;
	return 0;
}

static int arguments_take_assume(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	struct refusal refusal;
	int r;

	if (options->n_assume == ARGUMENTS_ASSUMPTIONS)
		return trouble_usage(trouble, "--assume: more than %u; one of each is enough",
			ARGUMENTS_ASSUMPTIONS);
	r = assume_add_pair(&options->assumed, value, &refusal);
	if (r < 0)
		return r;
	if (r != ASSUME_DONE)
		return trouble_usage(trouble, "--assume=%s: %s", value, refusal.text);
	options->assume[options->n_assume++] = value;
	return 0;
}

/* "rack", any value of it, or "rack=b12". */
static int arguments_take_label(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	const char *equal = strchr(value, '=');
	size_t n = equal ? (size_t)(equal - value) : strlen(value);

	if (n == 0 || n > LIMIT_LABEL)
		return trouble_usage(trouble, "--label=%s: the name has to have 1 to %u letters",
			value, LIMIT_LABEL);
	options->label = value;
	return 0;
}

static int arguments_take_class(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	size_t n = strspn(value, "0123456789abcdef");

	if (n == 0 || value[n] || n > ARGUMENTS_DIGEST)
		return trouble_usage(trouble,
			"--class=%s: not how a digest begins; \"iommufleetctl classes\" lists them",
			value);
	options->class_digest = value;
	return 0;
}

static int arguments_take_sysroot(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)trouble;
	options->sysroot = value;
	return 0;
}

static int arguments_take_output(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	if (value[strlen(value) - 1] == '/')
		return trouble_usage(trouble, "--output=%s: it is a folder; name a file", value);
	options->output = value;
	return 0;
}

static int arguments_take_html(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	if (!*value)
		return trouble_usage(trouble, "--html: an empty name; name a file, or -");
	options->html = value;
	return 0;
}

static int arguments_take_config(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)trouble;
	options->config = value;
	return 0;
}

static int arguments_take_daemon(
	struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)trouble;
	options->daemon = value;
	return 0;
}

static int arguments_take_log(struct arguments *options, const char *value, struct trouble *trouble)
{
	(void)trouble;
	options->kernel_log = value;
	return 0;
}

const struct arguments_row arguments_table[] = {
	{ "domain", "FILE", ARGUMENTS_DOMAIN, arguments_take_guest,
		"the guest, as libvirt's XML; - reads the input" },
	{ "cmdline", "FILE", ARGUMENTS_CMDLINE, arguments_take_guest,
		"the guest, as QEMU's arguments; likewise" },
	{ "mtree", "FILE", ARGUMENTS_MTREE, arguments_take_guest,
		"the guest, as \"info mtree -f\" shows it" },
	{ "qmp", "SOCKET", ARGUMENTS_QMP, arguments_take_guest,
		"the guest that this monitor of QEMU is of" },
	{ "map", "FILE", ARGUMENTS_MAP, arguments_take_guest,
		"the guest, as JSON; - reads the input" },
	{ "arch", "ARCH", ARGUMENTS_ARCH, arguments_take_arch,
		"the guest's, such as x86_64, for --mtree" },
	{ "from", "HOST", ARGUMENTS_FROM, arguments_take_from,
		"where the guest is defined; a file with --facts" },
	{ "host", "HOST", ARGUMENTS_HOST, arguments_take_host, "ask the daemon about this host" },
	{ "attach", "TARGET", ARGUMENTS_ATTACH, arguments_take_attach,
		"a device to be given: address, identity, group" },
	{ "attach-memory", "SIZE", ARGUMENTS_ATTACH_MEMORY, arguments_take_memory,
		"memory to be added later, such as 64G" },
	{ "question", "NAME", ARGUMENTS_QUESTION, arguments_take_question,
		"only this: migrate, hotplug, memory_hotplug" },
	{ "html", "FILE", ARGUMENTS_HTML, arguments_take_html,
		"write a page of HTML; - is the output" },
	{ "assume", "KEY=VALUE", ARGUMENTS_ASSUME, arguments_take_assume,
		"what if, such as kernel=6.6 or iommu-bits=39" },
	{ "label", "NAME[=VALUE]", ARGUMENTS_LABEL, arguments_take_label,
		"only hosts with this label" },
	{ "class", "DIGEST", ARGUMENTS_CLASS, arguments_take_class,
		"only hosts whose class begins so" },
	{ "sysroot", "DIR", ARGUMENTS_SYSROOT, arguments_take_sysroot, "a host's files below DIR" },
	{ "kernel-log", "FILE", ARGUMENTS_KERNEL_LOG, arguments_take_log,
		"the kernel log, as dmesg prints it" },
	{ "config", "FILE", ARGUMENTS_CONFIG, arguments_take_config,
		"instead of libvirt-hook.conf or iommufleetd.conf" },
	{ "daemon", "FILE", ARGUMENTS_DAEMON, arguments_take_daemon,
		"the program iommufleetd, if it is elsewhere" },
	{ "output", "FILE", ARGUMENTS_OUTPUT, arguments_take_output,
		"write this file, whole, when it changes" },
	{ "facts", "FILE", ARGUMENTS_FACTS, arguments_take_facts,
		"ask this facts document, not the daemon" },
	{ "bus", "BUS", ARGUMENTS_BUS, arguments_take_bus, "system, session, or unix:path=..." },
	{ "json", "FORM", ARGUMENTS_JSON, arguments_take_json, "short, pretty, or off (tables)" },
	{ "no-legend", NULL, ARGUMENTS_NO_LEGEND, arguments_take_flag,
		"no headings, no explanations" },
	{ "no-pager", NULL, ARGUMENTS_NO_PAGER, arguments_take_flag,
		"print what is longer than the terminal as it is" },
	{ "help", NULL, ARGUMENTS_HELP, arguments_take_flag, "this text; also -h" },
	{ "version", NULL, ARGUMENTS_VERSION, arguments_take_flag, "the version" },
};
const size_t arguments_table_n = sizeof(arguments_table) / sizeof(arguments_table[0]);

bool arguments_parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGTPE";
	uint64_t value = 0;
	const char *unit;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return false;
	if (*text) {
		unit = strchr(units, *text);
		if (!unit || text[1])
			return false;
		for (; unit >= units; unit--)
			if (__builtin_mul_overflow(value, 1024, &value))
				return false;
	}
	if (value == 0)
		return false;
	*ret = value;
	return true;
}

/* The bytes of a PCI address without a domain, "01:00.0" or "1:00.0", at @text: 0 if it is none. */
static size_t arguments_short_address(const char *text)
{
	size_t bus = strspn(text, "0123456789abcdefABCDEF");

	if (bus < 1 || bus > 2 || text[bus] != ':' || !isxdigit((unsigned char)text[bus + 1]) ||
		!isxdigit((unsigned char)text[bus + 2]) || text[bus + 3] != '.' ||
		text[bus + 4] < '0' || text[bus + 4] > '7' || text[bus + 5])
		return 0;
	return bus;
}

const char *arguments_target(const struct arguments *options, const char *target)
{
	size_t domain = strspn(target, "0123456789abcdefABCDEF"), bus;
	const char *prefix = "";
	char *made;

	bus = arguments_short_address(target);
	if (bus > 0) {
		prefix = bus == 1 ? "0000:0" : "0000:";
	} else if (domain < 4 || domain > 8 || target[domain] != ':' ||
		   arguments_short_address(target + domain + 1) != 2) {
		return target;
	}
	made = arena_printf(options->arena, "%s%s", prefix, target);
	for (char *c = made; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return made;
}

static const struct arguments_row *arguments_find(const char *name, size_t n)
{
	for (size_t i = 0; i < arguments_table_n; i++)
		if (strlen(arguments_table[i].name) == n &&
			memcmp(arguments_table[i].name, name, n) == 0)
			return &arguments_table[i];
	return NULL;
}

bool arguments_repeats(const struct arguments_row *row)
{
	return !row->value ||
	       (row->bit & (ARGUMENTS_ATTACH | ARGUMENTS_QUESTION | ARGUMENTS_ASSUME |
				   ARGUMENTS_JSON | ARGUMENTS_FACTS | ARGUMENTS_GUEST_KINDS)) != 0;
}

static int arguments_unknown(const char *name, size_t n, struct trouble *trouble)
{
	struct nearest nearest = { .typed = name, .n = n };

	for (size_t i = 0; i < arguments_table_n; i++)
		nearest_see(&nearest, arguments_table[i].name);
	return trouble_usage(trouble,
		"--%.*s: no such option; %s%s%s\"iommufleetctl --help\" lists them", (int)n, name,
		nearest.word ? "did you mean --" : "", nearest.word ? nearest.word : "",
		nearest.word ? "? " : "");
}

static int arguments_take(
	struct arguments *options, const char *const *at, size_t *ret_used, struct trouble *trouble)
{
	const char *name = at[0] + 2, *value = strchr(name, '=');
	size_t n = value ? (size_t)(value - name) : strlen(name), used = 1;
	const struct arguments_row *row = arguments_find(name, n);

	if (!row)
		return arguments_unknown(name, n, trouble);
	if (!row->value && value)
		return trouble_usage(trouble, "--%s takes no value; leave it away", row->name);
	if (row->value && value) {
		value++;
	} else if (row->value) {
		value = at[1];
		used = 2;
		if (!value)
			return trouble_usage(trouble, "--%s needs a value: --%s=%s", row->name,
				row->name, row->value);
	}
	if (value && !*value)
		return trouble_usage(trouble, "--%s: an empty value; give --%s=%s", row->name,
			row->name, row->value);
	if ((options->given & row->bit) && !arguments_repeats(row))
		return trouble_usage(trouble, "--%s is given twice; once is enough", row->name);
	options->given |= row->bit;
	options->taken = row->bit;
	*ret_used = used;
	return row->take(options, value, trouble);
}

static int arguments_take_word(struct arguments *options, const char *word, struct trouble *trouble)
{
	if (options->n_words == ARGUMENTS_WORDS)
		return trouble_usage(trouble, "%s: too many arguments", word);
	return arguments_append(options, &options->words, &options->n_words, word);
}

static int arguments_parse_all(
	struct arguments *options, const char *const *at, struct trouble *trouble)
{
	bool ended = false;

	while (*at) {
		size_t used = 1;
		int r;

		if (!ended && strcmp(*at, "--") == 0) {
			ended = true;
			r = 0;
		} else if (!ended && strcmp(*at, "-h") == 0) {
			options->given |= ARGUMENTS_HELP;
			r = 0;
		} else if (!ended && strncmp(*at, "--", 2) == 0) {
			r = arguments_take(options, at, &used, trouble);
		} else if (!ended && (*at)[0] == '-' && (*at)[1]) {
			r = trouble_usage(trouble,
				"%s: no such option; \"iommufleetctl --help\" lists them", *at);
		} else {
			r = arguments_take_word(options, *at, trouble);
		}
		if (r != 0)
			return r;
		at += used;
	}
	return 0;
}

int arguments_parse(int argc, char *const argv[], struct arguments *ret, struct trouble *trouble)
{
	struct arguments options = { .assumed = ASSUME_NOTHING };
	int r;

	r = arena_new(ARGUMENTS_ARENA_BYTES, &options.arena);
	if (r < 0)
		return r;
	r = argc > 0 ? arguments_parse_all(&options, (const char *const *)argv + 1, trouble) : 0;
	if (r != 0) {
		arguments_done(&options);
		return r;
	}
	*ret = options;
	return 0;
}

void arguments_done(struct arguments *options)
{
	options->arena = arena_free(options->arena);
}

/* Most verbs are about one guest. That it is named in one way only is for input_read() to say. */
static int arguments_check_guests(const struct arguments *options, struct trouble *trouble)
{
	for (size_t i = 0; i < options->n_guests; i++)
		for (size_t j = 0; j < i; j++)
			for (size_t k = 0; options->guests[i].bit == options->guests[j].bit; k++)
				if (arguments_table[k].bit == options->guests[i].bit)
					return trouble_usage(trouble,
						"--%s is given twice; once is enough",
						arguments_table[k].name);
	return 0;
}

int arguments_check(const struct arguments *options, const char *verb, unsigned allowed,
	struct trouble *trouble)
{
	for (size_t i = 0; i < arguments_table_n; i++)
		if (options->given & arguments_table[i].bit & ~allowed)
			return trouble_usage(trouble,
				"--%s does not go with %s; \"iommufleetctl %s --help\" lists what "
				"does",
				arguments_table[i].name, verb, verb);
	if (!(allowed & ARGUMENTS_GUESTS) && arguments_check_guests(options, trouble) != 0)
		return TROUBLE_E_SAID;
	if (options->n_facts > 1 && !(allowed & ARGUMENTS_FLEET))
		return trouble_usage(trouble,
			"--facts is given %zu times; %s asks about one host, hosts about several",
			options->n_facts, verb);
	if (options->facts && options->bus)
		return trouble_usage(trouble,
			"--facts and --bus: give one, the file to ask or the bus of the daemon");
	return 0;
}
