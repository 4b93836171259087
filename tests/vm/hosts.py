# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hosts that are booted: an IOMMU of each kind, and below it root ports with and without ACS, a
switch without, a conventional bridge, a device that makes virtual functions, one to pull out."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Host:
    """iommu: arguments for QEMU; unit: what the kernel calls the kind of unit, empty for none."""
    name: str
    arch: str
    iommu: tuple
    kind: str
    words: str = ""
    cpu: str = ""
    machine: str = ""
    modules: tuple = ()


PULLED = "pulled"  # QEMU's name of the device that is pulled out and put back

HOSTS = {host.name: host for host in (
    Host("vtd", "amd64", ("-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"),
         "intel-vtd", "intel_iommu=on", machine="q35,kernel-irqchip=split"),
    Host("amdvi", "amd64", ("-device", "amd-iommu,intremap=on"), "amd-vi", cpu="EPYC",
         machine="q35,kernel-irqchip=split", modules=("kvm_amd",)),
    Host("none", "amd64", (), "", machine="q35"),
    Host("smmuv3", "arm64", (), "arm-smmu-v3", machine="virt,gic-version=3,iommu=smmuv3",
         cpu="cortex-a57"),
)}

MODULES = ("nvme", "e1000e", "e1000", "vfio_pci", "vfio_iommu_type1")


def topology():
    null = ("-drive", "if=none,id=d0,file=null-co://,format=raw,file.size=16777216")
    devices = (
        "pcie-root-port,id=rp1,bus=pcie.0,addr=03.0,chassis=1,port=1,multifunction=on",
        "pcie-root-port,id=rp2,bus=pcie.0,addr=03.1,chassis=2,port=2",
        "pcie-root-port,id=rp3,bus=pcie.0,addr=04.0,chassis=3,port=3,disable-acs=on",
        "pcie-root-port,id=rp4,bus=pcie.0,addr=05.0,chassis=4,port=4",
        "pcie-root-port,id=rp5,bus=pcie.0,addr=06.0,chassis=5,port=5",
        "e1000e,bus=rp1",
        "x3130-upstream,id=up1,bus=rp2",
        "xio3130-downstream,id=dn1,bus=up1,addr=00.0,chassis=11,port=1",
        "xio3130-downstream,id=dn2,bus=up1,addr=01.0,chassis=12,port=2",
        "e1000e,bus=dn1",
        "e1000e,bus=dn2",
        "nvme-subsys,id=ss0",
        "nvme,id=nv0,serial=n0,subsys=ss0,bus=rp3,sriov_max_vfs=4,sriov_vq_flexible=8,"
        "sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=9",
        "pcie-pci-bridge,id=br1,bus=rp4",
        "e1000,bus=br1,addr=01.0",
        f"e1000e,id={PULLED},bus=rp5",
    )
    return [*null, *(word for device in devices for word in ("-device", device))]


def arguments(host, kernel, image):
    """QEMU's arguments, and those for the line of commands."""
    words = f"panic=-1 pci=assign-busses,realloc {host.words}"
    if host.arch == "amd64":
        command = ["qemu-system-x86_64", "-machine", f"{host.machine},accel=tcg",
                   "-cpu", host.cpu or "qemu64", "-append",
                   f"console=ttyS0 iommufleet.line=ttyS1 {words}"]
        line = ["-serial", "chardev:line"]
    else:
        command = ["qemu-system-aarch64", "-machine", f"{host.machine},accel=tcg",
                   "-cpu", host.cpu, "-append", f"console=ttyAMA0 iommufleet.line=ttyS0 {words}"]
        line = ["-device", "pci-serial,chardev=line"]
    return [*command, "-smp", "2", "-m", "1G", "-vga", "none",
            "-kernel", str(kernel), "-initrd", str(image), *host.iommu, *topology()], line
