// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "console.hpp"
#include "jobs/job.hpp"
#include "jobs/queue.hpp"

namespace graft::app {

/// Tells a person, or a program, what becomes of the jobs of `graft run`.
class RunScreen : public jobs::QueueListener {
public:
    std::string reason_to_leave_out(std::size_t) override { return ""; }

    /// A job that had ended before this command began, with its result.
    virtual void ended_before(const std::string& job, const core::Json& result) = 0;

    /// What the jobs gave, with `profile` also where the time of each went; the exit code, which is that of
    /// the worst end.
    virtual int conclude(bool profile) = 0;
};

/// For a pipeline that is alone, or for one of several. `queue` and `console` must outlive it.
std::unique_ptr<RunScreen> lone_screen(const std::vector<jobs::Job>& queue, const Console& console);
std::unique_ptr<RunScreen> queue_screen(const std::vector<jobs::Job>& queue, const Console& console);

}  // namespace graft::app
