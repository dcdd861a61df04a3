// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of load_document.
#pragma once

#include <map>
#include <string>

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

using Environment = std::map<std::string, std::string>;

/// Lays `top` over `base`: maps merge deeply, everything else of `top` replaces.
void merge(Node& base, Node top);

/// Applies one `--set PATH=VALUE`. Environment variables in VALUE stay to be filled in.
void apply_set(Node& document, const std::string& text, core::Problems& problems);

/// Fills ${NAME} and ${NAME:-default} into every scalar value below; `$${` is a plain `${`. A variable
/// that is not set, without a default, is a problem at its place.
void fill_in_environment(Node& node, const Environment& environment, core::Problems& problems);

}  // namespace graft::pipeline
