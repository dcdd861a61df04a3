// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "train/losses.hpp"

namespace graft::train {

/// What heads read and want of all samples of an epoch, on the CPU.
struct Collected {
    std::vector<std::string> ids;
    std::vector<std::vector<at::Tensor>> features;  ///< of every head, one an input port: float [N, ...]
    EncodedTargets targets;

    std::int64_t samples() const { return static_cast<std::int64_t>(ids.size()); }
};

/// How an epoch is read.
struct Collecting {
    std::int64_t epoch = 1;
    std::int64_t most_batches = 0;  ///< 0: all
    const std::atomic<bool>* stop = nullptr;
    /// After each batch; only `ids` are filled then; may be empty.
    std::function<void(const Collected& so_far)> read = {};
};

/// Runs the backbone over an epoch of the source, without gradients; nothing where `stop` was set. The model
/// must be in eval mode. Throws Failure(data) where no sample could be read, Failure(training) where what
/// heads read is not finite.
std::optional<Collected> collect(const model::Model& model, data::BatchSource& source,
                                 const at::Device& device, const Collecting& how);

/// The losses that the heads have on what was collected.
void add_losses(const model::Model& model, const Collected& collected, const at::Device& device,
                LossTotals& totals);

}  // namespace graft::train
