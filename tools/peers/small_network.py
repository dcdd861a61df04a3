# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""A TorchScript archive of a network that costs nothing: the mean of each channel."""
import sys

import torch


class Means(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3))

    def forward(self, pictures):
        return pictures[:, :, ::32, ::32].mean((2, 3)) * self.scale


torch.jit.script(Means().eval()).save(sys.argv[1])
