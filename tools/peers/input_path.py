# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Decodes, resizes and crops the training pictures with torchvision's DataLoader, epoch after epoch."""
import time

import common

options = common.arguments()
train, _ = common.datasets(options)
batches = common.loader(train, options, True)
epochs = []
for _ in range(options.epochs):
    begun = time.perf_counter()
    for inputs, _ in batches:
        pass
    epochs.append(time.perf_counter() - begun)
common.finish(epochs, len(train))
