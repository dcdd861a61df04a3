// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// The area under the curve of precision over recall, a step at each distinct probability: as
/// scikit-learn's average_precision_score. NaN without a positive entry. What is not a number comes last.
double average_precision(std::vector<std::pair<float, bool>> entries) {
    std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
        return left.first > right.first || (std::isnan(right.first) && !std::isnan(left.first));
    });
    double positives = 0;
    for (const auto& entry : entries) {
        positives += entry.second ? 1 : 0;
    }
    double area = 0;
    double hits = 0;
    double hits_before = 0;
    for (std::size_t entry = 0; entry < entries.size(); ++entry) {
        hits += entries[entry].second ? 1 : 0;
        const bool step_ends =
            entry + 1 == entries.size() || entries[entry + 1].first != entries[entry].first;
        if (step_ends) {
            area += (hits - hits_before) * hits / static_cast<double>(entry + 1);
            hits_before = hits;
        }
    }
    return ratio(area, positives);
}

using Entries = std::vector<std::pair<float, bool>>;  ///< of one label: probability and truth

/// Any number of labels a sample: every entry is kept, for average precision needs them all.
class LabelsMetric : public Metric {
public:
    explicit LabelsMetric(const TargetSchema& schema)
        : classes_(schema.classes),
          probabilities_{at::empty({0, size()}, at::kFloat)},
          truths_{at::empty({0, size()}, at::kChar)} {}

    void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) override {
        const auto& [prediction, target] = one_of_each(predictions, targets, "labels metric");
        require_same_shape(prediction.values, target.values, "labels metric, probabilities");
        require_same_shape(target.values, target.present, "labels metric, targets");
        require_shape(target.values, {target.values.size(0), size()}, "labels metric, labels");
        probabilities_.push_back(prediction.values.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true));
        truths_.push_back(at::where(target.present.to(at::kBool), target.values.gt(0.5).to(at::kChar), -1));
    }

    MetricState state() const override { return {at::cat(probabilities_), at::cat(truths_)}; }

    void merge(const MetricState& state) override {
        const std::string what = "labels metric, state";
        require_same_state(state, {probabilities_.front(), truths_.front()}, what);
        require_shape(state[0], {state[0].size(0), size()}, what);
        require_same_shape(state[1], state[0], what);
        probabilities_.push_back(state[0].clone());
        truths_.push_back(state[1].clone());
    }

    MetricResult compute() const override {
        double right = 0;
        double all = 0;
        Table table{"scores by label",
                    {"precision", "recall", "f1", "average precision", "positive", "samples"},
                    classes_,
                    {}};
        std::vector<ClassScores> by_label;
        std::vector<double> areas;
        for (const Entries& entries : known_entries()) {
            double hits = 0;
            double truth = 0;
            double chosen = 0;
            for (const auto& [probability, is_true] : entries) {
                const bool claims = probability >= 0.5F;
                hits += claims && is_true ? 1 : 0;
                truth += is_true ? 1 : 0;
                chosen += claims ? 1 : 0;
                right += claims == is_true ? 1 : 0;
            }
            all += static_cast<double>(entries.size());
            by_label.push_back(class_scores(hits, truth, chosen));
            areas.push_back(average_precision(entries));
            const ClassScores& one = by_label.back();
            table.values.push_back({one.precision, one.recall, one.f1, areas.back(), truth,
                                    static_cast<double>(entries.size())});
        }
        MetricResult result;
        result.scores = {{"accuracy", ratio(right, all), "", Direction::higher_is_better},
                         {"mean_average_precision", mean_of(areas), "", Direction::higher_is_better}};
        add_class_scores(classes_, by_label, result.scores);
        for (std::size_t index = 0; index < classes_.size(); ++index) {
            result.scores.push_back(
                {"average_precision/" + classes_[index], areas[index], "", Direction::higher_is_better});
        }
        result.tables = {std::move(table)};
        return result;
    }

private:
    std::int64_t size() const { return static_cast<std::int64_t>(classes_.size()); }

    std::vector<Entries> known_entries() const {
        const at::Tensor probabilities = at::cat(probabilities_).contiguous();
        const at::Tensor truths = at::cat(truths_).contiguous();
        std::vector<Entries> by_label(classes_.size());
        for (std::int64_t entry = 0; entry < truths.numel(); ++entry) {
            const auto truth = truths.const_data_ptr<std::int8_t>()[entry];
            if (truth >= 0) {
                by_label[static_cast<std::size_t>(entry) % classes_.size()].emplace_back(
                    probabilities.const_data_ptr<float>()[entry], truth > 0);
            }
        }
        return by_label;
    }

    std::vector<std::string> classes_;
    std::vector<at::Tensor> probabilities_;  ///< [samples, labels] each, to be laid one below the other
    std::vector<at::Tensor> truths_;         ///< the same; 1 and 0, -1: unknown
};

}  // namespace

std::unique_ptr<Metric> labels(const TargetSchema& schema) {
    return std::make_unique<LabelsMetric>(schema);
}

}  // namespace graft::metrics
