// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

namespace graft::jobs {

/// What a host does about an engine that takes too long or hangs, by the times that it is told; no clock and
/// no process is in it. Seconds, all on one clock. One thread an object.
class Watch {
public:
    /// What is to be done now.
    enum class Due {
        nothing,
        warning,  ///< it has told nothing for half of the stall limit
        end,      ///< tell it to save and end
        kill,     ///< it was told, and has not ended
    };
    /// Why it is to end.
    enum class Cause { none, time, stall };

    /// How long an engine that was told to end may take until it is killed.
    static constexpr double grace = 120;

    /// Limits of 0 are none.
    Watch(double time_limit, double stall_limit, double begun)
        : time_limit_(time_limit), stall_limit_(stall_limit), begun_(begun), heard_(begun) {}

    /// The engine told something.
    void heard(double now);

    /// From now on silence means that it hangs. Before, what is done may be long and can tell nothing: a data
    /// set lists its files.
    void work_begins() { is_at_work_ = true; }

    /// Each is due once: what is given is to be done.
    Due due(double now);

    /// When something may be due next; nothing where nothing will.
    std::optional<double> next() const;

    Cause cause() const { return cause_; }
    double silence(double now) const { return now - heard_; }

private:
    double time_limit_;
    double stall_limit_;
    double begun_;
    double heard_;
    bool is_at_work_ = false;
    bool has_warned_ = false;
    bool is_killed_ = false;
    Cause cause_ = Cause::none;
    double told_to_end_ = 0;
};

}  // namespace graft::jobs
