// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/duration.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace graft::core {
namespace {

struct Unit {
    std::string_view name;
    double seconds;
};

constexpr std::array<Unit, 4> units = {{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}}};
constexpr double most_seconds = 10 * 366 * 86400.0;

}  // namespace

std::optional<double> seconds_of_text(const std::string& text) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc()) {
        return std::nullopt;
    }
    std::string_view rest(end, text.data() + text.size());
    if (rest.empty() && number == 0) {
        return 0;
    }
    rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
    for (const Unit& unit : units) {
        const double seconds = number * unit.seconds;
        if (rest == unit.name && seconds >= 0 && seconds <= most_seconds) {
            return seconds;
        }
    }
    return std::nullopt;
}

std::string duration_text(double seconds) {
    const Unit* largest = &units.front();
    for (const Unit& unit : units) {
        largest = seconds >= unit.seconds ? &unit : largest;
    }
    return fmt::format("{:.3g} {}", seconds / largest->seconds, largest->name);
}

}  // namespace graft::core
