// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/class_means.hpp"

#include <ATen/ATen.h>

#include "core/problem.hpp"

namespace graft::solve {
namespace {

/// 2 m . x - |m|^2 for the means of groups, given by how much each sample counts in each: [N, K].
Linear of_means(const at::Tensor& features, const at::Tensor& shares) {
    const at::Tensor counts = shares.sum(0);
    const at::Tensor means = shares.t().mm(features) / counts.clamp_min(1e-300).unsqueeze(1);
    // Below what any sample of the training can reach.
    const double never = -4 * features.square().sum(1).max().item<double>() - 1;
    return {2 * means, at::where(counts > 0, -means.square().sum(1), at::full_like(counts, never))};
}

}  // namespace

Linear nearest_class_mean(const LabelledFeatures& samples) {
    const LabelledFeatures some = samples.present();
    if (some.features.size(0) == 0) {
        throw core::Failure(core::Category::data,
                            "no training sample has the target, so there are no means of classes");
    }
    const Targets& targets = some.targets;
    const Linear wanted = of_means(some.features, targets.wanted * targets.mass);
    if (targets.term == Term::softmax) {
        return wanted;
    }
    const Linear others = of_means(some.features, (1 - targets.wanted) * targets.mass);
    return {wanted.weight - others.weight, wanted.bias - others.bias};
}

}  // namespace graft::solve
