// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <sstream>
#include <utility>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// The class of the greatest probability (the first of equals) for every pixel: int64 [N, height, width] of
/// [N, K, height, width]. at::argmax takes five times as long over a dimension that is not the last.
at::Tensor greatest(const at::Tensor& probabilities) {
    const at::Tensor given = probabilities.to(at::kFloat).contiguous();
    const auto classes = given.size(1);
    const auto pixels = given.size(2) * given.size(3);
    const at::Tensor chosen = at::zeros({given.size(0), given.size(2), given.size(3)}, at::kLong);
    const at::Tensor best = at::empty({pixels}, at::kFloat);
    float* const highest = best.mutable_data_ptr<float>();
    for (std::int64_t sample = 0; sample < given.size(0); ++sample) {
        const float* value = given.const_data_ptr<float>() + sample * classes * pixels;
        std::int64_t* const of_sample = chosen.mutable_data_ptr<std::int64_t>() + sample * pixels;
        std::copy_n(value, pixels, highest);
        for (std::int64_t index = 1; index < classes; ++index) {
            value += pixels;
            for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
                const bool higher = value[pixel] > highest[pixel];
                highest[pixel] = higher ? value[pixel] : highest[pixel];
                of_sample[pixel] = higher ? index : of_sample[pixel];
            }
        }
    }
    return chosen;
}

/// Everything about a mask follows from the confusion matrix of all pixels (rows: truth, columns:
/// prediction).
class MaskMetric : public Metric {
public:
    explicit MaskMetric(const TargetSchema& schema) : classes_(schema.classes) {
        state_ = {at::zeros({size(), size()}, at::kLong)};
    }

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "mask metric");
        require_shapes(prediction.values, target);
        // Samples that are missing are left out before the work, which is in the pixels.
        const at::Tensor present = target.present.to(at::kBool);
        const bool all = present.all().item<bool>();
        const at::Tensor truth = all ? target.values : target.values.index({present});
        const at::Tensor given = all ? prediction.values : prediction.values.index({present});
        add_confusion(state_[0], truth.to(at::kLong), greatest(given), truth != ignored_class,
                      "mask metric, targets");
    }

    MetricState state() const override { return copied(state_); }

    void merge(const MetricState& state) override { add_sums(state, state_, "mask metric, state"); }

    MetricResult compute() const override {
        const at::Tensor matrix = state_[0].to(at::kDouble);
        const auto right = rows_of(matrix.diagonal().unsqueeze(0)).front();
        const auto truth = rows_of(matrix.sum(1).unsqueeze(0)).front();
        const auto chosen = rows_of(matrix.sum(0).unsqueeze(0)).front();
        const double pixels = matrix.sum().item<double>();
        Table table{"scores by class", {"iou", "precision", "recall", "share of pixels"}, classes_, {}};
        std::vector<double> overlaps;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            overlaps.push_back(ratio(right[index], truth[index] + chosen[index] - right[index]));
            const ClassScores one = class_scores(right[index], truth[index], chosen[index]);
            table.values.push_back({overlaps.back(), one.precision, one.recall, ratio(truth[index], pixels)});
        }
        MetricResult result;
        const auto add = [&](const std::string& name, double value) {
            result.scores.push_back({name, value, "", Direction::higher_is_better});
        };
        add("miou", mean_of(overlaps));
        add("pixel_accuracy", ratio(matrix.trace().item<double>(), pixels));
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            add("iou/" + classes_[index], overlaps[index]);
        }
        result.tables = {std::move(table)};
        return result;
    }

private:
    std::int64_t size() const { return static_cast<std::int64_t>(classes_.size()); }

    void require_shapes(const at::Tensor& given, const Column& target) const {
        if (target.values.dim() != 3 || target.values.scalar_type() != at::kByte) {
            std::ostringstream message;
            message << "mask metric, targets: they are " << target.values.scalar_type() << " of shape "
                    << target.values.sizes() << "; they must be Byte of [samples, height, width]";
            throw Error(ErrorKind::internal, message.str());
        }
        const auto samples = target.values.size(0);
        require_shape(given, {samples, size(), target.values.size(1), target.values.size(2)},
                      "mask metric, probabilities");
        require_shape(target.present, {samples}, "mask metric, presence");
    }

    std::vector<std::string> classes_;
    MetricState state_;  ///< the matrix
};

}  // namespace

std::unique_ptr<Metric> mask(const TargetSchema& schema) {
    return std::make_unique<MaskMetric>(schema);
}

}  // namespace graft::metrics
