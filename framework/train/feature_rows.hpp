// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.hpp"

namespace graft::train {

/// Where the features of a sample stand in its row: one part a tap, and one for the cut. Maps lie in memory
/// as [height, width, channels], as the network reads them fastest.
struct RowLayout {
    struct Part {
        std::optional<data::Tap> tap;     ///< nothing: the feature at the cut
        std::vector<std::int64_t> sizes;  ///< of a sample, as features have them: [C, H, W], [L, C] or [C]
        std::int64_t offset = 0;          ///< in numbers
    };

    std::vector<Part> parts;
    std::size_t stages = 0;            ///< before the cut
    at::ScalarType type = at::kFloat;  ///< of the numbers as they are kept: float32 or float16
    std::int64_t numbers = 0;          ///< a row

    std::size_t bytes() const { return static_cast<std::size_t>(numbers) * c10::elementSize(type); }
};

/// The layout for features such as these, of one sample or several, kept as numbers of that type; nothing for
/// features other than float32.
std::optional<RowLayout> layout_of(const data::StoredFeatures& features, at::ScalarType type = at::kFloat);

/// The features of N samples as rows, uint8 [N, bytes], on their device. A number too large for the layout's
/// type becomes the largest there is.
at::Tensor pack(const data::StoredFeatures& features, const RowLayout& layout);

/// Whether some number of rows on the CPU is the largest that the layout's type has.
bool reaches_limit(const at::Tensor& rows, const RowLayout& layout);

/// The features of rows, float32, on their device; views of their memory where they are kept so.
data::StoredFeatures unpack(const at::Tensor& rows, const RowLayout& layout);

}  // namespace graft::train
