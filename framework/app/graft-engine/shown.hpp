// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "data/subset.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// A model and the samples that it is shown, split by split.
struct Shown {
    pipeline::Pipeline pipeline;
    std::unique_ptr<plugin::Registry> registry;
    model::Model model;
    bool is_trained = false;
    std::vector<std::pair<std::string, data::Subset>> splits;
};

/// The trained model of a run, and its data as the request's `data`, `sets` and `split` say. Throws Failure.
Shown shown_by_run(CommandContext& context, const std::string& run);

/// The backbone as its weights are; the heads know nothing yet. Likewise.
Shown shown_by_pipeline(CommandContext& context, const std::string& file);

}  // namespace graft::engine
