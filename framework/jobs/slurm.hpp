// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Slurm's programs: what graft tells them and what it makes of their answers. No shell sees any of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/problem.hpp"
#include "jobs/job.hpp"

namespace graft::jobs::slurm {

/// What a user, or a site, says of how jobs are submitted. The record keeps it.
struct SubmitOptions {
    std::vector<std::string> words;        ///< options of sbatch without their dashes: "partition=gpu"
    std::string script;                    ///< the text of the site's own job script; empty: graft's
    std::optional<std::size_t> at_once{};  ///< jobs of each sweep at the same time
};

core::Json to_json(const SubmitOptions& options);
SubmitOptions options_from_json(const core::Json& json);

/// What is wrong with options for sbatch: words that are none, and options that graft sets itself.
core::Problems problems_of(const std::vector<std::string>& words);

/// What is wrong with the text of a job script; empty: nothing.
std::string problem_of_script(const std::string& script);

/// Jobs that one sbatch submits: one, or an array of such as differ in nothing that Slurm must know.
struct JobBatch {
    std::vector<std::size_t> jobs;   ///< numbers in the record
    std::vector<std::string> after;  ///< Slurm's numbers of jobs that must have ended well before
    std::size_t tasks = 1;           ///< processes of each job
    std::int64_t threads = 0;        ///< of each process; 0: as the site has it
    bool wants_gpu = false;          ///< one for each process
    double time_limit = 0;           ///< seconds after which graft itself ends each job; 0: none
    std::string name;                ///< as squeue shows it
    std::string token;               ///< by which it is found again (the comment)
    std::string working_folder;
    std::string output;                ///< what Slurm and the job script print; Slurm's pattern
    std::string script;                ///< the job script's path
    std::vector<std::string> command;  ///< what the script runs
};

/// The words of the sbatch that submits it, the program first.
std::vector<std::string> sbatch_words(const JobBatch& batch, const SubmitOptions& options);

/// A path as Slurm takes it where it knows patterns.
std::string as_pattern(const std::string& path);

/// Submits and gives Slurm's number. Throws Failure: pipeline where Slurm refuses, system where it cannot be
/// asked.
std::string submit(const JobBatch& batch, const SubmitOptions& options);

/// Where Slurm has a job, in its own words.
struct SlurmState {
    std::string name;    ///< "PENDING"
    std::string reason;  ///< why it waits, or how it ended
};

/// This user's jobs that Slurm still knows: those that wait or run, and some that have ended.
struct KnownJobs {
    std::map<std::string, SlurmState> states;     ///< by number: "17", or "17_3" of an array
    std::map<std::string, std::string> by_token;  ///< Slurm's number of what has the token
};

/// Asks Slurm. Nothing where it cannot be reached: then it is not known how any job is, and `why` says it.
std::optional<KnownJobs> ask(std::string& why);

/// Whether a job in this state will not run again.
bool is_over(const SlurmState& state);

/// What accounting knows of how a job ended; nothing where there is none.
std::optional<SlurmState> ask_accounting(const std::string& id);

/// How a job ended that left no outcome of its own. `state`: nothing: Slurm does not know it any more.
Outcome outcome_of(const std::string& id, const std::optional<SlurmState>& state);

/// Has a job, which is in this state, save and end; one that waits does not begin. Throws Failure(system)
/// where Slurm cannot be reached.
void cancel(const std::string& id, const SlurmState& state);

/// Asks Slurm to begin a job in five seconds that waits for its start time; a refusal is ignored. Never
/// throws.
void hurry(const std::string& id);

/// Inside a job: has it begin anew when there is room. False: Slurm refuses. Throws Failure(system) where
/// scontrol is not there or does not answer.
bool requeue(const std::string& id);

/// Inside a job: a name or address that all its nodes reach the first one by. Throws Failure(system) where
/// scontrol is not there or does not answer.
std::string first_node(const std::string& nodes);

}  // namespace graft::jobs::slurm
