// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// One metric a kind of target, and what they share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "graft/metric.hpp"

namespace graft::metrics {

std::unique_ptr<Metric> category(const TargetSchema& schema);
std::unique_ptr<Metric> labels(const TargetSchema& schema);
std::unique_ptr<Metric> scalar(const TargetSchema& schema);
std::unique_ptr<Metric> points(const TargetSchema& schema);
std::unique_ptr<Metric> mask(const TargetSchema& schema);
std::unique_ptr<Metric> boxes(const TargetSchema& schema);

/// What a metric of one target looks at: its prediction and its target. Throws graft::Error(internal) unless
/// one of each came.
std::pair<const Column&, const Column&> one_of_each(const std::vector<Column>& predictions,
                                                    const std::vector<Column>& targets,
                                                    const std::string& what);

/// As `require_same_shape`, for a shape that no tensor has yet.
void require_shape(const at::Tensor& tensor, at::IntArrayRef shape, const std::string& what);

/// The state of a metric whose tensors never grow: `state` is added to `sums`, entry by entry.
void add_sums(const MetricState& state, MetricState& sums, const std::string& what);

/// Copies of all tensors, so that a state stays as it is when its metric goes on.
MetricState copied(const MetricState& state);

/// The message about a class that the schema does not have.
std::string unknown_class(double index, std::int64_t classes, const std::string& what);

/// Adds to `matrix` (int64 [size, size], rows: truth) how often which class was chosen where which was true.
/// The others are of one shape; `truth` and `chosen` (0 to size - 1) int64, `counts` bool. Throws
/// graft::Error(internal) where a truth that counts is no class; then the matrix is as it was.
void add_confusion(at::Tensor& matrix, const at::Tensor& truth, const at::Tensor& chosen,
                   const at::Tensor& counts, const std::string& what);

/// The numbers of a matrix, row by row.
std::vector<std::vector<double>> rows_of(const at::Tensor& matrix);

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
