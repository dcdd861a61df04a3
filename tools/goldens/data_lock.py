#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tools/data.lock from data at hand: $1 holds hymenoptera/, facial_keypoints/, utkface/, weights/. Hymenoptera is
hashed whole, by folder; of the larger sets every so many-th picture, since a part of them may be at hand alone."""
import importlib.machinery
import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
loader = importlib.machinery.SourceFileLoader("fetch_data", str(ROOT / "tools" / "fetch-data"))
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_data", loader))
sys.dont_write_bytecode = True
loader.exec_module(tool)

data = pathlib.Path(sys.argv[1])
paths = [f"hymenoptera/{split}/{species}/" for split in ("train", "val") for species in ("ants", "bees")]
for folder in ("facial_keypoints/training", "facial_keypoints/test", "utkface"):
    pictures = sorted(path.name for path in (data / folder).glob("*.jpg"))
    paths += [f"{folder}/{name}" for name in pictures[::max(1, len(pictures) // 20)]]
paths.append(f"weights/{tool.LITE0}")
lines = ["# SHA-256 of files of the data sets, made by tools/goldens/data_lock.py; a path that ends in / is a folder:",
         "# of the lines `HASH  NAME` of its files, sorted by name, those with a leading dot left out."]
lines += [f"{tool.digest_of(data / path)}  {path}" for path in paths]
tool.LOCK.write_text("\n".join(lines) + "\n")
