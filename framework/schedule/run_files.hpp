// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What lies in a run's folder: the one place that spells it.
#pragma once

#include <string>

namespace graft::schedule {

namespace run_files {
inline constexpr const char* record = "run.json";
inline constexpr const char* pipeline = "pipeline.yaml";
inline constexpr const char* metrics = "metrics.jsonl";
inline constexpr const char* log = "log.txt";
inline constexpr const char* evaluation = "evaluation.json";
inline constexpr const char* validation_picture = "predictions.png";
inline constexpr const char* prediction_picture = "predict.png";
inline constexpr const char* masks = "masks";
inline constexpr const char* model = "model";
inline constexpr const char* checkpoints = "checkpoints";
inline constexpr const char* last_checkpoint = "checkpoints/last";
}  // namespace run_files

/// The path of a file of a run.
std::string run_file(const std::string& run, const char* name);

/// The run that a folder means: itself, or the only run right below it. Throws Failure(pipeline) when there
/// is none, and when there are several, which it lists, newest first.
std::string find_run(const std::string& folder);

/// Writes into the record of a run whose engine died that it failed, and why; a record that says how the run
/// ended stays as it is. Never throws: it comes after what has to be told.
void record_death(const std::string& run, const std::string& error) noexcept;

}  // namespace graft::schedule
