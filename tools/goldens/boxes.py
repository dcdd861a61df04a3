#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints a golden file for the boxes metric as JSON: random pictures with true boxes and detections, and what
pycocotools' COCOeval ("bbox", area range "all") makes of them.
Needs pycocotools and numpy.

    python3 tools/goldens/boxes.py > tests/sdk/goldens/boxes.json

Coordinates are quarters of a pixel and scores whole 4096ths, no two of them equal: both sides compute with exactly the
same numbers, and no order decides.
"""
import contextlib
import json
import platform
import sys
from importlib.metadata import version

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SEED = 20260917
PICTURES, CLASSES, SIDE = 24, 5, 256  # the last class is only detected, never true


def random_box(random):
    size = random.integers(40, 400, 2)  # quarters of a pixel
    corner = [random.integers(0, 4 * SIDE - length) for length in size]
    return [corner[0] / 4, corner[1] / 4, (corner[0] + size[0]) / 4, (corner[1] + size[1]) / 4]


def moved(random, box, by):
    return [max(0, value + round(float(random.normal(0, by)) * 4) / 4) for value in box]


def picture(random, index, scores):
    """True boxes: left, top, right, bottom, class, 1 or, where ignored, 0; detections: ..., class, score."""
    truth, found = [], []
    for _ in range(0 if index % 8 == 5 else random.integers(1, 7)):
        truth.append(random_box(random) + [int(random.integers(0, CLASSES - 1)), int(random.random() > 0.2)])
    for box in truth:
        for _ in range(random.integers(0, 4)):  # good ones, doubles, some of the wrong class
            right_class = random.random() > 0.15
            place = moved(random, box[:4], random.choice([1, 3, 8]))
            if place[2] > place[0] and place[3] > place[1]:
                found.append(place + [box[4] if right_class else int(random.integers(0, CLASSES)), scores.pop()])
    for _ in range(random.integers(0, 6)):
        found.append(random_box(random) + [int(random.integers(0, CLASSES)), scores.pop()])
    if index == 3:  # more detections of a class than count
        truth.append([32, 32, 96, 96, 1, 1])
        for _ in range(130):
            place = moved(random, truth[-1][:4], 20)
            if place[2] > place[0] and place[3] > place[1]:
                found.append(place + [1, scores.pop()])
    return {"truth": truth, "found": [found[at] for at in random.permutation(len(found))]}


def coco_box(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def judge(pictures):
    truth = COCO()
    truth.dataset = {
        "info": {}, "images": [{"id": index + 1} for index in range(len(pictures))],
        "categories": [{"id": index + 1, "name": str(index)} for index in range(CLASSES)],
        "annotations": []}
    found = []
    for index, one in enumerate(pictures):
        for box in one["truth"]:
            place = coco_box(box)
            truth.dataset["annotations"].append({
                "id": len(truth.dataset["annotations"]) + 1, "image_id": index + 1, "category_id": box[4] + 1,
                "bbox": place, "area": place[2] * place[3], "iscrowd": 1 - box[5]})
        for box in one["found"]:
            found.append({"image_id": index + 1, "category_id": box[4] + 1, "bbox": coco_box(box), "score": box[5]})
    truth.createIndex()
    run = COCOeval(truth, truth.loadRes(found), "bbox")
    run.evaluate()
    run.accumulate()
    return run.eval["precision"][:, :, :, 0, 2]  # [thresholds, recalls, classes]: all areas, 100 detections


def mean(values):
    counting = values[values > -1]
    return float(counting.mean()) if counting.size else None


def main() -> None:
    random = numpy.random.default_rng(SEED)
    scores = [int(value) / 4096 for value in random.permutation(numpy.arange(1, 4096))]
    pictures = [picture(random, index, scores) for index in range(PICTURES)]
    with contextlib.redirect_stdout(sys.stderr):  # pycocotools talks
        precision = judge(pictures)
    lines = ",\n ".join(json.dumps(one, separators=(",", ":")) for one in pictures)
    print(json.dumps({
        "script": "tools/goldens/boxes.py",
        "versions": {"pycocotools": version("pycocotools"), "numpy": numpy.__version__,
                     "python": platform.python_version()},
        "seed": SEED,
        "classes": CLASSES,
        "average_precision": mean(precision),
        "average_precision_50": mean(precision[0]),
        "average_precision_75": mean(precision[5]),
        "by_class": [mean(precision[:, :, index]) for index in range(CLASSES)],
    }, indent=1)[:-2] + ',\n "pictures": [\n ' + lines + "]\n}")


if __name__ == "__main__":
    main()
