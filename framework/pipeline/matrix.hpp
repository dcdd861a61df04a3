// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `matrix:`: the pipelines that one file stands for.
#pragma once

#include <vector>

#include <string>
#include <utility>
#include <vector>
#include "pipeline/document.hpp"

#include "pipeline/pipeline.hpp"

namespace graft::pipeline {

/// What one of a file's pipelines has that the others may not.
struct Variation {
    std::string label;  ///< "lr=0.01,use=resnet34"; unique in the file
    std::vector<Assignment> values;
    std::vector<std::pair<std::string, std::string>> texts = {};  ///< paths, and values as a label has them
};

/// Every variation of `matrix`, the grid's first path varying slowest: the grid or its random sample without
/// what `exclude` names, then those of `include`. One without values where the document has no matrix.
std::vector<Variation> variations_of(const Node& document, core::Problems& problems);

/// Puts a variation's values into the document, its label behind the name, and takes `matrix` away. `file`
/// names a pipeline that does not name itself.
void apply_variation(Node& document, const Variation& variation, const std::string& file,
                     core::Problems& problems);

}  // namespace graft::pipeline
