# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The same work as a careful engineer writes it in an hour: the frozen part runs once, in evaluation mode, without
gradients, channels_last; its features stay in memory, and the head trains on them. With --views, so many augmented
views are computed and used in turn. With --full, nothing is frozen: the tutorial's loop in channels_last."""
import time

import common
import torch

options = common.arguments()
train, val = common.datasets(options, augmented=options.views > 0)
network = common.backbone(options).to(memory_format=torch.channels_last)
head = common.head(options)
criterion = common.loss(options)


@torch.inference_mode()
def features(dataset):
    inputs, targets = [], []
    for pictures, wanted in common.loader(dataset, options, False):
        inputs.append(network(pictures.to(memory_format=torch.channels_last)))
        targets.append(wanted)
    return torch.cat(inputs), torch.cat(targets)


def epoch_on_features(inputs, targets, optimizer):
    head.train()
    for index in torch.randperm(len(targets)).split(options.batch):
        optimizer.zero_grad(set_to_none=True)
        criterion(head(inputs[index]), targets[index]).backward()
        optimizer.step()


def epoch_on_pictures(loader, optimizer):
    network.train()
    head.train()
    for pictures, targets in loader:
        optimizer.zero_grad(set_to_none=True)
        criterion(head(network(pictures.to(memory_format=torch.channels_last))), targets).backward()
        optimizer.step()


@torch.inference_mode()
def evaluate(batches):
    head.eval()
    total = sum(common.score(options, head(inputs), targets) for inputs, targets in batches)
    return total / len(val)


choose = min if options.task == "points" else max
epochs, scores = [], []
if options.full:
    optimizer = common.optimizer(options, [*network.parameters(), *head.parameters()])
    loaders = common.loader(train, options, True), common.loader(val, options, False)
    for _ in range(options.epochs):
        begun = time.perf_counter()
        epoch_on_pictures(loaders[0], optimizer)
        network.eval()
        scores.append(evaluate((network(pictures.to(memory_format=torch.channels_last)), targets)
                               for pictures, targets in loaders[1]))
        epochs.append(time.perf_counter() - begun)
else:
    network.eval()
    views = [tuple(each.clone() for each in features(train)) for _ in range(max(1, options.views))]
    known, truth = (each.clone() for each in features(val))
    optimizer = common.optimizer(options, head.parameters())
    for epoch in range(options.epochs):
        begun = time.perf_counter()
        epoch_on_features(*views[epoch % len(views)], optimizer)
        scores.append(evaluate([(known, truth)]))
        epochs.append(time.perf_counter() - begun)
common.finish(epochs, choose(scores))
