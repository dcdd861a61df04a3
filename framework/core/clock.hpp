// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <string>

namespace graft::core {

/// Seconds since some moment, never fewer than before. Code that shows times is given one, so that a test can
/// replace it.
using Clock = std::function<double()>;

inline double steady_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds since 1970 in UTC by the machine's clock, which somebody may set. Any thread.
inline double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A moment in seconds since 1970, in the user's time zone. Any thread.
std::tm local_time(double seconds);

/// Now, for the name of a folder: "20261130-112233" in the user's time zone. Any thread.
std::string timestamp();

}  // namespace graft::core
