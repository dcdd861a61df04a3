// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <system_error>

namespace graft::app {

/// A text that is a whole number from `least` to `most` and nothing else; nothing for any other.
inline std::optional<std::int64_t> whole_number(
    const std::string& text, std::int64_t least,
    std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && number >= least && number <= most ? std::optional(number) : std::nullopt;
}

}  // namespace graft::app
