#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The small feature extractor that the backbone torchscript is tested with, and what PyTorch says it computes.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.11.0
    /tmp/goldens/bin/python tools/goldens/torchscript_features.py plugins/backbones/torchscript/conformance
"""
import json
import pathlib
import sys

import torch
from torch import nn


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Dropout(0.5))
        self.fc = nn.Linear(16, 5)

    def forward(self, image):
        return self.body(self.stem(image))


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(3)
    model = Features().eval()
    with torch.no_grad():
        model.stem[1].running_mean.uniform_(-0.5, 0.5)
        model.stem[1].running_var.uniform_(0.5, 2)
    torch.jit.script(model).save(folder / "features.pt")
    with torch.no_grad():
        image = torch.arange(3 * 32 * 32).reshape(1, 3, 32, 32) % 13 / 13
        feature = model(image)
    golden = {"shape": list(feature.shape), "means": feature.mean((0, 2, 3)).tolist()}
    (folder / "features.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
