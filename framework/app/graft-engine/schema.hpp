// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "composition.hpp"
#include "core/problem.hpp"

namespace graft::engine {

/// What became of asking a data set for its targets.
struct SchemaRead {
    bool has_data = false;  ///< the composition has the whole schema
    /// Else the targets as far as options tell, where these make sense and the data set can tell.
    std::optional<std::vector<TargetSchema>> outline;
    std::unique_ptr<core::Failure> stopped;  ///< why the data could not be asked; null: nobody tried
};

/// The schema with every place in the frame that the pipeline says, where it says one.
std::vector<TargetSchema> in_frame(std::vector<TargetSchema> schema, const pipeline::Data& data);

/// Finds the data set, reads its options and asks for the targets of the training split. Throws
/// Failure(plugin) for targets that no data set may have.
SchemaRead read_schema(Composition& made, core::Problems& problems);

/// The outline with so many classes or points where it leaves them open.
std::vector<TargetSchema> with_placeholders(std::vector<TargetSchema> outline, std::int64_t number);

}  // namespace graft::engine
