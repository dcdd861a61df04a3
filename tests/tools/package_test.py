#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""What tools/package makes of a tree: a small one, of the built light program, its launcher and a few files. The whole is
tried by tools/try-package, which takes minutes.

    package_test.py BIN     BIN: the folder of the programs

Skips where patchelf or pip is not here.
"""
import base64
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "release" / "bin"
sys.dont_write_bytecode = True


def load_tool():
    loader = importlib.machinery.SourceFileLoader("package", str(ROOT / "tools" / "package"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("package", loader))
    loader.exec_module(module)
    return module


package = load_tool()


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool, how in (("patchelf", "apt-get install patchelf"), ("readelf", "apt-get install binutils")):
            if not shutil.which(tool):
                print(f"SKIPPED: tools.package: {tool} is not here ({how})")
                raise unittest.SkipTest(tool)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="graft-package-")
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.tree = self.work / "tree"
        for name in ("bin", "lib/graft/plugins", "share/graft/configs"):
            (self.tree / name).mkdir(parents=True)
        shutil.copy(PROGRAMS / "graft", self.tree / "bin")
        shutil.copy(PROGRAMS / "graft-launcher", self.work)
        (self.tree / "share/graft/configs/one.yaml").write_text("graft: 1\n")
        (self.tree / "lib/graft/libtorch.json").write_text(json.dumps({"version": "2.11.0", "folder": ""}))
        self.version = package.run(PROGRAMS / "graft", "--version").split()[1]

    def bundle(self):
        return package.bundle(self.tree, self.work / "no-opencv")

    # Proves: what is needed comes along and is found there alone, whatever LD_LIBRARY_PATH says.
    def test_bundled_libraries(self):
        copied = self.bundle()
        package.check(self.tree)
        bundled = self.tree / "lib/graft/bundled"
        self.assertTrue([name for name in copied if name.startswith("libyaml-cpp.so")])
        self.assertEqual(sorted(copied), sorted(path.name for path in bundled.iterdir()))
        self.assertFalse([name for name in copied if name.startswith(("libc.so", "libstdc++", "ld-linux"))])
        others = self.work / "others"
        others.mkdir()
        for name in copied:
            (others / name).write_text("no library")
        done = subprocess.run([self.tree / "bin/graft", "--version"], env={"LD_LIBRARY_PATH": str(others)},
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"graft {self.version}\n", done.stdout)

    # Proves: a path of this machine, a library that is in neither place and a dead link are each refused by name.
    def test_check_refuses(self):
        self.bundle()
        package.run("patchelf", "--set-rpath", "/somewhere/lib", self.tree / "bin/graft")
        with self.assertRaisesRegex(package.Problem, "bin/graft looks for libraries in /somewhere/lib"):
            package.check(self.tree)
        package.run("patchelf", "--set-rpath", "$ORIGIN/../lib", "--add-needed", "libnowhere.so.7", self.tree / "bin/graft")
        with self.assertRaisesRegex(package.Problem, "bin/graft needs libnowhere.so.7"):
            package.check(self.tree)
        package.run("patchelf", "--remove-needed", "libnowhere.so.7", self.tree / "bin/graft")
        (self.tree / "share/link").symlink_to("nothing")
        with self.assertRaisesRegex(package.Problem, "share/link is a link to nothing"):
            package.check(self.tree)

    # Proves: the wheel says what it is and needs, its RECORD is true, pip installs it, and the program in bin is native
    # and becomes the graft among the packages; the same tree makes the same bytes.
    def test_wheel(self):
        self.bundle()
        out = self.work / "out"
        out.mkdir()
        wheel = package.make_wheel(self.tree, self.version, out)
        first = wheel.read_bytes()
        self.assertEqual(package.make_wheel(self.tree, self.version, out).read_bytes(), first)
        self.assertRegex(wheel.name, r"^graft-[\d.]+-py3-none-manylinux_2_\d+_x86_64\.whl$")
        with zipfile.ZipFile(wheel) as archive:
            info = f"graft-{self.version}.dist-info"
            self.assertIn("\nRequires-Dist: torch==2.11.*\n", archive.read(f"{info}/METADATA").decode())
            self.assertIn("graft/LICENSE", archive.namelist())  # without it pip's uninstallation leaves empty folders
            rows = [row.rsplit(",", 2) for row in archive.read(f"{info}/RECORD").decode().splitlines()]
            self.assertEqual(sorted(row[0].strip('"') for row in rows), sorted(archive.namelist()))
            for name, digest, size in rows[:-1]:
                content = archive.read(name.strip('"'))
                made = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
                self.assertEqual((digest, size), (f"sha256={made}", str(len(content))), name)
        target = self.work / "target"
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
                               "--disable-pip-version-check", "--target", target, wheel],
                              capture_output=True, text=True, check=False)
        if "No module named pip" in done.stderr:
            print("SKIPPED: tools.package: this Python has no pip, so the wheel was not installed")
            self.skipTest("pip")
        self.assertEqual(done.returncode, 0, done.stderr)
        program = target / "bin" / "graft"
        self.assertEqual(program.read_bytes()[:4], b"\x7fELF")
        where = subprocess.run([program, "where", "configs"], env={"HOME": str(self.work)}, capture_output=True,
                               text=True, check=False)
        self.assertEqual((where.stdout, where.stderr), (f"{target.resolve()}/graft/share/graft/configs\n", ""))

    # Proves: a package of a kind that there is not is refused, with those that there are.
    def test_usage(self):
        done = subprocess.run([sys.executable, "-B", ROOT / "tools" / "package", "rpm"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no package of the kind rpm; there are: wheel, archive, deb", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
