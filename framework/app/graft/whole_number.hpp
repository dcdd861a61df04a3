// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "core/number_text.hpp"

namespace graft::app {

/// A text that is a whole number from `least` to `most` and nothing else; nothing for any other.
inline std::optional<std::int64_t> whole_number(
    const std::string& text, std::int64_t least,
    std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    const auto number = core::number_of_text<std::int64_t>(text);
    return number && *number >= least && *number <= most ? number : std::nullopt;
}

}  // namespace graft::app
