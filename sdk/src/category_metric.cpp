// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// Of more classes nobody reads a confusion matrix, which would take gigabytes: then right answers, truths
/// and predictions are counted by class.
constexpr std::int64_t most_in_matrix = 2000;

constexpr const char* targets_name = "category metric, targets";

/// Adds to `counts` (int64 [3, classes]) by class how often it was rightly chosen, was true, was chosen.
/// Throws as `add_confusion`.
void add_counts(at::Tensor& counts, const at::Tensor& truth, const at::Tensor& chosen) {
    const std::int64_t classes = counts.size(1);
    const at::Tensor strangers = truth.index({truth.lt(0).logical_or(truth.ge(classes))});
    if (strangers.numel() > 0) {
        throw Error(ErrorKind::internal, unknown_class(strangers[0].item<double>(), classes, targets_name));
    }
    const auto add = [&](std::int64_t row, const at::Tensor& indices) {
        counts[row].index_add_(0, indices, at::ones_like(indices));
    };
    add(0, truth.index({truth == chosen}));
    add(1, truth);
    add(2, chosen);
}

/// Everything about a category follows from its confusion matrix (rows: truth, columns: prediction), but for
/// that matrix also from the counts that `add_counts` keeps.
class CategoryMetric : public Metric {
public:
    explicit CategoryMetric(const TargetSchema& schema) : classes_(schema.classes) {
        state_ = {at::zeros({has_matrix() ? size() : 3, size()}, at::kLong)};
    }

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "category metric");
        require_shape(prediction.values, {target.values.size(0), size()}, "category metric, probabilities");
        require_same_shape(target.values, target.present, "category metric, targets");
        const at::Tensor present = target.present.to(at::kBool);
        const at::Tensor truth = target.values.to(at::kLong);
        const at::Tensor chosen = prediction.values.argmax(1);
        if (has_matrix()) {
            add_confusion(state_[0], truth, chosen, present, targets_name);
        } else {
            add_counts(state_[0], truth.index({present}), chosen.index({present}));
        }
    }

    MetricState state() const override { return copied(state_); }

    void merge(const MetricState& state) override { add_sums(state, state_, "category metric, state"); }

    MetricResult compute() const override {
        const at::Tensor& counted = state_[0];
        const auto counts =
            rows_of(has_matrix() ? at::stack({counted.diagonal(), counted.sum(1), counted.sum(0)}) : counted);
        double right = 0;
        double all = 0;
        Table table{"scores by class", {"precision", "recall", "f1", "samples"}, classes_, {}};
        std::vector<ClassScores> by_class;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            right += counts[0][index];
            all += counts[1][index];
            by_class.push_back(class_scores(counts[0][index], counts[1][index], counts[2][index]));
            const ClassScores& one = by_class.back();
            table.values.push_back({one.precision, one.recall, one.f1, counts[1][index]});
        }
        MetricResult result;
        result.scores = {{"accuracy", ratio(right, all), "", Direction::higher_is_better}};
        add_class_scores(classes_, by_class, result.scores);
        result.tables = {std::move(table)};
        if (has_matrix()) {
            result.tables.push_back({"confusion matrix (rows: truth, columns: prediction)", classes_,
                                     classes_, rows_of(counted)});
        }
        return result;
    }

private:
    std::int64_t size() const { return static_cast<std::int64_t>(classes_.size()); }
    bool has_matrix() const { return size() <= most_in_matrix; }

    std::vector<std::string> classes_;
    MetricState state_;  ///< the matrix, or the counts
};

}  // namespace

std::unique_ptr<Metric> category(const TargetSchema& schema) {
    return std::make_unique<CategoryMetric>(schema);
}

}  // namespace graft::metrics
