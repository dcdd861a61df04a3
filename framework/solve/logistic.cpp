// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/logistic.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "solve/minimise.hpp"

namespace graft::solve {

LogisticPath::LogisticPath(const Basis& basis, const Targets& targets)
    : basis_(basis),
      halves_(targets.term == Term::softmax && targets.wanted.size(1) == 2),
      targets_(halves_ ? Targets{Term::sigmoid, targets.wanted.slice(1, 1, 2), targets.mass} : targets),
      point_(at::zeros({(basis.squares().size(0) + 1) * targets_.wanted.size(1)}, at::kDouble)) {}

Weights LogisticPath::unpacked(const at::Tensor& point) const {
    const std::int64_t columns = targets_.wanted.size(1);
    const at::Tensor table = point.view({-1, columns});
    return {table.slice(0, 0, -1), table[-1]};
}

double LogisticPath::value(double strength, const at::Tensor& point, at::Tensor& gradient) const {
    const Weights weights = unpacked(point);
    const at::Tensor outputs = weights.outputs(basis_.samples());
    const at::Tensor slope = loss_gradient(targets_, outputs).mul_(strength);
    const at::Tensor of_weights = at::addmm(weights.weight, basis_.samples().t(), slope);
    gradient = at::cat({of_weights, slope.sum(0, /*keepdim=*/true)}).flatten();
    return strength * loss_sum(targets_, outputs) + weights.weight.square().sum().item<double>() / 2;
}

/// Where all outputs are 0 and every sample counts alike: about right at the beginning, and the scale later.
at::Tensor LogisticPath::curvature(double strength) const {
    const auto columns = static_cast<double>(targets_.wanted.size(1));
    const double bend = targets_.term == Term::sigmoid ? 0.25 : (columns - 1) / (columns * columns);
    const at::Tensor mass = targets_.mass.sum(0).clamp_min(1e-12).expand({targets_.wanted.size(1)});
    const auto samples = static_cast<double>(targets_.wanted.size(0));
    const at::Tensor of_weights = at::outer(basis_.squares(), mass).mul_(strength * bend / samples).add_(1);
    return at::cat({of_weights, (strength * bend * mass).unsqueeze(0)}).flatten();
}

/// [(R + 1) K, (R + 1) K], in the order of a point.
at::Tensor LogisticPath::second_derivative(double strength, const at::Tensor& point) const {
    const at::Tensor outputs = unpacked(point).outputs(basis_.samples());
    const std::int64_t columns = outputs.size(1);
    const at::Tensor samples = at::cat({basis_.samples(), at::ones({outputs.size(0), 1}, at::kDouble)}, 1);
    const std::int64_t rows = samples.size(1);
    const bool shared = targets_.term == Term::softmax;
    const at::Tensor chances = shared ? at::softmax(outputs, 1) : at::sigmoid(outputs);
    const at::Tensor mass = targets_.mass * strength;
    at::Tensor result = at::zeros({rows, columns, rows, columns}, at::kDouble);
    for (std::int64_t first = 0; first < columns; ++first) {
        for (std::int64_t second = shared ? 0 : first; second < (shared ? columns : first + 1); ++second) {
            const at::Tensor own = chances.select(1, first);
            const at::Tensor bend = first == second ? own * (1 - own) : -own * chances.select(1, second);
            const at::Tensor counts = mass.select(1, shared ? 0 : first);
            result.select(3, second).select(1, first).copy_(
                samples.t().mm(samples * (bend * counts).unsqueeze(1)));
        }
    }
    result = result.view({rows * columns, rows * columns});
    result.diagonal().slice(0, 0, -columns).add_(1);
    // Of a softmax all intercepts may move alike.
    result.diagonal().slice(0, -columns).add_(1e-10 * mass.sum() + 1e-14);
    return result;
}

Weights LogisticPath::at(double strength, double tolerance) {
    Function function;
    function.at = [&](const at::Tensor& point, at::Tensor& gradient) {
        return value(strength, point, gradient);
    };
    function.curvature = curvature(strength);
    constexpr std::int64_t most_for_newton = 1000;
    if (point_.numel() <= most_for_newton) {
        function.newton = [&](const at::Tensor& point, const at::Tensor& gradient) {
            const at::Tensor lower = at::linalg_cholesky(second_derivative(strength, point));
            return at::cholesky_solve(gradient.unsqueeze(1), lower).squeeze(1);
        };
    }
    const double bend = unpacked(function.curvature).intercept.min().item<double>();
    // The penalty's second derivative is 1, so the weights are no further off than their gradient is long.
    function.is_minimum = [&](const at::Tensor& point, const at::Tensor& gradient) {
        const Weights slope = unpacked(gradient);
        const double length = unpacked(point).weight.norm().item<double>();
        return slope.weight.norm().item<double>() <= tolerance * std::max(1.0, length) &&
               slope.intercept.norm().item<double>() <= tolerance * std::min(1.0, bend);
    };
    const Minimum minimum = minimise(function, point_);
    point_ = minimum.point;
    reached_ = reached_ && minimum.reached;
    const Weights weights = unpacked(point_);
    if (!halves_) {
        return weights;
    }
    return {at::cat({-weights.weight, weights.weight}, 1) / 2,
            at::cat({-weights.intercept, weights.intercept}) / 2};
}

}  // namespace graft::solve
