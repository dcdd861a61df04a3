// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What kinds share.
#pragma once

#include <string>

#include "target/kind.hpp"

namespace graft::target {

/// Throws Failure(plugin): the value of a target that its schema does not allow.
[[noreturn]] void wrong_value(const TargetSchema& schema, const std::string& got);

/// Throws Failure(data) for a number that is not finite.
void require_finite(const TargetSchema& schema, double number);

void require_length(const TargetSchema& schema, std::size_t got, std::size_t expected);
void require_class(const TargetSchema& schema, std::int64_t index);

/// The value's alternative, or Failure(plugin).
template <class Type>
const Type& typed(const TargetSchema& schema, const TargetValue& value, const char* expected) {
    const auto* found = std::get_if<Type>(&value);
    if (found == nullptr) {
        wrong_value(schema, std::string("is no ") + expected);
    }
    return *found;
}

/// From the stored picture's places to those of the picture as seen, whose extent is given.
image::Matrix stored_to_seen(int orientation, image::Extent seen);

/// From the target's own places to input pixels, by its schema's frame.
image::Matrix matrix_of(const TargetSchema& schema, const Motion& motion);

/// What is wrong with probabilities [N, K, ...]; empty: nothing.
std::string probability_problem(const at::Tensor& probabilities, bool sums_to_one);

/// "class0", "class1", ... for examples.
std::vector<std::string> example_classes(std::size_t count);

/// {CLASS: probability} of one sample's probabilities.
core::Json probabilities_to_json(const Answer& answer);

/// One sample's numbers.
std::vector<double> numbers_of(const at::Tensor& values);

}  // namespace graft::target
