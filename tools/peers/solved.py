# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Features computed once, then scikit-learn's logistic regression, its strength chosen on the validation set."""
import common
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

options = common.arguments()
train, val = common.datasets(options)
network = common.backbone(options).to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def features(dataset):
    parts = [(network(pictures.to(memory_format=torch.channels_last)), targets)
             for pictures, targets in common.loader(dataset, options, False)]
    return torch.cat([each for each, _ in parts]).numpy(), torch.cat([each for _, each in parts]).numpy()


inputs, targets = features(train)
known, truth = features(val)
scaler = StandardScaler().fit(inputs)
inputs, known = scaler.transform(inputs), scaler.transform(known)
scores = [LogisticRegression(C=10.0**(exponent / 4), max_iter=2000).fit(inputs, targets).score(known, truth)
          for exponent in range(-24, 21)]
common.finish([], max(scores))
