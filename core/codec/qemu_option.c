/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_option.h"

#include "core/codec/qemu_block.h"
#include "core/codec/qemu_board.h"
#include "core/codec/qemu_cpu.h"
#include "core/codec/qemu_device.h"
#include "core/codec/qemu_display.h"
#include "core/codec/qemu_driver.h"
#include "core/codec/qemu_memory.h"

#include <errno.h>
#include <string.h>

/* --- options that need no module --- */

static int qemu_option_take_nodefaults(struct qemu_reader *reader, const char *text)
{
	(void)text;
	reader->nodefaults = true;
	return QEMU_READER_DONE;
}

static int qemu_option_take_name(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	const char *name;
	int r = qemu_reader_parse(reader, text, "guest", &opts);

	if (r != QEMU_READER_DONE)
		return r;
	name = qemu_opts_find(&opts, "guest");
	if (!name || !name[0])
		return QEMU_READER_DONE;
	reader->machine->name = qemu_reader_text(reader, name);
	return reader->machine->name ? QEMU_READER_DONE : -ENOMEM;
}

static bool qemu_option_is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < sizeof(form); i++) {
		char c = text[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');

		if (form[i] == 'x' ? !hex : c != form[i])
			return false;
	}
	return true;
}

static int qemu_option_take_uuid(struct qemu_reader *reader, const char *text)
{
	char *uuid = arena_text(reader->place.arena, text, strlen(text));

	if (!uuid)
		return -ENOMEM;
	for (char *c = uuid; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
	if (!qemu_option_is_uuid(uuid))
		return qemu_reader_refuse(reader, "\"%.60s\" is no UUID", text);
	reader->machine->uuid = uuid;
	return QEMU_READER_DONE;
}

/* Firmware reads most of them from below opt/; OVMF takes the size of its window from one. */
static int qemu_option_take_fw_cfg(struct qemu_reader *reader, const char *text)
{
	static const char window[] = "opt/ovmf/X-PciMmio64";
	struct qemu_opts opts;
	const char *name;
	int r = qemu_reader_parse(reader, text, "name", &opts);

	if (r != QEMU_READER_DONE)
		return r;
	name = qemu_opts_find(&opts, "name");
	if (name && strncmp(name, "opt/", 4) == 0 && strncmp(name, window, sizeof(window) - 1) != 0)
		return QEMU_READER_DONE;
	return qemu_reader_opaque(reader, "-fw_cfg %.120s", name ? name : "without a name");
}

static int qemu_option_take_readconfig(struct qemu_reader *reader, const char *text)
{
	if (qemu_driver_is_harmless_config(text))
		return QEMU_READER_DONE;
	return qemu_reader_opaque(reader, "-readconfig %.120s", text);
}

static int qemu_option_take_opaque(struct qemu_reader *reader, const char *text)
{
	return qemu_reader_opaque(
		reader, "%.60s%s%.120s", reader->option, text ? " " : "", text ? text : "");
}

/* --- the table --- */

enum qemu_option_form { QEMU_OPTION_SWITCH, QEMU_OPTION_ARGUMENT };

/* Sorted by name, without its minus signs. One without a function moves no memory. */
static const struct qemu_option_entry {
	const char *name;
	enum qemu_option_form form;
	int (*take)(struct qemu_reader *reader, const char *text);
} qemu_option_entries[] = {
	{ "D", QEMU_OPTION_ARGUMENT, NULL },
	{ "L", QEMU_OPTION_ARGUMENT, NULL },
	{ "M", QEMU_OPTION_ARGUMENT, qemu_board_take },
	{ "S", QEMU_OPTION_SWITCH, NULL },
	{ "accel", QEMU_OPTION_ARGUMENT, qemu_board_take_accel },
	{ "acpitable", QEMU_OPTION_ARGUMENT, NULL },
	{ "action", QEMU_OPTION_ARGUMENT, NULL },
	{ "add-fd", QEMU_OPTION_ARGUMENT, NULL },
	{ "alt-grab", QEMU_OPTION_SWITCH, NULL },
	{ "append", QEMU_OPTION_ARGUMENT, NULL },
	{ "async-teardown", QEMU_OPTION_SWITCH, NULL },
	{ "audio", QEMU_OPTION_ARGUMENT, NULL },
	{ "audio-help", QEMU_OPTION_SWITCH, NULL },
	{ "audiodev", QEMU_OPTION_ARGUMENT, NULL },
	{ "balloon", QEMU_OPTION_ARGUMENT, NULL },
	{ "bios", QEMU_OPTION_ARGUMENT, qemu_board_take_bios },
	{ "blockdev", QEMU_OPTION_ARGUMENT, qemu_block_take_blockdev },
	{ "boot", QEMU_OPTION_ARGUMENT, NULL },
	{ "bt", QEMU_OPTION_ARGUMENT, NULL },
	{ "cdrom", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "chardev", QEMU_OPTION_ARGUMENT, NULL },
	{ "chroot", QEMU_OPTION_ARGUMENT, NULL },
	{ "clock", QEMU_OPTION_ARGUMENT, NULL },
	{ "compat", QEMU_OPTION_ARGUMENT, NULL },
	{ "cpu", QEMU_OPTION_ARGUMENT, qemu_cpu_take },
	{ "ctrl-grab", QEMU_OPTION_SWITCH, NULL },
	{ "curses", QEMU_OPTION_SWITCH, NULL },
	{ "d", QEMU_OPTION_ARGUMENT, NULL },
	{ "daemonize", QEMU_OPTION_SWITCH, NULL },
	{ "debugcon", QEMU_OPTION_ARGUMENT, NULL },
	{ "device", QEMU_OPTION_ARGUMENT, qemu_device_take },
	{ "dfilter", QEMU_OPTION_ARGUMENT, NULL },
	{ "display", QEMU_OPTION_ARGUMENT, NULL },
	{ "drive", QEMU_OPTION_ARGUMENT, qemu_block_take_drive },
	{ "dtb", QEMU_OPTION_ARGUMENT, NULL },
	{ "dump-vmstate", QEMU_OPTION_ARGUMENT, NULL },
	{ "echr", QEMU_OPTION_ARGUMENT, NULL },
	{ "enable-fips", QEMU_OPTION_SWITCH, NULL },
	{ "enable-kvm", QEMU_OPTION_SWITCH, qemu_board_take_enable_kvm },
	{ "enable-sync-profile", QEMU_OPTION_SWITCH, NULL },
	{ "fda", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "fdb", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "fsdev", QEMU_OPTION_ARGUMENT, NULL },
	{ "full-screen", QEMU_OPTION_SWITCH, NULL },
	{ "fw_cfg", QEMU_OPTION_ARGUMENT, qemu_option_take_fw_cfg },
	{ "g", QEMU_OPTION_ARGUMENT, NULL },
	{ "gdb", QEMU_OPTION_ARGUMENT, NULL },
	{ "global", QEMU_OPTION_ARGUMENT, qemu_device_take_global },
	{ "hda", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "hdachs", QEMU_OPTION_ARGUMENT, NULL },
	{ "hdb", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "hdc", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "hdd", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "icount", QEMU_OPTION_ARGUMENT, NULL },
	{ "id", QEMU_OPTION_ARGUMENT, NULL }, /* Proxmox's own */
	{ "incoming", QEMU_OPTION_ARGUMENT, NULL },
	{ "initrd", QEMU_OPTION_ARGUMENT, NULL },
	{ "iscsi", QEMU_OPTION_ARGUMENT, NULL },
	{ "jitdump", QEMU_OPTION_SWITCH, NULL },
	{ "k", QEMU_OPTION_ARGUMENT, NULL },
	{ "kernel", QEMU_OPTION_ARGUMENT, NULL },
	{ "kvm-shadow-memory", QEMU_OPTION_ARGUMENT, NULL },
	{ "loadvm", QEMU_OPTION_ARGUMENT, NULL },
	{ "localtime", QEMU_OPTION_SWITCH, NULL },
	{ "m", QEMU_OPTION_ARGUMENT, qemu_memory_take },
	{ "machine", QEMU_OPTION_ARGUMENT, qemu_board_take },
	{ "mem-path", QEMU_OPTION_ARGUMENT, qemu_memory_take_path },
	{ "mem-prealloc", QEMU_OPTION_SWITCH, NULL },
	{ "mlock", QEMU_OPTION_SWITCH, NULL },
	{ "mon", QEMU_OPTION_ARGUMENT, NULL },
	{ "monitor", QEMU_OPTION_ARGUMENT, NULL },
	{ "msg", QEMU_OPTION_ARGUMENT, NULL },
	{ "mtdblock", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "name", QEMU_OPTION_ARGUMENT, qemu_option_take_name },
	{ "net", QEMU_OPTION_ARGUMENT, qemu_block_take_net },
	{ "netdev", QEMU_OPTION_ARGUMENT, qemu_block_take_netdev },
	{ "nic", QEMU_OPTION_ARGUMENT, qemu_block_take_nic },
	{ "no-acpi", QEMU_OPTION_SWITCH, qemu_board_take_no_acpi },
	{ "no-fd-bootchk", QEMU_OPTION_SWITCH, NULL },
	{ "no-frame", QEMU_OPTION_SWITCH, NULL },
	{ "no-hpet", QEMU_OPTION_SWITCH, NULL },
	{ "no-kvm", QEMU_OPTION_SWITCH, qemu_board_take_no_kvm },
	{ "no-kvm-pit-reinjection", QEMU_OPTION_SWITCH, NULL },
	{ "no-quit", QEMU_OPTION_SWITCH, NULL },
	{ "no-reboot", QEMU_OPTION_SWITCH, NULL },
	{ "no-shutdown", QEMU_OPTION_SWITCH, NULL },
	{ "no-user-config", QEMU_OPTION_SWITCH, NULL },
	{ "nodefaults", QEMU_OPTION_SWITCH, qemu_option_take_nodefaults },
	{ "nodefconfig", QEMU_OPTION_SWITCH, NULL },
	{ "nographic", QEMU_OPTION_SWITCH, NULL },
	{ "nouserconfig", QEMU_OPTION_SWITCH, NULL },
	{ "numa", QEMU_OPTION_ARGUMENT, qemu_memory_take_node },
	{ "object", QEMU_OPTION_ARGUMENT, qemu_device_take_object },
	{ "old-param", QEMU_OPTION_SWITCH, NULL },
	{ "one-insn-per-tb", QEMU_OPTION_SWITCH, NULL },
	{ "only-migratable", QEMU_OPTION_SWITCH, NULL },
	{ "option-rom", QEMU_OPTION_ARGUMENT, NULL },
	{ "overcommit", QEMU_OPTION_ARGUMENT, NULL },
	{ "parallel", QEMU_OPTION_ARGUMENT, NULL },
	{ "pcidevice", QEMU_OPTION_ARGUMENT, qemu_option_take_opaque },
	{ "perfmap", QEMU_OPTION_SWITCH, NULL },
	{ "pflash", QEMU_OPTION_ARGUMENT, qemu_block_take_pflash },
	{ "pidfile", QEMU_OPTION_ARGUMENT, NULL },
	{ "plugin", QEMU_OPTION_ARGUMENT, NULL },
	{ "portrait", QEMU_OPTION_SWITCH, NULL },
	{ "preconfig", QEMU_OPTION_SWITCH, qemu_option_take_opaque },
	{ "prom-env", QEMU_OPTION_ARGUMENT, NULL },
	{ "qmp", QEMU_OPTION_ARGUMENT, NULL },
	{ "qmp-pretty", QEMU_OPTION_ARGUMENT, NULL },
	{ "qtest", QEMU_OPTION_ARGUMENT, NULL },
	{ "qtest-log", QEMU_OPTION_ARGUMENT, NULL },
	{ "readconfig", QEMU_OPTION_ARGUMENT, qemu_option_take_readconfig },
	{ "realtime", QEMU_OPTION_ARGUMENT, NULL },
	{ "rotate", QEMU_OPTION_ARGUMENT, NULL },
	{ "rtc", QEMU_OPTION_ARGUMENT, NULL },
	{ "rtc-td-hack", QEMU_OPTION_SWITCH, NULL },
	{ "run-with", QEMU_OPTION_ARGUMENT, NULL },
	{ "runas", QEMU_OPTION_ARGUMENT, NULL },
	{ "s", QEMU_OPTION_SWITCH, NULL },
	{ "sandbox", QEMU_OPTION_ARGUMENT, NULL },
	{ "sd", QEMU_OPTION_ARGUMENT, qemu_block_take_file },
	{ "sdl", QEMU_OPTION_SWITCH, NULL },
	{ "seed", QEMU_OPTION_ARGUMENT, NULL },
	{ "semihosting", QEMU_OPTION_SWITCH, NULL },
	{ "semihosting-config", QEMU_OPTION_ARGUMENT, NULL },
	{ "serial", QEMU_OPTION_ARGUMENT, NULL },
	{ "set", QEMU_OPTION_ARGUMENT, qemu_device_take_set },
	{ "shim", QEMU_OPTION_ARGUMENT, NULL },
	{ "show-cursor", QEMU_OPTION_SWITCH, NULL },
	{ "singlestep", QEMU_OPTION_SWITCH, NULL },
	{ "smbios", QEMU_OPTION_ARGUMENT, NULL },
	{ "smp", QEMU_OPTION_ARGUMENT, qemu_board_take_smp },
	{ "snapshot", QEMU_OPTION_SWITCH, NULL },
	{ "soundhw", QEMU_OPTION_ARGUMENT, NULL },
	{ "spice", QEMU_OPTION_ARGUMENT, NULL },
	{ "startdate", QEMU_OPTION_ARGUMENT, NULL },
	{ "tb-size", QEMU_OPTION_ARGUMENT, NULL },
	{ "tdf", QEMU_OPTION_SWITCH, NULL },
	{ "tpmdev", QEMU_OPTION_ARGUMENT, NULL },
	{ "trace", QEMU_OPTION_ARGUMENT, NULL },
	{ "usb", QEMU_OPTION_SWITCH, NULL },
	{ "usbdevice", QEMU_OPTION_ARGUMENT, NULL },
	{ "uuid", QEMU_OPTION_ARGUMENT, qemu_option_take_uuid },
	{ "vga", QEMU_OPTION_ARGUMENT, qemu_display_take_vga },
	{ "virtfs", QEMU_OPTION_ARGUMENT, NULL },
	{ "virtfs_synth", QEMU_OPTION_SWITCH, NULL },
	{ "virtioconsole", QEMU_OPTION_ARGUMENT, NULL },
	{ "vnc", QEMU_OPTION_ARGUMENT, NULL },
	{ "watchdog", QEMU_OPTION_ARGUMENT, NULL },
	{ "watchdog-action", QEMU_OPTION_ARGUMENT, NULL },
	{ "win2k-hack", QEMU_OPTION_SWITCH, NULL },
	{ "writeconfig", QEMU_OPTION_ARGUMENT, NULL },
	{ "xen-attach", QEMU_OPTION_SWITCH, qemu_option_take_opaque },
	{ "xen-domid", QEMU_OPTION_ARGUMENT, qemu_option_take_opaque },
	{ "xen-domid-restrict", QEMU_OPTION_SWITCH, qemu_option_take_opaque },
};

static const struct qemu_option_entry *qemu_option_find(const char *name)
{
	size_t low = 0;
	size_t high = sizeof(qemu_option_entries) / sizeof(qemu_option_entries[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, qemu_option_entries[middle].name);

		if (order == 0)
			return &qemu_option_entries[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* It may take the next word, or that one is a disk: neither could be told by more than it is. */
static int qemu_option_take_unknown(
	struct qemu_reader *reader, const char *const *items, size_t n, size_t *at)
{
	if (*at < n && items[*at][0] != '-')
		(*at)++;
	return qemu_option_take_opaque(reader, NULL);
}

int qemu_option_take(struct qemu_reader *reader, const char *const *items, size_t n, size_t *at)
{
	const struct qemu_option_entry *entry;
	const char *text = NULL;

	reader->argument = *at;
	reader->option = items[(*at)++];
	if (reader->option[0] != '-') {
		text = reader->option;
		reader->option = "disk";
		return qemu_block_take_file(reader, text);
	}
	entry = qemu_option_find(reader->option + 1 + (reader->option[1] == '-'));
	if (!entry)
		return qemu_option_take_unknown(reader, items, n, at);
	if (entry->form == QEMU_OPTION_ARGUMENT) {
		if (*at >= n)
			return qemu_reader_refuse(
				reader, "needs an argument, and is the last word");
		text = items[(*at)++];
	}
	return entry->take ? entry->take(reader, text) : QEMU_READER_DONE;
}
