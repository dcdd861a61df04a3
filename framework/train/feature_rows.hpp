// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.hpp"

namespace graft::train {

/// Where the features of a sample stand in its row: one part a tap, and one for the cut. Numbers are float32;
/// maps lie in memory as [height, width, channels], as the network reads them fastest.
struct RowLayout {
    struct Part {
        std::optional<data::Tap> tap;     ///< nothing: the feature at the cut
        std::vector<std::int64_t> sizes;  ///< of a sample, as features have them: [C, H, W], [L, C] or [C]
        std::int64_t offset = 0;          ///< in numbers
    };

    std::vector<Part> parts;
    std::size_t stages = 0;    ///< before the cut
    std::int64_t numbers = 0;  ///< a row

    std::size_t bytes() const { return static_cast<std::size_t>(numbers) * sizeof(float); }
};

/// The layout for features such as these, of one sample or several; nothing for numbers other than float32.
std::optional<RowLayout> layout_of(const data::StoredFeatures& features);

/// Writes the features of N samples into rows (uint8 [M, bytes]): sample i into row `places[i]`.
void pack(const data::StoredFeatures& features, const RowLayout& layout,
          const std::vector<std::int64_t>& places, at::Tensor& rows);

/// The features of rows, as views of their memory.
data::StoredFeatures unpack(const at::Tensor& rows, const RowLayout& layout);

}  // namespace graft::train
