// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A job may be done by several processes, its tasks, that find each other by what is in their environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.hpp"

namespace graft::jobs {

/// How many processes do the job: its request says so (resources.ranks of `run`).
std::size_t tasks_of(const Job& job);

/// Whether it is one task of a job, as `as_task` makes it.
bool is_task(const Job& job);

/// Which of a job's tasks a process is.
struct Task {
    std::size_t rank = 0;
    std::size_t local_rank = 0;  ///< among those of the same machine
    std::size_t count = 1;
    std::string first_host;  ///< a name or address of the machine of task 0, for all of them
    int port = 0;            ///< one there that they may use; nobody listens on it yet
};

/// The job as the task's engine gets it: with its rank in the request, and RANK, LOCAL_RANK, WORLD_SIZE,
/// MASTER_ADDR and MASTER_PORT in its environment.
Job as_task(Job job, const Task& task);

/// A port for the tasks of a job, by a number that no other job of the machine has now.
int port_for(std::int64_t number);

/// One outcome for all tasks of a job, by rank: that of task 0 where all did well, else that of the one whose
/// end explains the others'. Nothing of a task: it was killed before it could tell. At least one task.
Outcome joined(const std::vector<std::optional<Outcome>>& tasks);

}  // namespace graft::jobs
