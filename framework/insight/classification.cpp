// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/classification.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace graft::insight {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : unknown;
}

/// Evenly spaced ones of many points, the first and the last among them.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points,
                                               std::size_t most) {
    if (points.size() <= most) {
        return points;
    }
    std::vector<std::pair<double, double>> kept;
    for (std::size_t index = 0; index < most; ++index) {
        kept.push_back(points[index * (points.size() - 1) / (most - 1)]);
    }
    return kept;
}

}  // namespace

Confusion confusion_of(const Answered& category) {
    const std::size_t classes = category.answer.classes.size();
    Confusion confusion(classes, std::vector<std::int64_t>(classes, 0));
    for (std::size_t sample = 0; sample < category.truth.size(); ++sample) {
        if (category.truth[sample] >= 0 && category.predicted[sample] >= 0) {
            ++confusion[static_cast<std::size_t>(category.truth[sample])]
                       [static_cast<std::size_t>(category.predicted[sample])];
        }
    }
    return confusion;
}

std::vector<ConfusedPair> confused_pairs(const Confusion& confusion) {
    std::vector<ConfusedPair> pairs;
    for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
        for (std::size_t predicted = 0; predicted < confusion.size(); ++predicted) {
            if (truth != predicted && confusion[truth][predicted] > 0) {
                pairs.push_back(
                    {static_cast<int>(truth), static_cast<int>(predicted), confusion[truth][predicted]});
            }
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const ConfusedPair& left, const ConfusedPair& right) {
        return left.samples > right.samples;
    });
    return pairs;
}

ClassScores class_scores(const Confusion& confusion, std::size_t of_class) {
    std::int64_t predicted = 0;
    ClassScores scores;
    for (std::size_t other = 0; other < confusion.size(); ++other) {
        scores.samples += confusion[of_class][other];
        predicted += confusion[other][of_class];
    }
    const std::int64_t right = confusion[of_class][of_class];
    scores.precision = ratio(right, predicted);
    scores.recall = ratio(right, scores.samples);
    scores.f1 = ratio(2 * right, predicted + scores.samples);
    return scores;
}

std::vector<CalibrationBin> calibration_of(const Answered& category) {
    std::array<CalibrationBin, 10> bins{};
    for (std::size_t sample = 0; sample < category.truth.size(); ++sample) {
        const double probability = category.probability[sample];
        if (category.truth[sample] < 0 || std::isnan(probability)) {
            continue;
        }
        const double place = std::clamp(std::ceil(probability * 10) - 1, 0.0, 9.0);
        CalibrationBin& bin = bins.at(static_cast<std::size_t>(place));
        ++bin.samples;
        bin.confidence += probability;
        bin.accuracy += category.truth[sample] == category.predicted[sample] ? 1 : 0;
    }
    std::vector<CalibrationBin> filled;
    for (CalibrationBin& bin : bins) {
        if (bin.samples > 0) {
            bin.confidence /= static_cast<double>(bin.samples);
            bin.accuracy /= static_cast<double>(bin.samples);
            filled.push_back(bin);
        }
    }
    return filled;
}

double calibration_error(const std::vector<CalibrationBin>& bins) {
    double sum = 0;
    double samples = 0;
    for (const CalibrationBin& bin : bins) {
        sum += static_cast<double>(bin.samples) * std::abs(bin.confidence - bin.accuracy);
        samples += static_cast<double>(bin.samples);
    }
    return samples > 0 ? sum / samples : unknown;
}

ThresholdCurves threshold_curves(const Answered& category, int positive) {
    std::vector<std::pair<double, bool>> samples;
    std::int64_t positives = 0;
    for (std::size_t sample = 0; sample < category.truth.size(); ++sample) {
        if (category.truth[sample] >= 0) {
            const bool is_positive = category.truth[sample] == positive;
            positives += is_positive ? 1 : 0;
            samples.emplace_back(category.probabilities[sample][static_cast<std::size_t>(positive)],
                                 is_positive);
        }
    }
    std::sort(samples.begin(), samples.end(),
              [](const auto& left, const auto& right) { return left.first > right.first; });
    const std::int64_t negatives = static_cast<std::int64_t>(samples.size()) - positives;
    ThresholdCurves curves;
    curves.roc.emplace_back(0, 0);
    std::int64_t true_positives = 0;
    std::int64_t false_positives = 0;
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        ++(samples[sample].second ? true_positives : false_positives);
        if (sample + 1 < samples.size() && samples[sample + 1].first == samples[sample].first) {
            continue;  // equal probabilities pass a threshold together
        }
        const double recall = ratio(true_positives, positives);
        const double precision = ratio(true_positives, true_positives + false_positives);
        const double false_rate = ratio(false_positives, negatives);
        const auto [before_x, before_y] = curves.roc.back();
        curves.area += (false_rate - before_x) * (recall + before_y) / 2;
        curves.average_precision += (recall - before_y) * precision;
        curves.roc.emplace_back(false_rate, recall);
        curves.precision_recall.emplace_back(recall, precision);
    }
    constexpr std::size_t most_points = 300;
    curves.roc = thinned(curves.roc, most_points);
    curves.precision_recall = thinned(curves.precision_recall, most_points);
    return curves;
}

std::vector<std::pair<double, double>> cumulative(Numbers errors, std::size_t most) {
    std::erase_if(errors, [](double error) { return std::isnan(error); });
    std::sort(errors.begin(), errors.end());
    std::vector<std::pair<double, double>> curve;
    for (std::size_t index = 0; index < errors.size(); ++index) {
        curve.emplace_back(errors[index],
                           static_cast<double>(index + 1) / static_cast<double>(errors.size()));
    }
    return thinned(curve, most);
}

}  // namespace graft::insight
