/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/kernel.h"

#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

static bool kernel_has(struct scan text, const char *needle)
{
	return scan_past(&text, needle);
}

static bool kernel_ends(struct scan text, const char *end)
{
	size_t n = strlen(end);

	return scan_left(&text) >= n && memcmp(text.end - n, end, n) == 0;
}

/* Passes over "6.1" or "6.1.176"; the parts that are there in @ret_parts. */
static bool kernel_skip_numbers(struct scan *text, int *ret_parts)
{
	struct scan more = *text;
	uint64_t number;
	int parts = 0;

	while (parts < 3 && scan_decimal(&more, &number)) {
		parts++;
		*text = more;
		if (!scan_literal(&more, "."))
			break;
	}
	*ret_parts = parts;
	return parts >= 2;
}

/* "6.6.1" and nothing else. */
static bool kernel_is_plain(struct scan release)
{
	int parts;

	return kernel_skip_numbers(&release, &parts) && !scan_left(&release);
}

const char *kernel_flavour(const struct kernel_banner *banner)
{
	/* In this order: who patches grouping or backports first, whatever it was built from. */
	static const struct {
		const char *in_release;
		const char *flavour;
	} marks[] = {
		{ "-pve", "pve" },
		{ "-zen", "zen" },
		{ "-liquorix", "liquorix" },
		{ "-xanmod", "xanmod" },
		{ "-cachyos", "cachyos" },
		{ "-truenas", "truenas" },
		{ "-microsoft-standard", "wsl" },
		{ "uek", "uek" },
		{ ".el", "el" },
		{ ".amzn", "amzn" },
		{ ".oe", "openeuler" },
		{ ".azl", "azurelinux" },
		{ ".cm2", "azurelinux" },
		{ "+rpt", "rpi" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (kernel_has(banner->release, marks[i].in_release))
			return marks[i].flavour;
	if (kernel_has(banner->version, "-Ubuntu ") || scan_left(&banner->signature))
		return kernel_has(banner->release, "-nvidia") ? "ubuntu-nvidia" : "ubuntu";
	if (kernel_has(banner->version, "(geeko@"))
		return "sles";
	if (kernel_has(banner->release, ".fc"))
		return "fedora";
	if (kernel_has(banner->version, "(debian-kernel@lists.debian.org)"))
		return "debian";
	if (kernel_has(banner->release, "-arch") ||
		(kernel_ends(banner->release, "-lts") && kernel_has(banner->version, "@archlinux")))
		return "arch";
	return kernel_is_plain(banner->release) ? "plain" : "unknown";
}

/* The numbers that begin @text, "6.1.176"; empty when there are less than two. */
static struct scan kernel_numbers(struct scan text, int *ret_parts)
{
	struct scan rest = text;

	if (!kernel_skip_numbers(&rest, ret_parts))
		return (struct scan){ text.p, text.p };
	return (struct scan){ text.p, rest.p };
}

/* "… #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
static struct scan kernel_debian_note(struct scan version)
{
	struct scan note = { version.end, version.end };
	int parts;

	while (scan_past(&version, " Debian ")) {
		struct scan numbers = kernel_numbers(version, &parts);
		if (parts == 3)
			note = numbers;
	}
	return note;
}

/* "Ubuntu 5.15.0-91.101-generic 5.15.131" */
static struct scan kernel_ubuntu_note(struct scan signature)
{
	struct scan word = { signature.end, signature.end };
	int parts;

	for (int i = 0; i < 3; i++)
		if (!scan_word(&signature, &word))
			return (struct scan){ signature.end, signature.end };
	return kernel_numbers(word, &parts);
}

struct scan kernel_version(const struct kernel_banner *banner, const char *flavour)
{
	struct scan note = { banner->release.p, banner->release.p };
	int parts = 0;

	if (strcmp(flavour, "debian") == 0)
		note = kernel_debian_note(banner->version);
	else if (strncmp(flavour, "ubuntu", 6) == 0)
		note = kernel_ubuntu_note(banner->signature);
	if (scan_left(&note))
		return note;
	struct scan numbers = kernel_numbers(banner->release, &parts);
	/* "6.1.0-56-amd64": the 0 stands in every release of that series. */
	bool hides = strcmp(flavour, "debian") == 0 || strncmp(flavour, "ubuntu", 6) == 0;
	if (hides && parts == 3 && kernel_ends(numbers, ".0"))
		numbers.end -= 2;
	return numbers;
}

bool kernel_is_at_least(const struct facts_kernel *kernel, uint64_t major, uint64_t minor)
{
	uint64_t first;
	uint64_t second;

	if (!fact_is_value(kernel->version.fact))
		return false;
	struct scan text = scan_of(kernel->version.value, strlen(kernel->version.value));
	if (!scan_decimal(&text, &first) || !scan_literal(&text, ".") ||
		!scan_decimal(&text, &second))
		return false;
	return first > major || (first == major && second >= minor);
}

/* Whether a rule or a person who looks for the reason of an answer wants @word. */
static bool kernel_word_matters(struct scan word)
{
	static const char *const prefixes[] = {
		"intel_iommu=",
		"amd_iommu=",
		"amd_iommu_intr=",
		"iommu=",
		"iommu.",
		"intremap=",
		"nointremap",
		"pcie_acs_override=",
		"relax_rmrr",
		"vfio.",
		"vfio_iommu_type1.",
		"vfio-pci.",
		"vfio_pci.",
		"iommufd.",
		"arm-smmu.",
		"arm_smmu.",
		"arm-smmu-v3.",
		"arm_smmu_v3.",
		"kvm.allow_unsafe_mappings=",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		struct scan at = word;
		if (scan_literal(&at, prefixes[i]))
			return true;
	}
	struct scan pci = word;
	return scan_literal(&pci, "pci=") && (kernel_has(pci, "acs") || kernel_has(pci, "noats") ||
						     kernel_has(pci, "assign-busses"));
}

/* The next word of a command line: blanks within double quotes do not end it. */
static bool kernel_next_word(struct scan *line, struct scan *ret)
{
	bool quoted = false;

	scan_blanks(line);
	ret->p = line->p;
	for (; line->p < line->end; line->p++) {
		if (*line->p == '"')
			quoted = !quoted;
		else if (!quoted && (*line->p == ' ' || *line->p == '\t'))
			break;
	}
	ret->end = line->p;
	return scan_left(ret);
}

static int kernel_add_word(struct arena *arena, struct scan word, struct fact_texts *words)
{
	if (words->n == LIMIT_WORDS || scan_left(&word) > LIMIT_TEXT) {
		*words = (struct fact_texts){ .fact = FACT_IGNORANT(FACT_OVER_LIMIT) };
		return 0;
	}
	if (!scan_is_printable(&word)) {
		*words = (struct fact_texts){ .fact = FACT_IGNORANT(FACT_MALFORMED) };
		return 0;
	}
	words->items[words->n] = arena_text(arena, word.p, scan_left(&word));
	return words->items[words->n++] ? 0 : -ENOMEM;
}

int kernel_words(struct arena *arena, struct scan line, struct fact_texts *ret)
{
	struct fact_texts words = { .fact = FACT_KNOWN };
	struct scan word;

	words.items = arena_array(arena, LIMIT_WORDS, sizeof(*words.items));
	if (!words.items)
		return -ENOMEM;
	line = scan_trim(line);
	while (fact_is_value(words.fact) && kernel_next_word(&line, &word)) {
		if (scan_is(&word, "--")) /* what follows is for init */
			break;
		if (!kernel_word_matters(word))
			continue;
		int r = kernel_add_word(arena, word, &words);
		if (r < 0)
			return r;
	}
	*ret = words;
	return 0;
}

static void kernel_collect_words(struct collect_context *context)
{
	struct fact_texts *words = &context->facts->host.words;
	struct scan text;

	int r = reader_file(
		&context->reader, (struct sysroot_at){ SYSROOT_TOP, "proc/cmdline" }, &text);
	if (r != SYSROOT_DONE) {
		words->fact = sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
		return;
	}
	r = kernel_words(context->reader.arena, text, words);
	if (r < 0)
		context->reader.fault = r;
}

/* A small file copied into the arena, empty where it cannot be read; why in @ret_fact. */
static struct scan kernel_read_text(struct reader *reader, const char *path, struct fact *ret_fact)
{
	struct scan text;

	int r = reader_file(reader, (struct sysroot_at){ SYSROOT_TOP, path }, &text);
	*ret_fact =
		r == SYSROOT_DONE ? FACT_KNOWN : sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
	if (r != SYSROOT_DONE)
		return scan_of("", 0);
	text = scan_trim(text);
	char *copy = arena_text(reader->arena, text.p, scan_left(&text));
	if (!copy) {
		reader->fault = -ENOMEM;
		return scan_of("", 0);
	}
	return scan_of(copy, scan_left(&text));
}

void kernel_collect(struct collect_context *context)
{
	struct facts_kernel *kernel = &context->facts->host.kernel;
	struct kernel_banner banner;
	struct fact ignored;
	struct fact why;

	kernel->fact = FACT_KNOWN;
	kernel_collect_words(context);
	banner.version = kernel_read_text(&context->reader, "proc/version", &why);
	banner.signature = kernel_read_text(&context->reader, "proc/version_signature", &ignored);
	banner.release = scan_of("", 0);
	struct scan rest = banner.version;
	if (scan_literal(&rest, "Linux version "))
		(void)scan_word(&rest, &banner.release);
	else if (fact_is_value(why))
		why = FACT_IGNORANT(FACT_MALFORMED);
	if (!fact_is_value(why)) {
		kernel->release.fact = kernel->version.fact = kernel->flavour.fact = why;
		return;
	}
	kernel->release = reader_name(&context->reader, banner.release);
	kernel->flavour = fact_text(kernel_flavour(&banner));
	kernel->version =
		reader_name(&context->reader, kernel_version(&banner, kernel->flavour.value));
}
