#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Grad-CAM of a ResNet18 by hooks of PyTorch, for tests/model/goldens/gradcam.json.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.11.0 torchvision numpy
    /tmp/goldens/bin/python tools/goldens/gradcam.py > tests/model/goldens/gradcam.json

Weights and the two pictures follow from the formula of backbone_logits.py: the number u of each byte of "picture" makes
floor((u + 1) * 128); the last layer has three classes and full size (no eighth), its tensors are named head.weight and
head.bias. Selvaraju et al. 2017, equations 1 and 2: of the predicted class's logit.
"""
import json
import platform
import sys

import numpy as np
import torch
import torchvision

from backbone_logits import uniform, values

SIDE = 96
CLASSES = 3


def head() -> torch.nn.Linear:
    layer = torch.nn.Linear(512, CLASSES)
    weight = uniform("head.weight", CLASSES * 512) * np.sqrt(6 / 512)
    layer.weight.data = torch.from_numpy(weight.astype(np.float32)).reshape(CLASSES, 512)
    layer.bias.data = torch.from_numpy((uniform("head.bias", CLASSES) / 4).astype(np.float32))
    return layer


def gradcam(model, images, stage):
    kept = {}

    def keep(module, arguments, output):
        kept["feature"] = output
        output.register_hook(lambda slope: kept.update(slope=slope))

    hook = getattr(model, stage).register_forward_hook(keep)
    logits = model(images)
    hook.remove()
    predicted = logits.argmax(1)
    logits.gather(1, predicted[:, None]).sum().backward()
    weights = kept["slope"].mean((2, 3), keepdim=True)
    grid = torch.relu((weights * kept["feature"]).sum(1)).detach()
    maps = torch.nn.functional.interpolate(grid[:, None], (SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0]
    maps = maps / maps.amax((1, 2), keepdim=True).clamp(min=1e-30)
    return {"stage": stage, "classes": predicted.tolist(), "grid": grid.double().tolist(),
            "maps": [[[round(value, 6) for value in row] for row in each] for each in maps[:, ::8, ::8].tolist()]}


def main() -> None:
    torch.set_num_threads(1)
    model = torchvision.models.resnet18(weights=None).eval()
    model.fc = torch.nn.Identity()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(values(name, tensor.shape))
    model.fc = head()
    picture = np.floor((uniform("picture", 2 * SIDE * SIDE * 3) + 1) * 128).astype(np.uint8)
    images = torch.from_numpy(picture.reshape(2, SIDE, SIDE, 3)).permute(0, 3, 1, 2).float() / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (images - mean[:, None, None]) / std[:, None, None]
    print(json.dumps({
        "script": "tools/goldens/gradcam.py",
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__,
                     "python": platform.python_version()},
        "side": SIDE,
        "cases": [gradcam(model, images, stage) for stage in ("layer4", "layer3")],
    }))


if __name__ == "__main__":
    sys.exit(main())
