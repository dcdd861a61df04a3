// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "weights/weight_file.hpp"

namespace graft::model {

/// A tensor's name and shape.
struct NamedShape {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// A file's tensors under the names that a backbone gives them.
struct BackboneNames {
    std::map<std::string, const weights::Tensor*> tensors;
    std::map<std::string, const weights::Tensor*> heads;  ///< "heads.NAME...", if asked for
    std::vector<std::string> steps;                       ///< what was done, in words
    std::vector<std::string> left_out;                    ///< the file's names that are no backbone's
};

/// What the pipeline says (`strip`, then `rename`), then what the names ask for: of a run's tensors only the
/// backbone's count; of any other file's a prefix ("module.", "student.backbone.") comes off under which more
/// of the `wanted` names stand than without it. Where several fit alike, averages over the training (ema,
/// teacher) stand back. Throws Failure(pipeline) where strip or rename matches nothing, or heads are asked of
/// what is no run's; Failure(data) where two names become one, or two prefixes fit alike.
BackboneNames backbone_names(const weights::WeightFile& file, const pipeline::Backbone& backbone,
                             const std::vector<NamedShape>& wanted, const std::string& source);

/// The file's names in the order of its writer, after the pipeline's `strip` and `rename`.
std::vector<NamedShape> changed_names(const weights::WeightFile& file, const pipeline::Backbone& backbone);

}  // namespace graft::model
