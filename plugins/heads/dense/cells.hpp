// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the box head and its loss share.
#pragma once

#include <cstdint>

#include <ATen/ATen.h>

namespace graft::dense {

inline constexpr std::int64_t sides = 4;  ///< left, top, right, bottom

/// Distances in cells, above 0, from what the network gives: exp of a number that tanh keeps within 5 (148
/// cells), so that no step of training can make it overflow. The last four of the channels of [N, K + 4,
/// rows, columns].
inline at::Tensor distances_of(const at::Tensor& cells) {
    constexpr double most = 5;
    const at::Tensor raw = cells.narrow(1, cells.size(1) - sides, sides);
    return at::exp(at::tanh(raw / most) * most);
}

}  // namespace graft::dense
