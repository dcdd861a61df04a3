// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "core/event.hpp"

namespace graft::train {

/// Time that goes on counting where an interrupted run stopped.
class Stopwatch {
public:
    explicit Stopwatch(double already = 0) : already_(already), begun_(std::chrono::steady_clock::now()) {}
    double seconds() const {
        return already_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    }

private:
    double already_;
    std::chrono::steady_clock::time_point begun_;
};

/// How far a run is.
struct Position {
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
    explicit Reporter(core::EventSink& events) : events_(events) {}

    /// After a step; `loss` is asked only when an event is due.
    void stepped(const Position& position, const std::function<double()>& loss);

    /// After an evaluation: counts towards what is still to come.
    void evaluated(double seconds) { evaluation_seconds_ = seconds; }

private:
    core::EventSink& events_;
    Stopwatch since_last_{1.0};
    double evaluation_seconds_ = 0;
};

}  // namespace graft::train
