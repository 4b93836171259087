/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_block.h"

#include "core/codec/qemu_vfio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define QEMU_BLOCK_NVME "nvme://"
#define QEMU_BLOCK_JSON "json:"

/* Drivers that map the guest's RAM for a device, in ways that are not modelled. */
static const char *const qemu_block_opaque[] = { "virtio-blk-vfio-pci", "virtio-blk-vhost-vdpa" };

static bool qemu_block_starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* "driver", or "file.driver" of a layer below: then "file.device" is what that drives. */
static int qemu_block_check_driver(
	struct qemu_reader *reader, const struct qemu_opts *opts, const struct qemu_opt *opt)
{
	size_t n = strlen(opt->key) - strlen("driver");
	const char *key, *address;

	for (size_t i = 0; i < sizeof(qemu_block_opaque) / sizeof(qemu_block_opaque[0]); i++)
		if (strcmp(opt->value, qemu_block_opaque[i]) == 0)
			return qemu_reader_opaque(reader, "%s %s", reader->option, opt->value);
	if (strcmp(opt->value, "nvme") != 0)
		return QEMU_READER_DONE;
	key = arena_printf(reader->place.arena, "%.*sdevice", (int)n, opt->key);
	if (!key)
		return -ENOMEM;
	address = qemu_opts_find(opts, key);
	if (!address)
		return qemu_reader_opaque(
			reader, "%s driver=nvme, which names no device", reader->option);
	return qemu_vfio_add_nvme(reader, opts, address);
}

/* One value of a drive; @nested tells that it stands in a file name of another. */
static int qemu_block_check(struct qemu_reader *reader, const struct qemu_opts *opts, bool nested)
{
	static const char driver[] = "driver";
	int r = QEMU_READER_DONE;

	for (size_t i = 0; r == QEMU_READER_DONE && i < opts->n; i++) {
		const struct qemu_opt *opt = &opts->items[i];
		size_t n = strlen(opt->key);
		struct qemu_opts inner;

		if (n >= strlen(driver) && strcmp(opt->key + n - strlen(driver), driver) == 0 &&
			(n == strlen(driver) || opt->key[n - strlen(driver) - 1] == '.')) {
			r = qemu_block_check_driver(reader, opts, opt);
		} else if (strstr(opt->value, "AAVMF") || strstr(opt->value, "aarch64")) {
			reader->is_named_arm = true;
		} else if (qemu_block_starts(opt->value, QEMU_BLOCK_NVME)) {
			r = qemu_vfio_add_nvme(reader, opts, opt->value + strlen(QEMU_BLOCK_NVME));
		} else if (qemu_block_starts(opt->value, QEMU_BLOCK_JSON) && nested) {
			r = qemu_reader_opaque(
				reader, "%s with a file name in a file name", reader->option);
		} else if (qemu_block_starts(opt->value, QEMU_BLOCK_JSON "{")) {
			r = qemu_reader_parse(
				reader, opt->value + strlen(QEMU_BLOCK_JSON), NULL, &inner);
			if (r == QEMU_READER_DONE)
				r = qemu_block_check(reader, &inner, true);
		}
	}
	return r;
}

int qemu_block_take_drive(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	const char *interface;
	int r = qemu_reader_parse(reader, text, NULL, &opts);

	if (r != QEMU_READER_DONE)
		return r;
	interface = qemu_opts_find(&opts, "if");
	if (interface && strcmp(interface, "pflash") == 0)
		reader->machine->firmware = MACHINE_FIRMWARE_PFLASH;
	return qemu_block_check(reader, &opts, false);
}

int qemu_block_take_blockdev(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	int r = qemu_reader_parse(reader, text, "driver", &opts);

	return r == QEMU_READER_DONE ? qemu_block_check(reader, &opts, false) : r;
}

int qemu_block_take_file(struct qemu_reader *reader, const char *text)
{
	struct qemu_opt opt = { "file", text };
	struct qemu_opts opts = {
		.option = reader->option, .argument = reader->argument, .n = 1, .items = &opt
	};

	return qemu_block_check(reader, &opts, false);
}

int qemu_block_take_pflash(struct qemu_reader *reader, const char *text)
{
	(void)text;
	reader->machine->firmware = MACHINE_FIRMWARE_PFLASH;
	return QEMU_READER_DONE;
}

/* vDPA maps all of guest RAM for its device, as VFIO does for one that is given to the guest. */
static int qemu_block_read_netdev(struct qemu_reader *reader, const char *text, const char **type)
{
	struct qemu_opts opts;
	const char *device;
	int r = qemu_reader_parse(reader, text, "type", &opts);

	if (r != QEMU_READER_DONE)
		return r;
	*type = qemu_opts_find(&opts, "type");
	reader->has_network = true;
	if (!*type || strcmp(*type, "vhost-vdpa") != 0)
		return QEMU_READER_DONE;
	device = qemu_opts_find(&opts, "vhostdev");
	return qemu_reader_opaque(reader, "%.60s vhost-vdpa%s%.120s", reader->option,
		device ? " " : "", device ? device : "");
}

int qemu_block_take_netdev(struct qemu_reader *reader, const char *text)
{
	const char *type;

	return qemu_block_read_netdev(reader, text, &type);
}

int qemu_block_take_nic(struct qemu_reader *reader, const char *text)
{
	const char *type = NULL;
	int r = qemu_block_read_netdev(reader, text, &type);

	reader->has_nic = reader->has_nic || !type || strcmp(type, "none") != 0;
	return r;
}

int qemu_block_take_net(struct qemu_reader *reader, const char *text)
{
	const char *type = NULL;
	int r = qemu_block_read_netdev(reader, text, &type);

	reader->has_nic = reader->has_nic || (type && strcmp(type, "nic") == 0);
	return r;
}
