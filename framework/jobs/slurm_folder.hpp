// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The files by which a host and the jobs that Slurm runs for it talk. They lie in the queue's folder of the
// record, for the user alone, on a file system that the nodes share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "jobs/job.hpp"

namespace graft::jobs::slurm {

/// What one sbatch submitted, as it is kept.
struct KeptBatch {
    std::string token;              ///< by which Slurm finds it
    std::string id;                 ///< Slurm's number; empty: it is not known whether Slurm took it
    std::vector<std::size_t> jobs;  ///< numbers in the record, in the array's order
};

/// All that one command submitted: a folder.
class Round {
public:
    explicit Round(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& folder() const { return folder_; }

    /// None where nothing was kept. Throws Failure(system) for a damaged file.
    std::vector<KeptBatch> batches() const;
    void keep(const std::vector<KeptBatch>& batches) const;

    Job job(std::size_t number) const;
    void keep(std::size_t number, const Job& job) const;

    std::filesystem::path events(std::size_t number) const;        ///< lines that a job adds to while it runs
    std::filesystem::path begin_events(std::size_t number) const;  ///< makes that file, unless it is there

    /// How a job, or one of its tasks, ended; nothing as long as it did not.
    std::optional<Outcome> outcome(std::size_t number, std::optional<std::int64_t> task = {}) const;
    void keep(std::size_t number, const Outcome& outcome, std::optional<std::int64_t> task = {}) const;
    void forget_outcome(std::size_t number, std::optional<std::int64_t> task = {}) const;

    /// That the end of a job has been told, and is never to be told again.
    void conclude(std::size_t number) const;
    bool is_concluded(std::size_t number) const;

    /// Gives the job script's path.
    std::filesystem::path keep_script(const std::string& text) const;

    /// What Slurm and the job script print of a batch's jobs: for sbatch, and of one job. `batch`: its index.
    std::string output_pattern(std::size_t batch, bool is_array) const;
    std::filesystem::path output(std::size_t batch, std::optional<std::size_t> index) const;

private:
    std::filesystem::path job_file(std::size_t number, const std::string& kind) const;

    std::filesystem::path folder_;
};

/// Where a job was submitted last.
struct Submitted {
    std::filesystem::path round;
    std::size_t batch = 0;
    std::optional<std::size_t> index;  ///< in the batch's array; absent: it is alone
    std::string token;
    std::string id;  ///< Slurm's number of the job, "17" or "17_3"; empty: not known
};

/// The folder of all rounds of a queue, by the queue's folder in the record.
std::filesystem::path rounds_of(const std::filesystem::path& queue_folder);

/// A new round, whose folder is made. Throws Failure(system).
Round new_round(const std::filesystem::path& rounds);

/// By the number in the record.
std::map<std::size_t, Submitted> last_submissions(const std::filesystem::path& rounds);

/// "17", or "17_3" of an array.
std::string job_id(const std::string& batch_id, std::optional<std::size_t> index);

/// Reads the events that are added to a file.
class EventTail {
public:
    explicit EventTail(std::filesystem::path file) : file_(std::move(file)) {}

    /// Hands on what was added since the last time; false: nothing was. Lines that are no event are left out.
    bool read(const std::function<void(const core::Event&)>& hear);

private:
    std::filesystem::path file_;
    std::uint64_t offset_ = 0;
    std::string pending_;
};

}  // namespace graft::jobs::slurm
