// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "plugin/handles.hpp"

namespace graft::data {

/// Values of targets, by the sample's index in its data set and the target's place.
using GivenValues = std::map<std::int64_t, std::map<std::size_t, TargetValue>>;

/// The same data set with these values in place of its own. Messages name it as before.
plugin::DatasetHandle with_values(const plugin::DatasetHandle& dataset, GivenValues values);

}  // namespace graft::data
