// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "graft/plugin.hpp"

/// The least that is a loss; what is wrong with the plugins here lies elsewhere.
class BrokenLoss : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"value", {graft::space::values}}};
    }
    BrokenLoss(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        return {outputs[0], targets[0].present};
    }
};
