// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "start/finding.hpp"

namespace graft::start {

/// Whether the name of a folder says that masks are in it.
bool means_masks(const std::string& folder);

/// Adds the classes of masks to a finding: the numbers in some of them, or where one of them is in colours
/// their colours; or else the refusal, which names the mask that cannot be used. `masks` are relative to
/// the folder, and not empty.
void add_mask_classes(const Files& files, const std::vector<std::string>& masks, Finding& found);

}  // namespace graft::start
