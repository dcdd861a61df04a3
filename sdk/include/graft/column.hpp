// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/core/Tensor.h>

namespace graft {

/// One target, encoded target or prediction for a batch of N samples.
///
/// In natural units, by kind (target | prediction; both float unless stated):
///   category  int64 [N] class index         | [N, K] probabilities
///   labels    [N, K] of 0 and 1             | [N, K] probabilities
///   scalar    [N] in the schema's unit      | [N] in the schema's unit
///   points    [N, P, 2] x,y in input pixels | [N, P, 2] x,y in input pixels
///   tensor    [N, shape...]                 | [N, shape...]
/// In a head's own space: whatever its loss compares.
struct Column {
    at::Tensor values;
    at::Tensor present;  ///< bool; [N], or [N, K] of labels, or [N, P] of points. False: missing,
                         ///< and `values` holds a harmless finite number there.
};

}  // namespace graft
