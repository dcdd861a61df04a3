// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/metric.hpp"
#include "train/losses.hpp"
#include "train/trainer.hpp"

namespace graft::train {

/// The metrics of one target of one head.
struct TargetMetrics {
    std::string key;  ///< HEAD, or HEAD/TARGET where the head has several
    std::size_t head = 0;
    std::size_t port = 0;
    std::vector<std::unique_ptr<Metric>> metrics;
};
std::vector<TargetMetrics> make_metrics(const model::Model& model);

/// Sums what a model's predictions are worth, batch by batch. The model must be in eval mode.
class Evaluator {
public:
    Evaluator(const model::Model& model, const at::Device& device);

    void add(const data::Batch& batch);
    Evaluation result() const;

private:
    void update(TargetMetrics& target, const at::Tensor& prediction, const data::Batch& batch);

    const model::Model& model_;
    at::Device device_;
    LossTotals totals_;
    std::vector<TargetMetrics> targets_;
    std::int64_t samples_ = 0;
};

/// As `evaluate`, but gives up between two batches when `stop` is set.
std::optional<Evaluation> evaluate_until(model::Model& model, data::Loader& loader, const at::Device& device,
                                         const std::atomic<bool>& stop);

}  // namespace graft::train
