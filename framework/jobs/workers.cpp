// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/workers.hpp"

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

void Workers::start(const Job& job, core::EventSink& events) {
    running_.emplace_back(engine_, job, events);
}

std::pair<const Job*, Outcome> Workers::wait() {
    while (true) {
        for (auto each = running_.begin(); each != running_.end(); ++each) {
            if (!each->conversation.go_on()) {
                std::pair<const Job*, Outcome> ended{each->job, each->conversation.conclude()};
                ended.second.stop_wanted = stop_wanted_;
                running_.erase(each);
                return ended;
            }
        }
        sleep();
        read_signals();
    }
}

Outcome Workers::run(const Job& job, core::EventSink& events) {
    start(job, events);
    return wait().second;
}

/// Until something comes.
void Workers::sleep() {
    std::vector<pollfd> channels = {{signals_.descriptor(), POLLIN, 0}};
    for (const Running& each : running_) {
        each.conversation.watch(channels);
    }
    ::poll(channels.data(), channels.size(), -1);
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
