// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A backbone whose constructor throws what is no graft::Error.
#include <stdexcept>

#include "graft/plugin.hpp"

class ThrowingBackbone : public graft::Backbone {
public:
    ThrowingBackbone(const graft::Options&, const graft::BackboneContext&) {
        throw std::runtime_error("no legs to stand on");
    }
};

GRAFT_BACKBONE(ThrowingBackbone, "broken_constructor", "1.0.0", "A backbone that cannot be made")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
