// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What predictions are worth: metrics, and those that come with graft.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/column.hpp"
#include "graft/export.hpp"
#include "graft/target.hpp"

namespace graft {

/// Which of two scores is the better one.
enum class Direction {
    higher_is_better,  ///< an accuracy
    lower_is_better    ///< an error
};

/// A number that says what predictions are worth.
struct Score {
    std::string name;                                   ///< "accuracy", "recall/ants"
    double value = 0;                                   ///< NaN where no sample counted
    std::string unit;                                   ///< empty: a plain number
    Direction direction = Direction::higher_is_better;  ///< which `train.monitor` goes by
};

/// A table for people: the confusion matrix, scores by class.
struct Table {
    std::string name;                         ///< "confusion"
    std::vector<std::string> columns;         ///< their headings
    std::vector<std::string> rows;            ///< their headings
    std::vector<std::vector<double>> values;  ///< [rows][columns]
};

/// What a metric computes.
struct MetricResult {
    std::vector<Score> scores;  ///< in the order in which they are shown
    std::vector<Table> tables;  ///< in the order in which they are shown
};

/// All that a metric has seen, as tensors on the CPU: it can be saved, sent to another process, and merged.
using MetricState = std::vector<at::Tensor>;

/// Sums over samples (never over batches) what a head's predictions are worth. The value must not depend on
/// how samples fell into batches, threads or processes: any split of them, merged in any order, gives the
/// same (conformance tries it).
/// Thread-safety: one thread per object.
class GRAFT_API Metric {
public:
    Metric();
    Metric(const Metric&) = delete;
    Metric& operator=(const Metric&) = delete;
    virtual ~Metric();

    /// Adds a batch of N samples; columns in natural units, on the CPU. For a metric of one target: its
    /// prediction and its target. For a metric of the whole head (Head::head_metrics): all predictions and
    /// all targets, in the order of its ports. Samples that are not present do not count. Throws
    /// graft::Error(internal) when shapes would only match by broadcasting.
    virtual void update(const std::vector<Column>& predictions, const std::vector<Column>& targets) = 0;

    /// The state so far: tensors whose number never changes; their first side may grow with the samples.
    virtual MetricState state() const = 0;

    /// Adds the state of another object of the same class, options and schema.
    virtual void merge(const MetricState& state) = 0;

    /// The result over all samples so far; the object can go on.
    virtual MetricResult compute() const = 0;
};

/// Throws graft::Error(internal) unless both shapes are equal in every dimension: [N] and [N, 1]
/// are different shapes, and an accident between them makes an N x N table. `what` names the caller.
GRAFT_API void require_same_shape(const at::Tensor& left, const at::Tensor& right, const std::string& what);

/// Throws graft::Error(internal) unless a state has as many tensors as `like`, of its types and numbers of
/// sides. `what` names the caller.
GRAFT_API void require_same_state(const MetricState& state, const MetricState& like, const std::string& what);

/// The metrics that a target's kind has everywhere.
///
/// - category: accuracy; precision, recall and F1 by class and their plain means over the classes that
///   occur ("macro": Sokolova and Lapalme 2009); the confusion matrix, of up to 2,000 classes
/// - labels: accuracy over all known entries; precision, recall and F1 at probability 0.5 by label and
///   their plain means; the mean of the labels' average precisions
/// - scalar: mean absolute error and root of the mean squared error, in the unit
/// - points: `points_metric` without the size of the input
/// - mask: the mean over classes that occur of intersection over union ("miou": Everingham et al. 2010),
///   by class, and the share of pixels that are right ("pixel_accuracy"); over all pixels of all
///   samples that count
/// - boxes: average precision as COCO's evaluation has it (Lin et al. 2014): "average_precision" over
///   overlaps of 0.50 to 0.95, "average_precision_50", "average_precision_75"; by class
/// - tensor, embedding: none
GRAFT_API std::vector<std::unique_ptr<Metric>> default_metrics(const TargetSchema& schema);

/// Errors of points: the mean distance in input pixels ("error"), and means over samples of a sample's mean
/// distance divided by the distance of the schema's ruler ("nme_ruler"; inter-ocular: Sagonas et al. 2013),
/// by the root of the area of the true points' bounding box ("nme_box": Bulat and Tzimiropoulos 2017), and,
/// where the input's size in pixels is given (not 0), the mean distance with x in parts of the width and y
/// in parts of the height ("nme_image"). A sample without known ruler, or whose box is empty, does not
/// count there. Table: error by point.
GRAFT_API std::unique_ptr<Metric> points_metric(const TargetSchema& schema, std::int64_t height = 0,
                                                std::int64_t width = 0);

}  // namespace graft
