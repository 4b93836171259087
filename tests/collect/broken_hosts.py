# SPDX-License-Identifier: LGPL-2.1-or-later
"""A captured host with something wrong in it: each fault becomes unknown with its reason, or a
clear error, never a crash, never a guess, never a read outside of the host."""

import os
import pathlib
import shutil
import threading

from collectlib import Host, device, group, main, overwrite, same, unknown

EXTENDED = ("acs", "ats", "pri", "pasid", "sriov")


def config__cut_short__never_absent(folder):
    host = Host(folder, "x86-vtd")
    whole = host.collect()
    same(device(whole, "0000:00:03.0")["acs"], {"capability": "0x5f", "control": "0x1d"})
    config = host.pci("0000:00:03.0") / "config"
    data = config.read_bytes()
    for size, why in ((0, "malformed"), (33, "malformed"), (64, "not-readable"),
                      (100, "malformed"), (256, "not-exposed"), (330, "malformed")):
        config.write_bytes(data[:size])
        port = device(host.collect(), "0000:00:03.0")
        for name in EXTENDED:
            same(port[name], unknown(why), f"{name} of {size} bytes")
        same(port["vendor"], "0x1b36")


def config__all_ones__vanished(folder):
    host = Host(folder, "x86-vtd")
    (host.pci("0000:01:00.0") / "config").write_bytes(b"\xff" * 4096)
    card = device(host.collect(), "0000:01:00.0")
    same(card["acs"], unknown("vanished"))
    same(card["vendor"], "0x8086", "sysfs still has the ids")
    overwrite(host.pci("0000:01:00.0") / "power_state", "D3cold\n")
    same(device(host.collect(), "0000:01:00.0")["acs"], unknown("asleep"))


def reserved_regions__garbage_long_empty_gone__unknown(folder):
    host = Host(folder, "x86-vtd")
    file = host.group(3) / "reserved_regions"
    line = "0x00000000fee00000 0x00000000feefffff msi\n"
    for text, why in (("garbage\n", "malformed"), ("", "not-exposed"), ("\0" * 40, "malformed"),
                      ((line * 100)[:4096], "over-limit"), (line * 97, "over-limit"),
                      (line * 400, "over-limit")):
        overwrite(file, text)
        same(group(host.collect(), 3)["reserved"], unknown(why), repr(text[:20]))
    file.unlink()
    same(group(host.collect(), 3)["reserved"], unknown("not-exposed"))
    overwrite(file, "0xfee00000 0xfeefffff msi\n0x0 0xfff quantum")
    same([region["type"] for region in group(host.collect(), 3)["reserved"]], ["quantum", "msi"])


def device__gone_while_listed__vanished(folder):
    host = Host(folder, "x86-vtd")
    shutil.rmtree(host.pci("0000:01:00.0"))
    document = host.collect()
    card = device(document, "0000:01:00.0")
    for name in ("vendor", "driver", "group", "acs", "bars", "iommu", "reset_methods"):
        same(card[name], unknown("vanished"), name)
    same(group(document, 9)["devices"], ["0000:01:00.0"])
    # Half of it gone: what is absent then proves nothing.
    for name in os.listdir(host.pci("0000:06:00.0")):
        path = host.pci("0000:06:00.0") / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    same(device(host.collect(), "0000:06:00.0")["driver"], unknown("vanished"))


def folder__in_place_of_a_file__malformed(folder):
    host = Host(folder, "x86-vtd")
    for path in (host.pci("0000:01:00.0") / "config", host.pci("0000:01:00.0") / "device",
                 host.group(3) / "reserved_regions", host.root / "proc/interrupts",
                 host.root / "proc/cpuinfo"):
        path.unlink()
        path.mkdir()
    document = host.collect()
    card = device(document, "0000:01:00.0")
    same((card["acs"], card["device"]), (unknown("malformed"),) * 2)
    same(group(document, 3)["reserved"], unknown("malformed"))
    same(document["vfio"]["interrupts"]["isolated"], unknown("malformed"))
    same(document["host"]["cpu_bits"], unknown("malformed"))


def pipe__in_place_of_a_file__does_not_hang(folder):
    host = Host(folder, "x86-vtd")
    for path in (host.pci("0000:01:00.0") / "config", host.pci("0000:01:00.0") / "vendor",
                 host.group(3) / "type", host.root / "proc/iomem", host.root / "proc/version"):
        path.unlink()
        os.mkfifo(path)
    document = host.collect()
    card = device(document, "0000:01:00.0")
    same((card["acs"], card["vendor"]), (unknown("malformed"),) * 2)
    same(group(document, 3)["type"], unknown("malformed"))
    same(document["windows"], unknown("malformed"))
    same(document["host"]["kernel"]["release"], unknown("malformed"))


def file__without_permission__not_readable(folder):
    host = Host(folder, "x86-amdvi")
    host.open_to_all()
    closed = [host.pci("0000:01:00.0") / "config", host.root / "sys/firmware/acpi/tables/IVRS",
              host.root / "proc/iomem", host.group(3)]
    for path in closed:
        os.chmod(path, 0)
    document = host.collect(nobody=os.geteuid() == 0)
    os.chmod(host.group(3), 0o755)
    same(device(document, "0000:01:00.0")["acs"], unknown("not-readable"))
    same(document["iommus"][0]["ivrs_efr"], unknown("not-readable"))
    same(document["windows"], unknown("not-readable"))
    same(group(document, 3)["reserved"], unknown("not-readable"))


def link__out_of_the_host__never_followed(folder):
    host = Host(folder, "x86-vtd")
    outside = host.folder / "outside"
    outside.mkdir()
    for name, text in (("vendor", "0xdead\n"), ("class", "0x020000\n"), ("secret", "0xdead\n"),
                       ("reserved_regions", "0x0 0xdead msi\n"), ("type", "dead\n")):
        (outside / name).write_text(text)
    devices = host.root / "sys/bus/pci/devices"
    for address, target in (("0000:01:00.0", outside), ("0000:02:00.0", "../../../../../outside")):
        (devices / address).unlink()
        (devices / address).symlink_to(target)
    vendor = host.pci("0000:00:08.0") / "vendor"
    vendor.unlink()
    vendor.symlink_to(outside / "secret")
    shutil.rmtree(host.group(3))
    host.group(3).symlink_to("../../../../outside")
    (host.root / "proc/cmdline").unlink()
    (host.root / "proc/cmdline").symlink_to("../../outside/secret")
    result = host.run()
    same(result.returncode, 0)
    assert b"dead" not in result.stdout
    document = host.collect()
    for address in ("0000:01:00.0", "0000:02:00.0"):
        same(device(document, address)["vendor"], unknown("vanished"), address)
    same(device(document, "0000:00:08.0")["vendor"], unknown("malformed"))
    same(group(document, 3)["reserved"], unknown("malformed"))


def name__unprintable__malformed(folder):
    host = Host(folder, "x86-vtd")
    driver = host.pci("0000:01:00.0") / "driver"
    driver.unlink()
    driver.symlink_to("../../../../bus/pci/drivers/e1000\x01\xe9")
    same(device(host.collect(), "0000:01:00.0")["driver"], unknown("malformed"))
    (host.root / "sys/bus/pci/devices/0000:\x07").symlink_to("nowhere")
    same(host.collect()["devices"], unknown("malformed"))


def list__over_its_limit__not_cut(folder):
    host = Host(folder, "x86-vtd")
    devices = host.root / "sys/bus/pci/devices"
    for number in range(4096):
        (devices / f"0001:{number >> 8:02x}:{number >> 3 & 31:02x}.{number & 7}").symlink_to("x")
    same(host.collect()["devices"], unknown("over-limit"))
    for number in range(100, 100 + 4096):
        host.group(number).mkdir()
    same(host.collect()["groups"], unknown("over-limit"))


def sleeper__not_to_be_woken__asleep(folder):
    host = Host(folder, "x86-vfio")
    sleepers = [path.parent.name for path in host.root.glob("sys/bus/pci/devices/*/power_state")
                if path.read_text() == "D3hot\n"]
    assert sleepers
    awake = host.collect()
    asleep = host.collect("--wake=no")
    for one in asleep["devices"]:
        address = one["address"]
        if address in sleepers:
            same((one["acs"], one["header_type"], one["msix"]), (unknown("asleep"),) * 3)
            same(one["vendor"], device(awake, address)["vendor"])
            same(one["bars"], device(awake, address)["bars"])
        else:
            same(one, device(awake, address))
    power = host.pci("0000:00:03.0") / "power"
    power.mkdir(exist_ok=True)
    (power / "runtime_status").write_text("suspended\n")
    same(device(host.collect("--wake=no"), "0000:00:03.0")["acs"], unknown("asleep"))


def same_host__again_and_in_another_order__same_bytes(folder):
    host = Host(folder, "arm64-smmuv3-plat")
    first = host.run().stdout
    assert first.endswith(b"}\n") and len(first) > 1000
    same(host.run().stdout, first)
    other = host.folder / "other"

    def copy(source, target):
        target.mkdir()
        for name in sorted(os.listdir(source), reverse=True):
            path = source / name
            if path.is_symlink():
                (target / name).symlink_to(os.readlink(path))
            elif path.is_dir():
                copy(path, target / name)
            else:
                (target / name).write_bytes(path.read_bytes())

    copy(host.root, other)
    host.root = other
    same(host.run().stdout, first)


def busy_host__renames_elsewhere__same_bytes(folder):
    host, over = Host(folder, "x86-vtd"), threading.Event()
    one, other = os.path.join(folder, "one"), os.path.join(folder, "other")
    first = host.run().stdout
    pathlib.Path(one).touch()

    def rename():
        while not over.is_set():
            os.rename(one, other)
            os.rename(other, one)

    busy = threading.Thread(target=rename)
    busy.start()
    try:
        for _ in range(12):
            assert host.run().stdout == first, "a rename elsewhere changed what was read"
    finally:
        over.set()
        busy.join()


def host__collected__is_left_as_it_was(folder):
    host = Host(folder, "x86-vtd")

    def state():
        return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_size)
                      for path in host.root.rglob("*"))

    before = state()
    host.collect()
    same(state(), before)


def late_platform__device_without_driver__group_is_unknown(folder):
    arm = Host(folder, "arm64-smmuv3").collect()
    same(device(arm, "0000:00:00.0")["group"], unknown("not-exposed"))
    same(device(arm, "0000:00:00.0")["iommu"], unknown("not-exposed"))
    virtio = Host(folder, "x86-virtio-iommu").collect()
    same(device(virtio, "0000:00:1f.0")["group"], unknown("not-exposed"))
    same(device(virtio, "0000:00:02.0")["group"], None, "the unit itself")
    amd = Host(folder, "x86-amdvi").collect()
    same(device(amd, "0000:00:01.0")["group"], None, "groups come at once there")
    none = Host(folder, "arm64-none").collect()
    same(device(none, "0000:00:00.0")["group"], None, "no unit, no group")


def virtual_function__ids__of_sysfs(folder):
    document = Host(folder, "x86-sriov").collect()
    function = device(document, "0000:01:00.1")
    same((function["vendor"], function["device"]), ("0x1b36", "0x10"))
    same(function["physfn"], "0000:01:00.0")
    same(device(document, "0000:01:00.0")["sriov"],
         {"num_vfs": 4, "total_vfs": 4, "vf_device": "0x10"})


def log__not_given__its_facts_are_unknown(folder):
    host = Host(folder, "arm64-smmuv3")
    unit = host.collect()["iommus"][0]
    same((unit["smmu_features"], unit["smmu_ias"], unit["first_stage"]), ("0x8305", 44, True))
    document = host.collect(log=False)
    unit = document["iommus"][0]
    same((unit["smmu_features"], unit["first_stage"]), (unknown("not-exposed"),) * 2)
    same(document["host"]["page_size"], unknown("not-exposed"))
    same(document["vfio"]["interrupts"]["isolated"], True, "the table of interrupts tells it")
    same(host.collect()["host"]["page_size"], 4096)


main([
    config__cut_short__never_absent,
    config__all_ones__vanished,
    reserved_regions__garbage_long_empty_gone__unknown,
    device__gone_while_listed__vanished,
    folder__in_place_of_a_file__malformed,
    pipe__in_place_of_a_file__does_not_hang,
    file__without_permission__not_readable,
    link__out_of_the_host__never_followed,
    name__unprintable__malformed,
    list__over_its_limit__not_cut,
    sleeper__not_to_be_woken__asleep,
    same_host__again_and_in_another_order__same_bytes,
    busy_host__renames_elsewhere__same_bytes,
    host__collected__is_left_as_it_was,
    late_platform__device_without_driver__group_is_unknown,
    virtual_function__ids__of_sysfs,
    log__not_given__its_facts_are_unknown,
])
