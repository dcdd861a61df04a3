// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the members of the family share. To add one: a file like l1.cpp, and a line in CMakeLists.txt.
#pragma once

#include <string>
#include <vector>

#include "graft/loss.hpp"

namespace graft::elementwise {

/// A loss of every number [N, ...] beside its target's. A sample's loss is the mean over those of its
/// numbers that are known, its weight their share, so that every known number counts alike in the host's
/// mean. Presence is [N], or has the leading dimensions of the values ([N, P] for points [N, P, 2]).
class ElementwiseLoss : public Loss {
public:
    static std::vector<LossPort> ports(const Options&);

    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) final;

protected:
    /// `name` stands in messages.
    explicit ElementwiseLoss(std::string name);

    /// The loss of each number; output and target have one shape and type.
    virtual at::Tensor compare(const at::Tensor& output, const at::Tensor& target) const = 0;

private:
    std::string name_;
};

}  // namespace graft::elementwise
