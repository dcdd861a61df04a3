// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Features of many samples as places in a plane, and how far such a map can be trusted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// The squares of the Euclidean distances of features, float [N, D]: float [N, N], on the CPU.
at::Tensor squared_distances(const at::Tensor& features);

/// The two directions in which features vary most.
struct Principal {
    at::Tensor places;          ///< double [N, 2]; of each direction the largest place (by size) is positive
    double shares[2] = {0, 0};  ///< of the variance
};

/// Of float or double features [N, D], N > 0.
Principal principal_components(const at::Tensor& features);

/// t-SNE, exact (van der Maaten & Hinton 2008), as scikit-learn has it by default: perplexity 30 (a third of
/// the others where those are few), early exaggeration 12 for 250 of 1,000 steps, momentum and gains, from
/// the principal components. The same input and number of threads give the same bytes. `distances`: of
/// squared_distances, of 4 samples at least; `start`: double [N, 2]. double [N, 2]. Where `stop` is set, it
/// ends early with what it has. `stepped`: hears how many steps are done; may be empty.
at::Tensor tsne(const at::Tensor& distances, const at::Tensor& start, const std::atomic<bool>* stop = nullptr,
                const std::function<void(std::int64_t)>& stepped = {});

inline constexpr std::int64_t tsne_steps = 1000;

/// The `count` nearest others of each sample by squared distances, the nearest first: int64
/// [N, min(count, N - 1)], on the CPU.
at::Tensor nearest_others(const at::Tensor& distances, std::int64_t count);

/// How far neighbours on a map [N, 2] are neighbours in truth (Venna & Kaski 2001), 0 to 1, by the `count`
/// nearest on the map; 2 * count < N.
double trustworthiness(const at::Tensor& distances, const at::Tensor& places, std::int64_t count = 5);

}  // namespace graft::solve
