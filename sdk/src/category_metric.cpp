// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// Everything about a category follows from its confusion matrix (rows: truth, columns: prediction).
class CategoryMetric : public Metric {
public:
    explicit CategoryMetric(const TargetSchema& schema) : classes_(schema.classes) {
        const auto classes = static_cast<std::int64_t>(classes_.size());
        state_ = {at::zeros({classes, classes}, at::kLong)};
    }

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "category metric");
        const auto samples = target.values.size(0);
        const auto classes = static_cast<std::int64_t>(classes_.size());
        require_shape(prediction.values, {samples, classes}, "category metric, probabilities");
        require_same_shape(target.values, target.present, "category metric, targets");
        state_[0] += confusion(target.values.to(at::kLong), prediction.values.argmax(1),
                               target.present.to(at::kBool), classes, "category metric, targets");
    }

    MetricState state() const override { return copied(state_); }

    void merge(const MetricState& state) override { add_sums(state, state_, "category metric, state"); }

    MetricResult compute() const override {
        const auto matrix = rows_of(state_[0]);
        double right = 0;
        double all = 0;
        Table table{"scores by class", {"precision", "recall", "f1", "samples"}, classes_, {}};
        std::vector<ClassScores> by_class;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            double truth = 0;
            double chosen = 0;
            for (std::size_t other = 0; other < classes_.size(); ++other) {
                truth += matrix[index][other];
                chosen += matrix[other][index];
            }
            right += matrix[index][index];
            all += truth;
            by_class.push_back(class_scores(matrix[index][index], truth, chosen));
            const ClassScores& one = by_class.back();
            table.values.push_back({one.precision, one.recall, one.f1, truth});
        }
        MetricResult result;
        result.scores = {{"accuracy", ratio(right, all), "", Direction::higher_is_better}};
        add_class_scores(classes_, by_class, result.scores);
        result.tables = {std::move(table),
                         {"confusion matrix (rows: truth, columns: prediction)", classes_, classes_, matrix}};
        return result;
    }

private:
    std::vector<std::string> classes_;
    MetricState state_;  ///< the matrix
};

}  // namespace

std::unique_ptr<Metric> category(const TargetSchema& schema) {
    return std::make_unique<CategoryMetric>(schema);
}

}  // namespace graft::metrics
