#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Prints scikit-learn's balanced class weights for tests/model/balance_test.cpp (needs scikit-learn and NumPy)."""
import numpy
from sklearn.utils.class_weight import compute_class_weight

for counts in ([6, 3, 1], [124, 121]):
    labels = numpy.repeat(range(len(counts)), counts)
    print(counts, compute_class_weight("balanced", classes=numpy.unique(labels), y=labels).tolist())
