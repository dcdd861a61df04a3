// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/column.hpp"
#include "graft/export.hpp"
#include "graft/target.hpp"

namespace graft {

enum class Direction { higher_is_better, lower_is_better };

struct Score {
    std::string name;  ///< "accuracy", "recall/ants"
    double value = 0;  ///< NaN where no sample counted
    std::string unit;  ///< empty: a plain number
    Direction direction = Direction::higher_is_better;
};

/// A table for people: the confusion matrix, scores by class.
struct Table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::string> rows;
    std::vector<std::vector<double>> values;  ///< [rows][columns]
};

struct MetricResult {
    std::vector<Score> scores;
    std::vector<Table> tables;
};

/// Sums over samples (never over batches) what one target's predictions are worth.
/// Thread-safety: one thread per object.
class GRAFT_API Metric {
public:
    Metric();
    Metric(const Metric&) = delete;
    Metric& operator=(const Metric&) = delete;
    virtual ~Metric();

    /// Adds a batch; both columns in natural units, on the CPU. Samples that are not present do not
    /// count. Throws graft::Error(internal) when the shapes would only match by broadcasting.
    virtual void update(const Column& prediction, const Column& target) = 0;

    /// Adds what another object of the same class and schema has seen.
    virtual void merge(const Metric& other) = 0;

    /// The result over all samples so far; the object can go on.
    virtual MetricResult compute() const = 0;
};

/// Throws graft::Error(internal) unless both shapes are equal in every dimension: [N] and [N, 1]
/// are different shapes, and an accident between them makes an N x N table. `what` names the caller.
GRAFT_API void require_same_shape(const at::Tensor& left, const at::Tensor& right, const std::string& what);

/// The metrics that a target's kind has everywhere. category: accuracy; precision, recall and F1 by
/// class and their plain means over the classes that occur ("macro": Sokolova and Lapalme 2009);
/// the confusion matrix. scalar: mean absolute error in the unit. Other kinds: none here.
GRAFT_API std::vector<std::unique_ptr<Metric>> default_metrics(const TargetSchema& schema);

}  // namespace graft
