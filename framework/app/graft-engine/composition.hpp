// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "data/batch.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// A pipeline with everything it names: checked in full, nothing of the data read but its schema.
struct Composition {
    pipeline::Pipeline pipeline;
    std::unique_ptr<plugin::Registry> registry;
    const Component* dataset = nullptr;
    Options dataset_options;
    std::vector<TargetSchema> schema;
    model::Model model;
    std::vector<model::Freezing> freezing;  ///< one a phase
};

/// The plugins of the request's folders and of `pipeline_folders`. Throws Failure(plugin) when one of the
/// files there cannot be used.
std::unique_ptr<plugin::Registry> open_registry(const CommandContext& context,
                                                const std::vector<std::string>& pipeline_folders);

/// Loads, validates and composes. Throws one Failure with all problems of the pass.
Composition compose(const CommandContext& context, const std::string& pipeline_file,
                    const std::vector<std::string>& sets);

/// Opens one split of the composition's data set, or of the one at another root.
std::shared_ptr<Dataset> open_dataset(const Component& component, const Options& options,
                                      const std::string& split, const std::vector<TargetSchema>& schema,
                                      const core::Place& place);

/// The folder of a run: itself, or the newest run below it. Throws Failure(pipeline) when there is none.
std::string find_run(const std::string& folder);

}  // namespace graft::engine
