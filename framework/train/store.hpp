// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include "model/model.hpp"
#include "train/optimizer.hpp"
#include "train/progress.hpp"

namespace graft::train {

/// What a checkpoint holds.
struct SavedRun {
    Progress progress;
    NamedTensors model;
    NamedTensors optimizer;
};

/// The bytes of a checkpoint. Throws Failure(training) when a tensor of the model is not finite: a good
/// checkpoint is never replaced by a ruined one.
std::string pack_run(const Progress& progress, const model::Model& model, const Optimizer& optimizer);

/// Throws Failure(data) that names the file and its damaged section.
SavedRun read_run(const std::filesystem::path& path);

/// As `read_run`, for a run that goes on. Nothing else is taken in silence where the file is damaged: the
/// message says whether checkpoints/best is whole and how to go on from there.
SavedRun read_run_to_resume(const std::filesystem::path& path);

}  // namespace graft::train
