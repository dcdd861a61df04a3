// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/losses.hpp"
#include "train/step_reader.hpp"

namespace graft::train {

/// What a step's losses were; nothing of the graph is kept.
struct StepOutcome {
    std::int64_t epoch = 0;
    std::int64_t step = 0;                      ///< of the epoch, 1, 2, ...
    std::vector<std::vector<LossValue>> parts;  ///< part by part of the effective batch, every loss
    std::vector<std::vector<std::string>> ids;  ///< part by part
    std::vector<Outputs> outputs;  ///< part by part, of the heads that were asked for; none of a part whose
                                   ///< targets were mixed
    at::Tensor weight_changed;  ///< bool [parts - 1, losses], or undefined: a weight that depended on outputs
};

/// Forward and backward over one effective batch: afterwards every trainable parameter holds the gradient
/// of sum over losses of weight * sum(l*w)/sum(w), both sums over the whole effective batch. The graph of
/// one part lives at a time.
///
/// sum(w) must be known before the first part's backward pass. Weights follow from targets alone (sdk:
/// LossValue), so the later parts' weights are computed from outputs of zeros; `FiniteWatch::check` refuses
/// a loss whose weights differ in the end.
///
/// `feature_augment` changes what the frozen stages give; see change_features. `told_heads`: whose outputs
/// come back. Throws Failure(pipeline) where nothing that the phase trains reaches a loss.
StepOutcome forward_backward(const model::Model& model, const StepBatches& step, std::size_t frozen_stages,
                             const at::Device& device,
                             const std::vector<pipeline::Augment>& feature_augment = {},
                             const std::vector<std::size_t>& told_heads = {});

/// Looks for losses that are not finite: every step on the CPU, every sixteenth elsewhere, where a look
/// makes the device wait. Nothing may be saved before `check`.
class FiniteWatch {
public:
    FiniteWatch(const model::Model& model, const at::Device& device);

    void add(StepOutcome outcome);

    /// Throws Failure(training) naming epoch, step, head and samples of the first loss that is not finite.
    /// Throws Failure(plugin) where a loss's weights followed from outputs (see forward_backward).
    void check();

private:
    void check_losses(const std::vector<StepOutcome>& steps) const;

    std::vector<LossName> names_;
    std::size_t patience_;
    std::vector<StepOutcome> waiting_;
};

}  // namespace graft::train
