// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "jobs/job.hpp"
#include "jobs/line_reader.hpp"
#include "jobs/process.hpp"
#include "jobs/stack.hpp"
#include "jobs/watch.hpp"

namespace graft::jobs {

/// One job's conversation with its engine. Never throws for what an engine does. Host thread only.
class Conversation {
public:
    /// Starts the engine and hands it the request. Throws Failure(system) when it cannot be started. The
    /// clock says when the job's limits are over.
    Conversation(const std::filesystem::path& engine, const Job& job, core::EventSink& events,
                 core::Clock clock);

    std::int64_t pid() const { return process_.pid(); }

    /// What `poll` must watch; descriptors that are closed already are negative.
    void watch(std::vector<pollfd>& channels) const;

    /// Reads what the engine wrote, writes what its input takes of the request, and enforces the limits:
    /// first it is told to save and end, then it is killed. False: the engine has ended, or was killed.
    bool go_on();

    /// When to go on although nothing came, by the clock; nothing: no limit is near.
    std::optional<double> next_time() const { return watch_.next(); }

    /// The first signal goes on as SIGTERM, so that the engine saves and ends with 75, and is told as
    /// `stopping`; the second kills it.
    void stop(int signal);

    /// After `go_on` gave false.
    Outcome conclude();

private:
    void read_output();
    void drain();
    void take_line(const std::string& line);
    void take_output(const std::string& line);
    void take_event(const core::Event& event);
    void enforce_limits(double now);
    bool ended_by_limit() const;
    void conclude_limit();
    void conclude_stop(int signal);
    void conclude_signal(int signal);
    void conclude_crash(const std::string& before, const std::string& ended);
    void conclude_exit(int code);
    void conclude_death(std::string text, core::Category category, const std::string& remedy);

    core::EventSink& events_;
    core::Clock clock_;
    double time_limit_;
    double stall_limit_;
    Watch watch_;
    Process process_;
    std::string request_;
    LineReader output_;
    LineReader error_lines_;
    Tail tail_;
    Outcome outcome_;
    std::vector<StackFrame> stack_;  ///< of a crash
    std::string protocol_error_;     ///< the first line that was no event, though it looked like one
    std::string failed_text_;
    std::string folder_;  ///< of its run, as soon as it is there
    bool failed_ = false;
    int first_signal_ = 0;
    int killed_by_ = 0;
};

}  // namespace graft::jobs
