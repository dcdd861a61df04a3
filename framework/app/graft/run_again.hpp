// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "console.hpp"
#include "run_queue.hpp"

namespace graft::app {

/// This user's record of queues. Throws Failure(system) where it cannot be had.
jobs::QueueRecord open_record();

/// The lock of a queue. Throws Failure(pipeline) where a process works on it.
core::FolderLock lock_queue(const jobs::QueueRecord& record, const jobs::RecordedQueue& queue);

/// What is left to do of a queue, interrupted jobs as they go on.
RestOfQueue rest_of(const jobs::RecordedQueue& queue);

/// Goes on with a queue: what was interrupted goes on from its checkpoint, what is queued begins, what has
/// ended stays as it is. Waits for engines that a killed host left behind. `options`: other ones than the
/// queue has. Jobs that Slurm still has are followed, and not submitted again. This process's working folder
/// becomes the queue's. The exit code.
int go_on(HeldQueue held, const std::optional<RunOptions>& options, const Console& console);

/// Goes on with a queue in a process that outlives this one and its terminal, and tells where.
int go_on_detached(const jobs::QueueRecord& record, std::int64_t queue, const Console& console);

}  // namespace graft::app
