#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Logits and features of torchvision's networks, for tests/model/goldens/NAME.json.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.11.0 torchvision numpy
    /tmp/goldens/bin/python tools/goldens/backbone_logits.py resnet18 > tests/model/goldens/resnet18.json

and so for resnet34, resnet50, vgg16 and vgg16_bn.

Nothing is downloaded or stored: every parameter, every buffer and the input follow from a closed formula
that the test repeats (tests/model/formula.hpp). Number i of the tensor NAME is

    u = splitmix64(fnv1a64(NAME) + i) / 2**64 * 2 - 1        in [-1, 1), in double

scaled by its role: convolutions and linear layers by sqrt(6 / fan_in) (He), the last one by an eighth of that,
so that logits are of a trained network's size, its bias u / 8, BatchNorm's weight 1 + u / 4 (a quarter of that
where a residual branch may end, bn2 and bn3, or sums would grow with the depth), its bias and running mean u / 4, its
running variance 1 + u / 2, other biases u / 4; the input u * 2. float32 in the end.
"""
import json
import platform
import sys

import numpy as np
import torch
import torchvision

MASK = (1 << 64) - 1
LAST = ("fc", "classifier.6", "_fc")  # the layer that makes the logits
SIDE = 64  # pixels


def fnv1a64(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def uniform(name: str, count: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        value = np.arange(count, dtype=np.uint64) + np.uint64(fnv1a64(name))
        value += np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value = value ^ (value >> np.uint64(31))
    return (value >> np.uint64(11)).astype(np.float64) * 2.0**-53 * 2 - 1


def values(name: str, shape) -> torch.Tensor:
    u = uniform(name, int(np.prod(shape)))
    module, role = name.rsplit(".", 1)
    if role == "running_var":
        u = 1 + u / 2
    elif role == "running_mean":
        u = u / 4
    elif role == "bias":
        u = u / (8 if module in LAST else 4)
    elif len(shape) >= 2:
        u = u * np.sqrt(6.0 / np.prod(shape[1:])) / (8 if module in LAST else 1)
    else:
        u = (1 + u / 4) / (4 if module.endswith((".bn2", ".bn3")) else 1)
    return torch.from_numpy(u.astype(np.float32)).reshape(shape)


def statistics(feature: torch.Tensor) -> dict:
    wide = feature.double()
    return {"shape": list(feature.shape), "mean": wide.mean().item(), "abs_mean": wide.abs().mean().item(),
            "first": wide.flatten()[:4].tolist()}


def stages_of(model):
    """Names and functions, in order."""
    if hasattr(model, "layer1"):
        yield "stem", lambda x: model.maxpool(model.relu(model.bn1(model.conv1(x))))
        for name in ("layer1", "layer2", "layer3", "layer4"):
            yield name, getattr(model, name)
        return
    first = 0
    block = 1
    for index, module in enumerate(model.features):
        if isinstance(module, torch.nn.MaxPool2d):
            yield f"block{block}", model.features[first:index + 1]
            first, block = index + 1, block + 1


def main() -> None:
    torch.set_num_threads(1)
    model = getattr(torchvision.models, sys.argv[1])(weights=None).eval()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(values(name, tensor.shape))
        count = 2 * 3 * SIDE * SIDE
        image = torch.from_numpy((uniform("input", count) * 2).astype(np.float32)).reshape(2, 3, SIDE, SIDE)
        stages = {}
        feature = image
        for name, stage in stages_of(model):
            feature = stage(feature)
            stages[name] = statistics(feature)
        logits = model(image)
    print(json.dumps({
        "script": "tools/goldens/backbone_logits.py",
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__,
                     "python": platform.python_version()},
        "input": list(image.shape),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "stages": stages,
        "logits": [row[:32].double().tolist() for row in logits],
        "sums": [row.double().sum().item() for row in logits],
    }, indent=1))


if __name__ == "__main__":
    main()
