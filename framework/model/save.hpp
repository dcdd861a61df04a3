// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include "model/model.hpp"
#include "plugin/registry.hpp"

namespace graft::model {

/// The files of a model's folder.
inline constexpr const char* weights_file = "weights.safetensors";
inline constexpr const char* record_file = "model.json";

/// The weights of a run's folder, or of a model's own folder; empty where neither has them.
std::filesystem::path weights_below(const std::filesystem::path& folder);

/// Writes and reads the folder `model/` of a run: weights.safetensors (paths as in `tensors`) and model.json
/// (preprocessing, target schemas, plugin ids, versions and options). Reading needs only that folder and
/// the plugins; the model comes back on the CPU in eval mode. Throws Failure(system | data | plugin).
void save_model(const Model& model, const std::string& folder);
Model load_model(const std::string& folder, plugin::Registry& registry);

/// What model.json holds: all that makes a model but its tensors.
std::string model_record(const Model& model);

/// A model from such a text, its tensors as its plugins make them. Errors name `source`. Throws
/// Failure(data | plugin).
Model model_from_record(const std::string& record, const std::string& source, plugin::Registry& registry);

}  // namespace graft::model
