#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints a golden file for outlines as JSON: random masks as run lengths, plain and compressed, and polygons, each with
the pixels that pycocotools makes of it. Run lengths must give the same pixels; of a polygon the pixels on its rim may
differ, for pycocotools draws it on a grid five times as fine, and not by the pixels' middles.
Needs pycocotools and numpy.

    python3 tools/goldens/outlines.py > tests/data/goldens/outlines.json
"""
import json
from importlib.metadata import version

import numpy
from pycocotools import mask as coco

SEED = 20261130
WIDTH, HEIGHT = 37, 23


def pixels(mask):
    return "".join("1" if value else "0" for value in mask.flatten())


def plain(mask):
    flat = mask.flatten(order="F")
    ends = numpy.flatnonzero(numpy.diff(flat)) + 1
    runs = numpy.diff(numpy.concatenate([[0], ends, [flat.size]])).tolist()
    return ([0] if flat[0] else []) + runs


def polygon(random, corners):
    angles = numpy.sort(random.random(corners)) * 2 * numpy.pi
    radii = 3 + 8 * random.random(corners)
    places = numpy.stack([18 + 1.5 * radii * numpy.cos(angles), 11 + radii * numpy.sin(angles)], 1)
    return places.clip([0, 0], [WIDTH, HEIGHT]).round(2)


def main() -> None:
    random = numpy.random.default_rng(SEED)
    outlines = []
    for share in (0.0, 0.02, 0.5, 1.0):
        mask = (random.random((HEIGHT, WIDTH)) < share).astype(numpy.uint8)
        code = coco.encode(numpy.asfortranarray(mask))
        for counts in (plain(mask), code["counts"].decode()):
            outlines.append({"segmentation": {"counts": counts, "size": [HEIGHT, WIDTH]}, "may_differ": 0,
                             "pixels": pixels(coco.decode(code))})
    for corners in (3, 4, 7, 30):
        places = polygon(random, corners)
        drawn = coco.decode(coco.frPyObjects([places.flatten().tolist()], HEIGHT, WIDTH))
        rim = numpy.linalg.norm(places - numpy.roll(places, 1, 0), axis=1).sum()
        outlines.append({"segmentation": [places.flatten().tolist()], "may_differ": int(0.3 * rim),
                         "pixels": pixels(drawn)})
    print(json.dumps({"script": "tools/goldens/outlines.py", "pycocotools": version("pycocotools"),
                      "width": WIDTH, "height": HEIGHT, "outlines": outlines}, separators=(",", ":")))


if __name__ == "__main__":
    main()
