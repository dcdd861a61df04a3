// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugin/handles.hpp"

namespace graft::data {

/// Samples that stand for one split: indices into a data set.
struct Subset {
    plugin::DatasetHandle dataset;
    std::vector<std::int64_t> indices;
};

/// Every sample of a data set.
Subset all_of(plugin::DatasetHandle dataset);

/// Changes when a sample is added or removed, a picture's file gets another size, or a target another value.
/// Reads no picture.
std::string fingerprint(const Subset& subset, const std::vector<TargetSchema>& schemas);

}  // namespace graft::data
