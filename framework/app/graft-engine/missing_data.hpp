// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/problem.hpp"
#include "graft/options.hpp"

namespace graft::engine {

/// Whether the options name a folder that is not there.
bool lacks_root(const Options& options);

/// A data set's failure; where the folder `root` of its options is not there, with the page that says where
/// the data of the pipelines to start from comes from.
core::Failure with_data_page(const core::Failure& failure, const Options& options);

}  // namespace graft::engine
