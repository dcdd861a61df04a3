// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "core/event.hpp"

namespace graft::train {

/// Time that goes on counting where an interrupted run stopped.
class Stopwatch {
public:
    explicit Stopwatch(double already = 0) : begun_(core::steady_seconds() - already) {}
    double seconds() const { return core::steady_seconds() - begun_; }

private:
    double begun_;
};

/// How far a run is.
struct RunPosition {
    std::int64_t epoch = 0;  ///< running, 1, 2, ...
    std::int64_t epochs = 0;
    std::int64_t step = 0;  ///< taken in the epoch
    std::int64_t steps = 0;
    std::int64_t samples = 0;  ///< trained in the epoch
    double seconds = 0;        ///< spent training in the epoch
};

/// Sends "progress" events, at most five a second: a look at the loss makes an accelerator wait.
class Reporter {
public:
    explicit Reporter(core::EventSink& events, core::Clock clock = core::steady_seconds)
        : events_(events), clock_(std::move(clock)) {}

    /// After a step; `loss` is asked only when an event is due, and may be empty.
    void stepped(const RunPosition& position, const std::function<double()>& loss = {});

    /// After an evaluation: counts towards what is still to come.
    void evaluated(double seconds) { evaluation_seconds_ = seconds; }

private:
    core::EventSink& events_;
    core::Clock clock_;
    std::optional<double> last_;  ///< when the last event was sent
    double evaluation_seconds_ = 0;
};

}  // namespace graft::train
