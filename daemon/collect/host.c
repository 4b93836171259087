/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/host.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HOST_MAPS_BYTES (1U << 20)

bool host_is_virtual_maker(struct scan maker)
{
	static const char *const makers[] = {
		"QEMU",
		"KVM",
		"Bochs",
		"Xen",
		"VMware",
		"VMW",
		"innotek",
		"VirtualBox",
		"Microsoft Corporation Virtual",
		"Parallels",
		"Amazon EC2",
		"Google Compute Engine",
		"Alibaba Cloud",
		"OpenStack",
		"RHEV",
		"oVirt",
		"Nutanix",
		"DigitalOcean",
		"Hetzner vServer",
		"Apple Virtualization",
		"cloud-hypervisor",
	};

	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		struct scan at = maker;
		if (scan_past(&at, makers[i]))
			return true;
	}
	return false;
}

struct fact_number host_va_bits(struct scan maps)
{
	struct scan line;
	uint64_t highest = 0;
	uint64_t first;
	uint64_t end;

	while (scan_line(&maps, &line))
		if (scan_hex(&line, &first) && scan_literal(&line, "-") && scan_hex(&line, &end) &&
			end > highest)
			highest = end;
	if (highest < 1ULL << 32)
		return fact_number_unknown(FACT_NOT_EXPOSED);
	/* The choices of arch/arm64/Kconfig, ARM64_VA_BITS. */
	static const unsigned choices[] = { 36, 39, 42, 47, 48 };
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++)
		if (highest <= 1ULL << choices[i])
			return fact_number(choices[i]);
	return fact_number_unknown(FACT_NOT_EXPOSED);
}

static struct fact_number host_read_va_bits(struct collect_context *context, const char *arch)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n = 0;

	if (strcmp(arch, "aarch64") != 0)
		return fact_number_null();
	if (!context->live)
		return fact_number_unknown(FACT_NOT_EXPOSED);
	int r = reader_large(&context->reader, (struct sysroot_at){ SYSROOT_TOP, "proc/self/maps" },
		HOST_MAPS_BYTES, &bytes, &n);
	if (r != SYSROOT_DONE)
		return (struct fact_number){ .fact = sysroot_fact(
						     r, FACT_IGNORANT(FACT_NOT_EXPOSED)) };
	return host_va_bits(scan_of(bytes, n));
}

static bool host_is_x86(const char *arch)
{
	return strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0;
}

static struct fact_number host_page_size(struct collect_context *context, const char *arch)
{
	if (context->live) {
		long size = sysconf(_SC_PAGESIZE);
		return size > 0 ? fact_number((uint64_t)size)
				: fact_number_unknown(FACT_NOT_READABLE);
	}
	if (host_is_x86(arch))
		return fact_number(4096); /* x86 has no other */
	return kernel_log_page_size(&context->log);
}

/*
 * Whether an Arm host is a guest: the tree that QEMU makes, else the maker that DMI or the kernel's
 * log names. Without any of them nothing is known.
 */
static struct fact_number host_virtual_arm(struct collect_context *context)
{
	struct reader *reader = &context->reader;
	struct scan maker;

	if (context->tree.is_dummy_virt)
		return fact_number(1);
	int r = reader_file(
		reader, (struct sysroot_at){ SYSROOT_TOP, "sys/class/dmi/id/sys_vendor" }, &maker);
	if (r != SYSROOT_DONE)
		maker = kernel_log_dmi(&context->log);
	maker = scan_trim(maker);
	if (scan_left(&maker))
		return fact_number(host_is_virtual_maker(maker));
	if (fact_is_value(context->tree.made_by.fact)) {
		maker = scan_of(context->tree.made_by.value, strlen(context->tree.made_by.value));
		if (scan_left(&maker))
			return fact_number(host_is_virtual_maker(maker));
	}
	return fact_number_unknown(FACT_NOT_EXPOSED);
}

static void host_take_cpu(
	struct collect_context *context, const struct cpu *cpu, struct scan vendor)
{
	struct facts_host *host = &context->facts->host;
	struct utsname uts;
	const char *arch = cpu->arch;

	/* First: the word is still in the reader's scratch memory. */
	host->cpu_vendor = scan_left(&vendor) ? reader_name(&context->reader, vendor) : cpu->vendor;
	if (context->live && uname(&uts) == 0)
		host->arch =
			reader_name(&context->reader, scan_of(uts.machine, strlen(uts.machine)));
	else
		host->arch = arch ? fact_text(arch) : fact_text_unknown(FACT_NOT_EXPOSED);
	arch = fact_is_value(host->arch.fact) ? host->arch.value : "";
	host->cpu_bits = cpu->bits;
	host->is_virtual = host_is_x86(arch) ? cpu->hypervisor : host_virtual_arm(context);
	host->page_size = host_page_size(context, arch);
	host->va_bits = fact_is_value(host->arch.fact) ? host_read_va_bits(context, arch)
						       : fact_number_unknown(FACT_NOT_EXPOSED);
}

void host_collect(struct collect_context *context)
{
	struct facts_host *host = &context->facts->host;
	struct scan text = scan_of("", 0);
	struct scan vendor;

	host->fact = FACT_KNOWN;
	/* The first processor speaks for all of them, and its part is at the beginning. */
	int r = reader_head(
		&context->reader, (struct sysroot_at){ SYSROOT_TOP, "proc/cpuinfo" }, &text);
	struct cpu cpu = cpu_parse(text, &vendor);
	if (r != SYSROOT_DONE)
		cpu.vendor.fact = cpu.bits.fact = cpu.hypervisor.fact =
			sysroot_fact(r, FACT_IGNORANT(FACT_NOT_EXPOSED));
	host_take_cpu(context, &cpu, vendor);
	host->boot_id = reader_line(&context->reader,
		(struct sysroot_at){ SYSROOT_TOP, "proc/sys/kernel/random/boot_id" },
		FACT_IGNORANT(FACT_NOT_EXPOSED));
}
