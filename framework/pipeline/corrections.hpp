// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::pipeline {

/// A table that corrects a data set; an empty name: there is none.
struct CorrectionFile {
    std::string name;
    core::Place place;  ///< of the key's value
};

/// The table of `key`: exclude | relabel. `data`: of a pipeline that was interpreted without a problem.
inline CorrectionFile correction_file(const Data& data, const std::string& key) {
    const Node* node = data.use.section.find(key);
    return node == nullptr || !node->is_scalar() ? CorrectionFile()
                                                 : CorrectionFile{node->scalar, node->place};
}

}  // namespace graft::pipeline
