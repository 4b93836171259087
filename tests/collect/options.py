# SPDX-License-Identifier: LGPL-2.1-or-later
"""Options, exit codes and errors of iommufleet-collect; and this host, whatever it is."""

import json
import os
import platform

from collectlib import COLLECT, main, run, same, validate


def wrong_usage__exit_2_and_one_line(_folder):
    for arguments in (["--bogus"], ["--wake=maybe"], ["--wake"], ["argument"], ["--sysroot"]):
        result = run(*arguments)
        same(result.returncode, 2, arguments)
        same(result.stdout, b"")
        assert 0 < len(result.stderr.splitlines()) <= 1, result.stderr


def unreadable_input__exit_1_and_names_the_file(folder):
    missing = os.path.join(folder, "missing")
    for arguments in (["--sysroot", missing], ["--kernel-log", missing],
                      ["--sysroot", folder, "--kernel-log", folder],
                      ["--sysroot", str(COLLECT)]):
        result = run(*arguments)
        same(result.returncode, 1, arguments)
        same(result.stdout, b"")
        assert arguments[-1].encode() in result.stderr, result.stderr


def output__full__exit_1(folder):
    with open("/dev/full", "wb") as full:
        result = run("--sysroot", folder, stdout=full)
    same(result.returncode, 1)
    assert b"standard output" in result.stderr


def help__fits_a_terminal(_folder):
    result = run("--help")
    same(result.returncode, 0)
    same(run("-h").stdout, result.stdout)
    lines = result.stdout.decode().splitlines()
    assert all(len(line) <= 80 for line in lines)
    for option in ("--sysroot", "--kernel-log", "--wake", "--version"):
        assert any(option in line for line in lines), option
    assert run("--version").stdout.startswith(b"iommufleet-collect ")


def empty_host__says_nothing__nothing_is_known(folder):
    result = run("--sysroot", folder)
    same(result.returncode, 0)
    document = json.loads(result.stdout)
    validate(document)
    for part in ("devices", "groups", "iommus"):
        same(document[part], {"unknown": "not-exposed"}, part)
    same(document["host"]["arch"], {"unknown": "not-exposed"})
    same(document["kvm"]["present"], {"unknown": "not-exposed"})
    same(document["vfio"]["type1"], {"unknown": "not-readable"})


def host_with_sysfs__without_pci_or_iommu__has_none(folder):
    for name in ("kernel", "bus", "class"):
        os.makedirs(os.path.join(folder, "sys", name))
    document = json.loads(run("--sysroot", folder).stdout)
    same((document["devices"], document["groups"], document["iommus"]), ([], [], []))


def this_host__collects(_folder):
    first = run("--wake=no")
    same((first.returncode, first.stderr), (0, b""))
    document = json.loads(first.stdout)
    validate(document)
    same(document["host"]["arch"], platform.machine())
    same(document["host"]["kernel"]["release"], platform.release())
    same(document["host"]["page_size"], os.sysconf("SC_PAGESIZE"))
    folder = "/sys/kernel/iommu_groups"
    same(len(document["groups"]), len(os.listdir(folder)) if os.path.isdir(folder) else 0)
    folder = "/sys/bus/pci/devices"
    pci = os.listdir(folder) if os.path.isdir(folder) else []
    same([one["address"] for one in document["devices"] if one["bus"] == "pci"], sorted(pci))


main([
    wrong_usage__exit_2_and_one_line,
    unreadable_input__exit_1_and_names_the_file,
    output__full__exit_1,
    help__fits_a_terminal,
    empty_host__says_nothing__nothing_is_known,
    host_with_sysfs__without_pci_or_iommu__has_none,
    this_host__collects,
])
