/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/capture_scrub.h"

#include <ctype.h>
#include <string.h>

/* Parameters whose value is kept: the name begins with one of these. */
static const char *const capture_scrub_parameters[] = {
	"amd_iommu",
	"arm-smmu",
	"arm_smmu",
	"efi",
	"hugepage",
	"default_hugepagesz",
	"id_aa64",
	"intel_iommu",
	"intremap",
	"iommu",
	"ivrs",
	"kvm",
	"lockdown",
	"mem=",
	"noapic",
	"nointremap",
	"nox2apic",
	"pci",
	"swiotlb",
	"vfio",
	"x2apic",
	"xen",
};

/* Build addresses that name a distribution, which decides how a kernel release is read. */
static const char *const capture_scrub_builders[] = {
	"(debian-kernel@lists.debian.org)",
	"(buildd@",
	"(mockbuild@",
	"(geeko@",
	"(linux@archlinux)",
	"(linux-hardened@archlinux)",
	"(linux-lts@archlinux)",
	"(linux-zen@archlinux)",
	"(build@proxmox)",
};

/* A line of the kernel log is kept if it holds one of these. */
static const char *const capture_scrub_log_words[] = {
	"Linux version",
	"Booting Linux",
	"ommand line",
	"DMI:",
	"Machine model",
	"DMAR",
	"AMD-Vi",
	"IVRS",
	"IVHD",
	"IORT",
	"VIOT",
	"iommu",
	"IOMMU",
	"smmu",
	"SMMU",
	"GIC",
	"ITS",
	"IRQ remap",
	"x2apic",
	"x2APIC",
	"VFIO",
	"vfio",
	"kvm",
	"KVM",
	"HYP",
	"VHE",
	"started at EL",
	"hypervisor",
	"Hypervisor",
	"hash table entries",
	"pcpu-alloc: s",
	"ACS",
	"root bus resource",
	"locked down",
	"lockdown",
};

#define CAPTURE_SCRUB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool capture_scrub_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---------------------------------------------------------------- kernel parameters */

static bool capture_scrub_keeps_value(const char *word)
{
	for (size_t i = 0; i < CAPTURE_SCRUB_COUNT(capture_scrub_parameters); i++)
		if (capture_scrub_starts(word, capture_scrub_parameters[i]))
			return true;
	return false;
}

/* Moves the parameter at @from to @to, which is not behind it, scrubbed; gives what follows it.
 */
static const char *capture_scrub_word(const char *from, char **to)
{
	bool keep = capture_scrub_keeps_value(from);
	bool quoted = false;
	bool in_value = false;

	for (; *from && (quoted || !isspace((unsigned char)*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		if (keep || !in_value)
			*(*to)++ = *from;
		if (*from == '=' && !in_value) {
			in_value = true;
			if (!keep && from[1] && !isspace((unsigned char)from[1]))
				*(*to)++ = '*';
		}
	}
	return from;
}

/*
 * Scrubs the parameters of @text, a string; the white space between them stays as it is. What comes
 * after "--" is not the kernel's but for the first program, and goes.
 */
static void capture_scrub_words(char *text)
{
	bool ends = *text && text[strlen(text) - 1] == '\n';
	char *to = text;

	for (const char *from = text; *from;) {
		if (isspace((unsigned char)*from)) {
			*to++ = *from++;
			continue;
		}
		bool last = strncmp(from, "-- ", 3) == 0;
		from = capture_scrub_word(from, &to);
		if (last) {
			if (ends)
				*to++ = '\n';
			break;
		}
	}
	*to = '\0';
}

/* ---------------------------------------------------------------- addresses */

/* Replaces the first "(user@machine)" of the string @text. */
static void capture_scrub_builder(char *text)
{
	for (char *open = strchr(text, '('); open; open = strchr(open + 1, '(')) {
		size_t length = strcspn(open, " )\t\n");
		char *at = memchr(open, '@', length);
		if (!at || open[length] != ')')
			continue;
		for (size_t i = 0; i < CAPTURE_SCRUB_COUNT(capture_scrub_builders); i++)
			if (capture_scrub_starts(open, capture_scrub_builders[i]))
				return;
		if (length < 4)
			return;
		memcpy(open + 1, "*@*", 3);
		memmove(open + 4, open + length, strlen(open + length) + 1);
		return;
	}
}

static bool capture_scrub_is_mac(const char *text)
{
	for (int i = 0; i < 6; i++) {
		if (!isxdigit((unsigned char)text[3 * i]) ||
			!isxdigit((unsigned char)text[3 * i + 1]))
			return false;
		if (i < 5 && text[3 * i + 2] != ':')
			return false;
	}
	return true;
}

static void capture_scrub_macs(char *text)
{
	for (char *p = text; *p; p++)
		if (capture_scrub_is_mac(p))
			memcpy(p, "00:00:00:00:00:00", 17);
}

/* ---------------------------------------------------------------- tables */

/* The length of the first line of @bytes, its newline included. */
static size_t capture_scrub_line_length(const unsigned char *bytes, size_t n)
{
	const unsigned char *end = memchr(bytes, '\n', n);

	return end ? (size_t)(end - bytes) + 1 : n;
}

static size_t capture_scrub_cpuinfo(unsigned char *bytes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (bytes[i] == '\n' && bytes[i - 1] == '\n')
			return i + 1;
	return n;
}

static size_t capture_scrub_iomem(unsigned char *bytes, size_t n)
{
	size_t to = 0;

	for (size_t from = 0; from < n;) {
		size_t length = capture_scrub_line_length(bytes + from, n - from);
		if (!memmem(bytes + from, length, " : Kernel ", 10)) {
			memmove(bytes + to, bytes + from, length);
			to += length;
		}
		from += length;
	}
	return to;
}

static size_t capture_scrub_span(const unsigned char *bytes, size_t n, const char *set)
{
	size_t i = 0;

	while (i < n && bytes[i] && strchr(set, bytes[i]))
		i++;
	return i;
}

/* Copies one line of /proc/interrupts without the counts of all processors but the first. */
static size_t capture_scrub_interrupts_line(
	unsigned char *to, const unsigned char *from, size_t n, size_t n_cpus)
{
	const unsigned char *colon = memchr(from, ':', n);
	size_t at = colon ? (size_t)(colon - from) + 1 : 0;
	size_t kept = 0;

	for (size_t cpu = 0; cpu < n_cpus; cpu++) {
		size_t blank = capture_scrub_span(from + at, n - at, " ");
		size_t digits = capture_scrub_span(from + at + blank, n - at - blank, "0123456789");
		/* "IR-PCI-MSI" or "8-edge" is no count: a count ends where a blank or the line
		 * does. */
		size_t end = at + blank + digits;
		if (digits == 0 || (end < n && from[end] != ' ' && from[end] != '\n'))
			break;
		at = end;
		if (cpu == 0)
			kept = at;
	}
	if (kept == 0)
		kept = at;
	memmove(to, from, kept);
	memmove(to + kept, from + at, n - at);
	return kept + n - at;
}

static size_t capture_scrub_interrupts(unsigned char *bytes, size_t n)
{
	size_t head = capture_scrub_line_length(bytes, n);
	size_t n_cpus = 0;
	size_t to = 0;

	for (size_t i = 0; i + 3 <= head; i++) {
		if (memcmp(bytes + i, "CPU", 3) != 0)
			continue;
		if (++n_cpus == 1)
			to = i + 3 + capture_scrub_span(bytes + i + 3, head - i - 3, "0123456789");
	}
	if (n_cpus < 2)
		return n;
	bytes[to++] = '\n';
	for (size_t from = head; from < n;) {
		size_t length = capture_scrub_line_length(bytes + from, n - from);
		to += capture_scrub_interrupts_line(bytes + to, bytes + from, length, n_cpus);
		from += length;
	}
	return to;
}

/* ---------------------------------------------------------------- configuration space */

#define CAPTURE_SCRUB_STATUS	     0x06
#define CAPTURE_SCRUB_STATUS_CAPS    0x10
#define CAPTURE_SCRUB_CAPABILITIES   0x34
#define CAPTURE_SCRUB_CAP_VPD	     0x03
#define CAPTURE_SCRUB_EXTENDED	     0x100
#define CAPTURE_SCRUB_EXT_CAP_SERIAL 0x0003

static void capture_scrub_zero(unsigned char *bytes, size_t n, size_t at, size_t count)
{
	for (size_t i = at; i < n && i < at + count; i++)
		bytes[i] = 0;
}

static void capture_scrub_config(unsigned char *bytes, size_t n)
{
	size_t at = n >= 64 && bytes[CAPTURE_SCRUB_STATUS] & CAPTURE_SCRUB_STATUS_CAPS
			    ? bytes[CAPTURE_SCRUB_CAPABILITIES] & 0xfcU
			    : 0;

	for (int steps = 0; steps < 64 && at >= 64 && at + 2 <= n; steps++) {
		if (bytes[at] == CAPTURE_SCRUB_CAP_VPD)
			capture_scrub_zero(bytes, n, at + 2, 6);
		at = bytes[at + 1] & 0xfcU;
	}
	at = CAPTURE_SCRUB_EXTENDED;
	for (int steps = 0; steps < 1024 && at >= CAPTURE_SCRUB_EXTENDED && at + 4 <= n; steps++) {
		unsigned int id = bytes[at] | (unsigned int)bytes[at + 1] << 8;
		size_t next = (bytes[at + 2] | (size_t)bytes[at + 3] << 8) >> 4 & (size_t)0xffc;
		if (id == CAPTURE_SCRUB_EXT_CAP_SERIAL)
			capture_scrub_zero(bytes, n, at + 4, 8);
		at = next;
	}
}

/* ---------------------------------------------------------------- by path */

static size_t capture_scrub_string(unsigned char *bytes, void (*scrub)(char *text))
{
	scrub((char *)bytes);
	return strlen((char *)bytes);
}

size_t capture_scrub_file(const char *path, unsigned char *bytes, size_t n)
{
	const char *name = strrchr(path, '/');

	if (strcmp(path, "proc/cmdline") == 0)
		return capture_scrub_string(bytes, capture_scrub_words);
	if (strcmp(path, "proc/version") == 0)
		return capture_scrub_string(bytes, capture_scrub_builder);
	if (strcmp(path, "proc/cpuinfo") == 0)
		return capture_scrub_cpuinfo(bytes, n);
	if (strcmp(path, "proc/interrupts") == 0)
		return capture_scrub_interrupts(bytes, n);
	if (strcmp(path, "proc/iomem") == 0)
		return capture_scrub_iomem(bytes, n);
	if (name && strcmp(name, "/config") == 0)
		capture_scrub_config(bytes, n);
	return n;
}

bool capture_scrub_log_line(char *line)
{
	bool keep = false;

	for (size_t i = 0; i < CAPTURE_SCRUB_COUNT(capture_scrub_log_words) && !keep; i++)
		keep = strstr(line, capture_scrub_log_words[i]) != NULL;
	if (!keep)
		return false;
	for (char *p = line; *p; p++)
		if ((*p < 0x20 && *p != '\t') || *p > 0x7e)
			*p = '?';
	capture_scrub_macs(line);
	if (strstr(line, "Linux version"))
		capture_scrub_builder(line);
	char *words = strstr(line, "ommand line");
	words = words ? strpbrk(words, ":\"") : NULL;
	if (words)
		capture_scrub_words(words + 1);
	return true;
}
