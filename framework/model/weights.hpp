// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/event.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "weights/published.hpp"

namespace graft::model {

/// What became of a weight file's tensors.
struct LoadReport {
    std::string file;  ///< empty: there was none
    std::string container;
    std::vector<std::string> steps;     ///< what was done to its names, in words
    std::int64_t loaded = 0;            ///< tensors that the backbone got, and heads
    std::vector<std::string> missing;   ///< of an original classifier or a new head; they keep their values
    std::vector<std::string> left_out;  ///< of the file, which no kept stage needs
    std::vector<std::string> foreign;   ///< Python's classes and functions that the file names
};

core::Json to_json(const LoadReport& report);

/// Fills the backbone from what `weights:` names: none, an id of the catalogue, a file of any container, or a
/// run's folder. What is said of other programs' names (a common prefix, a state dict among several) stands
/// in `steps`. Every kept stage must be whole; the original classifier may be missing there, and may stand
/// there in excess. With `heads: true` the heads that a run has by the same names are filled, too, and must
/// be whole. Nothing is copied unless all fits. Throws Failure(data), Failure(pipeline) for names in the
/// pipeline's `strip` and `rename` that match nothing, Failure(system) when a fetched file cannot be written.
LoadReport load_weights(Model& model, const pipeline::Backbone& backbone,
                        const weights::FetchControl& control = {});

/// The shapes of a backbone's tensors by their names.
using BackboneShapes = std::map<std::string, std::vector<std::int64_t>>;
BackboneShapes backbone_shapes(const Model& model);

/// Adds a problem where `weights:` names the job that trains a backbone of those shapes, and a kept stage
/// would not be whole. What `strip` and `rename` do is seen when the weights are there.
void check_weights_of_job(const Model& model, const pipeline::Backbone& backbone,
                          const BackboneShapes& trained, core::Problems& problems);

/// Copies values into the model's tensors by path; missing, unexpected and wrongly shaped ones throw
/// Failure(data) together.
void load_tensors(Model& model, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  const std::string& source);

}  // namespace graft::model
