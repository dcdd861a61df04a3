// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a trained model says of a picture. Free of LibTorch.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "graft/target.hpp"

namespace graft {

/// One a class of the schema, in its order: of a category they add up to 1, of labels each is its own.
struct Probabilities {
    std::vector<double> values;  ///< from 0 to 1
};

/// A box that was found, in pixels of the picture as seen, and how sure the model is of it, from 0 to 1.
struct FoundBox {
    Box box;           ///< its place and class
    double score = 0;  ///< from 0 to 1
};

/// Flat, row-major, in the schema's shape.
using Numbers = std::vector<double>;

/// Of a category or labels | a scalar, in its unit | points, in pixels of the picture as seen | boxes, the
/// surest first | a mask as large as the picture | a tensor or embedding. Alternatives are only appended.
using PredictedValue =
    std::variant<Probabilities, double, std::vector<Point>, std::vector<FoundBox>, ClassMap, Numbers>;

/// One answer of a head.
struct Prediction {
    std::string head;      ///< as the pipeline names it
    TargetSchema target;   ///< its name, kind, classes, unit
    PredictedValue value;  ///< of the kind that the target has
};

}  // namespace graft
