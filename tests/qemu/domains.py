# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random libvirt domains. One seed gives one domain on one version of QEMU."""

import random
import uuid

from machines import (ARM_CPUS, ARM_EDGES, GIB, KIB, MIB, NARROW, VENDORS, X86_BITS, X86_EDGES,
                      parts)

SIZES = (("KiB", KIB), ("MiB", MIB), ("GiB", GIB), ("b", 1), ("k", KIB), ("M", MIB))
X86_CPUS = ("qemu64", "EPYC", "EPYC-Rome", "Skylake-Server", "Dhyana", "Opteron_G5", "kvm64",
            "qemu32", "pentium3", "Haswell-noTSX", "athlon", "phenom")


class Domain:
    """Draws one domain; text is its XML."""

    def __init__(self, seed, qemu):
        self.random = random.Random(f"domain {seed}")
        self.qemu = qemu
        self.arm = "aarch64" in qemu.paths and self.chance(25)
        arch = "aarch64" if self.arm else "x86_64"
        pattern = r"virt-\d+\.\d+" if self.arm else r"pc-(i440fx|q35)-\d+\.\d+(\.\d+)?"
        names = [name for name in qemu.machines(arch, pattern)
                 if parts(name.split("-")[-1]) >= [2, 4]]
        self.machine = self.random.choice(names)
        self.q35 = "q35" in self.machine
        self.kvm = not self.arm and self.chance(30)
        self.grows = self.chance(50)
        self.text = self.domain(arch, seed)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, *things):
        return self.random.choice(things)

    def size(self, n):
        """value and unit of n bytes, in one of the ways in which people write it."""
        fits = [(name, unit) for name, unit in SIZES if n % unit == 0]
        name, unit = self.random.choice(fits)
        return f"unit='{name}'>{n // unit}"

    def ram(self):
        if self.chance(45):
            return self.random.choice(ARM_EDGES if self.arm else X86_EDGES) * MIB
        size = int(2 ** self.random.uniform(24, 40.5)) // MIB * MIB
        return size + (self.random.randrange(1024) * KIB if self.chance(25) else 0)

    def cells(self, ram):
        """Cells whose sum is not always what <memory> says: libvirt rounds each."""
        n = self.pick(1, 2, 3)
        each = ram // n // KIB * KIB
        return "<numa>" + "".join(
            f"<cell id='{i}' cpus='{i}' memory='{each // KIB}' unit='KiB'/>"
            for i in range(n)) + "</numa>"

    def cpu(self, ram):
        cells = self.cells(ram) if self.grows or self.chance(25) else ""
        bits = ""
        if self.chance(40) and not self.arm:
            bits = f"<maxphysaddr mode='emulate' bits='{self.random.choice(X86_BITS[4:])}'/>"
        if self.arm:
            known = self.qemu.cpus("aarch64")
            name = self.random.choice([one for one in ARM_CPUS if one in known])
            return f"<cpu mode='custom'><model>{name}</model>{cells}</cpu>"
        if self.kvm and self.chance(50):
            mode = self.pick("host-passthrough", "maximum")
            return f"<cpu mode='{mode}'>{bits}{cells}</cpu>"
        if not cells and not bits and self.chance(15):
            return ""
        name = self.random.choice(X86_CPUS)
        bits = "" if name in NARROW else bits
        vendor = f" vendor_id='{self.random.choice(VENDORS)}'" if self.chance(20) else ""
        return (f"<cpu mode='custom' match='exact' check='none'><model fallback='forbid'{vendor}>"
                f"{name}</model>{bits}{cells}</cpu>")

    def memories(self):
        if not self.grows:
            return ""
        text = ""
        for _ in range(self.pick(0, 1, 1, 2, 3)):
            models = ["dimm", "dimm", "nvdimm", "virtio-mem", "virtio-pmem"]
            text += self.memory(self.random.choice(models[:4] if self.arm else models))
        return text

    def memory(self, model):
        size = self.pick(128, 256, 512, 1024) * MIB + self.pick(0, 0, 0, MIB, 2 * MIB, 5 * KIB)
        self.added += -(-size // (2 * MIB)) * 2 * MIB if model != "virtio-pmem" else 0
        source = target = access = ""
        if model in ("nvdimm", "virtio-pmem"):
            source = f"<source><path>/nowhere/nv{self.random.getrandbits(30)}</path></source>"
        if model == "nvdimm" and self.chance(50):
            target = f"<label><size {self.size(self.pick(128, 256) * KIB)}</size></label>"
        if model == "virtio-mem":
            target = (f"<block {self.size(self.pick(2, 4) * MIB)}</block>"
                      f"<requested {self.size(self.pick(0, 64 * MIB))}</requested>")
        if model == "virtio-pmem":
            access = " access='shared'"
        node = "" if model == "virtio-pmem" else "<node>0</node>"
        return (f"<memory model='{model}'{access}>{source}<target><size {self.size(size)}</size>"
                f"{node}{target}</target></memory>")

    def video(self):
        """A display, whose memory is a BAR."""
        if self.arm:
            return self.pick("<video><model type='virtio'/></video>",
                             "<video><model type='ramfb'/></video>",
                             "<video><model type='bochs' vram='32768'/></video>")
        vram = self.pick(4096, 16384, 65536)
        return self.pick(
            "<video><model type='vga'/></video>", "<video><model type='cirrus'/></video>",
            f"<video><model type='vga' vram='{vram}'/></video>",
            f"<video><model type='bochs' vram='{vram}'/></video>",
            "<video><model type='virtio'/></video>", "<video><model type='none'/></video>",
            "<video><model type='vmvga'/></video>",
            "<video><model type='qxl'/></video>",
            f"<video><model type='qxl' ram='{vram}' vram='{2 * vram}' vgamem='16384'/></video>",
            "<video><model type='qxl' vram64='131072'/></video>",
            "<video><model type='virtio'/></video><video><model type='qxl'/></video>")

    def others(self):
        """Devices that may have memory of their own, or an IOMMU."""
        text = self.video() if self.chance(30) else ""
        if self.chance(15):
            model = self.pick("e1000e", "virtio", "e1000")
            text += f"<interface type='user'><model type='{model}'/></interface>"
        if self.chance(10) and not self.arm:
            size = f"<size unit='M'>{self.pick(1, 4, 256, 4096)}</size>" if self.chance(80) else ""
            text += f"<shmem name='shm'><model type='ivshmem-plain'/>{size}</shmem>"
        if self.chance(10):
            text += "<sound model='ich9'/><watchdog model='i6300esb'/>"
        return text

    def iommu(self):
        """(feature, device) of a guest's own IOMMU."""
        drawn = self.random.randrange(100)
        if self.arm and drawn < 10:
            return "", "<iommu model='smmuv3'/>"
        if self.q35 and drawn < 12:
            words = ["intremap='on'"]
            if self.chance(50):
                words.append("caching_mode='on'")
            if self.chance(50):
                words.append(f"aw_bits='{self.pick(39, 48)}'")
            return ("<ioapic driver='qemu'/>",
                    f"<iommu model='intel'><driver {' '.join(words)}/></iommu>")
        if self.q35 and drawn < 18:
            return "", "<iommu model='virtio'/>"
        return "", ""

    def devices(self):
        text = self.memories_text + self.others()
        root = "pcie-root" if self.q35 or self.arm else "pci-root"
        if self.chance(25) and not self.arm:
            hole = self.pick(0, 2, 32, 64, 512, 1024) * GIB
            text += (f"<controller type='pci' index='0' model='{root}'>"
                     f"<pcihole64 unit='KiB'>{hole // KIB}</pcihole64></controller>")
        if self.chance(20):
            text += ("<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/>"
                     f"<source><address domain='0' bus='{self.random.randrange(1, 255)}' slot='0'"
                     f" function='{self.random.randrange(8)}'/></source></hostdev>")
        return text

    def backing(self):
        return self.pick("", "", "<memoryBacking><source type='memfd'/></memoryBacking>",
                         "<memoryBacking><source type='anonymous'/></memoryBacking>",
                         "<memoryBacking><source type='file'/><access mode='shared'/>"
                         "</memoryBacking>")

    def domain(self, arch, seed):
        ram = self.ram()
        self.added = 0
        self.memories_text = self.memories()
        most = ""
        if self.grows:
            room = max(self.added, self.pick(1, 4, 64, 1024) * GIB)
            most = (f"<maxMemory slots='{self.pick(1, 4, 16, 255)}' "
                    f"{self.size(ram + self.added + room)}</maxMemory>")
        features = "<acpi/>"
        if self.arm:
            features += self.pick("", "<gic version='2'/>", "<gic version='3'/>")
        if self.q35 and self.chance(15):
            features += "<smm state='on'><tseg unit='MiB'>48</tseg></smm>"
        feature, iommu = self.iommu()
        features += feature
        loader = ""
        if self.arm or self.chance(25):
            loader = ("<loader readonly='yes' type='pflash'>/nowhere/CODE.fd</loader>"
                      "<nvram>/nowhere/VARS.fd</nvram>")
        emulator = self.qemu.paths[arch]
        return (f"<domain type='{'kvm' if self.kvm else 'qemu'}'><name>seed-{seed}</name>"
                f"<uuid>{uuid.UUID(int=self.random.getrandbits(128), version=4)}</uuid>{most}"
                f"<memory {self.size(ram + self.added)}</memory>{self.backing()}"
                f"<vcpu>4</vcpu><os><type arch='{arch}' machine='{self.machine}'>hvm</type>"
                f"{loader}</os><features>{features}</features>{self.cpu(ram)}<devices>"
                f"<emulator>{emulator}</emulator>{self.devices()}{iommu}</devices></domain>")
