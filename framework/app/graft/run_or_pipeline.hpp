// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "console.hpp"

namespace graft::app {

/// What a command was given that takes either: one of both is empty.
struct RunOrPipeline {
    std::string run;       ///< its folder
    std::string pipeline;  ///< its file
};

/// A file is a pipeline, which is read for its problems; anything else is a run's folder. Throws Failure as
/// `read_pipeline` and `find_run` do.
RunOrPipeline run_or_pipeline(const std::string& given, const std::vector<std::string>& sets,
                              const Console& console);

}  // namespace graft::app
