// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "start/finding.hpp"

namespace graft::start {

struct DraftRequest {
    std::string root;     ///< of the data, as the pipeline shall name it
    std::string name;     ///< of the pipeline; "" for the root's last folder
    std::string weights;  ///< for EfficientNet-Lite0, or "none": a ResNet18 from random values
    std::string schema;   ///< the JSON Schema that editors check the file against; "" for none
};

/// The text of a pipeline that learns what was found, with comments; `finding` has no refusal.
std::string draft_pipeline(const Finding& finding, const DraftRequest& request);

}  // namespace graft::start
