#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Compares what graft reads of every file below a folder with what Pillow reads: lossless formats exactly, JPEG
(also inside of TIFF) and WebP within 3 of 255 and 0.5 on average. What graft refuses is listed by its reasons, of which
"damaged" must hold for no file that Pillow reads. Needs Pillow and numpy.

    git clone https://github.com/python-pillow/Pillow
    tools/goldens/judge_pictures.py build/release/bin/decode-pictures Pillow/Tests/images

Ends with 1 when a picture differs, when one that Pillow reads is called damaged, or when the reader crashes.
Two deliberate differences to convert("RGB"): Pillow clips grey of 16 bits at 255; here it keeps the upper 8 bits, as
Pillow itself does it for colours. And of 12 bits a sample it keeps the upper 8.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy
from PIL import Image, ImageOps

MOST = 3  # of 255, for lossy formats
TIFF_COMPRESSION, TIFF_BITS = 259, 258
TIFF_JPEG = (6, 7)


def mean_allowed(image):
    """On average, for what is lossy; None: nothing. OpenCV and libtiff round CMYK down where Pillow rounds."""
    if image.mode == "CMYK":
        return 1.0
    return 0.5 if is_lossy(image) else None


def is_lossy(image):
    if image.format == "TIFF":
        return image.tag_v2.get(TIFF_COMPRESSION) in TIFF_JPEG
    return image.format in ("JPEG", "MPO", "WEBP")


def rgb(image):
    """As graft means it; raises where Pillow has no such conversion."""
    image.seek(0)
    image.load()
    kind = image.format
    bits = image.tag_v2.get(TIFF_BITS, (8,))[0] if kind == "TIFF" else 16
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and kind == "PPM"):
        values = numpy.asarray(image).astype(numpy.int64) >> (4 if bits == 12 else 8)
        image = Image.fromarray(values.astype(numpy.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"mode {image.mode} has no range")
    return numpy.asarray(image.convert("RGB")).astype(int)


def pillows(path):
    """(pixels, mean difference allowed, format), or why Pillow reads none."""
    try:
        with Image.open(path) as image:
            allowed, kind = mean_allowed(image), image.format
            return rgb(image), allowed, kind
    except Exception as error:  # Pillow raises what it likes
        return None, None, f"{type(error).__name__}: {error}"


def verdict(path, reason, decoded):
    """(word, details)."""
    expected, allowed, about = pillows(path)
    if reason:
        short = re.sub(r"[0-9]+", "N", reason.removeprefix(f"{path}: "))
        if expected is None:
            return "both refuse", short
        wrong = "damaged" in reason or "cut off" in reason or "cannot be decoded" in reason
        return ("WRONGLY CALLED DAMAGED" if wrong else "refused"), f"{about}: {short}"
    got = numpy.asarray(Image.open(decoded)).astype(int)
    if expected is None:
        return "graft alone reads", about
    if got.shape != expected.shape:
        return "DIFFERENT", f"{about}: {got.shape} is not {expected.shape}"
    difference = numpy.abs(got - expected)
    most, mean = difference.max(), difference.mean()
    if most == 0 or (allowed and most <= MOST and mean <= allowed):
        return "equal", about
    return "DIFFERENT", f"{about}: by {most}, {mean:.3f} on average"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", help="the program decode-pictures, which is built with the tests")
    parser.add_argument("folder")
    parser.add_argument("--list", action="store_true", help="every file, not only what is wrong")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    counts = collections.Counter()
    reasons = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([arguments.reader, arguments.folder, folder], stdout=subprocess.PIPE, check=False)
        for line in made.stdout.decode(errors="surrogateescape").splitlines():
            number, path, reason = line.split("\t")
            word, details = verdict(path, reason, pathlib.Path(folder) / f"{number}.ppm")
            counts[word] += 1
            if word in ("refused", "both refuse"):
                reasons[f"{word}: {details}"] += 1
            if word.isupper() or arguments.list:
                print(f"{word}: {path}: {details} {reason}")
    for reason, count in sorted(reasons.items()):
        print(f"{count:5} {reason}")
    print(", ".join(f"{count} {word}" for word, count in counts.most_common()))
    if made.returncode != 0:
        print(f"the reader ended with {made.returncode}")
    sys.exit(made.returncode != 0 or any(word.isupper() for word in counts))


main()
