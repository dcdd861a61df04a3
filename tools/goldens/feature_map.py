#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""What scikit-learn's maps of features are worth, for tests/solve/feature_map.json.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install numpy scikit-learn
    /tmp/goldens/bin/python tools/goldens/feature_map.py > tests/solve/feature_map.json

The features follow from a formula that the test repeats. Sample i of N with D numbers, of C clusters that overlap:

    number[i][d] = centre(i % C, d) + noise(i, d)

where centre is 1.5 u(7919 * cluster + d) and noise the sum of u over the three places 3 (i D + d) + 10**6 and after;
u(k) = splitmix64(k) / 2**64 * 2 - 1, in double, float32 in the end.
"""
import json
import platform
import sys

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

CASES = ({"samples": 400, "numbers": 24, "clusters": 7}, {"samples": 60, "numbers": 90, "clusters": 3})


def uniform(places: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        value = places.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value = value ^ (value >> np.uint64(31))
    return (value >> np.uint64(11)).astype(np.float64) * 2.0**-53 * 2 - 1


def features(samples: int, numbers: int, clusters: int) -> np.ndarray:
    cluster = np.arange(samples)[:, None] % clusters
    number = np.arange(numbers)[None, :]
    places = 3 * (np.arange(samples)[:, None] * numbers + number) + 10**6
    noise = uniform(places) + uniform(places + 1) + uniform(places + 2)
    return (1.5 * uniform(7919 * cluster + number) + noise).astype(np.float32)


def measured(case: dict) -> dict:
    given = features(**case)
    pca = PCA(n_components=2, svd_solver="full").fit(given)
    flat = pca.transform(given)
    perplexity = min(30.0, (case["samples"] - 1) / 3)
    maps = [TSNE(perplexity=perplexity, random_state=seed, method=method).fit_transform(given)
            for seed, method in ((0, "barnes_hut"), (0, "exact"))]
    return {**case,
            "sum": float(given.astype(np.float64).sum()),
            "pca_shares": pca.explained_variance_ratio_.tolist(),
            "pca_sizes": np.abs(flat[:3]).tolist(),
            "pca_trustworthiness": trustworthiness(given, flat, n_neighbors=5),
            "tsne_trustworthiness": [trustworthiness(given, each, n_neighbors=5) for each in maps]}


def main() -> None:
    print(json.dumps({"script": "tools/goldens/feature_map.py",
                      "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__,
                                   "python": platform.python_version()},
                      "cases": [measured(case) for case in CASES]}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
