// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace graft::core {

/// The number that all of `text` is, in digits of `base`. Nothing where there is more than a number (a space,
/// a leading '+'), or one that Number does not hold. "nan" and "inf" are numbers of a floating-point type.
/// Any thread.
template <class Number>
std::optional<Number> number_of_text(std::string_view text, int base = 10) {
    Number number{};
    const char* const behind = text.data() + text.size();
    std::from_chars_result read{};
    if constexpr (std::is_floating_point_v<Number>) {
        read = std::from_chars(text.data(), behind, number);
    } else {
        read = std::from_chars(text.data(), behind, number, base);
    }
    return read.ec == std::errc() && read.ptr == behind ? std::optional(number) : std::nullopt;
}

}  // namespace graft::core
