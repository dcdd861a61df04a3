// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include <ATen/ATen.h>

#include "metrics.hpp"

namespace graft::metrics {
namespace {

class ScalarMetric : public Metric {
public:
    explicit ScalarMetric(const TargetSchema& schema) : unit_(schema.unit) {}

    void update(const Column& prediction, const Column& target) override {
        require_same_shape(prediction.values, target.values, "scalar metric, values");
        require_same_shape(target.values, target.present, "scalar metric, targets");
        const at::Tensor present = target.present.to(at::kDouble);
        const at::Tensor error = (prediction.values.to(at::kDouble) - target.values.to(at::kDouble)).abs();
        sum_ += (error * present).sum().item<double>();
        squares_ += (error.square() * present).sum().item<double>();
        count_ += present.sum().item<double>();
    }

    void merge(const Metric& other) override {
        const auto& same = dynamic_cast<const ScalarMetric&>(other);
        sum_ += same.sum_;
        squares_ += same.squares_;
        count_ += same.count_;
    }

    MetricResult compute() const override {
        return {{{"mae", ratio(sum_, count_), unit_, Direction::lower_is_better},
                 {"rmse", std::sqrt(ratio(squares_, count_)), unit_, Direction::lower_is_better}},
                {}};
    }

private:
    std::string unit_;
    double sum_ = 0;
    double squares_ = 0;
    double count_ = 0;
};

}  // namespace

std::unique_ptr<Metric> scalar(const TargetSchema& schema) {
    return std::make_unique<ScalarMetric>(schema);
}

}  // namespace graft::metrics
