// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// From nodes to typed values: one way for the host's own keys and for plugins' options.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"
#include "graft/options.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

inline bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A whole number; quotes make text of it, and so is nullopt.
std::optional<std::int64_t> as_integer(const Node& node);

/// A finite number.
std::optional<double> as_real(const Node& node);

/// `true` or `false`.
std::optional<bool> as_boolean(const Node& node);

/// Whether the scalar would be a number (NaN and infinities among them), had it no quotes.
bool looks_like_number(const Node& node);

/// The value, checked against type, range and choices; the fallback, after a problem, when it is wrong.
/// `label`: how messages call it, "train.batch".
OptionValue read_value(const Node& node, const OptionSpec& spec, const std::string& label,
                       core::Problems& problems);

/// The text of a scalar, or the item texts of a list; refuses anything else and empty ones.
std::optional<std::string> read_text(const Node& node, const std::string& label, core::Problems& problems);

}  // namespace graft::pipeline
