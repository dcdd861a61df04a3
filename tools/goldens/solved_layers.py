#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/solve/solved_layers.json: what scikit-learn finds for the problems of framework/solve (needs NumPy and
scikit-learn; the argument is the file). Numbers of the samples are rounded, so that the file says them exactly."""
import json
import sys

import numpy
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

STRENGTHS = numpy.logspace(-6, 5, 45)
random = numpy.random.default_rng(12)


def logistic(strength):
    return LogisticRegression(C=strength, tol=1e-10, max_iter=100000, solver="newton-cg")


def unscaled(scaler, coefficients, intercepts):
    """Coefficients of standardised features as those of the features."""
    coefficients = numpy.atleast_2d(coefficients) / scaler.scale_
    return {"weight": coefficients.tolist(), "bias": (numpy.atleast_1d(intercepts) - coefficients @ scaler.mean_).tolist()}


def fitted(model, features, wanted, **keywords):
    scaler = StandardScaler().fit(features)
    model.fit(scaler.transform(features), wanted, **keywords)
    return unscaled(scaler, model.coef_, model.intercept_)


def samples(count, width, classes):
    """Classes that overlap, with features of very different sizes."""
    labels = random.integers(0, classes, count)
    centres = random.normal(0, 1, (classes, width))
    features = centres[labels] + random.normal(0, 1.5, (count, width))
    return (features * 10.0 ** random.uniform(-1, 2, width) + random.normal(0, 5, width)).round(3), labels


def mean_log_loss(labels, scores):
    """From scores, because scikit-learn's own log_loss cuts chances off that are nearly 0."""
    scores = numpy.stack([numpy.zeros_like(scores), scores], axis=1) if scores.ndim == 1 else scores
    return float((logsumexp(scores, axis=1) - scores[numpy.arange(len(labels)), labels]).mean())


def log_losses(train, judge):
    """The mean log loss of every strength on the samples of `judge`."""
    losses = []
    for strength in STRENGTHS:
        model = make_pipeline(StandardScaler(), logistic(strength)).fit(*train)
        losses.append(mean_log_loss(judge[1], model.decision_function(judge[0])))
    return losses


def classes_case(count, width, classes, strengths):
    features, labels = samples(count, width, classes)
    judge_features, judge_labels = features[: count // 3], labels[: count // 3]
    train_features, train_labels = features[count // 3:], labels[count // 3:]
    weights = (1 + train_labels).astype(float)
    folds = numpy.arange(len(train_labels)) % 3
    by_judge = log_losses((train_features, train_labels), (judge_features, judge_labels))
    by_folds = numpy.mean([log_losses((train_features[folds != fold], train_labels[folds != fold]),
                                      (train_features[folds == fold], train_labels[folds == fold]))
                           for fold in range(3)], axis=0)
    return {
        "features": train_features.tolist(), "labels": train_labels.tolist(), "classes": classes,
        "judge_features": judge_features.tolist(), "judge_labels": judge_labels.tolist(), "folds": folds.tolist(),
        "judge_losses": by_judge, "fold_losses": by_folds.tolist(),
        "fits": [{"strength": strength, **fitted(logistic(strength), train_features, train_labels)}
                 for strength in strengths],
        "weighted": {"strength": 1.0, **fitted(logistic(1.0), train_features, train_labels, sample_weight=weights)},
        "smoothed": {"strength": 1.0, "smoothing": 0.1, **smoothed(train_features, train_labels, classes)},
        "centroid_choices": NearestCentroid().fit(train_features, train_labels).predict(judge_features).tolist(),
    }


def smoothed(features, labels, classes):
    """A tenth of every sample is spread over all classes: samples that are there once a class, with weights."""
    scaler = StandardScaler().fit(features)
    rows = numpy.repeat(scaler.transform(features), classes, axis=0)
    wanted = numpy.tile(numpy.arange(classes), len(labels))
    weights = numpy.where(wanted == numpy.repeat(labels, classes), 0.9 + 0.1 / classes, 0.1 / classes)
    model = logistic(1.0).fit(rows, wanted, sample_weight=weights)
    return unscaled(scaler, model.coef_, model.intercept_)


def labels_case():
    """Several labels at once: a regression each, some unknown."""
    features, _ = samples(50, 6, 2)
    scores = features / features.std(axis=0) @ random.normal(0, 1, (6, 3))
    wanted = (scores + random.normal(0, 1, scores.shape) > scores.mean(axis=0)).astype(int)
    scaled = StandardScaler().fit(features)
    fits = [logistic(0.5).fit(scaled.transform(features), wanted[:, label]) for label in range(3)]
    return {"features": features.tolist(), "wanted": wanted.tolist(),
            "fit": {"strength": 0.5, **unscaled(scaled, numpy.concatenate([fit.coef_ for fit in fits]),
                                                numpy.concatenate([fit.intercept_ for fit in fits]))}}


def values_case():
    features, _ = samples(45, 7, 2)
    values = features / features.std(axis=0) @ random.normal(0, 1, (7, 2)) * 3 + random.standard_t(2, (45, 2)) + 40
    values = values.round(3)
    weights = (1 + numpy.arange(45) % 4).astype(float)
    scaler = StandardScaler().fit(features)
    absolute = [SVR(kernel="linear", epsilon=0, C=0.3, tol=1e-9, max_iter=-1).fit(scaler.transform(features), values[:, column])
                for column in range(2)]
    return {"features": features.tolist(), "values": values.tolist(), "weights": weights.tolist(),
            "ridge": [{"strength": strength, **fitted(Ridge(alpha=1 / strength), features, values)}
                      for strength in (1e-3, 0.1, 1e3)],
            "weighted_ridge": {"strength": 0.1, **fitted(Ridge(alpha=10), features, values, sample_weight=weights)},
            "absolute": {"strength": 0.3, **unscaled(scaler, numpy.concatenate([fit.coef_ for fit in absolute]),
                                                     numpy.concatenate([fit.intercept_ for fit in absolute]))}}


cases = {"three": classes_case(75, 6, 3, (1e-4, 0.1, 100.0)), "two": classes_case(60, 5, 2, (0.01, 1.0, 1e4)),
         "wide": classes_case(36, 40, 3, (1e-3, 1.0)), "labels": labels_case(), "values": values_case()}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(json.loads(json.dumps(cases), parse_float=lambda text: float(f"{float(text):.9g}")), file)
    file.write("\n")
for name in ("three", "two", "wide"):
    for kind in ("judge_losses", "fold_losses"):
        losses = cases[name][kind]
        print(name, kind, STRENGTHS[int(numpy.argmin(losses))], sorted(losses)[:2])
