// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/workers.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <vector>

#include <poll.h>

#include "core/files.hpp"

namespace graft::jobs {

std::filesystem::path engine_path() {
    const char* given = std::getenv("GRAFT_ENGINE");
    return given != nullptr && *given != '\0' ? std::filesystem::path(given)
                                              : core::executable_folder() / "graft-engine";
}

std::int64_t Workers::start(const Job& job, core::EventSink& events) {
    return running_.emplace_back(engine_, job, events).conversation.pid();
}

std::pair<const Job*, Outcome> Workers::wait() {
    while (true) {
        if (auto ended = take_ended()) {
            return *std::move(ended);
        }
        sleep(-1);
        read_signals();
    }
}

std::optional<std::pair<const Job*, Outcome>> Workers::wait_for(int milliseconds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (true) {
        auto ended = take_ended();
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (ended || stop_wanted_ || left.count() <= 0) {
            return ended;
        }
        sleep(static_cast<int>(left.count()));
        read_signals();
    }
}

std::optional<std::pair<const Job*, Outcome>> Workers::take_ended() {
    for (auto each = running_.begin(); each != running_.end(); ++each) {
        if (!each->conversation.go_on()) {
            std::pair<const Job*, Outcome> ended{each->job, each->conversation.conclude()};
            ended.second.stop_wanted = stop_wanted_;
            running_.erase(each);
            return ended;
        }
    }
    return std::nullopt;
}

Outcome Workers::run(const Job& job, core::EventSink& events) {
    start(job, events);
    return wait().second;
}

/// Until something comes, or the time is over (-1: never).
void Workers::sleep(int milliseconds) {
    std::vector<pollfd> channels = {{signals_.descriptor(), POLLIN, 0}};
    for (const Running& each : running_) {
        each.conversation.watch(channels);
    }
    ::poll(channels.data(), channels.size(), milliseconds);
}

void Workers::read_signals() {
    for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
        if (signal == SIGCHLD) {
            continue;
        }
        stop_wanted_ = true;
        for (Running& each : running_) {
            each.conversation.stop(signal);
        }
    }
}

}  // namespace graft::jobs
