// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The words in which heads and losses of this folder agree.
#pragma once

namespace graft::dense {

/// Logits [N, K, height, width]; encoded target: a mask as in Column.
inline constexpr const char* pixel_logits = "pixel_logits";

/// [N, K + 4, rows, columns]: for each cell a logit a class, whether the middle of such a thing lies there,
/// and where the thing's left, top, right and bottom sides lie from the cell's middle (`distances_of`, in
/// cells). Encoded target [N, K + 5, rows, columns]: how near the middle of such a thing is (1: it lies
/// here), the four distances, and the cell's weight among those of its thing, which sum to 1 (0: the
/// distances mean nothing); presence [N, rows, columns].
inline constexpr const char* box_cells = "box_cells";

}  // namespace graft::dense
