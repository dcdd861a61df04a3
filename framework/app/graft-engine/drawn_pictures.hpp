// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "command.hpp"
#include "core/event.hpp"
#include "data/subset.hpp"
#include "explanations.hpp"
#include "model/model.hpp"

namespace graft::engine {

/// What heads find, drawn into pictures of samples: masks and boxes, which nothing but a drawing shows. Of
/// each head and sample of the request's `drawn`, [{"head","ids"}], which has such an answer: {"head", "id",
/// "width", "height", "jpeg", "says": lines, "keys": [{"name","color"}], "truth": whether true places are
/// drawn, too}. Warns of letters that no font has.
core::Json drawn_pictures(const CommandContext& context, const model::Model& model,
                          const data::Subset& subset, const Places& places, const at::Device& device);

}  // namespace graft::engine
