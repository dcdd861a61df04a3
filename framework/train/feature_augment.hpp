// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/batch.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::train {

/// A batch whose samples were mixed: sample i is `share` of itself and the rest of sample partner[i].
struct Mixture {
    double share = 1;
    at::Tensor partner;  ///< int64 [N], a permutation
};

/// Changes what frozen stages gave of a batch, in the list's order, on the features' device:
///   noise  [strength]  adds normal noise; its deviation is that share of the channel's own within the batch
///   mixup  [alpha]     mixes each sample with another; the share is drawn from Beta(alpha, alpha), once a
///   batch, and comes back, since the targets go with it (Zhang et al. 2018)
/// Draws from LibTorch's generators. Throws Failure(internal) for another name: the pipeline has checked
/// them.
std::optional<Mixture> change_features(const std::vector<pipeline::Augment>& augment,
                                       data::StoredFeatures& features);

}  // namespace graft::train
