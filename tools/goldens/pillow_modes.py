#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes small pictures in Pillow's modes to tests/data/goldens/modes/, and what Image.open, ImageOps.exif_transpose
and convert("RGB") make of them to modes.txt beside them: name, height and width, RGB bytes.
Needs Pillow and numpy.

One exception: Pillow clips grey of 16 bits at 255 when it converts to RGB; the listing has the upper 8 bits, as Pillow
itself does it for colours of 16 bits.

    python3 tools/goldens/pillow_modes.py tests/data/goldens/modes
"""
import pathlib
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageOps

ORIENTATION = 0x0112  # EXIF 2.3, "Orientation"


def write_png(path, samples, color_type, extra=b""):
    """A PNG of 16 bits a sample, which Pillow writes for grey alone. samples: [height, width, channels]."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    height, width, _ = samples.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0))
                     + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pictures(folder):
    """Writes every picture."""
    y, x = numpy.mgrid[0:16, 0:16]
    ramp = numpy.stack([x * 16, y * 16, 255 - x * 8 - y * 8, (x + y) * 8], -1).astype(numpy.uint8)
    rgb = Image.fromarray(numpy.ascontiguousarray(ramp[:, :, :3]))
    palette = rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=12)
    for name, image, settings in [
            ("cmyk.jpg", Image.fromarray(ramp, "CMYK"), {"quality": 100, "subsampling": 0}),
            ("grey.jpg", rgb.convert("L"), {"quality": 100}),
            ("progressive.jpg", rgb, {"quality": 100, "progressive": True, "subsampling": 0}),
            ("palette.png", palette, {"transparency": 3}),
            ("palette.bmp", palette, {}),
            ("grey.png", rgb.convert("L"), {}),
            ("grey_alpha.png", rgb.convert("LA"), {}),
            ("alpha.png", Image.fromarray(ramp, "RGBA"), {}),
            ("clear_color.png", rgb, {"transparency": (0, 0, 255)}),
            ("alpha.webp", Image.fromarray(ramp, "RGBA"), {"lossless": True, "exact": True}),
            ("bits.png", rgb.convert("1"), {}),
            ("bits.tiff", rgb.convert("1"), {"compression": "group4"}),
            ("alpha.tiff", Image.fromarray(ramp, "RGBA"), {}),
            ("grey_alpha.tiff", rgb.convert("LA"), {"compression": "tiff_lzw"}),
            ("palette.tiff", palette, {"compression": "packbits"}),
            ("cmyk.tiff", Image.fromarray(ramp, "CMYK"), {}),
            ("pages.tiff", rgb, {"save_all": True, "append_images": [rgb.convert("L")]}),
            ("animated.webp", Image.fromarray(ramp, "RGBA"),
             {"lossless": True, "exact": True, "save_all": True, "append_images": [rgb.rotate(90)]})]:
        image.save(folder / name, **settings)
    deep = numpy.stack([x * 4369, y * 4369, 65535 - x * 2113 - y * 2000, (x + y) * 2048], -1)
    write_png(folder / "deep.png", deep[:, :, :3], 2)
    write_png(folder / "deep_alpha.png", deep, 6)
    write_png(folder / "deep_grey_alpha.png", deep[:, :, 2:], 4)
    write_png(folder / "deep_grey.png", deep[:, :, 2:3], 0)
    write_png(folder / "twelve_bits.png", deep[:, :, :3] >> 4, 2)
    small = rgb.crop((2, 3, 8, 7))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        for extension, settings in [("jpg", {"quality": 100, "subsampling": 0}), ("png", {}),
                                    ("webp", {"lossless": True}), ("tiff", {})]:
            small.save(folder / f"turned{orientation}.{extension}", exif=exif, **settings)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pictures(folder)
    with open(folder / "modes.txt", "w") as listing:
        for path in sorted(folder.iterdir()):
            if path.name != "modes.txt":
                image = ImageOps.exif_transpose(Image.open(path))
                if image.mode == "I;16":
                    image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
                pixels = numpy.asarray(image.convert("RGB"))
                print(path.name, *pixels.shape[:2], *pixels.flatten(), file=listing)


main()
