#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes small pictures in Pillow's modes to tests/data/goldens/modes/, and what convert("RGB") makes of them
to modes.txt beside them: name, height and width, RGB bytes. Needs Pillow and numpy.

    python3 tools/goldens/pillow_modes.py tests/data/goldens/modes
"""
import pathlib
import sys

import numpy
from PIL import Image

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
y, x = numpy.mgrid[0:16, 0:16]
ramp = numpy.stack([x * 16, y * 16, 255 - x * 8 - y * 8, (x + y) * 8], -1).astype(numpy.uint8)
rgb = Image.fromarray(numpy.ascontiguousarray(ramp[:, :, :3]))

files = {
    "cmyk.jpg": (Image.fromarray(ramp, "CMYK"), {"quality": 100, "subsampling": 0}),
    "grey.jpg": (rgb.convert("L"), {"quality": 100}),
    "progressive.jpg": (rgb, {"quality": 100, "progressive": True, "subsampling": 0}),
    "palette.png": (rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=12), {"transparency": 3}),
    "palette.bmp": (rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=12), {}),
    "grey_alpha.png": (rgb.convert("LA"), {}),
    "alpha.png": (Image.fromarray(ramp, "RGBA"), {}),
    "alpha.webp": (Image.fromarray(ramp, "RGBA"), {"lossless": True, "exact": True}),
    "bits.png": (rgb.convert("1"), {}),
    "bits.tiff": (rgb.convert("1"), {"compression": "group4"}),
}
with open(folder / "modes.txt", "w") as listing:
    for name, (image, settings) in files.items():
        image.save(folder / name, **settings)
        pixels = numpy.asarray(Image.open(folder / name).convert("RGB"))
        print(name, *pixels.shape[:2], *pixels.flatten(), file=listing)
