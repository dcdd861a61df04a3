// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "metrics.hpp"

namespace graft::metrics {
namespace {

/// The area under the curve of precision over recall, a step at each distinct probability: as
/// scikit-learn's average_precision_score. NaN without a positive entry.
double average_precision(std::vector<std::pair<float, bool>> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const auto& left, const auto& right) { return left.first > right.first; });
    double positives = 0;
    for (const auto& entry : entries) {
        positives += entry.second ? 1 : 0;
    }
    double area = 0;
    double hits = 0;
    double hits_before = 0;
    for (std::size_t at = 0; at < entries.size(); ++at) {
        hits += entries[at].second ? 1 : 0;
        const bool step_ends = at + 1 == entries.size() || entries[at + 1].first != entries[at].first;
        if (step_ends) {
            area += (hits - hits_before) * hits / static_cast<double>(at + 1);
            hits_before = hits;
        }
    }
    return ratio(area, positives);
}

/// Any number of labels a sample: every known entry is kept, for average precision needs them all.
class LabelsMetric : public Metric {
public:
    explicit LabelsMetric(const TargetSchema& schema) : classes_(schema.classes), entries_(classes_.size()) {}

    void update(const Column& prediction, const Column& target) override {
        require_same_shape(prediction.values, target.values, "labels metric, probabilities");
        require_same_shape(target.values, target.present, "labels metric, targets");
        require_same_shape(target.values,
                           at::empty({target.values.size(0), static_cast<std::int64_t>(classes_.size())}),
                           "labels metric, labels");
        const at::Tensor probability = prediction.values.to(at::kFloat).contiguous();
        const at::Tensor truth = target.values.gt(0.5).contiguous();
        const at::Tensor present = target.present.to(at::kBool).contiguous();
        for (std::int64_t at = 0; at < truth.numel(); ++at) {
            if (present.const_data_ptr<bool>()[at]) {
                entries_[static_cast<std::size_t>(at) % classes_.size()].emplace_back(
                    probability.const_data_ptr<float>()[at], truth.const_data_ptr<bool>()[at]);
            }
        }
    }

    void merge(const Metric& other) override {
        const auto& same = dynamic_cast<const LabelsMetric&>(other);
        for (std::size_t index = 0; index < entries_.size(); ++index) {
            const auto& more = same.entries_.at(index);
            entries_[index].insert(entries_[index].end(), more.begin(), more.end());
        }
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
        for (const auto& entries : entries_) {
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
    std::vector<std::string> classes_;
    std::vector<std::vector<std::pair<float, bool>>> entries_;  ///< a label: probability and truth
};

}  // namespace

std::unique_ptr<Metric> labels(const TargetSchema& schema) {
    return std::make_unique<LabelsMetric>(schema);
}

}  // namespace graft::metrics
