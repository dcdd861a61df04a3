#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/data/goldens/pillow_resize.txt: what Pillow's antialiased bilinear and bicubic resize make of
a picture that a formula gives. Needs Pillow and numpy; the versions used stand in the file.

    python3 tools/goldens/pillow_resize.py > tests/data/goldens/pillow_resize.txt
"""
import numpy
import PIL
from PIL import Image


def picture(height, width):
    """The same integers as formula_picture() in tests/data/resize.cpp: smooth parts, stripes, hard edges."""
    y, x = numpy.mgrid[0:height, 0:width]
    red = (x * 255) // (width - 1)
    green = ((x // 3 + y // 5) % 2) * 200 + 30
    blue = (x * x + 3 * y * y + x * y) % 256
    return Image.fromarray(numpy.stack([red, green, blue], -1).astype(numpy.uint8))


def crop(image, size, scale, filter):
    """Resize the shorter side to round(scale * size), then the middle: torchvision's Resize and CenterCrop."""
    shorter = round(scale * size)
    width, height = image.size
    if width <= height:
        new = (shorter, int(shorter * height / width))
    else:
        new = (int(shorter * width / height), shorter)
    image = image.resize(new, filter)
    left, top = round((new[0] - size) / 2), round((new[1] - size) / 2)
    return image.crop((left, top, left + size, top + size))


def stretch(image, size, filter):
    return image.resize((size, size), filter)


def cases(filter):
    return [
        ("stretch", 37, 53, 16, stretch(picture(37, 53), 16, filter)),
        ("stretch", 90, 61, 12, stretch(picture(90, 61), 12, filter)),
        ("stretch", 7, 5, 18, stretch(picture(7, 5), 18, filter)),
        ("crop", 48, 75, 14, crop(picture(48, 75), 14, 16 / 14, filter)),
        ("crop", 71, 40, 21, crop(picture(71, 40), 21, 24 / 21, filter)),
    ]


print(f"# rule, filter, height and width of the original, side; RGB rows. Pillow {PIL.__version__}, numpy {numpy.__version__};")
print("# made by tools/goldens/pillow_resize.py")
for name in ("bilinear", "bicubic"):
    for rule, height, width, side, result in cases(Image.Resampling[name.upper()]):
        print(rule, name, height, width, side)
        for row in numpy.asarray(result):
            print(*row.flatten())
