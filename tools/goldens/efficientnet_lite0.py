#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Stages and logits of EfficientNet-Lite0, for tests/model/goldens/efficientnet_lite0*.json.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.11.0 torchvision numpy
    cd tools/goldens && python=/tmp/goldens/bin/python goldens=../../tests/model/goldens
    $python efficientnet_lite0.py 64 64 > $goldens/efficientnet_lite0.json
    $python efficientnet_lite0.py 69 79 > $goldens/efficientnet_lite0_odd.json
    $python efficientnet_lite0.py efficientnet-lite0-57934424.pth > $goldens/efficientnet_lite0_imagenet.json

The first two take weights and input from the closed formula of backbone_logits.py; the last takes the
published weights, and one picture of 224 x 224 whose pixel (channel, y, x) is ((channel + 1) * x + 2 * y) % 256,
normalised with mean 0.498 and standard deviation 0.502.

torchvision has no such network, so the arithmetic is written out below in functions of the state dict alone,
from the paper and the published TensorFlow builder (padding SAME, BatchNorm's epsilon 1e-3, ReLU6). With --port
it is also compared with the package efficientnet-lite-pytorch 0.1.0, whose names the file has.
"""
import json
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

from backbone_logits import statistics, uniform, values

# Of each group: blocks, kernel, stride, expansion, channels. The stem makes 32 channels, the head 1280.
GROUPS = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320))


def shapes() -> dict:
    """Every tensor's name and shape, without BatchNorm's counts."""
    found = {}

    def convolution(name, outputs, inputs, kernel):
        found[name + ".weight"] = (outputs, inputs, kernel, kernel)

    def norm(name, channels):
        for role in ("weight", "bias", "running_mean", "running_var"):
            found[f"{name}.{role}"] = (channels,)

    convolution("_conv_stem", 32, 3, 3)
    norm("_bn0", 32)
    before, index = 32, 0
    for depth, kernel, _, expansion, channels in GROUPS:
        for _ in range(depth):
            block, wide = f"_blocks.{index}.", before * expansion
            if expansion != 1:
                convolution(block + "_expand_conv", wide, before, 1)
                norm(block + "_bn0", wide)
            convolution(block + "_depthwise_conv", wide, 1, kernel)
            norm(block + "_bn1", wide)
            convolution(block + "_project_conv", channels, wide, 1)
            norm(block + "_bn2", channels)
            before, index = channels, index + 1
    convolution("_conv_head", 1280, before, 1)
    norm("_bn1", 1280)
    found["_fc.weight"] = (1000, 1280)
    found["_fc.bias"] = (1000,)
    return found


def layer(state, x, conv, norm, stride=1, relu6=True):
    """A convolution with padding SAME, its BatchNorm and its ReLU6."""
    weight = state[conv + ".weight"]
    kernel = weight.shape[-1]
    pads = []
    for side in (x.shape[3], x.shape[2]):  # F.pad begins with the last dimension
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        pads += [total // 2, total - total // 2]
    groups = 1 if weight.shape[1] == x.shape[1] else x.shape[1]
    x = F.conv2d(F.pad(x, pads), weight, stride=stride, groups=groups)
    mean, variance, scale, shift = (
        state[f"{norm}.{role}"].reshape(1, -1, 1, 1) for role in ("running_mean", "running_var", "weight", "bias"))
    x = (x - mean) / torch.sqrt(variance + 1e-3) * scale + shift
    return x.clamp(0, 6) if relu6 else x


def stages(state, x):
    """The name and output of each stage, in order."""
    x = layer(state, x, "_conv_stem", "_bn0", 2)
    yield "stem", x
    index = 0
    for number, (depth, _, stride, expansion, _) in enumerate(GROUPS, 1):
        for at in range(depth):
            block = f"_blocks.{index}."
            y = layer(state, x, block + "_expand_conv", block + "_bn0") if expansion != 1 else x
            y = layer(state, y, block + "_depthwise_conv", block + "_bn1", stride if at == 0 else 1)
            y = layer(state, y, block + "_project_conv", block + "_bn2", relu6=False)
            x = x + y if at > 0 else y
            index += 1
        yield f"blocks{number}", x
    x = layer(state, x, "_conv_head", "_bn1")
    yield "head", x
    yield "fc", F.linear(x.mean((2, 3)), state["_fc.weight"], state["_fc.bias"])


def formula(height, width):
    state = {name: values(name, shape) for name, shape in shapes().items()}
    image = (uniform("input", 2 * 3 * height * width) * 2).astype(np.float32)
    return state, torch.from_numpy(image).reshape(2, 3, height, width)


def published(file):
    state = torch.load(file, map_location="cpu", weights_only=True)
    found = {name: tuple(value.shape) for name, value in state.items() if not name.endswith("num_batches_tracked")}
    assert found == shapes(), "the file holds another network"
    channel, y, x = torch.meshgrid(torch.arange(3), torch.arange(224), torch.arange(224), indexing="ij")
    picture = ((channel + 1) * x + 2 * y) % 256
    return state, ((picture / 255.0 - 0.498) / 0.502).float().unsqueeze(0)


def compare_with_port(state, image, results) -> None:
    from efficientnet_lite_pytorch import EfficientNet
    port = EfficientNet.from_name("efficientnet-lite0", image_size=tuple(image.shape[2:])).eval()
    missing, unexpected = port.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    for name, mine, theirs in (("head", results["head"], port.extract_features(image)),
                               ("fc", results["fc"], port(image))):
        print(f"{name}: differs from the port's by at most {(mine - theirs).abs().max().item():.2g}, "
              f"largest {theirs.abs().max().item():.3g}", file=sys.stderr)


def main() -> None:
    torch.set_num_threads(1)
    arguments = [argument for argument in sys.argv[1:] if argument != "--port"]
    state, image = published(*arguments) if len(arguments) == 1 else formula(*map(int, arguments))
    with torch.no_grad():
        results = dict(stages(state, image))
        if "--port" in sys.argv:
            compare_with_port(state, image, results)
    logits = results.pop("fc")
    parameters = {name: shape for name, shape in shapes().items() if "running_" not in name}
    print(json.dumps({
        "script": "tools/goldens/efficientnet_lite0.py",
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
        "input": list(image.shape),
        "parameters": sum(int(np.prod(shape)) for shape in parameters.values()),
        "stages": {name: statistics(feature) for name, feature in results.items()},
        "logits": [row[:32].double().tolist() for row in logits],
        "sums": [row.double().sum().item() for row in logits],
    }, indent=1))


if __name__ == "__main__":
    main()
