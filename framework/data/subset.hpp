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

/// The class that one of its targets gives a sample; -1: nobody knows it, or its targets cannot be read (it
/// will be skipped, and named). Throws Failure(plugin) for targets that break the schema. Reads no picture.
std::int64_t class_of_sample(const plugin::DatasetHandle& dataset, std::int64_t index,
                             const std::vector<TargetSchema>& targets, std::size_t target);

/// Changes when a sample is added or removed, a picture's file gets another size, or a target another value.
/// Reads no picture.
std::string fingerprint(const Subset& subset, const std::vector<TargetSchema>& schemas);

}  // namespace graft::data
