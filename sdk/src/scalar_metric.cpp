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

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "scalar metric");
        require_same_shape(prediction.values, target.values, "scalar metric, values");
        require_same_shape(target.values, target.present, "scalar metric, targets");
        const at::Tensor present = target.present.to(at::kBool);
        const at::Tensor off = prediction.values.to(at::kDouble) - target.values.to(at::kDouble);
        const at::Tensor error = at::where(present, off.abs(), 0.0);
        state_[0] += at::stack({error.sum(), error.square().sum(), present.sum().to(at::kDouble)});
    }

    MetricState state() const override { return copied(state_); }

    void merge(const MetricState& state) override { add_sums(state, state_, "scalar metric, state"); }

    MetricResult compute() const override {
        const double* sums = state_[0].const_data_ptr<double>();
        return {{{"mae", ratio(sums[0], sums[2]), unit_, Direction::lower_is_better},
                 {"rmse", std::sqrt(ratio(sums[1], sums[2])), unit_, Direction::lower_is_better}},
                {}};
    }

private:
    std::string unit_;
    MetricState state_{at::zeros({3}, at::kDouble)};  ///< of errors, of their squares, of samples
};

}  // namespace

std::unique_ptr<Metric> scalar(const TargetSchema& schema) {
    return std::make_unique<ScalarMetric>(schema);
}

}  // namespace graft::metrics
