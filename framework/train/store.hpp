// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/freeze.hpp"
#include "model/model.hpp"
#include "train/evaluation.hpp"
#include "train/optimizer.hpp"
#include "train/progress.hpp"

namespace graft::train {

/// What is known of a run beside its tensors.
struct RunKnowledge {
    std::string train_statistics;            ///< see BatchSource::statistics; empty: format 1 had none
    std::string val_statistics;              ///< empty: there is no validation set, or format 1 again
    PartialEvaluation evaluation;            ///< of the running epoch, where it was broken off
    std::optional<Evaluation> best;          ///< in the best epoch's checkpoint: its evaluation
    std::vector<MetricState> training = {};  ///< of the running epoch's TrainScores
};

/// What a checkpoint holds.
struct SavedRun {
    Progress progress;
    std::string record;  ///< of the model: see model/save.hpp; empty: format 1 had none
    NamedTensors model;
    NamedTensors optimizer;
    RunKnowledge known;
};

/// What an epoch that is saved is the best of.
struct BestOf {
    bool run = false;
    bool phase = false;  ///< and the next phase begins with it
};

/// The checkpoints of a run: `last`, `best`, and what phases froze, each once: frozen-HASH.safetensors.
/// Every file is replaced in one step, and none is written before those that it refers to.
class Checkpoints {
public:
    explicit Checkpoints(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// A phase begins or goes on: writes its frozen tensors, unless they are there; gives the file's name,
    /// empty where nothing is frozen. Throws Failure(system) where a file cannot be written.
    std::string keep_frozen(const model::Model& model, const model::Freezing& freezing) const;

    /// Writes `best`, where this epoch is it, and then `last`, so that `last` never tells of a best that is
    /// not there; where the epoch is only the best of its phase, it goes into `best-of-phase`, which stays
    /// while the phase does. Removes frozen tensors that none of them needs. Throws Failure(training) when a
    /// tensor of the model is not finite: a good checkpoint is never replaced by an unusable one. Throws
    /// Failure(system) where a file cannot be written.
    void save(const Progress& progress, const model::Model& model, const model::Freezing& freezing,
              const Optimizer& optimizer, const RunKnowledge& known, BestOf best_of) const;

    /// The checkpoint of an epoch that was the best of its phase. Throws Failure(data) where none is of it.
    std::filesystem::path best_of_phase(std::int64_t epoch) const;

    /// The run has finished and its model/ is written. Removes the frozen-*.safetensors whose tensors model/
    /// holds, where a checkpoint finds them, and best-of-phase.
    void leave_frozen_to_model() const;

    std::filesystem::path last() const { return folder_ / "last"; }
    std::filesystem::path best() const { return folder_ / "best"; }

private:
    std::filesystem::path phase_file() const { return folder_ / "best-of-phase"; }
    void remove_phase_file_of_others(std::size_t phase) const;
    void remove_unused_frozen(const std::string& used) const;
    std::vector<std::filesystem::path> frozen_files() const;
    void remove_frozen_but(const std::set<std::string>& needed) const;

    std::filesystem::path folder_;
};

/// Throws Failure(data) that names the file and its damaged section.
SavedRun read_run(const std::filesystem::path& path);

/// Where the run of a checkpoint stands, without its tensors. Throws as `read_run`.
Progress read_progress(const std::filesystem::path& path);

/// The checkpoint in a run's folder that is further on, where the run goes on; empty: there is none. A kill
/// may have come between an epoch's `best` and its `last`.
std::filesystem::path checkpoint_to_resume(const std::filesystem::path& run_folder);

/// As `read_run`, for a run that goes on. Nothing else is taken in silence where the file is damaged: the
/// message says whether checkpoints/best is whole and how to go on from there.
SavedRun read_run_to_resume(const std::filesystem::path& path);

}  // namespace graft::train
