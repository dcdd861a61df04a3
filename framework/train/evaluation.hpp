// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plugin/handles.hpp"
#include "train/losses.hpp"
#include "train/sample_table.hpp"
#include "train/score.hpp"

namespace graft::train {

/// Metrics of one head that look at the same predictions and targets.
struct MetricGroup {
    std::string head;
    std::string target;  ///< as in ScoreName
    std::size_t head_index = 0;
    std::vector<std::size_t> predictions;  ///< indices into the head's
    std::vector<std::size_t> targets;      ///< ports of the head
    std::vector<plugin::MetricHandle> metrics;
};

/// Every metric of a model: of each target port that has a comparable prediction of its name
/// (model::prediction_beside), then those that look at a whole head.
std::vector<MetricGroup> make_metrics(const model::Model& model);

/// Shows a batch to the metrics of a group: predictions of all heads, those that the group needs on the CPU,
/// and targets in the order of the schema, likewise.
void update(const model::Model& model, const MetricGroup& group,
            const std::vector<std::vector<at::Tensor>>& predictions, const std::vector<Column>& targets);

/// Hears what a model predicts, batch by batch, as heads decode it, on the CPU; may be empty.
using PredictionListener =
    std::function<void(const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions)>;

/// What the metrics have seen, with the names that belong to it.
std::vector<NamedScore> scores_of(const std::vector<MetricGroup>& groups);

/// Sums what a model's predictions are worth, batch by batch. The model must be in eval mode. One thread per
/// object; several objects (threads, processes, parts of a set) are merged by their states.
class Evaluator {
public:
    /// `frozen_stages`: the leading stages that nothing trains; they run as Model::frozen_prefix.
    Evaluator(const model::Model& model, const at::Device& device, std::size_t frozen_stages = 0);

    /// `table`: gets a row a sample; null: nobody wants them.
    void add(const data::Batch& batch, SampleTable* table = nullptr, const PredictionListener& heard = {});

    /// All that was seen: loss totals and counts first, then every metric's state.
    std::vector<MetricState> state() const;

    /// Adds what another evaluator of the same model has seen. Throws Failure(internal) for states of another
    /// model.
    void merge(const std::vector<MetricState>& state);

    Evaluation result() const;

private:
    const model::Model& model_;
    at::Device device_;
    std::size_t frozen_stages_;
    LossTotals totals_;
    std::vector<MetricGroup> groups_;
    std::int64_t samples_ = 0;
};

/// Runs the model in eval mode, in which it stays, over epoch 1 of the source from its first batch;
/// `frozen_stages` as for an Evaluator.
Evaluation evaluate(model::Model& model, data::BatchSource& source, const at::Device& device,
                    std::size_t frozen_stages);

/// An evaluation that was broken off.
struct PartialEvaluation {
    std::int64_t batches = 0;         ///< position of the source where it goes on; 0: not begun
    std::vector<MetricState> states;  ///< of an Evaluator that saw those before; with a table, its rows last
};

/// As `evaluate`, from where `part` stands. When `stop` is set it breaks off between two batches: then
/// nothing comes back, and `part` holds what was seen. `table`: an empty one that gets a row a sample, of
/// those that `part` has seen, too; null: nobody wants them.
std::optional<Evaluation> evaluate_until(model::Model& model, data::BatchSource& source,
                                         const at::Device& device, const std::atomic<bool>& stop,
                                         PartialEvaluation& part, std::size_t frozen_stages,
                                         SampleTable* table = nullptr, const PredictionListener& heard = {});

}  // namespace graft::train
