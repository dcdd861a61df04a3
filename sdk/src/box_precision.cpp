// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "box_precision.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace graft::metrics {
namespace {

/// Precision is read at 0, 0.01 to 1 of recall; as NumPy's linspace makes them.
constexpr std::size_t recall_count = 101;
constexpr std::array<double, recall_count> recalls = [] {
    std::array<double, recall_count> values{};
    for (std::size_t index = 0; index < recall_count; ++index) {
        values[index] = static_cast<double>(index) * (1.0 / 100);
    }
    values.back() = 1;
    return values;
}();

/// Intersection over union; over the detection's own area where the true box is ignored, for a crowd may be
/// larger than anything in it.
double overlap(const Rectangle& detection, const TrueBox& truth) {
    const Rectangle& place = truth.place;
    const double width = std::min(detection.right, place.right) - std::max(detection.left, place.left);
    const double height = std::min(detection.bottom, place.bottom) - std::max(detection.top, place.top);
    if (!(width > 0) || !(height > 0)) {
        return 0;
    }
    const double shared = width * height;
    const double whole = truth.ignored ? detection.area() : detection.area() + place.area() - shared;
    return shared / whole;
}

/// The best box in [first, last) that is free and overlaps enough; `last` where there is none. Of equally
/// good ones the last.
std::size_t best_box(const std::vector<double>& overlaps, const std::vector<bool>& taken, std::size_t first,
                     std::size_t last, double threshold) {
    std::size_t best = last;
    for (std::size_t box = first; box < last; ++box) {
        if (!taken[box] && overlaps[box] >= threshold) {
            threshold = overlaps[box];
            best = box;
        }
    }
    return best;
}

}  // namespace

std::vector<DetectionOutcome> match_boxes(std::vector<Detection> detections, std::vector<TrueBox> truth) {
    std::stable_sort(detections.begin(), detections.end(),
                     [](const Detection& left, const Detection& right) { return left.score > right.score; });
    detections.resize(std::min(detections.size(), most_detections));
    const auto middle =
        std::stable_partition(truth.begin(), truth.end(), [](const TrueBox& box) { return !box.ignored; });
    const auto counting = static_cast<std::size_t>(middle - truth.begin());
    std::array<std::vector<bool>, overlap_count> taken;
    taken.fill(std::vector<bool>(truth.size(), false));  // ignored boxes are never taken
    std::vector<DetectionOutcome> outcomes;
    std::vector<double> overlaps(truth.size());
    for (const Detection& detection : detections) {
        for (std::size_t box = 0; box < truth.size(); ++box) {
            overlaps[box] = overlap(detection.place, truth[box]);
        }
        DetectionOutcome outcome{detection.score, 0, 0};
        for (std::size_t index = 0; index < overlap_count; ++index) {
            const double threshold = overlap_thresholds[index];
            // A box that counts goes before an ignored one, however well that one fits.
            const std::size_t found = best_box(overlaps, taken[index], 0, counting, threshold);
            if (found < counting) {
                taken[index][found] = true;
                outcome.right |= 1 << index;
            } else if (best_box(overlaps, taken[index], counting, truth.size(), threshold) == truth.size()) {
                outcome.wrong |= 1 << index;
            }
        }
        outcomes.push_back(outcome);
    }
    return outcomes;
}

double average_precision(const std::vector<DetectionOutcome>& outcomes, std::size_t threshold,
                         double truths) {
    if (truths == 0) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    std::vector<std::pair<double, double>> curve;  // recall and precision
    double right = 0;
    double wrong = 0;
    for (std::size_t number = 0; number < outcomes.size(); ++number) {
        right += (outcomes[number].right >> threshold) & 1;
        wrong += (outcomes[number].wrong >> threshold) & 1;
        const bool step_ends =
            number + 1 == outcomes.size() || outcomes[number + 1].score != outcomes[number].score;
        if (step_ends && right + wrong > 0) {
            curve.emplace_back(right / truths, right / (right + wrong));
        }
    }
    double sum = 0;
    double best = 0;
    std::size_t left = curve.size();
    for (std::size_t point = recall_count; point-- > 0;) {
        while (left > 0 && curve[left - 1].first >= recalls[point]) {
            best = std::max(best, curve[--left].second);
        }
        sum += best;
    }
    return sum / static_cast<double>(recall_count);
}

}  // namespace graft::metrics
