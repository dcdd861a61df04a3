# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""The tutorial's work as a LightningModule with a Trainer as it comes: checkpoints of the best epoch, no logger."""
import tempfile
import time

import common
import torch

import lightning

options = common.arguments()
train, val = common.datasets(options, augmented=options.views > 0)


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.network, self.head = common.backbone(options), common.head(options)
        self.network.requires_grad_(options.full)
        self.criterion = common.loss(options)
        self.total, self.scores, self.epochs = 0.0, [], []

    def forward(self, inputs):
        return self.head(self.network(inputs))

    def on_train_epoch_start(self):
        self.begun = time.perf_counter()

    def training_step(self, batch, _):
        return self.criterion(self(batch[0]), batch[1])

    def validation_step(self, batch, _):
        self.total += common.score(options, self(batch[0]), batch[1])

    def on_validation_epoch_end(self):
        self.scores.append(self.total / len(val))
        self.total = 0.0
        self.log("score", self.scores[-1])
        self.epochs.append(time.perf_counter() - self.begun)

    def configure_optimizers(self):
        return common.optimizer(options, [each for each in self.parameters() if each.requires_grad])


module = Module()
choose = "min" if options.task == "points" else "max"
with tempfile.TemporaryDirectory() as folder:
    kept = lightning.pytorch.callbacks.ModelCheckpoint(folder, monitor="score", mode=choose)
    lightning.Trainer(max_epochs=options.epochs, accelerator="cpu", logger=False, enable_progress_bar=False,
                      enable_model_summary=False, num_sanity_val_steps=0, callbacks=[kept]).fit(
        module, common.loader(train, options, True), common.loader(val, options, False))
common.finish(module.epochs, (min if choose == "min" else max)(module.scores))
