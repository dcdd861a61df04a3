#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/weights/files/training/: what timm, torchvision's references, Lightning, MMEngine, Ultralytics and
torch.save(model) leave of a tiny network after a step of training, each written by the program's own code, and
expected.json with what PyTorch itself finds there: {"files": {"FILE": {"KEY": {"wrapper", "alternatives",
"module_class", "tensors": {"NAME": {"dtype", "shape", "values"}}}}}}, where KEY is the state dict asked for, "" for
none.

    python3 tools/goldens/training_checkpoints.py
"""
import argparse
import collections
import copy
import json
import logging
import os
import pathlib
import shutil
import tempfile
import warnings

import numpy
import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/weights/files/training"
VERSIONS = {"torch": torch.__version__.split("+")[0]}
CASES = {}


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 1, bias=False)
        self.norm = torch.nn.BatchNorm2d(2)

    def forward(self, x):
        return self.norm(self.conv(x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Block()
        self.fc = torch.nn.Linear(2, 2)
        self.register_buffer("scale", torch.tensor([0.5, 2.0]))
        self.register_buffer("cache", torch.tensor([7.0]), persistent=False)

    def forward(self, x):
        return self.fc(self.stem(x).mean((2, 3)) * self.scale)


class Scale(torch.nn.Module):
    """Of no other module: files of before torch 1.6 hold the source of every class."""

    def __init__(self):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor([[0.5, 2.0]]))
        self.register_buffer("shift", torch.tensor([1, 2]))


def described(tensors):
    return {name: {"dtype": str(t.dtype)[6:], "shape": list(t.shape), "values": t.double().flatten().tolist()}
            for name, t in tensors.items()}


def expect(name, key, wrapper, alternatives, tensors, module_class=""):
    CASES.setdefault(name, {})[key] = {"wrapper": wrapper, "alternatives": sorted(alternatives),
                                       "module_class": module_class, "tensors": described(tensors)}


def trained():
    """A network and its optimiser after a step."""
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.randn(3, 1, 2, 2)).square().sum().backward()
    optimizer.step()
    return net, optimizer


def loaded(name):
    return torch.load(FOLDER / name, weights_only=False)


def write_timm():
    import timm
    from timm.utils import CheckpointSaver, ModelEmaV3, NativeScaler
    VERSIONS["timm"] = timm.__version__
    net, optimizer = trained()
    average = ModelEmaV3(net, decay=0.5)
    average.update(trained()[0])
    args = argparse.Namespace(model="net", lr=0.1, opt_betas=None, output=pathlib.PurePosixPath("out"))
    with tempfile.TemporaryDirectory() as folder:
        saver = CheckpointSaver(net, optimizer, args, average, NativeScaler(), checkpoint_dir=folder)
        saver.save_checkpoint(0, metric=numpy.float64(0.5))
        shutil.copy(pathlib.Path(folder) / "last.pth.tar", FOLDER / "timm.pth.tar")
    value = loaded("timm.pth.tar")
    expect("timm.pth.tar", "", "state_dict", ["state_dict_ema"], value["state_dict"])
    expect("timm.pth.tar", "state_dict_ema", "state_dict_ema", ["state_dict"], value["state_dict_ema"])


class ExponentialMovingAverage(torch.optim.swa_utils.AveragedModel):
    """As references/classification/utils.py has it."""

    def __init__(self, model, decay, device="cpu"):
        def average(old, new, _):
            return decay * old + (1 - decay) * new
        super().__init__(model, device, average, use_buffers=True)


def write_torchvision():
    import torchvision
    VERSIONS["torchvision"] = torchvision.__version__.split("+")[0]
    net, optimizer = trained()
    average = ExponentialMovingAverage(net, 0.5)
    average.update_parameters(trained()[0])
    schedule = torch.optim.lr_scheduler.SequentialLR(
        optimizer, [torch.optim.lr_scheduler.LinearLR(optimizer), torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)], [1])
    value = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "lr_scheduler": schedule.state_dict(),
             "epoch": 3, "args": argparse.Namespace(data_path="/data", model="net", lr=0.1, output_dir="."),
             "model_ema": average.state_dict(), "scaler": torch.amp.GradScaler("cpu").state_dict()}
    torch.save(value, FOLDER / "torchvision.pth")
    expect("torchvision.pth", "", "model", ["model_ema"], net.state_dict())
    expect("torchvision.pth", "model_ema", "model_ema", ["model"], average.state_dict())


def write_lightning():
    import lightning
    VERSIONS["lightning"] = lightning.__version__
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning.LightningModule):
        def __init__(self, net, root, rate=0.1):
            super().__init__()
            self.save_hyperparameters(ignore=["net"])
            self.model = net

        def training_step(self, batch, _):
            loss = self.model(batch).square().sum()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=self.hparams.rate)

    with tempfile.TemporaryDirectory() as folder:
        keeper = lightning.pytorch.callbacks.ModelCheckpoint(dirpath=folder, monitor="loss", save_last=True)
        trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", logger=False, enable_progress_bar=False,
                                    enable_model_summary=False, callbacks=[keeper], default_root_dir=folder)
        trainer.fit(Module(Net(), pathlib.Path("/data")), torch.utils.data.DataLoader(torch.randn(4, 1, 2, 2), 2))
        shutil.copy(pathlib.Path(folder) / "last.ckpt", FOLDER / "lightning.ckpt")
    expect("lightning.ckpt", "", "state_dict", [], loaded("lightning.ckpt")["state_dict"])


def write_mmengine():
    import mmengine
    from mmengine.model import BaseModel
    from mmengine.runner import Runner
    VERSIONS["mmengine"] = mmengine.__version__

    class Model(BaseModel):
        def __init__(self):
            super().__init__()
            self.backbone = Net()

        def forward(self, inputs, mode="tensor"):
            return {"loss": self.backbone(inputs).square().sum()}

    with tempfile.TemporaryDirectory() as folder:
        Runner(model=Model(), work_dir=folder, train_cfg={"by_epoch": True, "max_epochs": 1},
               train_dataloader=torch.utils.data.DataLoader([{"inputs": torch.randn(1, 2, 2)} for _ in range(4)], 2),
               optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}}, custom_hooks=[{"type": "EMAHook"}],
               default_hooks={"logger": {"type": "LoggerHook", "interval": 1}}, log_level="ERROR").train()
        shutil.copy(pathlib.Path(folder) / "epoch_1.pth", FOLDER / "mmengine.pth")
    value = loaded("mmengine.pth")
    expect("mmengine.pth", "", "state_dict", ["ema_state_dict"], value["state_dict"])
    expect("mmengine.pth", "ema_state_dict", "ema_state_dict", ["state_dict"], value["ema_state_dict"])


def write_ultralytics():
    import ultralytics
    from ultralytics.cfg import get_cfg
    from ultralytics.nn.modules import Conv
    from ultralytics.nn.tasks import ClassificationModel
    VERSIONS["ultralytics"] = ultralytics.__version__
    net = ClassificationModel({"nc": 2, "backbone": [[-1, 1, "Conv", [2, 3, 2]]], "head": [[-1, 1, "Classify", ["nc"]]]},
                              ch=3, verbose=False)
    net.model[-1].conv, net.model[-1].linear = Conv(2, 2), torch.nn.Linear(2, 2)  # instead of 1280 channels
    average = copy.deepcopy(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    value = {"epoch": 1, "best_fitness": numpy.float64(0.5), "model": net, "ema": average.half(), "updates": 2,
             "optimizer": optimizer.state_dict(), "train_args": vars(get_cfg()), "date": "", "version": ""}
    torch.save(value, FOLDER / "ultralytics.pt")
    name = "ultralytics.nn.tasks.ClassificationModel"
    expect("ultralytics.pt", "", "model", ["ema"], net.state_dict(), name)
    expect("ultralytics.pt", "ema", "ema", ["model"], average.state_dict(), name)


def write_whole():
    net, _ = trained()
    torch.save(net, FOLDER / "whole.pth")
    scale = Scale()
    torch.save(scale, FOLDER / "whole_legacy.pth", _use_new_zipfile_serialization=False)
    expect("whole.pth", "", "", [], net.state_dict(), "__main__.Net")
    expect("whole_legacy.pth", "", "", [], scale.state_dict(), "__main__.Scale")
    # Tensors beside the weights, and what needs protocol 4.
    random = {"model": net.state_dict(), "rng_state": torch.get_rng_state()[:8], "sets": {frozenset([1]), (2, 3)},
              "factory": collections.defaultdict(list, a=[1]), "device": torch.device("cpu"), "type": torch.float64}
    torch.save(random, FOLDER / "random_state.pth", pickle_protocol=4)
    expect("random_state.pth", "", "model", [], net.state_dict())


def main():
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    torch.manual_seed(1)
    for write in (write_timm, write_torchvision, write_lightning, write_mmengine, write_ultralytics, write_whole):
        write()
    lines = [f'"{name}": {json.dumps(case)}' for name, case in CASES.items()]
    (FOLDER / "expected.json").write_text('{"versions": ' + json.dumps(VERSIONS) + ',\n"files": {\n' + ",\n".join(lines) + "}}\n")
    print({path.name: path.stat().st_size for path in FOLDER.iterdir()})


if __name__ == "__main__":
    os.environ.setdefault("YOLO_OFFLINE", "true")
    main()
