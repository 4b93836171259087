/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a running QEMU answers about its guest (qemu/qemu qapi/, docs/interop/qemu-qmp-ref), put
 * together bit by bit: one function for each command, and one that makes the guest when all is
 * there. Which commands are asked, and in which order, is core/codec/qmp_talk.h's to say.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/guest.h"

#include <jansson.h>

enum qmp_guest_outcome {
	QMP_GUEST_DONE,
	QMP_GUEST_E_REFUSED,
};

/* What an object of QEMU's is to us. */
enum qmp_guest_role {
	QMP_GUEST_NOTHING,
	QMP_GUEST_VFIO,	 /* a device of the host */
	QMP_GUEST_INTEL, /* IOMMUs of the guest */
	QMP_GUEST_AMD,
	QMP_GUEST_VIRTIO,
	QMP_GUEST_SMMUV3,
	QMP_GUEST_IOMMU,   /* one that is not modelled */
	QMP_GUEST_SHMEM,   /* ivshmem-plain: its BAR is a memory back end */
	QMP_GUEST_MEMORY,  /* has a BAR of memory, and nothing more that matters */
	QMP_GUEST_STRANGE, /* maps memory for a device, and is not modelled */
	_QMP_GUEST_ROLE_MAX,
};

struct qmp_guest_object {
	enum qmp_guest_role role;
	const char *path; /* "/machine/peripheral/hostdev0" */
	const char *type; /* "vfio-pci" */
	/* Properties, as far as they were asked for and are there. */
	const char *host;     /* "0000:01:00.0" */
	const char *sysfsdev; /* "/sys/bus/pci/devices/0000:01:00.0" */
	const char *iommufd;  /* "/objects/iommufd0", or empty */
	const char *memdev;   /* "/objects/shmmem-shmem0" */
	unsigned aw_bits;
	enum tri caching_mode, intremap, shares_tables;
};

struct qmp_guest {
	struct arena *arena;
	struct refusal *refusal; /* set, with where, by who calls */
	const char *where;	 /* the command that was asked */
	const char *arch;
	bool kvm;
	bool started; /* firmware ran, or runs */
	const char *view, *tree;
	const char *machine;
	const char *cpu; /* path of the first one, or NULL */
	unsigned cpu_bits;
	bool memory_known; /* the next three, of -m */
	uint64_t memory, max_memory, slots;
	bool plugged_known;	/* the next two */
	uint64_t plugged;	/* bytes of devices of memory */
	uint64_t plugged_slots; /* that they take */
	uint64_t block;		/* the smallest of a virtio-mem device; 0: there is none */
	size_t n_objects;
	struct qmp_guest_object *objects;
	size_t n_opaque;
	const char **opaque;
};

/* Prepares @guest, which is zero, to be filled; what it keeps is of @arena. -ENOMEM. */
int qmp_guest_init(struct qmp_guest *guest, struct arena *arena);

/*
 * Each reads the value that one command returned into @guest: QMP_GUEST_DONE, QMP_GUEST_E_REFUSED
 * with guest->refusal set when it is no such value, or -ENOMEM.
 */
int qmp_guest_read_status(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_target(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_kvm(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_view(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_tree(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_network(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_blocks(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_plugged(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_memory(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_machine(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_cpus(struct qmp_guest *guest, const json_t *value);
int qmp_guest_read_cpu_bits(struct qmp_guest *guest, const json_t *value);

/* Adds the objects below @path that have a role. */
int qmp_guest_object_read_list(struct qmp_guest *guest, const char *path, const json_t *value);

/*
 * The @i-th property to ask of @object, whose earlier ones are read, or NULL past the last. NULL
 * for the value says that this QEMU knows no such property.
 */
const char *qmp_guest_object_ask(const struct qmp_guest_object *object, size_t i);
int qmp_guest_object_take(
	struct qmp_guest *guest, struct qmp_guest_object *object, size_t i, const json_t *value);

/* Names something that is not modelled and may matter. -ENOMEM. */
int qmp_guest_add_opaque(struct qmp_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets guest->refusal to guest->where and this sentence. QMP_GUEST_E_REFUSED. */
int qmp_guest_refuse(struct qmp_guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The guest that all this makes, in @ret, which the caller owns. */
int qmp_guest_make(struct qmp_guest *from, struct guest **ret);
