// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The steps of load_document.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

using core::Place;
using Environment = std::map<std::string, std::string>;

/// Lays `top` over `base`: maps merge deeply, everything else of `top` replaces.
void merge(Node& base, Node top);

/// A value for a place in the document.
struct Assignment {
    std::string path;                ///< "train.phases.0.epochs"
    std::vector<std::string> steps;  ///< the path's
    Node value;
    Place key_place;      ///< where the path was written
    std::string typed{};  ///< the whole argument of a `--set`; empty: it stands in a file

    /// Of the step that begins at a column of the path, for messages.
    Place place(int column) const {
        return typed.empty() ? key_place : Place{"--set " + path, 0, column, typed};
    }
};

/// The steps of a path; empty where a step is.
std::vector<std::string> steps_of(const std::string& path);

/// Puts the value where its path leads; what is not there on the way is made.
void assign(Node& document, const Assignment& assignment, core::Problems& problems);

/// Applies one `--set PATH=VALUE`. Environment variables in VALUE stay to be filled in.
void apply_set(Node& document, const std::string& text, core::Problems& problems);

/// Fills ${NAME} and ${NAME:-default} into every scalar value below; `$${` is a plain `${`. A variable
/// that is not set, without a default, is a problem at its place.
void fill_in_environment(Node& node, const Environment& environment, core::Problems& problems);

}  // namespace graft::pipeline
