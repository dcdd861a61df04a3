// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "data/splits.hpp"
#include "model/freeze.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// A pipeline with everything it names: checked in full, nothing of the data read but its schema.
struct Composition {
    pipeline::Pipeline pipeline;
    std::unique_ptr<plugin::Registry> registry;
    plugin::ComponentHandle dataset;
    Options dataset_options;
    std::vector<TargetSchema> schema;
    model::Model model;
    std::vector<model::Freezing> freezing;  ///< one a phase
    std::string without_data;  ///< why the data could not be asked for their classes, which are placeholders
                               ///< then; empty: they were
    std::vector<std::string> split_notes;  ///< which splits were found, where the pipeline names none
};

/// The plugins of the request's folders and of `pipeline_folders`. Throws Failure(plugin) when one of the
/// files there cannot be used.
std::unique_ptr<plugin::Registry> open_registry(const CommandContext& context,
                                                const std::vector<std::string>& pipeline_folders);

/// The plugins for the model of a run: as above, with the folders that the run's own pipeline.yaml names
/// (like everywhere, relative to the working directory).
std::unique_ptr<plugin::Registry> open_run_registry(const CommandContext& context, const std::string& run);

/// Sends `loading` and `loaded` events, which must outlive the registry.
void tell_of_loading(plugin::Registry& registry, core::EventSink& events);

/// Whether data that cannot be looked at end the composition.
enum class NeedsData { yes, no };

/// Loads, validates and composes. Throws one Failure with all problems of the pass. Where the data set cannot
/// be asked for its targets, those that its options tell stand in for the rest of the pass.
Composition compose(const CommandContext& context, const pipeline::LoadRequest& request,
                    NeedsData needs_data = NeedsData::yes);

/// The same, of a document that `file` and what belongs to it gave.
Composition compose(const CommandContext& context, const pipeline::Node& document, const std::string& file,
                    NeedsData needs_data = NeedsData::yes);

/// The pipeline that a request, or a part of one, asks for by `pipeline`, `sets` and `variation`.
pipeline::LoadRequest asked_pipeline(const core::Json& request);

/// Opens the splits that a pipeline describes, corrected as it says, with no more samples than it asks for.
data::Splits open_splits(const pipeline::Pipeline& pipeline, const plugin::ComponentHandle& dataset,
                         const Options& options, const model::Model& model);

/// Opens one split of a data set for a model: its schema, and pictures of its input's size.
plugin::DatasetHandle open_dataset(const plugin::ComponentHandle& component, const Options& options,
                                   const std::string& split, const model::Model& model,
                                   const core::Place& place);

}  // namespace graft::engine
