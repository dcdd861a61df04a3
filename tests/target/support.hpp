// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/problem.hpp"
#include "target/kind.hpp"

namespace graft::test {

/// A schema of every kind that data sets have, small.
inline std::vector<TargetSchema> every_schema() {
    TargetSchema points = points_target("face", 3);
    points.mirrored_points = {{0, 1}};
    return {category_target("species", {"ant", "bee", "cat"}),
            labels_target("traits", {"hat", "beard"}),
            scalar_target("age", "years"),
            points,
            tensor_target("code", {2, 3}),
            mask_target("ground", {"grass", "road"}),
            boxes_target("cars", {"car", "bus"})};
}

/// A schema of `every_schema` by its kind.
inline TargetSchema schema_of(TargetKind kind) {
    for (const TargetSchema& schema : every_schema()) {
        if (schema.kind == kind) {
            return schema;
        }
    }
    return embedding_target("vector", 4);
}

/// The message of the Failure that `function` throws; empty when it throws none.
template <class Function>
std::string failure_text(Function&& function, core::Category category) {
    try {
        function();
    } catch (const core::Failure& failure) {
        return failure.category() == category ? failure.what()
                                              : std::string("another category: ") + failure.what();
    }
    return "";
}

}  // namespace graft::test
