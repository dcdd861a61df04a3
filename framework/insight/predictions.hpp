// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "insight/answer.hpp"

namespace graft::insight {

/// Where nobody knows a number.
inline constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// One number a sample, or some; NaN: nobody knows.
using Numbers = std::vector<double>;

/// What predictions.csv says of one answer, an entry a sample; only the fields of its kind are filled.
struct Answered {
    AnswerSchema answer;
    std::vector<int> truth;                 ///< category: class; -1: nobody knows
    std::vector<int> predicted;             ///< category: class
    Numbers probability;                    ///< category: of the predicted class
    std::vector<Numbers> probabilities;     ///< category, labels: [samples][classes]; none of many classes
    std::vector<Numbers> true_values;       ///< scalar: [samples][1]; points: [samples][2 * points], x, y;
                                            ///< labels: [samples][classes], 0 or 1
    std::vector<Numbers> predicted_values;  ///< scalar, points: alike
    Numbers error;                          ///< scalar: prediction less truth; points: mean distance

    /// How wrong the answer for a sample is: 0 or 1 of a category, the size of the error of a scalar or of
    /// points; NaN where nobody knows, and for labels.
    double mistake(std::size_t sample) const;
};

/// predictions.csv of a run.
struct Predictions {
    std::vector<std::string> ids;  ///< as text
    std::vector<Answered> answered;
    std::vector<std::string> heads;  ///< those with answers first
    std::vector<Numbers> losses;     ///< [heads][samples]

    /// The sum of what the heads' losses say of a sample; NaN where none of them counts it.
    double loss(std::size_t sample) const;
};

/// Reads the table of a run by what its record says of it. Nothing where the run has none: it has not ended
/// an epoch, has no validation split, or is of a graft that wrote none. Throws Failure(data), naming file and
/// row, for what is no such table.
std::optional<Predictions> read_predictions(const std::string& run, const core::Json& record);

}  // namespace graft::insight
