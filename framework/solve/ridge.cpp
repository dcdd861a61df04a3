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

Weights RidgePath::at(double strength, double /*tolerance*/) {
    return {product_ / (basis_.squares() + 1 / (strength * mass_)).unsqueeze(1), mean_};
}

WeightedRidgePath::WeightedRidgePath(const Basis& basis, const Targets& targets)
    : basis_(basis), targets_(targets) {
    const at::Tensor total = targets.mass.sum(0).clamp_min(1e-300);
    const at::Tensor mean = (targets.mass * targets.wanted).sum(0) / total;
    scale_ = ((targets.mass * (targets.wanted - mean).square()).sum(0) / total).sqrt().clamp_min(1e-300);
    table_ = at::zeros({basis.squares().size(0) + 1, targets.wanted.size(1)}, at::kDouble);
    table_[-1].copy_(mean);
}

/// The second derivative times a table of weights and intercepts.
at::Tensor WeightedRidgePath::times(const at::Tensor& mass, double strength, const at::Tensor& table) const {
    const at::Tensor weights = table.slice(0, 0, -1);
    const at::Tensor pull = at::addmm(table[-1], basis_.samples(), weights).mul_(mass).mul_(strength);
    return at::cat({at::addmm(weights, basis_.samples().t(), pull), pull.sum(0, /*keepdim=*/true)});
}

/// The minimum with squares that count so much, by conjugate gradients, each column with steps of its own.
bool WeightedRidgePath::regress(const at::Tensor& mass, double strength, double tolerance) {
    constexpr int most_steps = 1000;
    const at::Tensor total = strength * mass.sum(0).clamp_min(1e-300);
    const at::Tensor curvature = at::cat(
        {at::outer(basis_.squares(), total / static_cast<double>(mass.size(0))).add_(1), total.unsqueeze(0)});
    const at::Tensor wanted = (mass * targets_.wanted).mul_(strength);
    const at::Tensor right = at::cat({basis_.samples().t().mm(wanted), wanted.sum(0, /*keepdim=*/true)});
    at::Tensor residual = right - times(mass, strength, table_);
    at::Tensor scaled = residual / curvature;
    at::Tensor direction = scaled.clone();
    at::Tensor product = (residual * scaled).sum(0);
    // Small beside what there was to do, too: samples that are nearly met weigh so much that `right` says
    // little.
    constexpr double share_of_start = 1e-4;
    const at::Tensor aim =
        at::minimum(tolerance * tolerance * (right * right / curvature).sum(0), share_of_start * product);
    for (int step = 0; step < most_steps; ++step) {
        if ((product <= aim).all().item<bool>()) {
            return true;
        }
        const at::Tensor turned = times(mass, strength, direction);
        const at::Tensor length = product / (direction * turned).sum(0).clamp_min(1e-300);
        table_.addcmul_(direction, length.expand_as(direction));
        residual.addcmul_(turned, length.expand_as(turned), -1);
        scaled = residual / curvature;
        const at::Tensor next = (residual * scaled).sum(0);
        direction = scaled + direction * (next / product.clamp_min(1e-300));
        product = next;
    }
    return false;
}

/// Rounds with errors counted as squares below `near`, until the weights move no more.
bool WeightedRidgePath::settle(const at::Tensor& near, double strength, double tolerance) {
    constexpr int most_rounds = 300;
    const at::Tensor still = at::maximum(near / 30, tolerance * scale_ / 30);
    for (int round = 0; round < most_rounds; ++round) {
        const at::Tensor before = table_.clone();
        const at::Tensor outputs = at::addmm(table_[-1], basis_.samples(), table_.slice(0, 0, -1));
        const at::Tensor distance = at::maximum((outputs - targets_.wanted).abs(), near);
        regress(targets_.mass / distance, strength, tolerance / 10);
        if (((table_ - before).square().sum(0).sqrt() <= still).all().item<bool>()) {
            return true;
        }
    }
    return false;
}

Weights WeightedRidgePath::at(double strength, double tolerance) {
    bool reached = true;
    if (targets_.term == Term::squares) {
        reached = regress(targets_.mass, strength, tolerance);
    } else {
        // A sample that is met once would stay so, since it weighs without bound: what counts as met shrinks.
        for (double near = 0.1; near > tolerance / 2; near /= 4) {
            reached = settle(near * scale_, strength, tolerance);
        }
    }
    reached_ = reached_ && reached;
    return {table_.slice(0, 0, -1).clone(), table_[-1].clone()};
}

}  // namespace graft::solve
