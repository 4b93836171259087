/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_board.h"

#include "core/codec/qemu_text.h"
#include "core/model/limits.h"

#include <errno.h>
#include <string.h>

#define QEMU_BOARD_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- taking --- */

/* QEMU system/vl.c keyval_dashify: kernel_irqchip is kernel-irqchip. */
static int qemu_board_dashify(struct qemu_reader *reader, struct qemu_opts *opts)
{
	for (size_t i = 0; i < opts->n; i++) {
		char *key = arena_text(
			reader->place.arena, opts->items[i].key, strlen(opts->items[i].key));

		if (!key)
			return -ENOMEM;
		opts->items[i].key = key;
		for (; *key; key++)
			*key = *key == '_' ? '-' : *key;
	}
	return QEMU_READER_DONE;
}

int qemu_board_take(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	int r = qemu_reader_parse(reader, text, "type", &opts);

	if (r == QEMU_READER_DONE)
		r = qemu_board_dashify(reader, &opts);
	if (r == QEMU_READER_DONE)
		r = qemu_opts_merge(&reader->place, &reader->board, &opts);
	return r;
}

int qemu_board_take_accel(struct qemu_reader *reader, const char *text)
{
	return qemu_reader_append(reader, &reader->accels, text, "accel");
}

int qemu_board_take_enable_kvm(struct qemu_reader *reader, const char *text)
{
	(void)text;
	return qemu_board_take(reader, "accel=kvm");
}

int qemu_board_take_no_kvm(struct qemu_reader *reader, const char *text)
{
	(void)text;
	return qemu_board_take(reader, "accel=tcg");
}

int qemu_board_take_no_acpi(struct qemu_reader *reader, const char *text)
{
	(void)text;
	return qemu_board_take(reader, "acpi=off");
}

int qemu_board_take_bios(struct qemu_reader *reader, const char *text)
{
	reader->is_named_arm =
		reader->is_named_arm || strstr(text, "AAVMF") || strstr(text, "aarch64");
	return qemu_board_take(reader, "firmware=given");
}

int qemu_board_take_smp(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	int r = qemu_reader_parse(reader, text, "cpus", &opts);

	return r == QEMU_READER_DONE ? qemu_opts_merge(&reader->place, &reader->smp, &opts) : r;
}

/* --- keys of -machine --- */

enum qemu_board_form {
	QEMU_BOARD_HARMLESS, /* it moves no memory */
	QEMU_BOARD_LATER,    /* read by who needs it: here below, or with memory */
	QEMU_BOARD_TRI,
	QEMU_BOARD_BOOL,
	QEMU_BOARD_SIZE,
	QEMU_BOARD_OFF, /* harmless while it is off */
};

/* QEMU hw/core/machine.c, hw/i386/{x86,pc,microvm}.c, hw/arm/virt.c: properties of the boards. */
static const struct qemu_board_key {
	const char *name; /* with a dot at its end: all that begin so */
	enum qemu_board_form form;
	size_t offset; /* in the machine */
} qemu_board_keys[] = {
	{ "accel", QEMU_BOARD_LATER, 0 },
	{ "acpi", QEMU_BOARD_LATER, 0 },
	{ "append", QEMU_BOARD_HARMLESS, 0 },
	{ "auto-kernel-cmdline", QEMU_BOARD_HARMLESS, 0 },
	{ "aux-ram-share", QEMU_BOARD_HARMLESS, 0 },
	{ "boot.", QEMU_BOARD_HARMLESS, 0 },
	{ "bus-lock-ratelimit", QEMU_BOARD_HARMLESS, 0 },
	{ "compact-highmem", QEMU_BOARD_TRI, offsetof(struct machine, compact_highmem) },
	{ "cxl", QEMU_BOARD_BOOL, offsetof(struct machine, cxl) },
	{ "cxl-fmw.", QEMU_BOARD_LATER, 0 },
	{ "default-bus-bypass-iommu", QEMU_BOARD_OFF, 0 },
	{ "dt-compatible", QEMU_BOARD_HARMLESS, 0 },
	{ "dtb", QEMU_BOARD_HARMLESS, 0 },
	{ "dtb-kaslr-seed", QEMU_BOARD_HARMLESS, 0 },
	{ "dtb-randomness", QEMU_BOARD_HARMLESS, 0 },
	{ "dump-guest-core", QEMU_BOARD_HARMLESS, 0 },
	{ "dumpdtb", QEMU_BOARD_HARMLESS, 0 },
	{ "fd-bootchk", QEMU_BOARD_HARMLESS, 0 },
	{ "firmware", QEMU_BOARD_LATER, 0 },
	{ "gic-version", QEMU_BOARD_LATER, 0 },
	{ "graphics", QEMU_BOARD_HARMLESS, 0 },
	{ "highmem", QEMU_BOARD_TRI, offsetof(struct machine, highmem) },
	{ "highmem-ecam", QEMU_BOARD_TRI, offsetof(struct machine, highmem_ecam) },
	{ "highmem-mmio", QEMU_BOARD_TRI, offsetof(struct machine, highmem_mmio) },
	{ "highmem-mmio-size", QEMU_BOARD_SIZE, offsetof(struct machine, highmem_mmio_size) },
	{ "highmem-redists", QEMU_BOARD_TRI, offsetof(struct machine, highmem_redists) },
	{ "hmat", QEMU_BOARD_HARMLESS, 0 },
	{ "hpet", QEMU_BOARD_HARMLESS, 0 },
	{ "i8042", QEMU_BOARD_HARMLESS, 0 },
	{ "initrd", QEMU_BOARD_HARMLESS, 0 },
	{ "ioapic2", QEMU_BOARD_HARMLESS, 0 },
	{ "iommu", QEMU_BOARD_LATER, 0 },
	{ "isa-serial", QEMU_BOARD_HARMLESS, 0 },
	{ "its", QEMU_BOARD_TRI, offsetof(struct machine, its) },
	{ "kernel", QEMU_BOARD_HARMLESS, 0 },
	{ "kernel-irqchip", QEMU_BOARD_LATER, 0 },
	{ "kvm-shadow-mem", QEMU_BOARD_HARMLESS, 0 },
	{ "max-fw-size", QEMU_BOARD_HARMLESS, 0 },
	{ "max-ram-below-4g", QEMU_BOARD_SIZE, offsetof(struct machine, max_ram_below_4g) },
	{ "mem-merge", QEMU_BOARD_HARMLESS, 0 },
	{ "memory-backend", QEMU_BOARD_LATER, 0 },
	{ "memory.", QEMU_BOARD_LATER, 0 },
	{ "mte", QEMU_BOARD_HARMLESS, 0 },
	{ "nvdimm", QEMU_BOARD_HARMLESS, 0 },
	{ "nvdimm-persistence", QEMU_BOARD_HARMLESS, 0 },
	{ "pcie", QEMU_BOARD_OFF, 0 },
	{ "pcspk-audiodev", QEMU_BOARD_HARMLESS, 0 },
	{ "pflash0", QEMU_BOARD_LATER, 0 },
	{ "pflash1", QEMU_BOARD_HARMLESS, 0 },
	{ "phandle-start", QEMU_BOARD_HARMLESS, 0 },
	{ "pic", QEMU_BOARD_HARMLESS, 0 },
	{ "pit", QEMU_BOARD_HARMLESS, 0 },
	{ "ras", QEMU_BOARD_HARMLESS, 0 },
	{ "rtc", QEMU_BOARD_HARMLESS, 0 },
	{ "s3", QEMU_BOARD_HARMLESS, 0 },
	{ "s4", QEMU_BOARD_HARMLESS, 0 },
	{ "sata", QEMU_BOARD_HARMLESS, 0 },
	{ "secure", QEMU_BOARD_HARMLESS, 0 },
	{ "sgx-epc.", QEMU_BOARD_LATER, 0 },
	{ "shim", QEMU_BOARD_HARMLESS, 0 },
	{ "smbios-entry-point-type", QEMU_BOARD_HARMLESS, 0 },
	{ "smbus", QEMU_BOARD_HARMLESS, 0 },
	{ "smm", QEMU_BOARD_HARMLESS, 0 },
	{ "smp.", QEMU_BOARD_LATER, 0 },
	{ "smp-cache.", QEMU_BOARD_HARMLESS, 0 },
	{ "spcr", QEMU_BOARD_HARMLESS, 0 },
	{ "suppress-vmdesc", QEMU_BOARD_HARMLESS, 0 },
	{ "type", QEMU_BOARD_LATER, 0 },
	{ "usb", QEMU_BOARD_HARMLESS, 0 },
	{ "usb-bot", QEMU_BOARD_HARMLESS, 0 },
	{ "virtualization", QEMU_BOARD_HARMLESS, 0 },
	{ "vmport", QEMU_BOARD_HARMLESS, 0 },
	{ "x-oem-id", QEMU_BOARD_HARMLESS, 0 },
	{ "x-oem-table-id", QEMU_BOARD_HARMLESS, 0 },
	{ "x-option-roms", QEMU_BOARD_HARMLESS, 0 },
};

static const struct qemu_board_key *qemu_board_find_key(const char *name)
{
	for (size_t i = 0; i < QEMU_BOARD_COUNT(qemu_board_keys); i++) {
		const char *key = qemu_board_keys[i].name;
		size_t n = strlen(key);

		if (key[n - 1] == '.' ? strncmp(name, key, n) == 0 : strcmp(name, key) == 0)
			return &qemu_board_keys[i];
	}
	return NULL;
}

static int qemu_board_read_flag(
	struct qemu_reader *reader, const struct qemu_board_key *key, const char *value)
{
	char *field = (char *)reader->machine + key->offset;
	bool flag = false;
	int r;

	/* "auto", of what has a default that depends on the version. */
	if (key->form == QEMU_BOARD_TRI && strcmp(value, "auto") == 0)
		return QEMU_READER_DONE;
	r = qemu_opts_bool(&reader->place, &reader->board, key->name, &flag);
	if (r != QEMU_READER_DONE)
		return r;
	if (key->form == QEMU_BOARD_TRI)
		*(enum tri *)(void *)field = flag ? TRI_YES : TRI_NO;
	else if (key->form == QEMU_BOARD_BOOL)
		*(bool *)field = flag;
	else if (flag)
		return qemu_reader_opaque(reader, "-machine %s=%s", key->name, value);
	return QEMU_READER_DONE;
}

static int qemu_board_read_key(struct qemu_reader *reader, const struct qemu_opt *opt)
{
	const struct qemu_board_key *key = qemu_board_find_key(opt->key);
	uint64_t *size;

	if (!key)
		return qemu_reader_opaque(reader, "-machine %s=%.60s", opt->key, opt->value);
	switch (key->form) {
	case QEMU_BOARD_HARMLESS:
	case QEMU_BOARD_LATER:
		return QEMU_READER_DONE;
	case QEMU_BOARD_SIZE:
		size = (uint64_t *)(void *)((char *)reader->machine + key->offset);
		return qemu_opts_size(&reader->place, &reader->board, key->name, 'B', size);
	case QEMU_BOARD_TRI:
	case QEMU_BOARD_BOOL:
	case QEMU_BOARD_OFF:
		return qemu_board_read_flag(reader, key, opt->value);
	}
	return QEMU_READER_DONE;
}

/* --- what takes more than its key --- */

static bool qemu_board_starts(const char *text, const char *start)
{
	return text && strncmp(text, start, strlen(start)) == 0;
}

/* Proxmox writes its own revision behind QEMU's name: pc-q35-9.2+pve1. */
static int qemu_board_read_type(struct qemu_reader *reader)
{
	const char *type = qemu_opts_find(&reader->board, "type");
	const char *own = type ? strstr(type, "+pve") : NULL;
	char *text;

	if (!type)
		return QEMU_READER_DONE;
	text = arena_text(reader->place.arena, type, own ? (size_t)(own - type) : strlen(type));
	if (!text)
		return -ENOMEM;
	reader->machine->type = qemu_reader_text(reader, text);
	return reader->machine->type ? QEMU_READER_DONE : -ENOMEM;
}

/* The name "qemu-kvm" stands for the host's own architecture: what has been named decides. */
static int qemu_board_read_arch(struct qemu_reader *reader)
{
	struct machine *machine = reader->machine;

	machine->arch =
		arena_text(reader->place.arena, reader->program.arch, reader->program.n_arch);
	if (!machine->arch)
		return -ENOMEM;
	if (!machine->type &&
		(strcmp(machine->arch, "aarch64") == 0 || strcmp(machine->arch, "armv7l") == 0))
		return refusal_set(reader->place.refusal, "the command line",
			"names no board with -machine, and on Arm QEMU has no default");
	if (!reader->program.arch_assumed || !machine->type ||
		qemu_board_starts(machine->type, "pc") || qemu_board_starts(machine->type, "q35") ||
		strcmp(machine->type, "microvm") == 0)
		return QEMU_READER_DONE;
	machine->arch = "aarch64";
	if (qemu_board_starts(machine->type, "virt-rhel") || reader->is_named_arm ||
		qemu_opts_find(&reader->board, "gic-version"))
		return QEMU_READER_DONE;
	return qemu_reader_opaque(reader,
		"-machine %.60s: the program's name does not say of which architecture",
		machine->type);
}

static int qemu_board_read_acpi(struct qemu_reader *reader)
{
	const char *acpi = qemu_opts_find(&reader->board, "acpi");

	if (!acpi || strcmp(acpi, "auto") == 0)
		return QEMU_READER_DONE;
	return qemu_opts_bool(&reader->place, &reader->board, "acpi", &reader->machine->acpi);
}

/* Whose interrupt controller it is: of -machine, or of -accel kvm. */
static void qemu_board_read_irqchip(struct qemu_reader *reader)
{
	const char *irqchip = qemu_opts_find(&reader->board, "kernel-irqchip");

	for (size_t i = 0; i < reader->accels.n; i++) {
		const char *own = qemu_opts_find(&reader->accels.items[i], "kernel-irqchip");

		irqchip = own ? own : irqchip;
	}
	if (irqchip)
		reader->machine->split_irqchip = strcmp(irqchip, "on") == 0 ? TRI_NO : TRI_YES;
}

static int qemu_board_read_iommu(struct qemu_reader *reader)
{
	const char *iommu = qemu_opts_find(&reader->board, "iommu");

	if (!iommu || strcmp(iommu, "none") == 0 || strcmp(iommu, "off") == 0)
		return QEMU_READER_DONE;
	if (strcmp(iommu, "smmuv3") == 0) {
		reader->machine->viommu.model = VIOMMU_SMMUV3;
		reader->machine->viommu.shares_tables = TRI_NO;
		return QEMU_READER_DONE;
	}
	reader->machine->viommu.model = VIOMMU_OTHER;
	reader->machine->viommu.name = qemu_reader_text(reader, iommu);
	if (!reader->machine->viommu.name)
		return -ENOMEM;
	return qemu_reader_opaque(reader, "-machine iommu=%.60s", iommu);
}

/* CXL's windows, in the order of their numbers, which QEMU wants without gaps. */
static int qemu_board_read_cxl(struct qemu_reader *reader)
{
	struct machine *machine = reader->machine;

	machine->cxl_windows = arena_array(
		reader->place.arena, reader->board.n + 1, sizeof(*machine->cxl_windows));
	if (!machine->cxl_windows)
		return -ENOMEM;
	for (size_t i = 0; i < reader->board.n; i++) {
		const char *key = arena_printf(reader->place.arena, "cxl-fmw.%zu.size", i);
		int r;

		if (!key)
			return -ENOMEM;
		if (!qemu_opts_find(&reader->board, key))
			return QEMU_READER_DONE;
		r = qemu_opts_size(&reader->place, &reader->board, key, 'B',
			&machine->cxl_windows[machine->n_cxl_windows++]);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

static int qemu_board_read_rest(struct qemu_reader *reader)
{
	const struct qemu_opts *board = &reader->board;
	struct machine *machine = reader->machine;
	const char *gic = qemu_opts_find(board, "gic-version");
	int r;

	if (gic)
		machine->gic = qemu_reader_text(reader, gic);
	if (gic && !machine->gic)
		return -ENOMEM;
	if (qemu_opts_find(board, "pflash0"))
		machine->firmware = MACHINE_FIRMWARE_PFLASH;
	if (qemu_opts_find(board, "firmware") && machine->firmware != MACHINE_FIRMWARE_PFLASH)
		machine->firmware = MACHINE_FIRMWARE_BIOS;
	qemu_board_read_irqchip(reader);
	r = qemu_board_read_acpi(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_board_read_iommu(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_board_read_cxl(reader);
	return r;
}

/* --- accelerator and number of CPUs --- */

/* The next name of a list "kvm:tcg" at *@list, which moves on; 0 at its end. */
static size_t qemu_board_next_accel(const char **list, const char **ret)
{
	size_t n;

	*list += **list == ':';
	n = strcspn(*list, ":");
	*ret = *list;
	*list += n;
	return n;
}

/* The names of all -accel, or the list of -machine, or what the program's name stands for. */
static const char *qemu_board_accels(struct qemu_reader *reader)
{
	const char *list = qemu_opts_find(&reader->board, "accel");

	if (reader->accels.n == 0)
		return list ? list : (reader->program.kvm ? "kvm" : "tcg");
	list = "";
	for (size_t i = 0; list && i < reader->accels.n && i < LIMIT_WORDS; i++) {
		const char *name = qemu_opts_find(&reader->accels.items[i], "accel");

		list = arena_printf(reader->place.arena, "%s:%s", list, name ? name : "");
	}
	return list;
}

/* QEMU takes the first that works: after KVM may come another, where there is none. */
static int qemu_board_read_accel(struct qemu_reader *reader)
{
	const char *list = qemu_board_accels(reader);
	const char *rest;
	const char *name;
	size_t n;

	if (!list)
		return -ENOMEM;
	list += list[0] == ':';
	rest = list;
	if (reader->accels.n > 0 && qemu_opts_find(&reader->board, "accel"))
		return qemu_opts_refuse(&reader->place, &reader->accels.items[0],
			"QEMU takes either -accel or -machine accel=, not both");
	n = qemu_board_next_accel(&rest, &name);
	reader->machine->kvm = n == 3 && strncmp(name, "kvm", n) == 0;
	if (!reader->machine->kvm && (n != 3 || strncmp(name, "tcg", n) != 0))
		return qemu_reader_opaque(reader, "the accelerator %.60s", list);
	if (reader->machine->kvm && qemu_board_next_accel(&rest, &name) > 0)
		return qemu_reader_opaque(reader, "the accelerator, which is one of %.60s", list);
	return QEMU_READER_DONE;
}

static int qemu_board_read_cpus(struct qemu_reader *reader)
{
	static const char *const names[] = { "drawers", "books", "sockets", "dies", "clusters",
		"modules", "cores", "threads" };
	uint64_t cpus = 0;
	uint64_t most = 0;
	uint64_t product = 1;
	int r = qemu_opts_number(&reader->place, &reader->smp, "cpus", &cpus);

	if (r == QEMU_READER_DONE)
		r = qemu_opts_number(&reader->place, &reader->smp, "maxcpus", &most);
	for (size_t i = 0; r == QEMU_READER_DONE && i < QEMU_BOARD_COUNT(names); i++) {
		uint64_t n = 1;

		r = qemu_opts_number(&reader->place, &reader->smp, names[i], &n);
		if (__builtin_mul_overflow(product, n ? n : 1, &product))
			product = UINT64_MAX;
	}
	if (r != QEMU_READER_DONE || reader->smp.n == 0)
		return r;
	if (most == 0)
		most = cpus > product ? cpus : product;
	if (most > UINT32_MAX)
		return qemu_opts_refuse(&reader->place, &reader->smp, "has too many CPUs");
	reader->machine->cpus = (unsigned)most;
	return QEMU_READER_DONE;
}

/* "smp.cpus=4" in -machine is -smp, and comes before it only in being overridden. */
static int qemu_board_move_smp(struct qemu_reader *reader)
{
	for (size_t i = 0; i < reader->board.n; i++) {
		struct qemu_opt opt = reader->board.items[i];
		struct qemu_opts one = reader->board;
		int r;

		if (!qemu_board_starts(opt.key, "smp."))
			continue;
		opt.key += strlen("smp.");
		one.n = 1;
		one.items = &opt;
		if (qemu_opts_find(&reader->smp, opt.key))
			continue;
		r = qemu_opts_merge(&reader->place, &reader->smp, &one);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

int qemu_board_finish(struct qemu_reader *reader)
{
	int r = qemu_board_read_type(reader);

	if (r == QEMU_READER_DONE)
		r = qemu_board_read_arch(reader);
	for (size_t i = 0; r == QEMU_READER_DONE && i < reader->board.n; i++)
		r = qemu_board_read_key(reader, &reader->board.items[i]);
	if (r == QEMU_READER_DONE)
		r = qemu_board_read_rest(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_board_read_accel(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_board_move_smp(reader);
	return r == QEMU_READER_DONE ? qemu_board_read_cpus(reader) : r;
}
