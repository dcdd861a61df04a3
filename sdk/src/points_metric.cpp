// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "metrics.hpp"

namespace graft {
namespace {

/// A mean over what was added.
struct Mean {
    double sum = 0;
    double count = 0;

    void add(double value) {
        sum += value;
        count += 1;
    }
    void add(const Mean& other) {
        sum += other.sum;
        count += other.count;
    }
    double value() const { return metrics::ratio(sum, count); }
};

/// [means, 2]: sums and counts.
at::Tensor tensor_of(const std::vector<Mean>& means) {
    const at::Tensor numbers = at::empty({static_cast<std::int64_t>(means.size()), 2}, at::kDouble);
    double* next = numbers.mutable_data_ptr<double>();
    for (const Mean& mean : means) {
        *next++ = mean.sum;
        *next++ = mean.count;
    }
    return numbers;
}

void add_tensor(const at::Tensor& numbers, std::vector<Mean>& means) {
    const at::Tensor rows = numbers.contiguous();
    const double* next = rows.const_data_ptr<double>();
    for (Mean& mean : means) {
        mean.add({next[0], next[1]});
        next += 2;
    }
}

/// One sample's points: [P, 2] each, and which are known.
struct Sample {
    const float* predicted;
    const float* truth;
    const bool* known;
    std::size_t points;

    double distance(std::size_t point, double x_unit = 1, double y_unit = 1) const {
        return std::hypot((predicted[2 * point] - truth[2 * point]) / x_unit,
                          (predicted[2 * point + 1] - truth[2 * point + 1]) / y_unit);
    }

    /// The root of the area of the known points' box.
    double box_side() const {
        double low[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
        double high[2] = {-low[0], -low[1]};
        for (std::size_t index = 0; index < 2 * points; ++index) {
            if (known[index / 2]) {
                low[index % 2] = std::min<double>(low[index % 2], truth[index]);
                high[index % 2] = std::max<double>(high[index % 2], truth[index]);
            }
        }
        return std::sqrt((high[0] - low[0]) * (high[1] - low[1]));
    }
};

/// Places of the means over samples, by what a sample's error is measured by.
enum : std::size_t { by_ruler, by_box, by_image, sample_means };

class PointsMetric : public Metric {
public:
    PointsMetric(const TargetSchema& schema, std::int64_t height, std::int64_t width)
        : names_(schema.point_names),
          ruler_(schema.ruler),
          height_(static_cast<double>(height)),
          width_(static_cast<double>(width)),
          by_point_(static_cast<std::size_t>(schema.point_count)) {
        for (std::size_t point = names_.size(); point < by_point_.size(); ++point) {
            names_.push_back(std::to_string(point));
        }
    }

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = metrics::one_of_each(predictions, targets, "points metric");
        const auto samples = target.values.size(0);
        const auto points = static_cast<std::int64_t>(by_point_.size());
        metrics::require_shape(target.values, {samples, points, 2}, "points metric, targets");
        require_same_shape(prediction.values, target.values, "points metric, predictions");
        metrics::require_shape(target.present, {samples, points}, "points metric, presence");
        const at::Tensor predicted = prediction.values.to(at::kFloat).contiguous();
        const at::Tensor truth = target.values.to(at::kFloat).contiguous();
        const at::Tensor present = target.present.to(at::kBool).contiguous();
        for (std::int64_t sample = 0; sample < samples; ++sample) {
            add({predicted.const_data_ptr<float>() + 2 * points * sample,
                 truth.const_data_ptr<float>() + 2 * points * sample,
                 present.const_data_ptr<bool>() + points * sample, by_point_.size()});
        }
    }

    MetricState state() const override { return {tensor_of(by_point_), tensor_of(by_sample_)}; }

    void merge(const MetricState& state) override {
        const MetricState like = this->state();
        require_same_state(state, like, "points metric, state");
        require_same_shape(state[0], like[0], "points metric, state by point");
        require_same_shape(state[1], like[1], "points metric, state by sample");
        add_tensor(state[0], by_point_);
        add_tensor(state[1], by_sample_);
    }

    MetricResult compute() const override {
        Mean error;
        Table table{"error by point", {"pixels", "samples"}, names_, {}};
        for (const Mean& point : by_point_) {
            error.add(point);
            table.values.push_back({point.value(), point.count});
        }
        MetricResult result;
        const auto add_score = [&](const char* name, double value, const char* unit) {
            result.scores.push_back({name, value, unit, Direction::lower_is_better});
        };
        add_score("error", error.value(), "pixels");
        add_score("nme_box", by_sample_[by_box].value(), "");
        if (!ruler_.empty()) {
            add_score("nme_ruler", by_sample_[by_ruler].value(), "");
        }
        if (height_ > 0 && width_ > 0) {
            add_score("nme_image", by_sample_[by_image].value(), "");
        }
        result.tables = {std::move(table)};
        return result;
    }

private:
    void add(const Sample& sample) {
        Mean pixels;
        Mean parts;
        for (std::size_t point = 0; point < sample.points; ++point) {
            if (sample.known[point]) {
                by_point_[point].add(sample.distance(point));
                pixels.add(sample.distance(point));
                parts.add(sample.distance(point, width_ > 0 ? width_ : 1, height_ > 0 ? height_ : 1));
            }
        }
        if (pixels.count == 0) {
            return;
        }
        by_sample_[by_image].add(parts.value());
        if (const double side = sample.box_side(); side > 0) {
            by_sample_[by_box].add(pixels.value() / side);
        }
        if (const double length = ruler_length(sample); length > 0) {
            by_sample_[by_ruler].add(pixels.value() / length);
        }
    }

    /// 0 where an end is unknown.
    double ruler_length(const Sample& sample) const {
        if (ruler_.size() != 2) {
            return 0;
        }
        const auto from = static_cast<std::size_t>(ruler_[0]);
        const auto to = static_cast<std::size_t>(ruler_[1]);
        if (from >= sample.points || to >= sample.points || !sample.known[from] || !sample.known[to]) {
            return 0;
        }
        return std::hypot(sample.truth[2 * from] - sample.truth[2 * to],
                          sample.truth[2 * from + 1] - sample.truth[2 * to + 1]);
    }

    std::vector<std::string> names_;
    std::vector<std::int64_t> ruler_;
    double height_;
    double width_;
    std::vector<Mean> by_point_;
    std::vector<Mean> by_sample_ = std::vector<Mean>(sample_means);
};

}  // namespace

std::unique_ptr<Metric> metrics::points(const TargetSchema& schema) {
    return points_metric(schema);
}

std::unique_ptr<Metric> points_metric(const TargetSchema& schema, std::int64_t height, std::int64_t width) {
    return std::make_unique<PointsMetric>(schema, height, width);
}

}  // namespace graft
