// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "fixtures.hpp"

#include <algorithm>

#include <ATen/ATen.h>

namespace graft::conformance {

TargetSchema example_schema(TargetKind kind, std::size_t classes) {
    TargetSchema schema;
    schema.name = kind_name(kind);
    schema.kind = kind;
    switch (kind) {
        case TargetKind::category:
        case TargetKind::labels:
            for (std::size_t index = 0; index < classes; ++index) {
                schema.classes.push_back("class" + std::to_string(index));
            }
            break;
        case TargetKind::scalar:
            schema.unit = "years";
            break;
        case TargetKind::points:
            schema.point_count = 4;
            schema.mirrored_points = {{0, 1}};
            break;
        case TargetKind::tensor:
            schema.shape = {2, 3};
            break;
    }
    return schema;
}

Column example_target(const TargetSchema& schema, std::int64_t samples, std::int64_t side, bool present) {
    const auto classes = static_cast<std::int64_t>(schema.classes.size());
    const auto known = [&](at::IntArrayRef shape) { return at::full(shape, present, at::kBool); };
    switch (schema.kind) {
        case TargetKind::category:
            return {at::arange(samples, at::kLong).remainder(classes), known({samples})};
        case TargetKind::labels:
            return {at::rand({samples, classes}).gt(0.5).to(at::kFloat), known({samples, classes})};
        case TargetKind::scalar:
            return {at::rand({samples}) * 60 + 1, known({samples})};
        case TargetKind::points:
            return {at::rand({samples, schema.point_count, 2}) * static_cast<double>(side),
                    known({samples, schema.point_count})};
        case TargetKind::tensor:
            break;
    }
    return {at::rand(prediction_shape(schema, samples)), known({samples})};
}

std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples) {
    switch (schema.kind) {
        case TargetKind::category:
        case TargetKind::labels:
            return {samples, static_cast<std::int64_t>(schema.classes.size())};
        case TargetKind::scalar:
            return {samples};
        case TargetKind::points:
            return {samples, schema.point_count, 2};
        case TargetKind::tensor:
            break;
    }
    std::vector<std::int64_t> shape{samples};
    shape.insert(shape.end(), schema.shape.begin(), schema.shape.end());
    return shape;
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

std::string kind_name(TargetKind kind) {
    static constexpr const char* names[] = {"category", "labels", "scalar", "points", "tensor"};
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace graft::conformance
