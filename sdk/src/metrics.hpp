// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// One metric a kind of target, and what they share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/metric.hpp"

namespace graft::metrics {

std::unique_ptr<Metric> category(const TargetSchema& schema);
std::unique_ptr<Metric> labels(const TargetSchema& schema);
std::unique_ptr<Metric> scalar(const TargetSchema& schema);

/// NaN where the whole is 0.
double ratio(double part, double whole);

/// The mean of what is there; NaN entries (a class that never occurs) do not count.
double mean_of(const std::vector<double>& values);

/// Precision, recall and F1 of one class, from counts of samples.
struct ClassScores {
    double precision = 0;
    double recall = 0;
    double f1 = 0;
};

/// As scikit-learn: 0 where a class occurs or is chosen but never rightly; NaN only where it neither occurs
/// nor is chosen. `hits`: rightly chosen.
ClassScores class_scores(double hits, double truth, double chosen);

/// "precision", "recall", "f1" as means over classes, then by class.
void add_class_scores(const std::vector<std::string>& classes, const std::vector<ClassScores>& by_class,
                      std::vector<Score>& scores);

}  // namespace graft::metrics
