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
    explicit CategoryMetric(const TargetSchema& schema)
        : classes_(schema.classes), matrix_(classes_.size(), std::vector<double>(classes_.size(), 0.0)) {}

    void update(const Column& prediction, const Column& target) override {
        const auto samples = target.values.size(0);
        const auto classes = static_cast<std::int64_t>(classes_.size());
        require_same_shape(prediction.values, at::empty({samples, classes}),
                           "category metric, probabilities");
        require_same_shape(target.values, target.present, "category metric, targets");
        const at::Tensor chosen = prediction.values.argmax(1).contiguous();
        const at::Tensor truth = target.values.to(at::kLong).contiguous();
        const at::Tensor present = target.present.to(at::kBool).contiguous();
        for (std::int64_t sample = 0; sample < samples; ++sample) {
            if (present.const_data_ptr<bool>()[sample]) {
                const auto row = static_cast<std::size_t>(truth.const_data_ptr<std::int64_t>()[sample]);
                const auto column = static_cast<std::size_t>(chosen.const_data_ptr<std::int64_t>()[sample]);
                matrix_.at(row).at(column) += 1;
            }
        }
    }

    void merge(const Metric& other) override {
        const auto& same = dynamic_cast<const CategoryMetric&>(other);
        for (std::size_t row = 0; row < matrix_.size(); ++row) {
            for (std::size_t column = 0; column < matrix_.size(); ++column) {
                matrix_[row][column] += same.matrix_.at(row).at(column);
            }
        }
    }

    MetricResult compute() const override {
        double right = 0;
        double all = 0;
        Table table{"scores by class", {"precision", "recall", "f1", "samples"}, classes_, {}};
        std::vector<ClassScores> by_class;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            double truth = 0;
            double chosen = 0;
            for (std::size_t other = 0; other < classes_.size(); ++other) {
                truth += matrix_[index][other];
                chosen += matrix_[other][index];
            }
            right += matrix_[index][index];
            all += truth;
            by_class.push_back(class_scores(matrix_[index][index], truth, chosen));
            const ClassScores& one = by_class.back();
            table.values.push_back({one.precision, one.recall, one.f1, truth});
        }
        MetricResult result;
        result.scores = {{"accuracy", ratio(right, all), "", Direction::higher_is_better}};
        add_class_scores(classes_, by_class, result.scores);
        result.tables = {std::move(table), {"confusion matrix", classes_, classes_, matrix_}};
        return result;
    }

private:
    std::vector<std::string> classes_;
    std::vector<std::vector<double>> matrix_;
};

}  // namespace

std::unique_ptr<Metric> category(const TargetSchema& schema) {
    return std::make_unique<CategoryMetric>(schema);
}

}  // namespace graft::metrics
