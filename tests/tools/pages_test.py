#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the blocks of README.md, CONTRIBUTING.md and docs/ that are marked sh or python, in the order of each page, in a
scratch folder a page, with the built programs in front on the PATH. A block marked text right after one is what it
prints; in it, a line `...` stands for any lines. `<!-- not run: REASON -->` on the line before a block, or a module that
Python lacks (GRAFT_PYTHON, else python3), makes it a skip, which is told and never counts as passed.

    pages_test.py BIN     BIN: the folder of the programs
"""
import dataclasses
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "release" / "bin"
MARK = re.compile(r"<!-- not run: (.+) -->")
IMPORTS = re.compile(r"(?:^|[\s;'\"])import ([\w., ]+)|^from ([\w.]+) import", re.MULTILINE)


@dataclasses.dataclass
class Block:
    language: str
    line: int  # of the fence
    code: str
    reason: str = ""  # why it is not run
    printed: "str | None" = None  # what the page says it prints


def blocks_of(page):
    """The blocks of a page in Markdown that can be run."""
    blocks, last, open_block, reason = [], None, None, ""
    for number, line in enumerate(page.splitlines(), 1):
        if open_block is not None:
            if line.startswith("```"):
                if open_block.language in ("sh", "python"):
                    blocks.append(open_block)
                    last = open_block
                elif open_block.language == "text" and last is not None:
                    last.printed, last = open_block.code, None
                open_block = None
            else:
                open_block.code += line + "\n"
        elif line.startswith("```"):
            open_block = Block(line[3:].strip(), number, "", reason)
            last = last if open_block.language == "text" else None
        elif line.strip():
            last = None
        reason = mark[1] if (mark := MARK.fullmatch(line.strip())) else ""
    return blocks


def agrees(expected, printed):
    """Whether a text was printed; a line `...` stands for any lines."""
    pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + "\n" for line in expected.splitlines())
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed.splitlines())) is not None


def modules_of(code):
    names = [name for match in IMPORTS.finditer(code) for name in (match[1] or match[2]).split(",")]
    return sorted({name.split(" as ")[0].strip().split(".")[0] for name in names})


def picture(path, width, height, shift):
    """A PNG of waves, whatever the file is called."""
    rows = b"".join(b"\0" + bytes(round(127 + 127 * math.sin(0.02 * (x * (1 + channel) + y * shift) + channel)) & 255
                                  for x in range(width) for channel in range(3)) for y in range(height))
    path.parent.mkdir(parents=True, exist_ok=True)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def photographs(folder, splits):
    for place, split in enumerate(splits):  # no picture is in two of them
        for shift, species in ((2, "ants"), (9, "bees")):
            for number in range(2):
                picture(folder / split / species / f"{number}.jpg", 90 + number, 70, shift + number + 30 * place)


class Scratch:
    """A folder to run blocks in."""

    def __init__(self, case):
        folder = tempfile.TemporaryDirectory(prefix="graft-pages-")
        case.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "configs").symlink_to(ROOT / "configs")
        tools = self.folder / ".bin"
        tools.mkdir()
        python = tools / "python3"
        python.write_text(f'#!/bin/sh\nexec "{os.environ.get("GRAFT_PYTHON", sys.executable)}" "$@"\n')
        python.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{tools}:{PROGRAMS}:{os.environ['PATH']}", "HOME": str(self.folder),
                            "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
        for name in ("DATA", "GRAFT_PLUGIN_PATH", "GRAFT_STATE", "GRAFT_FEATURES", "TORCH_HOME", "XDG_CACHE_HOME",
                     "XDG_DATA_HOME", "XDG_STATE_HOME"):
            self.environment.pop(name, None)

    def run(self, language, code):
        command = ["bash", "-euo", "pipefail", "-c", code] if language == "sh" else [".bin/python3", "-c", code]
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=900)  # one that hangs is named

    def must(self, code):
        done = self.run("sh", code)
        if done.returncode != 0:
            raise AssertionError(f"{code}\n{done.stdout}{done.stderr}")
        return done.stdout

    def lacks(self, modules):
        """The first module that Python does not have."""
        for module in modules:
            if self.run("python", f"import {module}").returncode != 0:
                return module
        return ""


ANIMALS = """
    graft: 1
    name: animals
    data: {use: image_folder, root: animals, image: {size: 64, resize: stretch}}
    backbone: {use: resnet18}
    heads: {species: {use: classification, target: label}}
    train: {epochs: 6, batch: 4}
"""


def small_run(scratch):
    """A run `runs/animals` of a few pictures."""
    photographs(scratch.folder / "animals", ("train", "val"))
    (scratch.folder / "animals.yaml").write_text(textwrap.dedent(ANIMALS))
    picture(scratch.folder / "photo.jpg", 150, 100, 60)  # fine lines, so that filters differ
    scratch.must("graft run animals.yaml --out runs/animals")


def prepare_readme(scratch, page):
    """What the page takes for granted: its pipeline in a file, data, a photograph, a weight file."""
    small_run(scratch)
    scratch.must("graft export runs/animals --to pth --part backbone --out resnet18-f37072fd.pth")
    (scratch.folder / "pipeline.yaml").write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    photographs(scratch.folder / "data" / "hymenoptera", ("train", "val"))
    photographs(scratch.folder / "another", ("folder",))
    photographs(scratch.folder / "photos", ("train", "val"))


def prepare_export(scratch, _):
    """The page's files, each as `graft export` or `graft embed` writes it."""
    small_run(scratch)
    scratch.must("graft embed runs/animals --out features.safetensors")
    for kind, name in (("onnx", "animals.onnx"), ("torchscript", "animals.pt"), ("safetensors", "animals.safetensors"),
                       ("pth --part backbone", "backbone.pth")):
        scratch.must(f"graft export runs/animals --to {kind} --out {name}")


PREPARED = {"README.md": prepare_readme, "docs/export.md": prepare_export,
            "docs/pictures.md": lambda scratch, _: small_run(scratch)}


class Pages(unittest.TestCase):
    """Every block does what its page says."""

    def run_page(self, path):
        page = path.read_text()
        name = str(path.relative_to(ROOT))
        scratch = None
        for block in blocks_of(page):
            with self.subTest(f"{name}:{block.line}"):
                if block.reason:
                    self.skip(name, block, block.reason)
                    continue
                if scratch is None:
                    scratch = Scratch(self)
                    PREPARED.get(name, lambda *_: None)(scratch, page)
                if lacking := scratch.lacks(modules_of(block.code)):
                    self.skip(name, block, f"Python has no {lacking}; GRAFT_PYTHON may name one that has")
                    continue
                done = scratch.run(block.language, block.code)
                self.assertEqual(done.returncode, 0, f"{block.code}\n{done.stdout}{done.stderr}")
                if block.printed is not None:
                    self.assertTrue(agrees(block.printed, done.stdout),
                                    f"{block.code}\nthe page says:\n{block.printed}\nbut it prints:\n{done.stdout}")
                Pages.ran += 1
        return scratch

    def skip(self, name, block, reason):
        Pages.skipped += 1
        print(f"\nSKIPPED: {name}:{block.line}: {reason}", flush=True)

    ran = skipped = 0

    @classmethod
    def tearDownClass(cls):
        print(f"\npages: {cls.ran} blocks ran, {cls.skipped} skipped", flush=True)

    def test_readme(self):
        self.run_page(ROOT / "README.md")

    def test_contributing(self):
        self.run_page(ROOT / "CONTRIBUTING.md")

    def test_docs(self):
        for path in sorted((ROOT / "docs").rglob("*.md")):
            if path.name != "export.md":
                self.run_page(path)

    def test_export(self):
        """The page's ONNX lines see the photograph as graft does."""
        path = ROOT / "docs" / "export.md"
        scratch = self.run_page(path)
        lines = next(block.code for block in blocks_of(path.read_text()) if "onnxruntime.InferenceSession" in block.code)
        if scratch.lacks(modules_of(lines)):
            return  # told above
        answer = json.loads(scratch.must("graft predict runs/animals photo.jpg --json"))
        expected = probabilities_in(answer)
        self.assertEqual(set(expected), {"ants", "bees"})
        printed = scratch.run("python", lines).stdout
        for species, probability in expected.items():
            shown = re.search(rf"'{species}': (?:np\.float32\()?([\d.e-]+)", printed)
            self.assertIsNotNone(shown, printed)
            self.assertAlmostEqual(float(shown[1]), probability, delta=0.002)


def probabilities_in(answer):
    """The first map of names to numbers below a key "probabilities"."""
    if isinstance(answer, dict):
        if isinstance(answer.get("probabilities"), dict):
            return answer["probabilities"]
        answer = list(answer.values())
    if isinstance(answer, list):
        return next((found for value in answer if (found := probabilities_in(value))), {})
    return {}


class Machinery(unittest.TestCase):
    """The test notices what it is there for."""

    def test_blocks(self):
        page = textwrap.dedent("""
            ```sh
            echo one
            ```

            ```text
            one
            ```
            <!-- not run: needs another machine -->
            ```sh
            false
            ```
            ```yaml
            a: 1
            ```
            ```python
            import torch.nn, json as j
            from PIL import Image
            ```
            words
            ```text
            not its output
            ```
        """)
        first, second, third = blocks_of(page)
        self.assertEqual((first.code, first.printed, first.line), ("echo one\n", "one\n", 2))
        self.assertEqual((second.reason, second.printed), ("needs another machine", None))
        self.assertEqual((third.reason, third.printed), ("", None))
        self.assertEqual(modules_of(third.code), ["PIL", "json", "torch"])
        self.assertEqual(modules_of("x=$(python3 -c 'import glob, os, onnxruntime as o; print(1)')"),
                         ["glob", "onnxruntime", "os"])

    def test_outputs(self):
        self.assertTrue(agrees("a\nb\n", "a \nb"))
        self.assertFalse(agrees("a\nb\n", "a\nc\n"))
        self.assertFalse(agrees("a\n", "a\nb\n"))
        self.assertTrue(agrees("a\n...\nd\n", "a\nb\nc\nd\n"))
        self.assertTrue(agrees("a\n...\n", "a\n"))

    def test_a_block_that_fails(self):
        scratch = Scratch(self)
        self.assertNotEqual(scratch.run("sh", "false\ntrue").returncode, 0)
        self.assertNotEqual(scratch.run("python", "raise SystemExit(1)").returncode, 0)
        self.assertEqual(scratch.lacks(["json", "no_such_module"]), "no_such_module")


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
