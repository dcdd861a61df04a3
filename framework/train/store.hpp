// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/model.hpp"
#include "train/evaluation.hpp"
#include "train/optimizer.hpp"
#include "train/progress.hpp"

namespace graft::train {

/// What a checkpoint holds.
struct SavedRun {
    Progress progress;
    NamedTensors model;
    NamedTensors optimizer;
    PartialEvaluation evaluation;  ///< of the running epoch, where it was broken off
};

/// The bytes of a checkpoint. Throws Failure(training) when a tensor of the model is not finite: a good
/// checkpoint is never replaced by an unusable one.
std::string pack_run(const Progress& progress, const model::Model& model, const Optimizer& optimizer,
                     const PartialEvaluation& evaluation);

/// Throws Failure(data) that names the file and its damaged section.
SavedRun read_run(const std::filesystem::path& path);

/// How many epochs had ended when a checkpoint was saved; 0 where the file is not there, or not whole.
std::int64_t ended_epochs(const std::filesystem::path& path);

/// As `read_run`, for a run that goes on. Nothing else is taken in silence where the file is damaged: the
/// message says whether checkpoints/best is whole and how to go on from there.
SavedRun read_run_to_resume(const std::filesystem::path& path);

}  // namespace graft::train
