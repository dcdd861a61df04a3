// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// How outputs z of a linear layer are compared with what is wanted.
enum class Term {
    softmax,    ///< - sum over k of wanted[k] log softmax(z)[k]
    sigmoid,    ///< - wanted log sigmoid(z) - (1 - wanted) log sigmoid(-z), every column alone
    squares,    ///< (z - wanted)^2 / 2
    absolutes,  ///< |z - wanted|
};

/// What is wanted of N samples, and how much each entry counts. All double, on the CPU.
struct Targets {
    Term term = Term::softmax;
    at::Tensor wanted;  ///< [N, K]; softmax: each row a distribution; sigmoid: in 0..1
    at::Tensor mass;    ///< [N, K], softmax: [N, 1]; 0: absent

    Targets rows(const at::Tensor& index) const;
};

/// Samples with their features.
struct LabelledFeatures {
    at::Tensor features;  ///< double [N, D]
    Targets targets;

    LabelledFeatures rows(const at::Tensor& index) const;

    /// Without the samples of which nothing counts.
    LabelledFeatures present() const;
};

/// z = x W^T + b.
struct Linear {
    at::Tensor weight;  ///< double [K, D]
    at::Tensor bias;    ///< double [K]

    at::Tensor outputs(const at::Tensor& features) const;
};

/// The sums over all entries of mass times loss, of outputs [..., N, K]: [...].
at::Tensor loss_sums(const Targets& targets, const at::Tensor& outputs);

/// The derivative of `loss_sums` by outputs [..., N, K]; for `absolutes` any subgradient.
at::Tensor loss_gradient(const Targets& targets, const at::Tensor& outputs);

/// Of outputs [N, K]: the sum of losses by the sum of mass; NaN where nothing counts.
double mean_loss(const Targets& targets, const at::Tensor& outputs);

}  // namespace graft::solve
