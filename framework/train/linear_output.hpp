// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "model/model.hpp"
#include "solve/targets.hpp"

namespace graft::train {

/// The parameters of a head that one of its outputs is made by.
struct LinearOutput {
    std::string weight_path;  ///< as in NamedTensor
    std::string bias_path;
    at::Tensor weight;  ///< [K, D]
    at::Tensor bias;    ///< [K]

    /// Puts a solved layer in their place.
    void take(const solve::Linear& layer) const;
};

/// The weight [K, D] and the bias [K] by which an output with K numbers a sample is x W^T + b of the D
/// numbers x of HeadHandle::basis; nothing where the head computes anything else. It is tried,
/// with random features: no plugin need declare it. The model must be in eval mode.
std::optional<LinearOutput> linear_output(const model::Model& model, std::size_t head, std::size_t output);

}  // namespace graft::train
