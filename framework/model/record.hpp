// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// model.json: the parts of a model as JSON and back. Reading throws Failure(data) that names what is wrong;
// the caller adds the file.
#pragma once

#include <optional>
#include <string>

#include "core/event.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"
#include "image/preprocess.hpp"

namespace graft::model {

/// Under this name a safetensors file of ours carries to_json(preprocess) as its metadata.
inline constexpr const char* preprocess_key = "graft.preprocess";

/// An option without a value is null.
core::Json option_to_json(const OptionValue& value);
core::Json to_json(const Options& options);
core::Json to_json(const TargetSchema& schema);
core::Json to_json(const image::Preprocess& preprocess);

/// Every option of the table must be there in its type, and none besides.
Options options_from_json(const core::Json& json, const OptionTable& table);
TargetSchema schema_from_json(const core::Json& json);
image::Preprocess preprocess_from_json(const core::Json& json);

/// The preprocessing that a run's folder, or a safetensors file of a run, records; nothing where the path
/// is neither or cannot be read (loading the weights then reports why).
std::optional<image::Preprocess> recorded_preprocess(const std::string& weights);

}  // namespace graft::model
