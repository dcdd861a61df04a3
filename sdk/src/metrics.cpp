// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "graft/metric.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <utility>

#include <ATen/ATen.h>

#include "graft/error.hpp"

namespace graft {

Metric::Metric() = default;
Metric::~Metric() = default;

void require_same_shape(const at::Tensor& left, const at::Tensor& right, const std::string& what) {
    if (left.sizes() == right.sizes()) {
        return;
    }
    std::ostringstream message;
    message << what << ": shapes " << left.sizes() << " and " << right.sizes()
            << " differ; they must be equal, nothing is broadcast";
    throw Error(ErrorKind::internal, message.str());
}

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) {
    return whole > 0 ? part / whole : not_a_number;
}

/// The mean of what is there; NaN entries (a class that never occurs) do not count.
double mean_of(const std::vector<double>& values) {
    double sum = 0;
    double count = 0;
    for (const double value : values) {
        if (!std::isnan(value)) {
            sum += value;
            count += 1;
        }
    }
    return ratio(sum, count);
}

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
        Table scores{"scores by class", {"precision", "recall", "f1", "samples"}, classes_, {}};
        std::vector<double> precisions;
        std::vector<double> recalls;
        std::vector<double> f1s;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            const double hits = matrix_[index][index];
            double truth = 0;
            double chosen = 0;
            for (std::size_t other = 0; other < classes_.size(); ++other) {
                truth += matrix_[index][other];
                chosen += matrix_[other][index];
            }
            right += hits;
            all += truth;
            // As scikit-learn: 0 where a class occurs or is chosen but never rightly; undefined only
            // where it neither occurs nor is chosen.
            precisions.push_back(chosen > 0 || truth == 0 ? ratio(hits, chosen) : 0.0);
            recalls.push_back(truth > 0 || chosen == 0 ? ratio(hits, truth) : 0.0);
            f1s.push_back(ratio(2 * hits, truth + chosen));
            scores.values.push_back({precisions.back(), recalls.back(), f1s.back(), truth});
        }
        MetricResult result;
        result.scores = {{"accuracy", ratio(right, all), "", Direction::higher_is_better},
                         {"precision", mean_of(precisions), "", Direction::higher_is_better},
                         {"recall", mean_of(recalls), "", Direction::higher_is_better},
                         {"f1", mean_of(f1s), "", Direction::higher_is_better}};
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            const auto add = [&](const char* name, double value) {
                result.scores.push_back(
                    {name + ("/" + classes_[index]), value, "", Direction::higher_is_better});
            };
            add("precision", precisions[index]);
            add("recall", recalls[index]);
            add("f1", f1s[index]);
        }
        result.tables = {std::move(scores), {"confusion matrix", classes_, classes_, matrix_}};
        return result;
    }

private:
    std::vector<std::string> classes_;
    std::vector<std::vector<double>> matrix_;
};

class ScalarMetric : public Metric {
public:
    explicit ScalarMetric(const TargetSchema& schema) : unit_(schema.unit) {}

    void update(const Column& prediction, const Column& target) override {
        require_same_shape(prediction.values, target.values, "scalar metric, values");
        require_same_shape(target.values, target.present, "scalar metric, targets");
        const at::Tensor present = target.present.to(at::kDouble);
        const at::Tensor error = (prediction.values.to(at::kDouble) - target.values.to(at::kDouble)).abs();
        sum_ += (error * present).sum().item<double>();
        count_ += present.sum().item<double>();
    }

    void merge(const Metric& other) override {
        const auto& same = dynamic_cast<const ScalarMetric&>(other);
        sum_ += same.sum_;
        count_ += same.count_;
    }

    MetricResult compute() const override {
        return {{{"mae", ratio(sum_, count_), unit_, Direction::lower_is_better}}, {}};
    }

private:
    std::string unit_;
    double sum_ = 0;
    double count_ = 0;
};

}  // namespace

std::vector<std::unique_ptr<Metric>> default_metrics(const TargetSchema& schema) {
    std::vector<std::unique_ptr<Metric>> metrics;
    if (schema.kind == TargetKind::category) {
        metrics.push_back(std::make_unique<CategoryMetric>(schema));
    } else if (schema.kind == TargetKind::scalar) {
        metrics.push_back(std::make_unique<ScalarMetric>(schema));
    }
    return metrics;
}

}  // namespace graft
