// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "composition.hpp"
#include "core/event.hpp"

namespace graft::engine {

/// A batch in numbers, a row a tensor: [{"name", "shape", "type", "least", "most", "mean", "deviation",
/// "channels": [{..}], "known", "classes": {NAME: count}}]. Of the pictures the pixels (0..255) and what the
/// network gets, each with its channels; of each target the values that are known, and how many.
/// `pixels`: uint8 [N, H, W, 3]; `targets[i]`: of sample i, moved into the input.
core::Json numbers_of_batch(const Composition& made, const at::Tensor& pixels,
                            const std::vector<std::vector<TargetValue>>& targets);

}  // namespace graft::engine
