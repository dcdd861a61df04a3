// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "composition.hpp"
#include "data/subset.hpp"
#include "lettering/lettering.hpp"

namespace graft::engine {

/// The samples that pictures of a subset show: at most twelve, evenly spaced.
std::vector<std::int64_t> pictured_samples(const data::Subset& subset);

/// What stands above such pictures.
std::string title_of_validation(const Composition& made);

/// Draws a few pictures of a subset with prediction beside truth into a file; nothing where none can be read.
/// What frozen stages gave of them is taken from where it is kept. Throws what `infer` and the data set
/// throw.
void picture_of_validation(const Composition& made, const data::Subset& subset, const std::string& path,
                           const at::Device& device, lettering::Lettering& lettering);

}  // namespace graft::engine
