// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/batch.hpp"
#include "graft/loss.hpp"
#include "model/model.hpp"
#include "train/feature_augment.hpp"

namespace graft::train {

using model::Outputs;

/// Encoded targets of every head, in the order of its outputs.
using EncodedTargets = std::vector<std::vector<Column>>;

/// One loss of the model: heads in order, each with its losses in order.
struct LossName {
    std::string head;
    std::string loss;  ///< the plugin's id
    double weight = 1;
};
std::vector<LossName> loss_names(const model::Model& model);

/// A batch's targets on the device, in the space of each head's outputs.
EncodedTargets encode_targets(const model::Model& model, const data::Batch& batch, const at::Device& device);

/// Every loss of the model, in the order of `loss_names`; each float [N] and [N], or Failure(plugin).
std::vector<LossValue> compute_losses(const model::Model& model, const Outputs& outputs,
                                      const EncodedTargets& targets);

/// The losses of outputs of a mixed batch: each sample's, and its partner's targets' on the same outputs, by
/// their shares. As `compute_losses` where nothing was mixed.
std::vector<LossValue> compute_losses(const model::Model& model, const Outputs& outputs,
                                      const EncodedTargets& targets, const std::optional<Mixture>& mixture);

/// Sums over samples, from which means follow that do not depend on how samples fell into batches.
/// Stays on the device until it is asked. One thread per object.
class LossTotals {
public:
    LossTotals(const model::Model& model, const at::Device& device);

    void add(const std::vector<LossValue>& values);

    /// sum(loss * weight) and sum(weight) of each loss.
    std::vector<std::array<double, 2>> sums() const;
    void restore(const std::vector<std::array<double, 2>>& sums);

    /// The weighted sum of the losses' means; a loss without any target does not count; NaN without all.
    double mean() const;

private:
    std::vector<LossName> names_;
    at::Tensor sums_;  ///< double [losses, 2]
};

}  // namespace graft::train
