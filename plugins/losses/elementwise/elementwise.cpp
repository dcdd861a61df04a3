// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "elementwise.hpp"

#include <sstream>
#include <utility>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/head.hpp"

namespace graft::elementwise {
namespace {

/// Presence as 0 and 1 in the shape of the values, each entry standing for all below it.
at::Tensor spread(const std::string& name, const at::Tensor& present, const at::Tensor& values) {
    bool leads = present.dim() >= 1 && present.dim() <= values.dim();
    for (std::int64_t axis = 0; leads && axis < present.dim(); ++axis) {
        leads = present.size(axis) == values.size(axis);
    }
    if (!leads) {
        std::ostringstream message;
        message << name << ": presence " << present.sizes()
                << " must have the leading dimensions of the values " << values.sizes();
        throw Error(ErrorKind::internal, message.str());
    }
    at::Tensor known = present;
    while (known.dim() < values.dim()) {
        known = known.unsqueeze(-1);
    }
    return known.expand_as(values).to(values.dtype());
}

/// [N, everything else].
at::Tensor by_sample(const at::Tensor& values) {
    return values.dim() == 1 ? values.unsqueeze(1) : values.flatten(1);
}

}  // namespace

std::vector<LossPort> ElementwiseLoss::ports(const Options&) {
    return {{"values", {space::values}}};
}

ElementwiseLoss::ElementwiseLoss(std::string name) : name_(std::move(name)) {}

LossValue ElementwiseLoss::forward(const std::vector<at::Tensor>& outputs,
                                   const std::vector<Column>& targets) {
    const at::Tensor& output = outputs.front();
    const Column& target = targets.front();
    require_same_shape(output, target.values, name_ + ", outputs and encoded targets");
    const at::Tensor known = by_sample(spread(name_, target.present, output));
    const at::Tensor losses = by_sample(compare(output, target.values.to(output.dtype())));
    const at::Tensor count = known.sum(1);
    return {(losses * known).sum(1) / count.clamp_min(1), count / static_cast<double>(known.size(1))};
}

}  // namespace graft::elementwise
