// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

#include "command.hpp"
#include "weights/published.hpp"

namespace graft::engine {

/// Tells of a fetch with `fetching` events, a few a second, and ends it when the command is to stop. The
/// context must outlive it.
inline weights::FetchControl fetch_control(const CommandContext& context) {
    using Clock = std::chrono::steady_clock;
    weights::FetchControl control;
    control.stop = [&context] { return context.stop.load(); };
    control.progress = [&context, last = Clock::time_point()](std::uint64_t bytes,
                                                              std::uint64_t total) mutable {
        if (Clock::now() - last > std::chrono::milliseconds(250) || bytes == total) {
            last = Clock::now();
            context.events.emit({"fetching", {{"bytes", bytes}, {"total", total}}});
        }
    };
    return control;
}

}  // namespace graft::engine
