// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "composition.hpp"
#include "core/event.hpp"
#include "data/classes.hpp"
#include "data/loader.hpp"
#include "data/splits.hpp"

namespace graft::engine {

/// The splits of a pipeline and what reads them.
struct Loaders {
    data::Splits splits;
    std::vector<data::ClassCounts> classes;
    std::unique_ptr<data::Loader> train;
    std::unique_ptr<data::Loader> val;  ///< null: there is no validation set
};

/// Opens the data set's splits; each loader fills its batches with so many threads, for a model on `device`.
Loaders open_loaders(const Composition& made, int threads, const at::Device& device);

/// How a trained model's samples are read, in their order and as they are, for the model on `device`.
data::LoaderOptions reading_options(const model::Model& model, const pipeline::Pipeline& pipeline,
                                    const jobs::Resources& resources, const at::Device& device);

/// The samples of each class. Throws Failure(data) for a class of validation that training lacks.
std::vector<data::ClassCounts> counted_classes(const data::Splits& splits, const Composition& made);

/// [{"target","classes":[{"name","train","val"}]}]: samples a class, in the order of the classes.
core::Json classes_to_json(const std::vector<data::ClassCounts>& counts,
                           const std::vector<TargetSchema>& schema);

/// Gives losses the class weights that the training counts tell, or those that a run recorded; see
/// model::balance.
core::Json balance_losses(Composition& made, const Loaders& loaders, const core::Json& recorded);

/// Files that were left out, [{"file","reason"}]: what the data sets refused and what could not be decoded.
core::Json left_out(const Loaders& loaders);

/// Names the first few of such a list, so that nothing is left out in silence; `where` tells of the others.
void warn_left_out(const CommandContext& context, const core::Json& list, const std::string& where);

/// {"points": {"known":..,"outside":..}} a target of points, over all that a loader handed out.
core::Json point_counts(const data::Loader& loader);

/// Says once what many of the pictures that a loader handed out have in common.
void warn_of_pictures(const data::Loader& loader, const model::Model& model, const pipeline::Data& data,
                      core::EventSink& events);

/// Tells, after the first epoch, of the decoded pictures that stay in memory or do not fit. Event: "decoded".
void tell_of_decoded(const Loaders& loaders, core::EventSink& events);

/// Says when many of the training points lay beside the input.
void warn_points_outside(const CommandContext& context, const data::Loader& loader);

}  // namespace graft::engine
