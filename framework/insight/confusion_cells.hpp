// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The samples behind the numbers of a confusion matrix.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "insight/document.hpp"
#include "insight/illustration.hpp"
#include "insight/predictions.hpp"

namespace graft::insight {

/// A matrix of more classes is not shown.
inline constexpr std::size_t most_classes_shown = 40;

/// The samples of one true class for which one class was predicted.
struct Cell {
    std::size_t truth = 0;
    std::size_t predicted = 0;
    std::vector<std::size_t> samples;  ///< mistakes: the surest first; right answers: the least sure first
};

/// Those that are not empty: mistakes first, the most frequent at the front.
std::vector<Cell> cells_of(const Answered& category);

/// The id of the element that shows a cell.
std::string cell_id(const std::string& section, std::size_t truth, std::size_t predicted);

/// Adds the ids of samples whose pictures the cells of all answers show: at most five a cell, and so many in
/// all that the page stays small.
void want_cells(const Predictions& predictions, WantedSamples& wanted);

/// What opens when a number of the matrix is chosen: pictures, and the names of the other samples.
void add_cells(Document& document, const std::string& section, const Answered& answered,
               const Predictions& predictions, const Illustration& illustration);

}  // namespace graft::insight
