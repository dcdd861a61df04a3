#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/model/goldens/real_weights.json: {"FILE": {"tensors": how many, "sums": {"NAME": [shape, sum, sum of
squares, last element]}}} of some tensors of the published files that the folder given holds. Needs torch.

    python3 tools/goldens/real_weights.py FOLDER > tests/model/goldens/real_weights.json
"""
import json
import pathlib
import sys

import torch

WANTED = {
    "resnet18-tinyimagenet64.pth": ["conv1.weight", "bn1.running_var", "layer2.0.downsample.0.weight",
                                    "layer4.1.bn2.num_batches_tracked", "layer4.1.bn2.running_mean", "fc.weight"],
    "efficientnet-lite0-57934424.pth": ["_conv_stem.weight", "_blocks.0._depthwise_conv.weight",
                                        "_blocks.15._bn2.running_var", "_bn1.bias", "_fc.weight"],
}

files = {}
for name, tensors in WANTED.items():
    state = torch.load(pathlib.Path(sys.argv[1]) / name, map_location="cpu", weights_only=True)
    sums = {}
    for tensor in tensors:
        value = state[tensor].double()
        sums[tensor] = [list(value.shape), value.sum().item(), value.square().sum().item(), value.flatten()[-1].item()]
    files[name] = {"tensors": len(state), "sums": sums}
print(json.dumps({"torch": torch.__version__.split("+")[0], "files": files}, separators=(",", ":")))
