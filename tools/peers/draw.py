# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Draws pictures of the number and sizes of hymenoptera (JPEG) and of 500 facial key points (PNG): coloured noise
of several scales, with a light or a dark disc for the two classes."""
import csv
import os
import sys

import numpy
from PIL import Image, ImageDraw


def picture(random, width, height):
    layers = [Image.fromarray(random.integers(0, 256, (height // step + 1, width // step + 1, 3), numpy.uint8)).resize(
        (width, height), Image.BICUBIC) for step in (4, 16, 64)]
    return Image.blend(Image.blend(layers[0], layers[1], 0.5), layers[2], 0.6)


def main(folder):
    random = numpy.random.default_rng(0)
    for split, count in (("train", 244), ("val", 153)):
        for index in range(count):
            kind = ("ants", "bees")[index % 2]
            drawn = picture(random, 500, (333, 375)[index % 3 == 0])
            radius = int(random.integers(60, 120))
            ImageDraw.Draw(drawn).ellipse((250 - radius, 166 - radius, 250 + radius, 166 + radius),
                                          (60, 40, 40) if kind == "ants" else (220, 190, 60))
            path = os.path.join(folder, "hymenoptera", split, kind, f"{index}.jpg")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            drawn.save(path, quality=90)
    os.makedirs(os.path.join(folder, "facial_keypoints", "training"))
    with open(os.path.join(folder, "facial_keypoints", "training_frames_keypoints.csv"), "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["", *range(136)])
        for index in range(500):
            width, height = (int(side) for side in random.integers(150, 300, 2))
            name = f"{index}.png"
            picture(random, width, height).save(os.path.join(folder, "facial_keypoints", "training", name))
            table.writerow([name, *(f"{value:.1f}" for value in (random.random((68, 2)) * (width, height)).ravel())])


main(sys.argv[1])
