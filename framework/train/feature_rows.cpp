// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/feature_rows.hpp"

#include <algorithm>

#include <ATen/ATen.h>

namespace graft::train {
namespace {

using Part = RowLayout::Part;

const at::Tensor& feature_of(const data::StoredFeatures& features, const Part& part) {
    return part.tap ? features.taps.at(*part.tap) : features.cut.feature;
}

/// Parts begin at whole lines of the processor's cache.
constexpr std::size_t bytes_a_line = 64;
constexpr float largest_half = 65504;

/// [N, C, H, W] as [N, H, W, C], anything else as it is.
at::Tensor as_stored(const at::Tensor& feature) {
    return feature.dim() == 4 ? feature.permute({0, 2, 3, 1}) : feature;
}

at::Tensor as_read(const at::Tensor& stored) {
    return stored.dim() == 4 ? stored.permute({0, 3, 1, 2}) : stored;
}

std::vector<std::int64_t> stored_sizes(const Part& part, std::int64_t samples) {
    std::vector<std::int64_t> sizes{samples};
    if (part.sizes.size() == 3) {
        sizes.insert(sizes.end(), {part.sizes[1], part.sizes[2], part.sizes[0]});
    } else {
        sizes.insert(sizes.end(), part.sizes.begin(), part.sizes.end());
    }
    return sizes;
}

/// The part's numbers in rows, as a view [N, numbers of the part].
at::Tensor numbers_of(const at::Tensor& rows, const RowLayout& layout, const Part& part) {
    return rows.view(layout.type).narrow(1, part.offset, c10::multiply_integers(part.sizes));
}

}  // namespace

std::optional<RowLayout> layout_of(const data::StoredFeatures& features, at::ScalarType type) {
    RowLayout layout;
    layout.type = type;
    const auto numbers_a_line = static_cast<std::int64_t>(bytes_a_line / c10::elementSize(type));
    layout.stages = features.cut.stages;
    bool fits = true;
    const auto add = [&](std::optional<data::Tap> tap, const at::Tensor& feature) {
        fits = fits && feature.scalar_type() == at::kFloat;
        layout.parts.push_back({tap, feature.sizes().slice(1).vec(), layout.numbers});
        const std::int64_t numbers = c10::multiply_integers(layout.parts.back().sizes);
        layout.numbers += (numbers + numbers_a_line - 1) / numbers_a_line * numbers_a_line;
    };
    for (const auto& [tap, feature] : features.taps) {
        add(tap, feature);
    }
    if (features.cut.feature.defined()) {
        add(std::nullopt, features.cut.feature);
    }
    return fits && layout.numbers > 0 ? std::optional(layout) : std::nullopt;
}

at::Tensor pack(const data::StoredFeatures& features, const RowLayout& layout) {
    const at::Tensor& first = feature_of(features, layout.parts.front());
    at::Tensor rows = at::zeros({first.size(0), static_cast<std::int64_t>(layout.bytes())},
                                first.options().dtype(at::kByte));
    for (const Part& part : layout.parts) {
        at::Tensor stored = as_stored(feature_of(features, part));
        if (layout.type == at::kHalf) {
            stored = stored.clamp(-largest_half, largest_half);
        }
        numbers_of(rows, layout, part).copy_(stored.flatten(1));
    }
    return rows;
}

bool reaches_limit(const at::Tensor& rows, const RowLayout& layout) {
    return layout.type == at::kHalf &&
           std::any_of(layout.parts.begin(), layout.parts.end(), [&](const Part& part) {
               return numbers_of(rows, layout, part).to(at::kFloat).abs().max().item<float>() >= largest_half;
           });
}

data::StoredFeatures unpack(const at::Tensor& rows, const RowLayout& layout) {
    data::StoredFeatures features;
    features.cut.stages = layout.stages;
    for (const Part& part : layout.parts) {
        const at::Tensor numbers = numbers_of(rows, layout, part).to(at::kFloat).contiguous();
        const at::Tensor feature = as_read(numbers.view(stored_sizes(part, rows.size(0))));
        if (part.tap) {
            features.taps[*part.tap] = feature;
        } else {
            features.cut.feature = feature;
        }
    }
    return features;
}

}  // namespace graft::train
