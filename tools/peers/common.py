# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the loops that graft is compared with have in common: data, networks, and the line that they end with.

Every loop prints one line of JSON at its end: seconds since its first line ran (imports included), seconds that
an epoch took, and a score of the validation set."""
import argparse
import csv
import json
import os
import time

START = time.perf_counter()

import torch  # noqa: E402
import torchvision  # noqa: E402
from PIL import Image  # noqa: E402

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=["classes", "points"])
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", default="")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--views", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="nothing is frozen")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def transform(augmented=False):
    steps = torchvision.transforms
    way = [steps.RandomResizedCrop(224), steps.RandomHorizontalFlip()] if augmented else [steps.Resize(256), steps.CenterCrop(224)]
    return steps.Compose([*way, steps.ToTensor(), steps.Normalize(MEAN, STD)])


class Points(torch.utils.data.Dataset):
    """The first `limit` rows of the table of facial key points, resized without regard to their shape."""

    def __init__(self, folder, rows):
        self.folder, self.rows = folder, rows
        steps = torchvision.transforms
        self.transform = steps.Compose([steps.Resize((224, 224)), steps.ToTensor(), steps.Normalize(MEAN, STD)])

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        name, *numbers = self.rows[index]
        picture = Image.open(os.path.join(self.folder, "training", name)).convert("RGB")
        points = torch.tensor([float(number) for number in numbers]).view(-1, 2)
        return self.transform(picture), (points / torch.tensor(picture.size)).t().flatten()


def datasets(options, augmented=False):
    if options.task == "points":
        with open(os.path.join(options.data, "training_frames_keypoints.csv")) as file:
            rows = list(csv.reader(file))[1:501]
        return Points(options.data, rows[:400]), Points(options.data, rows[400:])
    folder = torchvision.datasets.ImageFolder
    return (folder(os.path.join(options.data, "train"), transform(augmented)),
            folder(os.path.join(options.data, "val"), transform()))


def loader(dataset, options, shuffle):
    return torch.utils.data.DataLoader(dataset, options.batch, shuffle=shuffle, num_workers=options.workers)


def backbone(options):
    """A ResNet18 without its classifier, or the convolutions of a VGG16."""
    torch.manual_seed(0)
    if options.task == "points":
        return torchvision.models.vgg16(weights=None).features
    network = torchvision.models.resnet18(weights=None)
    if options.weights:
        state = torch.load(options.weights, map_location="cpu", weights_only=True)
        network.load_state_dict({name: value for name, value in state.items() if not name.startswith("fc.")}, strict=False)
    network.fc = torch.nn.Identity()
    return network


def head(options):
    nn = torch.nn
    if options.task == "points":
        return nn.Sequential(nn.Conv2d(512, 512, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2048, 512), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(512, 136), nn.Sigmoid())
    return nn.Linear(512, 2)


def loss(options):
    return torch.nn.L1Loss() if options.task == "points" else torch.nn.CrossEntropyLoss()


def optimizer(options, parameters):
    if options.task == "points":
        return torch.optim.Adam(parameters, lr=1e-4)
    return torch.optim.SGD(parameters, lr=1e-2, momentum=0.9)


def score(options, outputs, targets):
    """Sum over a batch: right answers, or mean absolute errors."""
    if options.task == "points":
        return (outputs - targets).abs().mean(1).sum().item()
    return (outputs.argmax(1) == targets).sum().item()


def finish(epochs, result):
    print(json.dumps({"seconds": time.perf_counter() - START, "epochs": epochs, "score": result}))
