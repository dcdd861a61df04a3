// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/ridge.hpp"

#include <ATen/ATen.h>

namespace graft::solve {

bool count_alike(const Targets& targets) {
    const at::Tensor most = targets.mass.max();
    return (targets.mass >= (1 - 1e-9) * most).all().item<bool>();
}

RidgePath::RidgePath(const Basis& basis, const Targets& targets)
    : basis_(basis), mass_(targets.mass.max().item<double>()), mean_(targets.wanted.mean(0)) {
    product_ = basis.samples().t().mm(targets.wanted - mean_);
}

std::vector<Weights> RidgePath::side_by_side(const at::Tensor& strengths, const Effort& /*effort*/) {
    std::vector<Weights> found;
    for (const at::Tensor& strength : strengths.unbind()) {
        found.push_back({product_ / (basis_.squares() + 1 / (strength * mass_)).unsqueeze(1), mean_});
    }
    return found;
}

WeightedRidgePath::WeightedRidgePath(const Basis& basis, const Targets& targets)
    : basis_(basis), targets_(targets) {
    last_ = at::zeros({basis.squares().size(0) + 1, targets.wanted.size(1)}, at::kDouble);
    last_[-1].copy_((targets.mass * targets.wanted).sum(0) / targets.mass.sum(0).clamp_min(1e-300));
}

std::int64_t WeightedRidgePath::numbers_held() const {
    return 8 * (targets_.wanted.numel() + last_.numel());
}

/// The second derivatives times tables of weights and intercepts. `pull`: mass by strength.
at::Tensor WeightedRidgePath::times(const at::Tensor& pull, const at::Tensor& table) const {
    const at::Tensor weights = table.slice(0, 0, -1);
    const at::Tensor slopes = at::addmm(table[-1], basis_.samples(), weights).mul_(pull);
    return at::cat({at::addmm(weights, basis_.samples().t(), slopes), slopes.sum(0, /*keepdim=*/true)});
}

/// Columns: the outputs of the first strength, then those of the second, ... Each has steps of its own.
std::vector<Weights> WeightedRidgePath::side_by_side(const at::Tensor& strengths, const Effort& effort) {
    constexpr int most_steps = 1000;
    const std::int64_t count = strengths.size(0);
    const std::int64_t outputs = targets_.wanted.size(1);
    const at::Tensor pull =
        targets_.mass.repeat({1, count}).mul_(strengths.repeat_interleave(outputs).unsqueeze(0));
    const at::Tensor wanted = pull * targets_.wanted.repeat({1, count});
    at::Tensor table = last_.repeat({1, count});
    const at::Tensor total = pull.sum(0).clamp_min(1e-300);
    const at::Tensor curvature = at::cat(
        {at::outer(basis_.squares(), total / static_cast<double>(pull.size(0))).add_(1), total.unsqueeze(0)});
    const at::Tensor right = at::cat({basis_.samples().t().mm(wanted), wanted.sum(0, /*keepdim=*/true)});
    at::Tensor residual = right - times(pull, table);
    at::Tensor scaled = residual / curvature;
    at::Tensor direction = scaled.clone();
    at::Tensor product = (residual * scaled).sum(0);
    const at::Tensor aim = effort.tolerance * effort.tolerance * (right * right / curvature).sum(0);
    for (int step = 0; step < most_steps && (product > aim).any().item<bool>(); ++step) {
        effort.go_on();
        const at::Tensor turned = times(pull, direction);
        const at::Tensor length = product / (direction * turned).sum(0).clamp_min(1e-300);
        table.addcmul_(direction, length.expand_as(direction));
        residual.addcmul_(turned, length.expand_as(turned), -1);
        scaled = residual / curvature;
        const at::Tensor next = (residual * scaled).sum(0);
        direction = scaled + direction * (next / product.clamp_min(1e-300));
        product = next;
    }
    const at::Tensor reached = product <= aim;
    std::vector<Weights> found;
    for (std::int64_t begin = 0; begin < table.size(1); begin += outputs) {
        const at::Tensor one = table.narrow(1, begin, outputs);
        found.push_back({one.slice(0, 0, -1), one[-1], reached.narrow(0, begin, outputs).all().item<bool>()});
    }
    last_ = table.slice(1, -outputs).clone();
    return found;
}

}  // namespace graft::solve
