# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of iommufleet-collect share: captured hosts to spoil, and running the program."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback

TOP = pathlib.Path(os.environ.get("top_srcdir") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir") or TOP).resolve()
COLLECT = BUILD / "daemon/collect/iommufleet-collect"
UNPACK = BUILD / "tests/support/unpack-capture"
NOBODY = 65534
SECONDS = 20  # a run takes a tenth of one; the program itself gives up after ten

try:
    import jsonschema
except ImportError:
    jsonschema = None


class Host:
    """A captured host in a folder of its own, which a test may spoil."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        subprocess.run([UNPACK, TOP / "tests/golden" / name / "capture.txt", self.folder], check=True)
        self.root = self.folder / "root"
        self.log = self.folder / "kernel-log"

    def pci(self, address):
        """The folder of a PCI function, links resolved."""
        link = self.root / "sys/bus/pci/devices" / address
        return (link.parent / os.readlink(link)).resolve()

    def group(self, number):
        return self.root / "sys/kernel/iommu_groups" / str(number)

    def open_to_all(self):
        """Whoever runs the program may read all of it."""
        for folder, folders, files in os.walk(self.folder):
            for name in folders + files:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    os.chmod(path, 0o755 if name in folders else 0o644)
        os.chmod(self.folder, 0o755)

    def run(self, *options, log=True, **how):
        arguments = ["--sysroot", self.root, *options]
        if log and self.log.exists():
            arguments += ["--kernel-log", self.log]
        return run(*arguments, **how)

    def collect(self, *options, **how):
        """The document, which is valid."""
        result = self.run(*options, **how)
        assert result.returncode == 0, result.stderr
        assert not result.stderr, result.stderr
        document = json.loads(result.stdout)
        validate(document)
        return document


def run(*arguments, nobody=False, **how):
    how.setdefault("stdout", subprocess.PIPE)
    how.update(stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    if not nobody:
        return subprocess.run([COLLECT, *arguments], **how)
    # The build folder may be closed to others.
    with tempfile.TemporaryDirectory(prefix="iommufleet-collect.") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(COLLECT, folder)
        return subprocess.run([program, *arguments], user=NOBODY, group=NOBODY, extra_groups=[],
                              **how)


def validate(document):
    if jsonschema is None:
        return
    schema = json.loads((TOP / "schema/facts-1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for problem in validator.iter_errors(document):
        raise AssertionError(f"schema: {list(problem.path)}: {problem.message}")


def device(document, address):
    return next(one for one in document["devices"] if one["address"] == address)


def group(document, number):
    return next(one for one in document["groups"] if one["id"] == number)


def overwrite(path, text):
    """Captured files keep their modes: who is not root cannot write to most of them."""
    path.unlink(missing_ok=True)
    path.write_text(text)


def unknown(why):
    return {"unknown": why}


def same(found, want, what=""):
    assert found == want, f"{what}: {found!r} instead of {want!r}"


def main(tests):
    """Runs each of @tests in a fresh folder that anybody may read, and ends the program."""
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        folder = tempfile.mkdtemp(prefix="iommufleet-collect.")
        os.chmod(folder, 0o755)
        try:
            test(folder)
            print(f"ok {number} - {test.__name__}")
        except Exception:  # pylint: disable=broad-except
            failed += 1
            traceback.print_exc(file=sys.stdout)
            print(f"not ok {number} - {test.__name__}")
        finally:
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)
