// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Values and what an option takes, in words for messages.
#pragma once

#include <cstddef>
#include <string>

#include "graft/options.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

/// Whether values of the type are lists.
bool is_list_type(OptionType type);

/// The front of a text, on one line: at most 60 bytes, and "..." where there are more.
std::string shortened(const std::string& text);

/// What stands there, in words: "1.5", "the text \"7\"", "a list", "empty".
std::string got(const Node& node);

/// What the option takes, in words: "a whole number, at least 1". `length`: of a list; 0: any.
std::string allowed(const OptionSpec& spec, std::size_t length = 0);

/// A value as a pipeline would have it: "0.1", "[a, b]"; empty for none.
std::string written(const OptionValue& value);

/// The range of numbers alone: "in [0, 1)", "at least 1", "above 0"; empty: any.
std::string range_text(const OptionSpec& spec);

}  // namespace graft::pipeline
