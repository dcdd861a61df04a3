// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "command.hpp"
#include "data/subset.hpp"
#include "model/model.hpp"

namespace graft::engine {

/// Samples of a subset by their ids.
using Places = std::map<std::string, std::int64_t>;

/// Grad-CAMs of the samples that a request names under `gradcam`, by answers: [{"answer", "ids"}]; `layer`:
/// the stage, or empty. Gives one entry a sample: `answer`, `id`, `of` (the predicted class, or empty),
/// `stage`, `grid` (rows of numbers) and `jpeg`; what cannot be explained or read is left out. Throws
/// Failure(pipeline) for a layer that is none.
core::Json explanations(const CommandContext& context, const model::Model& model, const data::Subset& subset,
                        const Places& places, const at::Device& device);

}  // namespace graft::engine
