// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/event.hpp"

namespace graft::core {

/// What a run's time is spent on: by the thread that trains, and after it by the loader's threads.
enum class Work {
    start_up,
    wait,  ///< for batches
    prefix,
    forward,
    backward,
    step,
    evaluation,
    store,
    writing,
    decode,
    warp,
    rows,
};

/// Seconds by kind of work. Thread-safety: any thread.
class Profile {
public:
    /// While it lives, what this thread times is added to the profile; null: to none. None may begin or end
    /// within a Timed.
    class Here {
    public:
        explicit Here(Profile* profile);
        ~Here();
        Here(const Here&) = delete;
        Here& operator=(const Here&) = delete;

    private:
        Profile* before_;
    };

    /// This thread's, for threads that it starts; null: it has none.
    static Profile* here();

    /// Has `sign` called whenever some work has ended, at most every so many seconds, by the thread that did
    /// it: a thread that hangs no longer calls it. Before others use the profile.
    void on_work(double seconds_between, std::function<void()> sign);

    /// Some work has ended now, by steady_seconds. A std::exception that `sign` throws is dropped, anything
    /// else ends the process.
    void worked(double now) noexcept;

    void add(Work work, double seconds);
    double seconds(Work work) const;

    /// {"seconds": ..., "train": {"start_up": .., ..., "other": ..}, "loader": {"decode": .., ..}}; `seconds`
    /// is all the time that the training thread had, so that its works and "other" add up to it.
    Json to_json(double seconds) const;

private:
    std::array<std::atomic<std::int64_t>, 12> nanoseconds_{};
    std::function<void()> sign_;
    double seconds_between_signs_ = 0;
    std::atomic<double> last_sign_{0};
};

/// Adds the time of its life to this thread's profile, less that of others that lived meanwhile on the
/// thread. On a GPU work is asynchronous: it counts where it is waited for. It costs two looks at a clock.
class Timed {
public:
    explicit Timed(Work work);
    ~Timed();
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

private:
    Work work_;
    Timed* around_;
    double begin_ = 0;
    double inner_ = 0;  ///< seconds that others had
};

/// Seconds since this process was started, loading of libraries included; 0 where /proc does not tell.
double seconds_of_process();

}  // namespace graft::core
