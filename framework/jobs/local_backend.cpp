// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/local_backend.hpp"

#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "jobs/run_files.hpp"

namespace graft::jobs {

void LocalBackend::submit(const std::vector<Job>& queue, const std::vector<std::size_t>&,
                          QueueListener& listener) {
    queue_ = &queue;
    listener_ = &listener;
}

/// All that happens, in one turn: nothing goes on without this process.
bool LocalBackend::poll() {
    Workers workers(engine_path());
    run_all(*queue_, options_, workers, *listener_);
    return false;
}

void LocalBackend::cancel(std::size_t, const RecordedJob& job) {
    if (job.engine.pid == 0) {
        return;
    }
    if (!is_of_this_machine(job.engine)) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("the job '{}' runs on another machine", job.job.name),
                            "give this command there");
    }
    send_signal(job.engine, SIGTERM);
}

std::vector<std::filesystem::path> LocalBackend::logs(std::size_t, const RecordedJob& job) const {
    return job.folder.empty() ? std::vector<std::filesystem::path>()
                              : std::vector<std::filesystem::path>{run_file(job.folder, run_files::log)};
}

}  // namespace graft::jobs
