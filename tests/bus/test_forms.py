# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests in each form that people have, as text and as a sealed file: CheckGuest, CheckGuestFile,
MapGuest and MapGuestFile."""

import contextlib
import fcntl
import json
import os

import harness
import wire

scratch = harness.Scratch()
bus = harness.Bus(scratch)
host = harness.Host(scratch, "x86-vtd")
trusting = scratch.path / "trusting.conf"
trusting.write_text("[judge]\nnested=trust\n")
daemon = harness.Daemon(bus, host, extra=[f"--config={trusting}"])
plain = bus.connect()

TEXT, FILE = "sssa{sv}", "ssha{sv}"
DATA = harness.TOP / "tests/domains/data"
HERE = os.uname().nodename
ALL = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
DOCUMENT = json.dumps({
    "arch": "x86_64",
    "map": [{"first": "0x0", "last": "0x7fffffff", "kind": "ram"}],
}).encode()
LIMITS = {"iommufleet-guest": 1 << 20, "libvirt-xml": 4 << 20, "qemu-mtree": 4 << 20,
          "qemu-cmdline": 1 << 20}


def sample(name):
    return (DATA / name).read_bytes()


SAMPLES = {
    "iommufleet-guest": DOCUMENT,
    "libvirt-xml": sample("q35-4g-slots-dimm1g.inactive.xml"),
    "qemu-mtree": sample("q35-4g-slots-dimm1g.mtree.txt"),
    "qemu-cmdline": sample("qemu-q35-8g-maxlow1g.cmd"),
}


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


@contextlib.contextmanager
def memory_file(content, seals=ALL, size=None):
    fd = os.memfd_create("guest", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    try:
        with open(os.dup(fd), "wb") as file:
            file.write(content)
        if size is not None:
            os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        yield fd
    finally:
        os.close(fd)


def manager(method, signature, *args, fds=()):
    return plain.call(harness.NAME, harness.ROOT, harness.MANAGER, method, signature, *args,
                      fds=fds)


def of_text(method, form, content, options=None, name=""):
    return manager(method, TEXT, name, form, content.decode(), options or {})


def of_file(method, form, content, options=None, name=""):
    with memory_file(content) as fd:
        return manager(f"{method}File", FILE, name, form, 0, options or {}, fds=[fd])


def refused(method, *args, fds=(), says=()):
    """The error's name without its prefix; its text has the words @says."""
    try:
        manager(method, *args, fds=fds)
    except wire.BusError as error:
        for word in says:
            assert word in error.text, f"{error.text!r} does not say {word!r}"
        return error.name.removeprefix("org.iommufleet1.Error.")
    return None


def check_guest__each_format__as_text_and_as_file_the_same():
    options = {"attach": ("as", ["9"])}
    for form, content in SAMPLES.items():
        answers = of_text("CheckGuest", form, content, options)
        equal(set(answers[0]), {"migrate", "hotplug", "memory_hotplug"})
        equal(of_file("CheckGuest", form, content, options), answers)
    equal(of_text("CheckGuest", "libvirt-xml", SAMPLES["libvirt-xml"], options)[0]["hotplug"],
          "safe")


def map_guest__each_format__a_document_that_can_be_asked_about_again():
    for form, content in SAMPLES.items():
        text = of_text("MapGuest", form, content)[0]
        equal(of_file("MapGuest", form, content)[0], text)
        made = json.loads(text)
        equal(made["laid_out_for"], {"host": HERE, "assumed": {"nested": "trust"}})
        assert made["headroom"]["above_4g"], made["headroom"]
        equal(json.loads(of_text("MapGuest", "iommufleet-guest", text.encode())[0]), made)
    narrow = of_text("MapGuest", "iommufleet-guest", DOCUMENT,
                     {"assume": ("a{ss}", {"iommu-bits": "36"})})[0]
    for window in json.loads(narrow)["headroom"]["above_4g"]:
        assert int(window["last"], 16) < 1 << 36, window


def check_guest_file__not_sealed_against_all__refused():
    seals = {"none": 0, "grow": ALL & ~fcntl.F_SEAL_GROW, "shrink": ALL & ~fcntl.F_SEAL_SHRINK,
             "write": ALL & ~fcntl.F_SEAL_WRITE, "future": (ALL & ~fcntl.F_SEAL_WRITE) | 0x10}
    for missing, there in seals.items():
        with memory_file(DOCUMENT, there) as fd:
            for method in ("CheckGuestFile", "MapGuestFile"):
                equal((missing, refused(method, FILE, "", "iommufleet-guest", 0, {}, fds=[fd])),
                      (missing, "NotSealed"))


def check_guest_file__no_memory_file__refused_without_waiting():
    reader, writer = os.pipe()
    path = scratch.path / "guest.json"
    path.write_bytes(DOCUMENT)
    with open(path, "rb") as file, open("/dev/zero", "rb") as zero:
        for fd in (reader, writer, file.fileno(), zero.fileno(), plain.socket.fileno()):
            equal(refused("CheckGuestFile", FILE, "", "iommufleet-guest", 0, {}, fds=[fd]),
                  "NotSealed")
    os.close(reader)
    os.close(writer)
    with memory_file(DOCUMENT) as fd:
        only_written = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)
        equal(refused("CheckGuestFile", FILE, "", "iommufleet-guest", 0, {}, fds=[only_written]),
              "InvalidGuest")
        os.close(only_written)


def check_guest_file__read_to_its_end_before__read_from_its_start():
    with memory_file(DOCUMENT) as fd:
        os.lseek(fd, 0, os.SEEK_END)
        assert manager("CheckGuestFile", FILE, "", "iommufleet-guest", 0, {}, fds=[fd])


def texts__longer_than_their_format_may_be__too_much():
    before = daemon.private_kb()
    for form, limit in LIMITS.items():
        equal(refused("CheckGuest", TEXT, "", form, " " * (limit + 1), {}, says=[str(limit)]),
              "TooMuch")
        for size in (limit + 1, 1 << 40):
            with memory_file(b"", size=size) as fd:
                for method in ("CheckGuestFile", "MapGuestFile"):
                    equal(refused(method, FILE, "", form, 0, {}, fds=[fd]), "TooMuch")
        with memory_file(b" " * limit) as fd:
            equal(refused("MapGuestFile", FILE, "", form, 0, {}, fds=[fd]), "InvalidGuest")
    after = daemon.private_kb()
    assert after < before + 8192, f"{before} kB became {after} kB"
    fds = len(list((harness.pathlib.Path(f"/proc/{daemon.child.pid}/fd")).iterdir()))
    assert fds < 40, f"{fds} open files"


def texts__that_are_none__refused_with_their_place():
    for form, content, says in (
        ("libvirt-xml", b"<domain>\n<memory>1</domain>", ["line 2"]),
        ("libvirt-xml", b"", []),
        ("libvirt-xml", b"<domain type='kvm'><name>\xff\xfe</name></domain>", ["line 1"]),
        ("libvirt-xml", b"<domain \0/>", []),
        ("iommufleet-guest", b'{"arch":"\xff"}', []),
        ("iommufleet-guest", b'{"arch":"x","map":[{}]}', ["map/0"]),
        ("qemu-mtree", b"\xff\xff\n", []),
        ("qemu-cmdline", b"", []),
    ):
        with memory_file(content) as fd:
            equal((form, content, refused("CheckGuestFile", FILE, "", form, 0, {}, fds=[fd],
                                          says=says)), (form, content, "InvalidGuest"))


def formats__unknown_one__those_that_there_are():
    for method in ("CheckGuest", "MapGuest"):
        equal(refused(method, TEXT, "", "libvirt", "", {}, says=list(LIMITS)), "UnknownFormat")


def options__each_that_is_wrong__named_error():
    for name, wanted in (("elsewhere", "NoSuchHost"), ("", "InvalidOption"),
                         ("x" * 256, "InvalidOption")):
        for method in ("CheckGuest", "MapGuest"):
            equal(refused(method, TEXT, "", "libvirt-xml", SAMPLES["libvirt-xml"].decode(),
                          {"from": ("s", name)}), wanted)
    equal(refused("MapGuest", TEXT, "elsewhere", "libvirt-xml", "<domain/>", {}), "NoSuchHost")
    for arch in ("", "x" * 256):
        equal(refused("CheckGuest", TEXT, "", "qemu-mtree", "", {"arch": ("s", arch)}),
              "InvalidOption")
    equal(refused("CheckGuest", TEXT, "", "libvirt-xml", "", {"arch": ("s", "x86_64")}),
          "InvalidOption")
    for option in ({"attach": ("as", ["9"])}, {"questions": ("as", ["migrate"])},
                   {"attach-memory": ("t", 1)}, {"x" + "é" * 33: ("s", "")}):
        equal(refused("MapGuest", TEXT, "", "iommufleet-guest", DOCUMENT.decode(), option),
              "UnknownOption")


def from__this_host_or_not_said__its_own_addresses():
    guest = (harness.TOP / "tests/cli/guest-hostdev.xml").read_bytes()
    guest = guest.replace(b"<domain type='kvm'>", b"<domain type='qemu'>")  # it has no KVM
    for options in ({}, {"from": ("s", HERE)}):
        made = json.loads(of_text("MapGuest", "libvirt-xml", guest, options)[0])
        equal(made["devices"], ["0000:01:00.0"])
        answers = of_text("CheckGuest", "libvirt-xml", guest,
                          {**options, "questions": ("as", ["migrate"])})
        equal(answers[0], {"migrate": "safe"})


def arch__of_a_view__is_the_guests():
    view = sample("virt-arm-4g.mtree.txt")
    made = json.loads(of_text("MapGuest", "qemu-mtree", view, {"arch": ("s", "aarch64")})[0])
    equal(made["arch"], "aarch64")


def stranger__questions__answered():
    if os.geteuid() != 0:
        print("  (only root can be somebody else: this case is left to runs as root)")
        return
    stranger = bus.connect(as_uid=65534)
    with memory_file(DOCUMENT) as fd:
        for method in ("CheckGuestFile", "MapGuestFile"):
            assert stranger.call(harness.NAME, harness.ROOT, harness.MANAGER, method, FILE, "",
                                 "iommufleet-guest", 0, {}, fds=[fd])


harness.main([
    check_guest__each_format__as_text_and_as_file_the_same,
    map_guest__each_format__a_document_that_can_be_asked_about_again,
    check_guest_file__not_sealed_against_all__refused,
    check_guest_file__no_memory_file__refused_without_waiting,
    check_guest_file__read_to_its_end_before__read_from_its_start,
    texts__longer_than_their_format_may_be__too_much,
    texts__that_are_none__refused_with_their_place,
    formats__unknown_one__those_that_there_are,
    options__each_that_is_wrong__named_error,
    from__this_host_or_not_said__its_own_addresses,
    arch__of_a_view__is_the_guests,
    stranger__questions__answered,
])
