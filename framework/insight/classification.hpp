// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What can be said of predicted classes. Samples whose truth nobody knows do not count.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "insight/predictions.hpp"

namespace graft::insight {

/// [truth][predicted]: how many samples.
using Confusion = std::vector<std::vector<std::int64_t>>;
Confusion confusion_of(const Answered& category);

/// A pair of classes of which one was taken for the other.
struct ConfusedPair {
    int truth = 0;
    int predicted = 0;
    std::int64_t samples = 0;
};

/// Those that happened, the most frequent first.
std::vector<ConfusedPair> confused_pairs(const Confusion& confusion);

/// Of one class; NaN where it divides by nothing.
struct ClassScores {
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    std::int64_t samples = 0;  ///< whose truth it is
};
ClassScores class_scores(const Confusion& confusion, std::size_t of_class);

/// Of the samples whose predicted class had about the same probability: its mean, and the share that was
/// right.
struct CalibrationBin {
    double confidence = 0;
    double accuracy = 0;
    std::int64_t samples = 0;
};

/// Ten bins of equal width over the probability of the predicted class; empty ones are left out (Guo et al.
/// 2017, section 2).
std::vector<CalibrationBin> calibration_of(const Answered& category);

/// The mean over samples of the distance of confidence and accuracy of their bins (expected calibration
/// error).
double calibration_error(const std::vector<CalibrationBin>& bins);

/// What becomes of two classes as the threshold of the probability of `positive` falls: a point a threshold.
struct ThresholdCurves {
    std::vector<std::pair<double, double>> roc;               ///< false positive rate, true positive rate
    std::vector<std::pair<double, double>> precision_recall;  ///< recall, precision
    double area = 0;               ///< under the ROC curve; NaN where one of the two has no sample
    double average_precision = 0;  ///< sum of precision times the step of recall
};
/// The answer must have all probabilities (AnswerSchema::has_all_probabilities).
ThresholdCurves threshold_curves(const Answered& category, int positive);

/// The share of samples whose error is at most x: for each of at most `most` errors, smallest first.
std::vector<std::pair<double, double>> cumulative(Numbers errors, std::size_t most = 200);

}  // namespace graft::insight
