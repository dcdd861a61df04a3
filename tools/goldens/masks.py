#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints a golden file for the mask metric as JSON: random class maps, predicted probabilities in whole thousandths,
and what scikit-learn's jaccard_score, accuracy_score, precision_score and recall_score make of them.
Needs scikit-learn and numpy.

    python3 tools/goldens/masks.py > tests/sdk/goldens/masks.json
"""
import json
import platform

import numpy
import sklearn
from sklearn import metrics

SEED = 20260917
SAMPLES, CLASSES, HEIGHT, WIDTH = 5, 6, 9, 13
IGNORED = 255


def main() -> None:
    random = numpy.random.default_rng(SEED)
    # The last class never occurs, the one before is only predicted.
    truth = random.integers(0, CLASSES - 2, (SAMPLES, HEIGHT, WIDTH))
    given = random.permuted(numpy.arange(CLASSES - 1) * 100, axis=None)
    given = random.permuted(numpy.tile(given, (SAMPLES, HEIGHT, WIDTH, 1)), axis=3)
    given = numpy.concatenate([given, numpy.zeros_like(given[..., :1])], axis=3)
    right = random.random(truth.shape) < 0.6
    given[right, truth[right]] = 900
    truth[random.random(truth.shape) < 0.1] = IGNORED
    counts = truth != IGNORED
    counts[2] = False  # the sample is missing
    present = [bool(index != 2) for index in range(SAMPLES)]
    given = given.transpose(0, 3, 1, 2)
    y, chosen = truth[counts], given.argmax(1)[counts]
    occurring = sorted(set(y) | set(chosen))

    def by_class(score):
        values = dict(zip(occurring, score(y, chosen, labels=occurring, average=None, zero_division=0)))
        return [float(values[index]) if index in values else None for index in range(CLASSES)]

    print(json.dumps({
        "script": "tools/goldens/masks.py",
        "versions": {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__,
                     "python": platform.python_version()},
        "seed": SEED,
        "shape": [SAMPLES, CLASSES, HEIGHT, WIDTH],
        "miou": float(metrics.jaccard_score(y, chosen, labels=occurring, average="macro")),
        "pixel_accuracy": float(metrics.accuracy_score(y, chosen)),
        "iou": by_class(metrics.jaccard_score),
        "precision": by_class(metrics.precision_score),
        "recall": by_class(metrics.recall_score),
        "share": [float((y == index).mean()) for index in range(CLASSES)],
        "present": present,
    }, indent=1)[:-2] + ',\n "truth": ' + json.dumps(truth.flatten().tolist(), separators=(",", ":"))
          + ',\n "given": ' + json.dumps(given.flatten().tolist(), separators=(",", ":")) + "\n}")


if __name__ == "__main__":
    main()
