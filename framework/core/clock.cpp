// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/clock.hpp"

#include <fmt/chrono.h>

namespace graft::core {

std::tm local_time(double seconds) {
    const auto whole = static_cast<std::time_t>(seconds);
    std::tm local{};
    ::localtime_r(&whole, &local);
    return local;
}

std::string timestamp() {
    return fmt::format("{:%Y%m%d-%H%M%S}", local_time(wall_seconds()));
}

}  // namespace graft::core
