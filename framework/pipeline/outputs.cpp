// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/outputs.hpp"

#include "pipeline/section.hpp"

namespace graft::pipeline {

Outputs outputs_of(const Node& document, core::Problems& problems) {
    const Node* node = document.is_map() ? document.find("outputs") : nullptr;
    if (node == nullptr) {
        return {};
    }
    const Section section(*node, {"outputs", document.key_place("outputs")}, {"outputs"}, problems);
    return {section.values().boolean("tensorboard"), section.values().boolean("plugins")};
}

}  // namespace graft::pipeline
