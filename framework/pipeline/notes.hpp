// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::pipeline {

/// What a pipeline says without effect: each thing at its place, with the reason and what would have one.
/// Nothing here stops a run. Looks at the file system for the folders of `plugins` alone.
core::Problems notes(const Pipeline& pipeline);

}  // namespace graft::pipeline
