// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "command.hpp"
#include "data/subset.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// A run's model and how it reads its samples.
struct Looked {
    const pipeline::Pipeline& pipeline;
    const model::Model& model;
    const plugin::Registry& registry;
    at::Device device;
};

/// Samples as places in a plane, by the features that the heads read last: those that the run kept, else
/// worked out. Of more than `most` samples so many, drawn by the run's seed. docs/events.md has the fields;
/// {} of fewer than 4 samples, or when it was told to stop.
core::Json sample_map(CommandContext& context, const Looked& looked, data::Subset subset, std::int64_t most);

}  // namespace graft::engine
