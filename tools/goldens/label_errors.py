#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/audit/label_errors.json: which labels of fixed probabilities cleanlab 2.9 finds wrong, and in which
order. Needs numpy and cleanlab: label_errors.py tests/audit/label_errors.json"""
import json
import sys

import numpy
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues


def case(seed, samples, classes, noise, sharpness, shares=None):
    """Labels of which a part is wrong, and probabilities that know the truth more or less."""
    random = numpy.random.default_rng(seed)
    truth = random.choice(classes, samples, p=shares)
    labels = truth.copy()
    wrong = random.random(samples) < noise
    labels[wrong] = random.integers(0, classes, wrong.sum())
    scores = random.normal(size=(samples, classes)) + sharpness * numpy.eye(classes)[truth]
    probabilities = numpy.exp(scores)
    probabilities = numpy.round(probabilities / probabilities.sum(1, keepdims=True), 6)
    return labels, probabilities


def is_settled(labels, probabilities):
    """Whether no count hangs on which of equal remainders is rounded up, which is left to numpy's order."""
    joint = compute_confident_joint(labels, probabilities)
    for seed in range(20):
        order = numpy.random.default_rng(seed).permutation(probabilities.shape[1])
        turned = compute_confident_joint(numpy.argsort(order)[labels], probabilities[:, order])
        if (joint[numpy.ix_(order, order)] != turned).any():
            return False
    return True


def settled_case(seed, *rest):
    return next(found for found in (case(seed + 100 * more, *rest) for more in range(1000)) if is_settled(*found))


def judged(labels, probabilities):
    found = {"classes": probabilities.shape[1], "labels": labels.tolist(), "probabilities": probabilities.tolist(),
             "joint": compute_confident_joint(labels, probabilities).tolist()}
    for rank in ("normalized_margin", "self_confidence"):
        found[rank] = find_label_issues(labels, probabilities, return_indices_ranked_by=rank, n_jobs=1).tolist()
    return found


def main():
    cases = {
        "two classes": settled_case(1, 120, 2, 0.15, 2.0),
        "two classes, hard to tell": settled_case(2, 90, 2, 0.3, 0.5),
        "five classes": settled_case(3, 160, 5, 0.2, 2.5),
        "one class is rare": settled_case(4, 140, 3, 0.2, 1.5, [0.6, 0.37, 0.03]),
        "ten classes, few samples": settled_case(5, 70, 10, 0.3, 2.0),
        "all is right": settled_case(6, 80, 3, 0.0, 6.0),
        "much is wrong": settled_case(7, 100, 4, 0.8, 3.0),
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({name: judged(*each) for name, each in cases.items()}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
