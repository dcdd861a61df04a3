// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "jobs/backend.hpp"

namespace graft::jobs {

/// Processes of this machine: see run_all. Jobs end with this process, after they have saved.
class LocalBackend : public Backend {
public:
    explicit LocalBackend(QueueOptions options) : options_(std::move(options)) {}

    void submit(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                QueueListener& listener) override;
    bool poll() override;
    bool has_left_jobs() const override { return false; }
    void cancel(std::size_t number, const RecordedJob& job) override;
    std::vector<std::filesystem::path> logs(std::size_t number, const RecordedJob& job) const override;

private:
    QueueOptions options_;
    const std::vector<Job>* queue_ = nullptr;
    QueueListener* listener_ = nullptr;
};

}  // namespace graft::jobs
