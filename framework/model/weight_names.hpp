// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "weights/weight_file.hpp"

namespace graft::model {

/// A file's tensors under the names that a backbone gives them.
struct BackboneNames {
    std::map<std::string, const weights::Tensor*> tensors;
    std::map<std::string, const weights::Tensor*> heads;  ///< "heads.NAME...", if asked for
    std::vector<std::string> steps;                       ///< what was done, in words
    std::vector<std::string> left_out;                    ///< the file's names that are no backbone's
};

/// What the pipeline says (`strip`, then `rename`), then what every name asks for: "module." and
/// "_orig_mod." of PyTorch's wrappers come off, and of a run's tensors only the backbone's count.
/// Throws Failure(pipeline) where strip or rename matches nothing, or heads are asked of what is no run's;
/// Failure(data) where two names become one.
BackboneNames backbone_names(const weights::WeightFile& file, const pipeline::Backbone& backbone,
                             const std::string& source);

}  // namespace graft::model
