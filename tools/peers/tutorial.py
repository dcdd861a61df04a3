# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The loop that tutorials teach: every epoch decodes every picture and runs the whole network in training mode,
frozen parameters by requires_grad alone."""
import tempfile
import time

import common
import torch

options = common.arguments()
train, val = common.datasets(options, augmented=options.views > 0)
loaders = {"train": common.loader(train, options, True), "val": common.loader(val, options, False)}
network = common.backbone(options)
if not options.full:
    for parameter in network.parameters():
        parameter.requires_grad = False
network = torch.nn.Sequential(network, common.head(options))
criterion = common.loss(options)
optimizer = common.optimizer(options, [each for each in network.parameters() if each.requires_grad])
lower = options.task == "points"
epochs, best = [], None
with tempfile.NamedTemporaryFile(suffix=".pt") as kept:
    for _ in range(options.epochs):
        begun = time.perf_counter()
        for phase in ("train", "val"):
            network.train(phase == "train")
            total = 0.0
            for inputs, targets in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = network(inputs)
                    value = criterion(outputs, targets)
                    if phase == "train":
                        value.backward()
                        optimizer.step()
                total += common.score(options, outputs.detach(), targets)
        total /= len(val)
        if best is None or (total < best if lower else total > best):
            best = total
            torch.save(network.state_dict(), kept.name)
        epochs.append(time.perf_counter() - begun)
common.finish(epochs, best)
