# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The tutorial's work with timm's parts, put together as its train.py does without options: its ResNet18, loaders,
optimiser, meters and checkpoints; no augmentation, no weight decay, no rule for the learning rate."""
import tempfile
import time

import common
import torch

import timm
from timm.data import create_dataset, create_loader
from timm.optim import create_optimizer_v2
from timm.utils import AverageMeter, CheckpointSaver, accuracy

options = common.arguments()
device = torch.device("cpu")


def loader(split, training):
    # As train.py: images of the crop's share 0.875 when it validates; no augmentation when it trains either.
    dataset = create_dataset("", root=options.data, split=split)
    return create_loader(dataset, (3, 224, 224), options.batch, is_training=training, no_aug=training,
                         interpolation="bilinear", crop_pct=0.875, num_workers=options.workers, device=device)


torch.manual_seed(0)
network = timm.create_model("resnet18", num_classes=2)
if options.weights:
    state = torch.load(options.weights, map_location="cpu", weights_only=True)
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith("fc.")}, strict=False)
network.requires_grad_(options.full)
network.fc.requires_grad_(True)
optimizer = create_optimizer_v2(network, opt="momentum", lr=1e-2, momentum=0.9, weight_decay=0)
criterion = torch.nn.CrossEntropyLoss()
batches = {"train": loader("train", True), "val": loader("val", False)}
epochs, best = [], 0.0
with tempfile.TemporaryDirectory() as folder:
    saver = CheckpointSaver(network, optimizer, checkpoint_dir=folder, recovery_dir=folder, max_history=1)
    for epoch in range(options.epochs):
        begun = time.perf_counter()
        network.train()
        losses = AverageMeter()
        for inputs, targets in batches["train"]:
            value = criterion(network(inputs), targets)
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.update(value.item(), inputs.size(0))
        network.eval()
        right = AverageMeter()
        with torch.no_grad():
            for inputs, targets in batches["val"]:
                right.update(accuracy(network(inputs), targets)[0].item(), inputs.size(0))
        best = max(best, right.avg / 100)
        saver.save_checkpoint(epoch, metric=right.avg)
        epochs.append(time.perf_counter() - begun)
common.finish(epochs, best)
