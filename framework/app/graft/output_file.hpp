// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace graft::app {

/// Refuses a file of --OPTION that could not be written when all is computed, or that is one of the images
/// that are read: named, or in a folder that is. Its folder is made. An empty name and `-` are nobody's file.
/// Throws core::Failure.
void require_output_file(const std::string& option, const std::string& file,
                         const std::vector<std::string>& images);

}  // namespace graft::app
