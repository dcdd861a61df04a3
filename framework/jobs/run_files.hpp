// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What lies in a run's folder: the one place that spells it.
#pragma once

#include <string>

#include "core/event.hpp"

namespace graft::jobs {

namespace run_files {
inline constexpr const char* record = "run.json";
inline constexpr const char* pipeline = "pipeline.yaml";
inline constexpr const char* metrics = "metrics.jsonl";
inline constexpr const char* log = "log.txt";
inline constexpr const char* evaluation = "evaluation.json";
inline constexpr const char* predictions = "predictions.csv";
inline constexpr const char* report = "report.html";
inline constexpr const char* validation_picture = "predictions.png";
inline constexpr const char* prediction_picture = "predict.png";
inline constexpr const char* masks = "masks";
inline constexpr const char* tensorboard = "tensorboard";
inline constexpr const char* model = "model";
inline constexpr const char* plugins = "plugins";
inline constexpr const char* checkpoints = "checkpoints";
inline constexpr const char* best_checkpoint = "checkpoints/best";
}  // namespace run_files

/// The path of a file of a run.
std::string run_file(const std::string& run, const char* name);

/// The run that a folder means: itself, or the only run right below it. Throws Failure(pipeline) when there
/// is none, and when there are several, which it lists, newest first.
std::string find_run(const std::string& folder);

/// As `find_run`, and a folder in which a run was killed before it could write its record.
std::string find_run_to_resume(const std::string& folder);

/// What run.json says of a run, and what it cannot: a process that is killed writes nothing more.
struct RunState {
    std::string status;  ///< finished, interrupted, failed, running, or killed; empty: nothing is known
    core::Json record = core::Json::object();
};

/// A record that says "running" is believed only while a process has the run's folder locked: else whoever
/// was at work there was killed. Throws Failure(data) for a record that is no JSON object. Changes nothing.
RunState state_of(const std::string& run);

/// Writes into the record of a run whose engine died that it failed, and why; a record that says how the run
/// ended stays as it is, and so does one of a run that a process has locked. Never throws: it comes after
/// what has to be told.
void record_death(const std::string& run, const std::string& error) noexcept;

}  // namespace graft::jobs
