// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "jobs/conversation.hpp"
#include "jobs/job.hpp"
#include "jobs/signals.hpp"

namespace graft::jobs {

/// Where graft-engine is: beside this program. For tests of this program alone the environment variable
/// GRAFT_ENGINE may name another.
std::filesystem::path engine_path();

/// Runs jobs side by side, each in an engine process of its own. Host thread only: while it lives, this
/// process's handlers of SIGINT, SIGTERM, SIGUSR1 and SIGCHLD are its own. Engines that still run are killed
/// when it goes.
class Workers {
public:
    /// What a second signal means: of a person that an engine is to end at once; a cluster repeats its
    /// signals, and kills by itself what does not end in time.
    enum class SecondSignal { kills, repeats };

    /// `clock`: what limits of time are measured by.
    explicit Workers(std::filesystem::path engine, core::Clock clock = core::steady_seconds,
                     SecondSignal second_signal = SecondSignal::kills)
        : engine_(std::move(engine)), clock_(std::move(clock)), second_signal_(second_signal) {}

    double now() const { return clock_(); }

    /// Starts a job. `events` hears each event as it comes (`result` too; not `failed` and `crashed`, which
    /// become the outcome), and each line that the engine or a plugin prints as `output`; both must live
    /// until `wait` gives the job back. Throws Failure(system) when the engine cannot be started.
    /// Gives the number of its process.
    std::int64_t start(const Job& job, core::EventSink& events);

    std::size_t running() const { return running_.size(); }

    /// Returns when a job has ended. A signal goes on to every engine; the second kills them, unless it
    /// repeats the first. Never throws for what an engine does.
    std::pair<const Job*, Outcome> wait();

    /// As `wait`; nothing where none has ended after so many seconds, or a signal came.
    std::optional<std::pair<const Job*, Outcome>> wait_for(double seconds);

    /// Starts one job and waits for it.
    Outcome run(const Job& job, core::EventSink& events);

    /// A signal asked for an end: nothing more should be started.
    bool stop_wanted() const { return stop_wanted_; }

private:
    struct Running {
        Running(const std::filesystem::path& engine, const Job& started, core::EventSink& events,
                const core::Clock& clock)
            : job(&started), conversation(engine, started, events, clock) {}

        const Job* job;
        Conversation conversation;
    };

    std::optional<std::pair<const Job*, Outcome>> take_ended();
    void sleep(double seconds);
    void read_signals();

    std::filesystem::path engine_;
    core::Clock clock_;
    SecondSignal second_signal_;
    SignalQueue signals_;  // before any process starts, so that no end can be missed
    std::list<Running> running_;
    bool stop_wanted_ = false;
};

}  // namespace graft::jobs
