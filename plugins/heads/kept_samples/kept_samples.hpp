// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <torch/nn/module.h>

#include "graft/options.hpp"

namespace graft::kept {

/// The option `samples`.
OptionSpec samples_option(std::int64_t fallback, const char* doc);

/// Features of training samples, in buffers of a fixed size, so that a file of weights has the same shapes
/// however many there are: `features` [places, D] and `used` [places], 1 where a sample lies.
class KeptSamples : public torch::nn::Module {
public:
    /// Random features in every place: a network that was not solved is made of something, too.
    KeptSamples(std::int64_t places, std::int64_t length);

    /// Keeps these [N, D], N at most `places()`, in place of all others.
    void keep(const at::Tensor& features);
    std::int64_t places() const { return features_.size(0); }

    /// [N, places] of features [N, D]: squares of distances, 0 or more.
    at::Tensor squared_distances(const at::Tensor& features) const;
    const at::Tensor& used() const { return used_; }

private:
    at::Tensor features_;
    at::Tensor used_;
};

}  // namespace graft::kept
