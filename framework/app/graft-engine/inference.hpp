// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "data/batch.hpp"
#include "model/model.hpp"

namespace graft::engine {

/// What a head says of one target of one picture, in natural units.
struct TargetPrediction {
    std::string head;
    std::string target;       ///< the head's port
    bool only_target = true;  ///< of its head: then the target's name is left out
    TargetSchema schema;
    std::vector<double> numbers;  ///< probabilities (category, labels), the value (scalar), or the tensor
    Points points;                ///< in the original picture's pixels
};

using PicturePrediction = std::vector<TargetPrediction>;

/// Predictions for prepared pictures, all in one batch, in their order; eval mode, no gradients.
std::vector<PicturePrediction> infer(const model::Model& model, const std::vector<data::Prepared>& pictures,
                                     const at::Device& device);

/// {"species": {"class":..,"probability":..,"probabilities":{..}}}; a head with several targets holds
/// one such entry a target.
core::Json to_json(const PicturePrediction& prediction);

/// The index of the likeliest class.
std::size_t likeliest(const TargetPrediction& prediction);

}  // namespace graft::engine
