#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints a golden file for the losses of pixels and of boxes as JSON: random logits and truths, and what
torch's cross_entropy, MONAI's DiceLoss and torchvision's generalized_box_iou_loss make of them.
Needs torch, torchvision, monai (both installed with --no-deps will do) and numpy.

    python3 tools/goldens/dense.py > tests/model/goldens/dense.json
"""
import json
from importlib.metadata import version

import torch
from monai.losses import DiceLoss
from torchvision.ops import generalized_box_iou_loss

SEED = 20261130
SAMPLES, CLASSES, HEIGHT, WIDTH = 3, 4, 5, 7
IGNORED = 255
WEIGHTS = [0.5, 1.0, 2.0, 1.5]


def numbers(tensor):
    return [round(float(value), 6) for value in tensor.flatten()]


def main() -> None:
    torch.manual_seed(SEED)
    logits = (torch.randn(SAMPLES, CLASSES, HEIGHT, WIDTH, dtype=torch.float64) * 2).mul(1000).round().div(1000)
    truth = torch.randint(0, CLASSES, (SAMPLES, HEIGHT, WIDTH))
    partly = truth.clone()
    partly[torch.rand(truth.shape) < 0.2] = IGNORED
    weights = torch.tensor(WEIGHTS, dtype=torch.float64)
    cross_entropy = torch.nn.functional.cross_entropy
    dice = DiceLoss(softmax=True, to_onehot_y=True, smooth_nr=1.0, smooth_dr=1.0, reduction="none")
    # Distances of left, top, right and bottom from one place: boxes around 0, 0.
    given = (torch.rand(20, 4, dtype=torch.float64) * 4 + 0.1).mul(1000).round().div(1000)
    sides = (torch.rand(20, 4, dtype=torch.float64) * 4 + 0.1).mul(1000).round().div(1000)
    signs = torch.tensor([-1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
    print(json.dumps({
        "script": "tools/goldens/dense.py",
        "versions": {name: version(name) for name in ("torch", "torchvision", "monai")},
        "shape": [SAMPLES, CLASSES, HEIGHT, WIDTH],
        "logits": numbers(logits),
        "truth": truth.flatten().tolist(),
        "partly": partly.flatten().tolist(),
        "class_weights": WEIGHTS,
        "cross_entropy": float(cross_entropy(logits, partly, ignore_index=IGNORED)),
        "weighted": float(cross_entropy(logits, partly, weights, ignore_index=IGNORED)),
        "dice": [float(value) for value in dice(logits, truth.unsqueeze(1)).mean(1).flatten()],
        "given_sides": numbers(given),
        "true_sides": numbers(sides),
        "overlap_loss": [float(value) for value in generalized_box_iou_loss(given * signs, sides * signs)],
    }, separators=(",", ":")))


if __name__ == "__main__":
    main()
