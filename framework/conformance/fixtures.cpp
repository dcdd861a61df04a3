// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/fixtures.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "target/kind.hpp"

namespace graft::conformance {

TargetSchema example_schema(TargetKind kind, std::size_t classes) {
    return target::kind_of(kind).example_schema(classes);
}

Column example_target(const TargetSchema& schema, std::int64_t samples, std::int64_t side, bool present) {
    const image::Extent input{side, side};
    std::vector<TargetValue> values;
    std::vector<const TargetValue*> known;
    known.reserve(static_cast<std::size_t>(samples));
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        values.push_back(
            target::kind_of(schema).example_value(schema, input, static_cast<std::uint64_t>(sample)));
    }
    for (const TargetValue& value : values) {
        known.push_back(present ? &value : nullptr);
    }
    return target::kind_of(schema).batch(schema, known, input);
}

FeatureShape example_shape(const InputPort& port) {
    const std::int64_t grid = std::max<std::int64_t>(port.minimum_size, 3);
    switch (port.layout) {
        case Layout::map:
            return {map_feature(16, 32), grid, grid + 1};
        case Layout::tokens:
            return {token_feature(16, 16, 1), grid, grid + 1};
        case Layout::vector:
            break;
    }
    return {vector_feature(16), 1, 1};
}

at::Tensor example_feature(const FeatureShape& shape, std::int64_t samples) {
    const FeatureLayout& layout = shape.layout;
    switch (layout.layout) {
        case Layout::map:
            return at::randn({samples, layout.channels, shape.height, shape.width});
        case Layout::tokens:
            return at::randn({samples, layout.prefix_tokens + shape.height * shape.width, layout.channels});
        case Layout::vector:
            break;
    }
    return at::randn({samples, layout.channels});
}

}  // namespace graft::conformance
