#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""tools/fetch-libtorch with toy wheels of the real names, served to the real pip from a folder."""
import fcntl
import hashlib
import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
import zipfile

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "fetch-libtorch"
TORCH = "torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"
RUNTIME = "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
CUPTI = "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl"
CUBLAS = "nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl"
CUDNN = "nvidia_cudnn_cu13-9.19.0.56-py3-none-manylinux_2_27_x86_64.whl"
VERSION_HEADER = "".join(f"#define TORCH_VERSION_{part} {number}\n"
                         for part, number in (("MAJOR", 2), ("MINOR", 11), ("PATCH", 0)))
# Runs the tool with other pins than the real ones.
DRIVER = textwrap.dedent("""
    import importlib.machinery, importlib.util, json, sys
    loader = importlib.machinery.SourceFileLoader("fetch_libtorch", {tool!r})
    tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_libtorch", loader))
    loader.exec_module(tool)
    import pathlib
    tool.WHEELS = json.loads({wheels!r})
    tool.CUDA_LOCK = pathlib.Path({lock!r})
    tool.NEEDED_BYTES = {needed!r}
    sys.exit(tool.main())
""")


def has_pip():
    return subprocess.run([sys.executable, "-m", "pip", "--version"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


class Case(unittest.TestCase):
    tool = TOOL

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.index = self.root / "index"
        self.index.mkdir()
        self.cache = self.root / "cache"
        self.home = self.cache / "libtorch-2.11.0"
        self.needed = {False: 1, True: 1}
        self.library = b"not a library, so ldd finds nothing missing"
        self.pins = {
            TORCH: self.wheel(TORCH, {
                "torch/lib/libtorch_cpu.so": self.library, "torch/lib/libc10.so": b"c10", "torch/lib/libgomp.so.1": b"gomp",
                "torch/lib/libtorch_cuda.so": b"cuda", "torch/lib/libtorch_python.so": b"python",
                "torch/include/torch/headeronly/version.h": VERSION_HEADER, "torch/nn/functional.py": "pass",
            }, "Requires-Dist: nvidia-cudnn-cu13==9.19.0.56; platform_system == \"Linux\"\n"),
            RUNTIME: self.wheel(RUNTIME, {"nvidia/cu13/lib/libcudart.so.13": b"rt", "nvidia/cu13/include/a.h": "a"}),
            CUPTI: self.wheel(CUPTI, {"nvidia/cu13/lib/libcupti.so.13": b"cupti", "nvidia/cu13/lib/libnvperf_host.so": b"p"}),
        }
        self.lock = self.root / "cuda.lock"
        self.lock.write_text("# pins\n" + "".join(
            f"{self.wheel(name, {f'nvidia/{folder}/lib/lib{folder}.so.9': b'x'})}  {name}\n"
            for name, folder in ((CUBLAS, "cu13"), (CUDNN, "cudnn"))))

    def wheel(self, name, files, metadata=""):
        project, version = name.split("-")[:2]
        info = f"{project}-{version}.dist-info"
        tags = "".join(f"Tag: py3-none-{tag}\n" for tag in name[:-4].split("-")[-1].split("."))
        files = dict(files)
        files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {project.replace('_', '-')}\nVersion: {version}\n{metadata}"
        files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tags}"
        files[f"{info}/RECORD"] = ""
        with zipfile.ZipFile(self.index / name, "w") as archive:
            for path, content in files.items():
                archive.writestr(zipfile.ZipInfo(path, (2026, 3, 1, 12, 0, 0)), content)
        return hashlib.sha256((self.index / name).read_bytes()).hexdigest()

    def run_tool(self, *arguments, **variables):
        import json
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GRAFT_CACHE": str(self.cache),
                       "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": os.devnull, **variables}
        driver = DRIVER.format(tool=str(self.tool), wheels=json.dumps(self.pins), lock=str(self.lock), needed=self.needed)
        done = subprocess.run([sys.executable, "-B", "-c", driver, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=environment)
        return done.returncode, done.stdout, done.stderr

    def libraries(self):
        return sorted(path.relative_to(self.home).as_posix() for path in self.home.rglob("*.so*"))

    def named(self, version=(2, 11, 0)):
        """A LibTorch that lies anywhere."""
        folder = self.root / "named"
        (folder / "lib").mkdir(parents=True)
        (folder / "lib/libtorch_cpu.so").write_bytes(self.library)
        header = folder / "include/torch/csrc/api/include/torch/version.h"
        header.parent.mkdir(parents=True)
        header.write_text("".join(f"#define TORCH_VERSION_{part} {number}\n"
                                  for part, number in zip(("MAJOR", "MINOR", "PATCH"), version)))
        return folder


@unittest.skipUnless(has_pip(), "this Python has no pip")
class Fetch(Case):
    def test_unpacks_what_a_cpu_needs_and_prints_the_folder(self):
        self.assertEqual(self.run_tool("--print")[0], 1)
        code, _, errors = self.run_tool()
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.libraries(), ["nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13",
                                            "torch/lib/libc10.so", "torch/lib/libgomp.so.1", "torch/lib/libtorch_cpu.so"])
        self.assertFalse((self.home / "torch/nn").exists())
        self.assertFalse((self.cache / "wheels").exists())
        self.assertEqual(self.run_tool("--print")[:2], (0, f"{self.home}/torch\n"))

    def test_an_installed_graft_gets_one_for_all_its_users(self):
        code, _, errors = self.run_tool("--in-tree")
        self.assertEqual((code, "is no installed graft: --in-tree is for the fetch-libtorch" in errors), (1, True))
        tree = self.root / "tree"
        for name in ("bin/graft", "lib/graft/libtorch.json", "share/graft/fetch-libtorch"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOOL, tree / name)
        self.tool = tree / "share/graft/fetch-libtorch"
        code, _, errors = self.run_tool("--in-tree")
        self.assertEqual(code, 0, errors)
        library = tree / "lib/graft/libtorch-2.11.0/torch/lib/libtorch_cpu.so"
        self.assertEqual(library.stat().st_mode & 0o444, 0o444)
        self.assertEqual(self.run_tool("--print")[0], 1)  # it is not this user's

    def test_a_second_run_needs_no_network_and_changes_nothing(self):
        self.run_tool()
        header = self.home / "torch/include/torch/headeronly/version.h"
        before = header.stat()
        shutil.rmtree(self.index)
        self.assertEqual(self.run_tool()[0], 0)
        after = header.stat()
        self.assertEqual((after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))

    def test_files_keep_the_times_of_the_wheel_so_nothing_is_built_again(self):
        self.run_tool()
        header = self.home / "torch/include/torch/headeronly/version.h"
        before = header.stat().st_mtime
        shutil.rmtree(self.home)
        self.run_tool()
        self.assertEqual(header.stat().st_mtime, before)

    def test_cuda_adds_libraries_to_a_cache_that_has_none(self):
        self.run_tool()
        code, _, errors = self.run_tool("--cuda")
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.libraries(), [
            "nvidia/cu13/lib/libcu13.so.9", "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13",
            "nvidia/cu13/lib/libnvperf_host.so", "nvidia/cudnn/lib/libcudnn.so.9", "torch/lib/libc10.so",
            "torch/lib/libgomp.so.1", "torch/lib/libtorch_cpu.so", "torch/lib/libtorch_cuda.so"])

    def test_a_lock_that_lacks_what_torch_requires_is_refused(self):
        self.lock.write_text("\n".join(line for line in self.lock.read_text().splitlines() if "cudnn" not in line) + "\n")
        code, _, errors = self.run_tool("--cuda")
        self.assertEqual(code, 1)
        self.assertIn(f"does not fit {TORCH}, which requires nvidia-cudnn-cu13==9.19.0.56", errors)

    def test_a_changed_wheel_is_refused_before_anything_is_unpacked(self):
        good = self.pins[CUPTI]
        self.pins[CUPTI] = "0" * 64
        code, _, errors = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn(f"{CUPTI} has SHA-256 {good}, but {'0' * 64} is pinned", errors)
        self.assertFalse(self.home.exists())

    def test_goes_on_after_a_break(self):
        (self.index / CUPTI).rename(self.root / CUPTI)
        code, _, errors = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn("pip could not download nvidia-cuda-cupti 13.0.85", errors)
        self.assertIn("tools/fetch-libtorch --libtorch DIR", errors)
        self.assertIn("tools/fetch-libtorch --python", errors)
        (self.index / TORCH).unlink()
        (self.index / RUNTIME).write_bytes(b"a broken download of another day")
        (self.root / CUPTI).rename(self.index / CUPTI)
        code, _, errors = self.run_tool()
        self.assertEqual(code, 0, errors)
        self.assertIn(f"{TORCH}: already here", errors)

    def test_a_broken_wheel_and_a_half_unpacked_folder_are_replaced(self):
        (self.cache / "wheels").mkdir(parents=True)
        (self.cache / "wheels" / TORCH).write_bytes(b"half")
        (self.home.with_name("libtorch-2.11.0.partial") / "torch/lib").mkdir(parents=True)
        (self.home / "torch/lib").mkdir(parents=True)
        (self.home / "torch/lib/libtorch_cpu.so").write_bytes(b"half")
        self.assertEqual(self.run_tool("--print")[0], 1)
        self.assertEqual(self.run_tool()[0], 0)
        self.assertEqual((self.home / "torch/lib/libtorch_cpu.so").read_bytes(), self.library)
        self.assertEqual([path.name for path in self.cache.iterdir() if path.is_dir()], ["libtorch-2.11.0"])

    def test_a_full_disk_is_told_before_the_download(self):
        self.needed = {False: 10**18, True: 10**18}
        code, _, errors = self.run_tool()
        self.assertEqual(code, 1)
        self.assertIn("1000000000.0 GB are needed", errors)

    def test_waits_for_another_on_the_same_cache(self):
        self.cache.mkdir()
        with open(self.cache / "fetch-libtorch.lock", "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            result = []
            other = threading.Thread(target=lambda: result.append(self.run_tool()))
            other.start()
            other.join(2)
            self.assertTrue(other.is_alive())
            self.assertFalse(self.home.exists())
            fcntl.flock(held, fcntl.LOCK_UN)
            other.join()
        self.assertEqual(result[0][0], 0, result[0][2])
        self.assertIn("waiting for another fetch-libtorch", result[0][2])


class Named(Case):
    def test_a_named_one_is_recorded_until_forgotten(self):
        folder = self.named()
        self.assertEqual(self.run_tool("--libtorch", str(folder))[0], 0)
        self.assertEqual(self.run_tool("--print")[:2], (0, f"{folder}\n"))
        code, _, errors = self.run_tool()  # needs no download, then
        self.assertEqual((code, f"LibTorch 2.11.0 is in {folder}" in errors), (0, True))
        shutil.rmtree(folder)
        code, _, errors = self.run_tool("--print")
        self.assertEqual((code, "holds no LibTorch" in errors), (1, True))
        self.run_tool("--own")
        self.assertFalse((self.cache / "libtorch-in-use.json").exists())

    def test_the_environment_goes_first(self):
        folder = self.named()
        self.assertEqual(self.run_tool("--print", GRAFT_LIBTORCH=str(folder))[:2], (0, f"{folder}\n"))
        self.assertEqual(self.run_tool("--print")[0], 1)

    def test_another_version_is_refused(self):
        folder = self.named((2, 9, 1))
        code, _, errors = self.run_tool("--libtorch", str(folder))
        self.assertEqual(code, 1)
        self.assertIn(f"'{folder}' (--libtorch) is LibTorch 2.9.1; graft supports 2.11.* only", errors)
        self.assertEqual(self.run_tool("--print")[0], 1)

    def test_the_torch_of_a_python_is_found_without_importing_it(self):
        package = self.root / "packages/torch"
        shutil.copytree(self.named(), package)
        (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
        code, _, errors = self.run_tool("--python", PYTHONPATH=str(package.parent))
        self.assertEqual(code, 0, errors)
        self.assertEqual(self.run_tool("--print")[1], f"{package}\n")

    def test_a_python_without_torch(self):
        empty = self.root / "python"
        empty.write_text("#!/bin/sh\necho\n")
        empty.chmod(0o755)
        code, _, errors = self.run_tool("--python", str(empty))
        self.assertEqual((code, f"the Python '{empty}' has no torch" in errors), (1, True))

    def test_the_pinned_wheels_and_the_lock_are_well_formed(self):
        loader = importlib.machinery.SourceFileLoader("fetch_libtorch", str(TOOL))
        tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_libtorch", loader))
        loader.exec_module(tool)
        pins = {**tool.WHEELS, **tool.locked_wheels()}
        for wheel, digest in pins.items():
            self.assertRegex(digest, "^[0-9a-f]{64}$")
            self.assertRegex(tool.project_of(wheel)[2], r"^manylinux(_\d+_\d+|\d+)_x86_64$")
        self.assertEqual(len(set(pins.values())), len(pins))
        self.assertEqual(tool.project_of(CUDNN), ("nvidia-cudnn-cu13", "9.19.0.56", "manylinux_2_27_x86_64"))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    if not has_pip():
        print("SKIPPED: Fetch: this Python has no pip", flush=True)  # for tools/skipped
    unittest.main()
