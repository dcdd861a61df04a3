#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints what torchmetrics makes of the class maps of tests/sdk/goldens/masks.json and of the boxes of boxes.json beside
it, as JSON: a second judge of the metrics of masks and boxes, which is told the same numbers as the first.
Needs torch, torchmetrics and pycocotools (torchmetrics computes average precision by it).

    python3 tools/goldens/dense_scores.py > tests/sdk/goldens/dense_scores.json
"""
import json
import pathlib
from importlib.metadata import version

import numpy
import torch
from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex
from torchmetrics.detection import MeanAveragePrecision
from torchmetrics.segmentation import DiceScore

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "sdk" / "goldens"
IGNORED = 255


def listed(tensor):
    """Numbers; None where torchmetrics has none, which it says by NaN or by -1."""
    return [float(value) if value >= 0 else None for value in tensor.double().flatten()]


def masks():
    golden = json.loads((GOLDENS / "masks.json").read_text())
    samples, classes, height, width = golden["shape"]
    truth = torch.tensor(golden["truth"]).view(samples, height, width)
    chosen = torch.tensor(golden["given"]).view(samples, classes, height, width).argmax(1)
    present = torch.tensor(golden["present"])
    truth, chosen = truth[present].flatten(), chosen[present].flatten()
    known = {"num_classes": classes, "ignore_index": IGNORED}
    counts = truth != IGNORED
    dice = DiceScore(num_classes=classes, average="none", input_format="index", aggregation_level="global")
    return {
        "miou": listed(MulticlassJaccardIndex(average="macro", **known)(chosen, truth))[0],
        "iou": listed(MulticlassJaccardIndex(average="none", **known)(chosen, truth)),
        "pixel_accuracy": listed(MulticlassAccuracy(average="micro", **known)(chosen, truth))[0],
        "dice": listed(dice(chosen[counts].unsqueeze(0), truth[counts].unsqueeze(0))),
    }


def boxes():
    golden = json.loads((GOLDENS / "boxes.json").read_text())
    # Its own thresholds are float32, some of them a little too high: a recall of just 3/5 would count as less.
    judge = MeanAveragePrecision(class_metrics=True, iou_thresholds=numpy.linspace(0.5, 0.95, 10).tolist(),
                                 rec_thresholds=numpy.linspace(0, 1, 101).tolist())
    for picture in golden["pictures"]:
        truth = torch.tensor(picture["truth"], dtype=torch.float64).view(-1, 6)
        found = torch.tensor(picture["found"], dtype=torch.float64).view(-1, 6)
        judge.update([{"boxes": found[:, :4], "labels": found[:, 4].long(), "scores": found[:, 5]}],
                     [{"boxes": truth[:, :4], "labels": truth[:, 4].long(), "iscrowd": 1 - truth[:, 5].long()}])
    scores = judge.compute()
    by_class = dict(zip(scores["classes"].tolist(), listed(scores["map_per_class"])))
    return {
        "average_precision": listed(scores["map"])[0],
        "average_precision_50": listed(scores["map_50"])[0],
        "average_precision_75": listed(scores["map_75"])[0],
        "by_class": [by_class[index] for index in range(golden["classes"])],
    }


def main() -> None:
    print(json.dumps({
        "script": "tools/goldens/dense_scores.py",
        "versions": {name: version(name) for name in ("torch", "torchmetrics", "pycocotools")},
        "masks": masks(),
        "boxes": boxes(),
    }, indent=1))


if __name__ == "__main__":
    main()
