# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random machines as QEMU's arguments. One seed gives one machine on one version of QEMU."""

import json
import random
import re

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40

# Sizes of RAM on both sides of where a rule changes, in MiB.
X86_EDGES = [2047, 2048, 2049, 2559, 2560, 2815, 2816, 2817, 3071, 3072, 3073, 3583, 3584, 3585,
             4095, 4096, 4097] + [g * 1024 + d for g in (
                 976, 977, 978, 979, 980, 988, 989, 990, 991, 1007, 1008, 1009, 1010, 1011, 1012,
                 1013, 1020, 1021, 1022, 1023, 1024, 1536, 2048) for d in (-1, 0, 1)]
ARM_EDGES = [1023, 1024, 3071, 3072, 3073, 65536] + [g * 1024 + d for g in (
    254, 255, 256, 257, 300, 511, 512, 767, 768, 1022, 1023, 1024) for d in (-1, 0, 1)]
X86_BITS = (32, 36, 39, 40, 41, 42, 43, 44, 45, 46, 48, 52)
NARROW = ("486", "athlon", "coreduo", "kvm32", "n270", "pentium", "pentium2", "pentium3", "qemu32")
VENDORS = ("AuthenticAMD", "GenuineIntel", "HygonGenuine")
ARM_CPUS = ("cortex-a7", "cortex-a15", "cortex-a35", "cortex-a53", "cortex-a55", "cortex-a57",
            "cortex-a72", "cortex-a76", "cortex-a710", "a64fx", "neoverse-n1", "neoverse-v1",
            "neoverse-n2", "max")
NEWEST = [99]  # what an alias stands for; the product takes the newest that it knows


class Case:
    """The arguments of one machine, and a place, which must not matter without KVM."""

    def __init__(self, arch, argv, place):
        self.arch = arch
        self.argv = argv
        self.place = place
        cpu = argv[argv.index("-cpu") + 1] if "-cpu" in argv else ""
        narrow = re.split("[-,]", cpu)[0] in NARROW or re.search(r"\blm=off|,-lm\b", cpu)
        # Which QEMU it is decides how far addresses are taken to go.
        self.of_its_build = bool(narrow or "phys-bits=32" in cpu or "cxl=on" in argv[1])
        # A file whose size the arguments do not say; a microvm's depends on who built QEMU.
        self.some_firmware = arch == "x86_64" and ("-bios" in argv or "microvm" in argv[1])


def parts(version):
    return [int(part) for part in re.findall(r"\d+", version)]


class Maker:
    """Draws one machine."""

    def __init__(self, seed, qemu, files):
        self.seed = seed
        self.random = random.Random(seed)
        self.qemu = qemu
        self.files = files
        self.argv = []
        self.machine = []  # parts of -machine after the name
        self.serial = 0

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def pick(self, *things):
        return self.random.choice(things)

    def option(self, name, properties, kind):
        """-object or -device, as words or as JSON."""
        if self.chance(30):
            first = "qom-type" if kind == "-object" else "driver"
            self.argv += [kind, json.dumps({first: name, **properties})]
            return
        words = [name]
        for key, value in properties.items():
            word = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
            words.append(f"{key}={word}")
        self.argv += [kind, ",".join(map(str, words))]

    def name(self, prefix):
        self.serial += 1
        return f"{prefix}{self.serial}"

    def backend(self, size, name, ram=False, touched=False):
        """An object of that many bytes that costs nothing until it is touched."""
        kind = self.random.choices(("ram", "memfd", "huge", "file"), (70, 12, 8, 10))[0]
        properties = {"id": name, "size": size, "reserve": False}
        # Firmware is copied into RAM, and a label into an NVDIMM: huge pages would be needed.
        if kind == "huge" and size % (2 * MIB) == 0 and not touched:
            properties.update(hugetlb=True, hugetlbsize=2 * MIB)
            kind = "memfd"
        elif kind == "huge":
            kind = "ram"
        elif kind == "file":
            properties["mem-path"] = self.files.memory(f"{self.seed}-{name}")
            properties["share"] = self.chance(50)
            if not ram and self.chance(20):
                properties["align"] = self.pick(2 * MIB, 1 * GIB)
        self.option(f"memory-backend-{kind}", properties, "-object")

    def ram_size(self, edges, most):
        drawn = self.random.randrange(100)
        if drawn < 45:
            size = self.random.choice(edges) * MIB
        elif drawn < 60:
            size = self.random.randrange(1, 1025) * GIB
        else:
            size = int(2 ** self.random.uniform(24, 41.5)) // MIB * MIB
        if self.chance(10):
            size += self.random.randrange(1, 128) * 8 * KIB
        return max(16 * MIB, min(size, most))

    def memory(self, ram, can_grow):
        """-m, and the objects that stand behind RAM. True if memory devices are possible."""
        grows = can_grow and self.chance(50)
        text = f"{ram // KIB}k"
        if self.chance(50) and ram % MIB == 0:
            text = f"{ram // MIB}M" if self.chance(50) else str(ram // MIB)
        if grows:
            more = self.pick(1, 1, 2, 4, 16, 64, 512, 1024, self.random.randrange(1, 2048)) * GIB
            if self.chance(15):
                more = self.random.randrange(1, 4096) * MIB
            self.room = more
            text += f",slots={self.pick(1, 2, 4, 16, 255, 256)},maxmem={(ram + more) // KIB}k"
        self.argv += ["-m", text]
        if self.chance(25) and ram % (8 * MIB) == 0:
            self.nodes(ram)
        elif ram > GIB or self.chance(50):
            self.backend(ram, "pc.ram" if self.chance(10) else "m0", ram=True, touched=True)
            self.machine.append("memory-backend=" + self.argv_last_id())
        return grows

    def argv_last_id(self):
        text = self.argv[-1]
        return json.loads(text)["id"] if text.startswith("{") else \
            re.search(r"\bid=([^,]+)", text).group(1)

    def nodes(self, ram):
        n = self.pick(1, 2, 2, 4)
        for i in range(n):
            self.backend(ram // n, f"n{i}", ram=True, touched=True)
            self.argv += ["-numa", f"node,nodeid={i},memdev=n{i}"]

    def devices(self, models, base):
        """Memory devices; @base is about where the first can lie."""
        left = self.room
        for _ in range(self.pick(0, 1, 1, 2, 3, 5)):
            model = self.random.choice(models)
            size = self.pick(2, 4, 126, 128, 130, 256, 510, 512, 1024, 1024, 2048) * MIB
            if self.chance(10):
                size += self.pick(4 * KIB, 1 * MIB, 64 * KIB)
            if size > left and self.chance(80):
                continue
            left -= min(size, left)
            self.device(model, size, base)

    def device(self, model, size, base):
        name = self.name("d")
        properties = {"id": f"{name}d", "memdev": name}
        driver = {"dimm": "pc-dimm", "nvdimm": "nvdimm", "virtio-mem": "virtio-mem-pci",
                  "virtio-pmem": "virtio-pmem-pci"}[model]
        if model == "virtio-mem":
            properties["requested-size"] = self.pick(0, size // (4 * MIB) * 2 * MIB)
            if self.chance(50):
                properties["block-size"] = self.pick(2, 4, 128) * MIB
                properties["requested-size"] = 0
        if model == "nvdimm" and self.chance(50):
            properties["label-size"] = self.pick(128, 256, 1024) * KIB
        if self.chance(20):
            key = "addr" if model.endswith("dimm") else "memaddr"
            step = self.pick(2 * MIB, 128 * MIB, 1 * GIB)
            properties[key] = base + self.random.randrange(0, 8) * step
        if driver.endswith("-pci"):
            properties["bus"] = self.bus
        self.backend(size, name, touched=model == "nvdimm")
        self.option(driver, properties, "-device")

    def firmware(self):
        """A -bios, a flash, or nothing, with sizes as they occur."""
        kind = self.random.choices(("none", "bios", "flash"), (60, 20, 20))[0]
        if kind == "bios":
            self.argv += ["-bios", self.files.of_size(self.pick(*self.bios_sizes))]
        elif kind == "flash":
            path = self.files.of_size(self.flash_size)
            self.argv += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={path}"]
        return kind != "none"

    def place(self):
        return {"amd": self.pick("yes", "no", "unknown"), "bits": self.pick(0, 39, 46, 52),
                "ipa": self.pick(0, 40, 48)}

    def machine_words(self, name):
        word = self.pick(f"type={name}", name, name)
        return [self.pick("-M", "-machine"), ",".join([word, *self.machine])]


class X86(Maker):
    """A PC."""

    bios_sizes = (128 * KIB, 256 * KIB, 1 * MIB, 2 * MIB, 4 * MIB)
    flash_size = 2 * MIB
    arch = "x86_64"
    more_cpus = []
    displays = ("VGA", "cirrus-vga", "virtio-vga", "bochs-display", "vmware-svga", "secondary-vga")

    def cpu(self, ram):
        """-cpu, or none."""
        large = ram > 512 * GIB and self.chance(75)
        if self.chance(15) and not large:
            return
        names = ["qemu64", "EPYC", "Skylake-Server", "max", "Dhyana", "qemu32", "pentium",
                 "coreduo", "athlon", "phenom", "Opteron_G5"] + self.more_cpus
        if self.chance(40):
            names = [name for name in self.qemu.cpus("x86_64") if name not in ("host", "base")]
        words = [self.random.choice(names)]
        narrow = words[0].split("-")[0] in NARROW
        if self.chance(20):
            words.append("vendor=" + self.random.choice(VENDORS))
        if (large or self.chance(30)) and (not narrow or self.chance(8)):
            words.append(f"phys-bits={self.random.choice(X86_BITS[5:] if large else X86_BITS)}")
        if self.chance(8):
            words.append(self.pick("host-phys-bits=off", "host-phys-bits-limit=39", "-lm", "lm=off"))
        self.argv += ["-cpu", ",".join(words)]

    def version(self):
        names = self.qemu.machines("x86_64", rf"pc-{self.board}-\d+\.\d+(\.\d+)?")
        if self.chance(6):
            return {"i440fx": "pc", "q35": "q35"}[self.board]
        # The newest and the gates of 7.1 more often than the rest.
        return self.pick(self.random.choice(names), *names[-3:])

    def draw(self):
        self.board = self.random.choices(("i440fx", "q35", "microvm"), (38, 54, 8))[0]
        if self.board == "microvm":
            return self.microvm()
        self.bus = "pci.0" if self.board == "i440fx" else "pcie.0"
        name = self.version()
        version = parts(name.rsplit("-", 1)[1]) if "-" in name else NEWEST
        ram = self.ram_size(X86_EDGES, 3 * TIB)
        self.cpu(ram)
        if self.chance(15):
            self.machine.append(f"max-ram-below-4g={self.pick('1G', '2G', '2048M', '3G', '3584M', '4G', 3 * GIB + 64 * MIB)}")
        self.hole64()
        if self.board == "q35" and version >= [7, 0] and self.chance(12):
            self.cxl()
        grows = self.memory(ram, version > [2, 0])
        if grows:
            models = ["dimm", "dimm", "virtio-mem"]
            if version >= [2, 6] and self.chance(40):
                self.machine.append("nvdimm=on")
                models.append("nvdimm")
            if self.qemu.has("x86_64", "virtio-pmem-pci"):
                models.append("virtio-pmem")
            high = max(0, ram - (2 if self.board == "q35" else 3) * GIB)
            base = 4 * GIB + -(-high // GIB) * GIB if ram >= 3 * GIB else 4 * GIB
            self.devices(models, base)
        self.firmware()
        if self.chance(20):
            self.display()
        if self.chance(15):
            self.argv += ["-smp", self.pick("2", "cpus=2,maxcpus=4")]
        return Case(self.arch, self.machine_words(name) + self.argv, self.place())

    def display(self):
        """A display, or that there is none."""
        if self.chance(30):
            self.argv += ["-vga", self.pick("none", "std", "cirrus", "virtio")]
        elif self.chance(15):
            self.argv += ["-device", "ramfb"]
        else:
            self.argv += ["-device", f"{self.random.choice(self.displays)},bus={self.bus}"]

    def hole64(self):
        if not self.chance(30):
            return
        size = self.pick(0, 1 * GIB, 2 * GIB, 32 * GIB, 64 * GIB, 512 * GIB, 1 * TIB,
                         self.random.randrange(1, 4096) * MIB)
        driver = "q35-pcihost" if self.board == "q35" else "i440FX-pcihost"
        self.argv += ["-global", f"{driver}.pci-hole64-size={size}"] if self.chance(70) else \
            ["-global", f"driver={driver},property=pci-hole64-size,value={size}"]

    def cxl(self):
        self.machine.append("cxl=on")
        if not self.qemu.has("x86_64", "pxb-cxl") or self.chance(20):
            return
        self.argv += ["-device", "pxb-cxl,bus_nr=52,bus=pcie.0,id=cxl.1"]
        for i in range(self.pick(1, 1, 2)):
            self.machine += [f"cxl-fmw.{i}.targets.0=cxl.1",
                             f"cxl-fmw.{i}.size={self.pick('256M', '512M', '4G', '64G', '512G')}"]

    def microvm(self):
        ram = self.ram_size(X86_EDGES, 3 * TIB)
        self.cpu(ram)
        if self.chance(20):
            options = ["acpi=off", "rtc=on", "isa-serial=off"]
            if "max-ram-below-4g=" in self.qemu.asked("x86_64", "-machine", "microvm,help"):
                options.append("max-ram-below-4g=2G")
            self.machine.append(self.random.choice(options))
        self.memory(ram, False)
        return Case(self.arch, self.machine_words("microvm") + self.argv, self.place())


class Arm(Maker):
    """An Arm virt board."""

    bios_sizes = (1 * MIB, 2 * MIB)
    flash_size = 64 * MIB
    arch = "aarch64"
    bus = "pcie.0"

    def draw(self):
        names = self.qemu.machines("aarch64", r"virt-\d+\.\d+")
        name = self.pick(self.random.choice(names), *names[-2:])
        if self.chance(6):
            name = "virt"
        version = parts(name) or NEWEST
        known = self.qemu.cpus("aarch64")
        cpu = self.random.choice([one for one in ARM_CPUS if one in known])
        ram = self.ram_size(ARM_EDGES, 3 * TIB)
        self.argv += ["-cpu", cpu]
        self.options(name, version, cpu)
        firmware = self.firmware()
        if self.memory(ram, True):
            models = [model for model in ("virtio-mem", "virtio-pmem")
                      if self.qemu.has("aarch64", f"{model}-pci")]
            if firmware or self.chance(20):
                models += ["dimm", "dimm"]
                if self.chance(40) and version >= [4, 2]:
                    self.machine.append("nvdimm=on")
                    models.append("nvdimm")
            if models:
                self.devices(models, -(-(GIB + ram) // GIB) * GIB)
        return Case(self.arch, self.machine_words(name) + self.argv, self.place())

    def options(self, name, version, cpu):
        gic = self.pick(None, "2", "3", "max")
        cpus = self.pick(1, 1, 2, 4, 8)
        small = cpu in ("cortex-a7", "cortex-a15", "cortex-a35", "cortex-a53", "cortex-a57",
                        "cortex-a72")
        if gic == "3" and not small and self.chance(10):
            cpus = 124
        if gic:
            self.machine.append(f"gic-version={gic}")
        if cpus > 1:
            self.argv += ["-smp", str(cpus)]
        if self.chance(12) and cpus < 124:
            self.machine.append(self.pick("highmem=off", "highmem=on"))
        if version >= [2, 8] and gic == "3" and self.chance(15):
            self.machine.append(self.pick("its=off", "its=on"))
        if self.chance(10):
            self.machine.append("iommu=smmuv3")
        windows = self.qemu.asked("aarch64", "-machine", f"{name},help")
        for option in ("highmem-redists", "highmem-ecam", "highmem-mmio", "compact-highmem"):
            # The redistributors of so many CPUs need the second region.
            if f" {option}=" in windows and self.chance(8) and cpus < 124:
                self.machine.append(f"{option}={self.pick('on', 'off')}")
        if " highmem-mmio-size=" in windows and self.chance(10):
            self.machine.append(f"highmem-mmio-size={self.pick('512G', '1T', '2T')}")
        if " cxl=" in windows and self.chance(10):
            self.machine.append("cxl=on")


class X86OnKvm(X86):
    """A PC whose CPU has the host's vendor and bits."""

    more_cpus = ["host", "host", "max", "host,host-phys-bits-limit=41"]


def draw(seed, qemu, files, kvm=False):
    """The machine of that seed, on the architectures that this QEMU has."""
    if kvm:
        return X86OnKvm(seed, qemu, files).draw()
    kinds = [kind for kind in (X86, Arm) if kind.arch in qemu.paths]
    weights = [70, 30][:len(kinds)]
    kind = random.Random(f"arch {seed}").choices(kinds, weights)[0]
    return kind(seed, qemu, files).draw()
