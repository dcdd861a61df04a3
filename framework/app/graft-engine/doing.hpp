// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/clock.hpp"
#include "core/event.hpp"

namespace graft::engine {

/// Sends "doing" events of one long work, at most five a second.
class Doing {
public:
    Doing(core::EventSink& events, std::string what, std::int64_t total)
        : events_(events), what_(std::move(what)), total_(total) {}

    void tell(std::int64_t done) {
        constexpr double between = 0.2;  // seconds
        const double now = core::steady_seconds();
        if (last_ < 0 || now - last_ >= between || done == total_) {
            last_ = now;
            events_.emit({"doing", {{"what", what_}, {"done", done}, {"total", total_}}});
        }
    }

private:
    core::EventSink& events_;
    std::string what_;
    std::int64_t total_;
    double last_ = -1;
};

}  // namespace graft::engine
