// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include <ATen/ATen.h>

#include "box_precision.hpp"
#include "graft/error.hpp"
#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// The boxes of one class in one sample.
struct BoxesOfClass {
    std::vector<Detection> detections;
    std::vector<TrueBox> truth;
};

using Sample = std::vector<BoxesOfClass>;  ///< by class

Rectangle place_of(const float* numbers) {
    return {numbers[box::left], numbers[box::top], numbers[box::right], numbers[box::bottom]};
}

/// [samples, any number, 6].
void require_boxes(const at::Tensor& boxes, std::int64_t samples, const std::string& what) {
    require_shape(boxes, {samples, boxes.dim() > 1 ? boxes.size(1) : 0, box::numbers}, what);
}

/// Keeps what became of every detection; the true boxes are only counted.
class BoxesMetric : public Metric {
public:
    explicit BoxesMetric(const TargetSchema& schema)
        : classes_(schema.classes), truths_(classes_.size(), 0), outcomes_(classes_.size()) {}

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "boxes metric");
        const auto samples = target.values.size(0);
        require_boxes(prediction.values, samples, "boxes metric, predictions");
        require_boxes(target.values, samples, "boxes metric, targets");
        require_shape(target.present, {samples}, "boxes metric, presence");
        const at::Tensor given = prediction.values.to(at::kFloat).contiguous();
        const at::Tensor truth = target.values.to(at::kFloat).contiguous();
        const at::Tensor present = target.present.to(at::kBool).contiguous();
        std::vector<Sample> batch;
        for (std::int64_t sample = 0; sample < samples; ++sample) {
            if (present.const_data_ptr<bool>()[sample]) {
                batch.push_back(sample_of(given[sample], truth[sample]));
            }
        }
        for (Sample& sample : batch) {
            add(sample);
        }
    }

    /// [detections] scores; [detections, 3] class and, a bit a threshold, right and wrong; [classes] true
    /// boxes.
    MetricState state() const override {
        const auto rows = std::accumulate(outcomes_.begin(), outcomes_.end(), std::int64_t{0},
                                          [](std::int64_t sum, const auto& of_class) {
                                              return sum + static_cast<std::int64_t>(of_class.size());
                                          });
        const at::Tensor scores = at::empty({rows}, at::kFloat);
        const at::Tensor flags = at::empty({rows, 3}, at::kInt);
        float* score = scores.mutable_data_ptr<float>();
        std::int32_t* flag = flags.mutable_data_ptr<std::int32_t>();
        for (std::size_t index = 0; index < outcomes_.size(); ++index) {
            for (const DetectionOutcome& outcome : outcomes_[index]) {
                *score++ = outcome.score;
                *flag++ = static_cast<std::int32_t>(index);
                *flag++ = outcome.right;
                *flag++ = outcome.wrong;
            }
        }
        return {scores, flags, at::tensor(truths_, at::kLong)};
    }

    void merge(const MetricState& state) override {
        const std::string what = "boxes metric, state";
        require_same_state(state, empty_state(), what);
        require_shape(state[1], {state[0].size(0), 3}, what);
        require_shape(state[2], {size()}, what);
        const at::Tensor scores = state[0].contiguous();
        const at::Tensor flags = state[1].contiguous();
        const at::Tensor truths = state[2].contiguous();
        const std::int32_t* flag = flags.const_data_ptr<std::int32_t>();
        for (std::int64_t row = 0; row < flags.size(0); ++row) {
            class_of(flag[3 * row], what);
        }
        for (std::int64_t row = 0; row < flags.size(0); ++row, flag += 3) {
            outcomes_[static_cast<std::size_t>(flag[0])].push_back(
                {scores.const_data_ptr<float>()[row], flag[1], flag[2]});
        }
        for (std::size_t index = 0; index < truths_.size(); ++index) {
            truths_[index] += truths.const_data_ptr<std::int64_t>()[index];
        }
    }

    MetricResult compute() const override {
        Table table{"scores by class",
                    {"average precision", "at 0.50", "at 0.75", "boxes", "detections"},
                    classes_,
                    {}};
        std::vector<double> all;
        std::vector<double> at_50;
        std::vector<double> at_75;
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            const std::vector<double> by_threshold = by_threshold_of(index);
            all.push_back(mean_of(by_threshold));
            at_50.push_back(by_threshold[0]);
            at_75.push_back(by_threshold[5]);
            table.values.push_back({all.back(), at_50.back(), at_75.back(),
                                    static_cast<double>(truths_[index]),
                                    static_cast<double>(outcomes_[index].size())});
        }
        MetricResult result;
        const auto add_score = [&](const std::string& name, double value) {
            result.scores.push_back({name, value, "", Direction::higher_is_better});
        };
        add_score("average_precision", mean_of(all));
        add_score("average_precision_50", mean_of(at_50));
        add_score("average_precision_75", mean_of(at_75));
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            add_score("average_precision/" + classes_[index], all[index]);
        }
        result.tables = {std::move(table)};
        return result;
    }

private:
    std::int64_t size() const { return static_cast<std::int64_t>(classes_.size()); }

    MetricState empty_state() const {
        return {at::empty({0}, at::kFloat), at::empty({0, 3}, at::kInt), at::empty({size()}, at::kLong)};
    }

    /// Throws graft::Error(internal) where it is not one of the classes (or not a number).
    std::size_t class_of(double index, const std::string& what) const {
        if (!(index >= 0 && index < static_cast<double>(size()))) {
            throw Error(ErrorKind::internal, unknown_class(index, size(), what));
        }
        return static_cast<std::size_t>(index);
    }

    /// Sorts the boxes of one sample by class. Both [boxes, 6].
    Sample sample_of(const at::Tensor& given, const at::Tensor& truth) const {
        Sample sample(classes_.size());
        for (std::int64_t row = 0; row < given.size(0); ++row) {
            const float* numbers = given.const_data_ptr<float>() + row * box::numbers;
            if (numbers[box::score] >= 0) {
                sample[class_of(numbers[box::class_index], "boxes metric, predictions")].detections.push_back(
                    {place_of(numbers), numbers[box::score]});
            }
        }
        for (std::int64_t row = 0; row < truth.size(0); ++row) {
            const float* numbers = truth.const_data_ptr<float>() + row * box::numbers;
            if (numbers[box::state] >= 0) {
                sample[class_of(numbers[box::class_index], "boxes metric, targets")].truth.push_back(
                    {place_of(numbers), numbers[box::state] == 0});
            }
        }
        return sample;
    }

    void add(Sample& sample) {
        for (std::size_t index = 0; index < sample.size(); ++index) {
            BoxesOfClass& boxes = sample[index];
            truths_[index] += std::count_if(boxes.truth.begin(), boxes.truth.end(),
                                            [](const TrueBox& box) { return !box.ignored; });
            const auto outcomes = match_boxes(std::move(boxes.detections), std::move(boxes.truth));
            outcomes_[index].insert(outcomes_[index].end(), outcomes.begin(), outcomes.end());
        }
    }

    /// Average precisions of a class; NaN where it has no true box.
    std::vector<double> by_threshold_of(std::size_t index) const {
        std::vector<DetectionOutcome> outcomes = outcomes_[index];
        std::sort(outcomes.begin(), outcomes.end(),
                  [](const DetectionOutcome& left, const DetectionOutcome& right) {
                      return left.score > right.score;
                  });
        std::vector<double> values;
        for (std::size_t threshold = 0; threshold < overlap_count; ++threshold) {
            values.push_back(average_precision(outcomes, threshold, static_cast<double>(truths_[index])));
        }
        return values;
    }

    std::vector<std::string> classes_;
    std::vector<std::int64_t> truths_;                     ///< by class: true boxes that count
    std::vector<std::vector<DetectionOutcome>> outcomes_;  ///< by class, in any order
};

}  // namespace

std::unique_ptr<Metric> boxes(const TargetSchema& schema) {
    return std::make_unique<BoxesMetric>(schema);
}

}  // namespace graft::metrics
