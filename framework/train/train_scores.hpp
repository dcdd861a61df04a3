// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "train/evaluation.hpp"
#include "train/step.hpp"

namespace graft::train {

/// What heads' metrics say of the batches that they are trained on, as the network was when it saw them: with
/// augmentation, dropout, and the weights of that step. It takes what steps have computed anyway. Metrics
/// that keep every sample, that are large (a confusion matrix of more than 256 classes), and heads that
/// predict masks or boxes are left out; so is an epoch whose targets were mixed. One thread per object.
class TrainScores {
public:
    TrainScores(const model::Model& model, const at::Device& device);

    /// The heads whose outputs it wants of a step.
    const std::vector<std::size_t>& heads() const { return heads_; }

    /// After a step: its parts' outputs of those heads, and what they were compared with. Looks at them when
    /// some steps have come together, so that a device is not made to wait by each.
    void add(std::vector<model::Outputs> parts, const StepBatches& batches);

    /// Scores so far, but for those of single classes; none where they were not of all that was trained.
    std::vector<NamedScore> scores();

    /// All of it, so that an epoch that is broken off goes on to the same numbers; empty where it leaves the
    /// epoch out.
    std::vector<MetricState> state() const;

    /// Goes on from such a state.
    void restore(const std::vector<MetricState>& states);

private:
    void look();

    const model::Model& model_;
    at::Device device_;
    std::vector<MetricGroup> groups_;
    std::vector<std::size_t> heads_;
    std::vector<std::size_t> targets_;  ///< of the schema, that the groups compare with
    bool is_whole_ = true;
    std::int64_t parts_ = 0;  ///< that were added
    std::vector<MetricState>
        waiting_;  ///< a part each: outputs by heads, then values and presence by targets
};

}  // namespace graft::train
