/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine as its definition describes it, before QEMU lays it out: what libvirt's domain XML and
 * QEMU's command line say, in QEMU's own terms. Sizes are what QEMU is told: what a management
 * layer rounds is rounded already. It is built once in an arena of its own, then never changed;
 * which map it gets is core/layout's to say, and may depend on the host it is started on.
 */
#pragma once

#include "core/arena.h"
#include "core/model/guest.h"
#include "core/model/viommu.h"

enum machine_cpu_kind {
	MACHINE_CPU_DEFAULT, /* none was named: the board's own */
	MACHINE_CPU_NAMED,
	MACHINE_CPU_HOST, /* -cpu host, libvirt's host-passthrough */
	MACHINE_CPU_MAX,  /* -cpu max, libvirt's maximum */
};

struct machine_cpu {
	enum machine_cpu_kind kind;
	const char *model;   /* QEMU's name, of MACHINE_CPU_NAMED */
	const char *vendor;  /* vendor= or <model vendor_id=>: "AuthenticAMD"; NULL: not stated */
	unsigned bits;	     /* phys-bits=, maxphysaddr emulate; 0: not stated */
	unsigned bits_limit; /* host-phys-bits-limit=; 0: none */
	enum tri host_bits;  /* host-phys-bits=; unknown: not stated */
	enum tri lm;	     /* the feature lm, set or cleared by hand; unknown: not stated */
};

/* What stands behind memory: it decides how QEMU aligns it. */
enum machine_backing {
	MACHINE_BACKING_ANONYMOUS, /* memory-backend-ram: 2 MiB */
	MACHINE_BACKING_FILE,	   /* a file or a memfd of small pages: 4 KiB */
	MACHINE_BACKING_HUGE,	   /* huge pages, of page_bytes */
};

enum machine_memory_model {
	MACHINE_MEMORY_DIMM,
	MACHINE_MEMORY_NVDIMM,
	MACHINE_MEMORY_VIRTIO_MEM,
	MACHINE_MEMORY_VIRTIO_PMEM,
	MACHINE_MEMORY_SGX_EPC,
	_MACHINE_MEMORY_MODEL_MAX,
};

/* A memory device, in the order in which QEMU creates them. */
struct machine_memory {
	enum machine_memory_model model;
	uint64_t size;	/* bytes of its backend */
	uint64_t label; /* nvdimm: bytes of the label area at its end */
	uint64_t align; /* align=, alignsize: bytes; 0: by its backing */
	uint64_t block; /* virtio-mem: block size in bytes; 0: QEMU's default */
	enum machine_backing backing;
	uint64_t page_bytes;   /* of MACHINE_BACKING_HUGE */
	bool placed;	       /* it has an address: */
	uint64_t address;      /* bytes */
	bool dynamic_memslots; /* virtio-mem: nothing of it is mapped at start */
	const char *name;      /* its id or alias, or NULL */
};

/* A RAM-backed BAR of an emulated device (ivshmem, ...): firmware will place it. */
struct machine_bar {
	uint64_t size;	  /* bytes */
	bool below_4g;	  /* a 32-bit BAR: it never comes to lie above */
	const char *name; /* "ivshmem-plain" */
};

enum machine_firmware {
	MACHINE_FIRMWARE_DEFAULT, /* none was named: SeaBIOS on x86, none on Arm */
	MACHINE_FIRMWARE_BIOS,	  /* -bios FILE: it is ROM that VFIO maps */
	MACHINE_FIRMWARE_PFLASH,  /* UEFI in flash */
	MACHINE_FIRMWARE_UNKNOWN, /* libvirt picks one when the guest is started */
};

struct machine {
	struct arena *arena;
	const char *name; /* of the guest, or NULL */
	const char *uuid; /* lower case with dashes, or NULL */
	const char *arch; /* as uname -m */
	const char *type; /* as written: "pc-q35-7.2", "q35", "virt"; NULL: QEMU's default */
	bool kvm;
	bool running; /* the description is of a running guest (live XML) */
	struct machine_cpu cpu;
	uint64_t ram;	 /* bytes at boot, without memory devices: -m */
	uint64_t maxmem; /* bytes; 0: none, no memory can be added */
	unsigned slots;
	enum machine_backing backing; /* of RAM, and of memory that is added unless it says more */
	uint64_t page_bytes;	      /* of MACHINE_BACKING_HUGE */
	enum machine_firmware firmware;
	bool acpi;
	uint64_t max_ram_below_4g; /* bytes; 0: not given */
	bool pci_hole64_given;
	uint64_t pci_hole64;	  /* bytes */
	const char *gic;	  /* virt: gic-version as written, or NULL */
	enum tri its;		  /* virt: unknown: the default */
	enum tri highmem;	  /* virt: highmem=; unknown: the default, on */
	enum tri highmem_redists; /* likewise, each */
	enum tri highmem_ecam;
	enum tri highmem_mmio;
	enum tri compact_highmem;   /* unknown: by version */
	uint64_t highmem_mmio_size; /* bytes; 0: the default */
	bool cxl;		    /* cxl=on */
	size_t n_cxl_windows;	    /* cxl-fmw: sizes in bytes, in their order */
	uint64_t *cxl_windows;
	unsigned cpus; /* most there can ever be; 0: not said */
	size_t n_memories;
	struct machine_memory *memories;
	size_t n_bars;
	struct machine_bar *bars;
	bool vga; /* a display is named that answers where VGA's memory was, below 1 MiB */
	size_t n_devices;
	struct guest_device *devices; /* that are given to it, at addresses of its own host */
	enum guest_vfio vfio;
	enum tri split_irqchip; /* kernel-irqchip=split or off; unknown: not stated */
	enum tri eim;		/* intel-iommu's, of interrupts: eim=; unknown: not stated */
	struct viommu viommu;
	size_t n_opaque;
	const char **opaque; /* what is not modelled and may matter, named with its place */
};

/* Gives an empty machine: KVM, ACPI, everything else zero or unknown. -ENOMEM. The caller owns it.
 */
int machine_new(struct machine **ret);

/* Accepts NULL. Returns NULL. */
struct machine *machine_free(struct machine *machine);

/*
 * Each appends one item, copied; strings have to live as long as the machine. -ENOMEM, or -E2BIG
 * past the limit (LIMIT_GUEST_RANGES memories and BARs, LIMIT_GUEST_DEVICES devices, LIMIT_WORDS
 * opaque things).
 */
int machine_add_memory(struct machine *machine, const struct machine_memory *memory);
int machine_add_bar(struct machine *machine, const struct machine_bar *bar);
int machine_add_device(struct machine *machine, const struct guest_device *device);
int machine_add_opaque(struct machine *machine, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
