/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/uevents.h"

#include "core/cleanup.h"

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>

#define UEVENTS_BUFFER	(256 * 1024) /* libudev asks for 128 MiB, and root would get them */
#define UEVENTS_AT_ONCE 1024U	     /* the buffer holds some hundreds */
#define UEVENTS_ERRORS	16U /* one after the other: then it is not a message that is wrong */

struct uevents {
	struct udev *udev;
	struct udev_monitor *monitor;
};

/*
 * What facts are read from. IOMMU groups tell nothing of themselves: iommu_group_alloc() adds their
 * objects without an event. They come and go with their devices, which the kernel puts into a group
 * before it announces them (the notifier runs ahead of the event in device_add()) and takes out
 * ahead of "remove". VFs are PCI devices, and their PF says "change" when it has them all.
 */
static const struct {
	const char *subsystem;
	const char *name; /* how it begins; NULL: any */
} uevents_rows[] = {
	{ "pci", NULL },
	{ "platform", NULL },
	{ "amba", NULL },
	{ "iommu", NULL }, /* units, as in /sys/class/iommu */
	{ "misc", "iommu" },
	{ "misc", "kvm" },
	{ "misc", "vfio" },
	{ "module", "iommufd" },
	{ "module", "kvm" },
	{ "module", "vfio" },
};

CLEANUP_DEFINE(struct uevents *, uevents_close, uevents_closep);

struct uevents *uevents_close(struct uevents *uevents)
{
	if (!uevents)
		return NULL;
	if (uevents->monitor)
		(void)udev_monitor_unref(uevents->monitor);
	if (uevents->udev)
		(void)udev_unref(uevents->udev);
	free(uevents);
	return NULL;
}

int uevents_open(struct uevents **ret)
{
	_cleanup_(uevents_closep) struct uevents *uevents = calloc(1, sizeof(*uevents));
	int r;

	if (!uevents)
		return -ENOMEM;
	errno = ENOMEM;
	uevents->udev = udev_new();
	if (!uevents->udev)
		return -errno;
	uevents->monitor = udev_monitor_new_from_netlink(uevents->udev, "kernel");
	if (!uevents->monitor)
		return -errno;
	/*
	 * What does not fit is lost, which is noticed and as good as an event. So it does not
	 * matter that more than net.core.rmem_max takes CAP_NET_ADMIN, which the daemon does not
	 * have.
	 */
	(void)udev_monitor_set_receive_buffer_size(uevents->monitor, UEVENTS_BUFFER);
	r = udev_monitor_enable_receiving(uevents->monitor);
	if (r < 0)
		return r;
	*ret = cleanup_take(uevents);
	return 0;
}

int uevents_fd(const struct uevents *uevents)
{
	return udev_monitor_get_fd(uevents->monitor);
}

static bool uevents_matter(struct udev_device *device)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *name = udev_device_get_sysname(device);

	for (size_t i = 0; i < sizeof(uevents_rows) / sizeof(uevents_rows[0]); i++) {
		const char *begin = uevents_rows[i].name;

		if (subsystem && strcmp(subsystem, uevents_rows[i].subsystem) == 0 &&
			(!begin || (name && strncmp(name, begin, strlen(begin)) == 0)))
			return true;
	}
	return false;
}

int uevents_drain(struct uevents *uevents, bool *ret_changed)
{
	unsigned errors = 0;
	bool changed = false;

	for (unsigned i = 0; i < UEVENTS_AT_ONCE; i++) {
		struct udev_device *device;

		errno = 0;
		device = udev_monitor_receive_device(uevents->monitor);
		if (device) {
			changed = changed || uevents_matter(device);
			(void)udev_device_unref(device);
			errors = 0;
			continue;
		}
		if (errno == EAGAIN || errno == 0)
			break;
		if (errno == EINTR)
			continue;
		/* ENOBUFS: some were lost. Else one that cannot be read. Who knows what they said?
		 */
		changed = true;
		if (++errors == UEVENTS_ERRORS)
			return -errno;
	}
	*ret_changed = changed;
	return 0;
}
