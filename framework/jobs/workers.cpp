// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/workers.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>
#include <vector>

#include <poll.h>

#include "core/environment.hpp"
#include "core/files.hpp"

namespace graft::jobs {

std::filesystem::path engine_path() {
    const std::filesystem::path given = core::environment_variable("GRAFT_ENGINE");
    return given.empty() ? core::executable_folder() / "graft-engine" : given;
}

std::int64_t Workers::start(const Job& job, core::EventSink& events) {
    return running_.emplace_back(engine_, job, events, clock_).conversation.pid();
}

std::pair<const Job*, Outcome> Workers::wait() {
    while (true) {
        if (auto ended = take_ended()) {
            return *std::move(ended);
        }
        sleep(std::numeric_limits<double>::infinity());
        read_signals();
    }
}

std::optional<std::pair<const Job*, Outcome>> Workers::wait_for(double seconds) {
    const double until = clock_() + seconds;
    while (true) {
        auto ended = take_ended();
        const double left = until - clock_();
        if (ended || stop_wanted_ || left <= 0) {
            return ended;
        }
        sleep(left);
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

/// Until something comes, the time is over, or a job's limit may be.
void Workers::sleep(double seconds) {
    constexpr double longest = 86400;
    std::vector<pollfd> channels = {{signals_.descriptor(), POLLIN, 0}};
    for (const Running& each : running_) {
        each.conversation.watch(channels);
        if (const std::optional<double> next = each.conversation.next_time()) {
            seconds = std::min(seconds, *next - clock_());
        }
    }
    const double milliseconds = std::ceil(1000 * std::clamp(seconds, 0.0, longest));
    ::poll(channels.data(), channels.size(), seconds > longest ? -1 : static_cast<int>(milliseconds));
}

void Workers::read_signals() {
    for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
        if (signal == SIGCHLD || (stop_wanted_ && second_signal_ == SecondSignal::repeats)) {
            continue;
        }
        stop_wanted_ = true;
        for (Running& each : running_) {
            each.conversation.stop(signal);
        }
    }
}

}  // namespace graft::jobs
