// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

namespace graft::core {

/// What a duration looks like, in words for messages.
inline constexpr const char* duration_form = "a number and a unit, s, min, h or d (90s, 1.5h)";

/// The seconds of "90s", "30min", "1.5h", "2 d"; "0" needs no unit. Nothing for anything else, and for more
/// than ten years.
std::optional<double> seconds_of_text(const std::string& text);

/// "90 s", "30 min", "1.5 h", "2 d": three digits, in the largest unit of which there is one.
std::string duration_text(double seconds);

}  // namespace graft::core
