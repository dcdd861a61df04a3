// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/logistic.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "solve/minimise.hpp"

namespace graft::solve {
namespace {

constexpr std::int64_t most_for_newton = 1000;

}  // namespace

LogisticPath::LogisticPath(const Basis& basis, const Targets& targets)
    : basis_(basis),
      halves_(targets.term == Term::softmax && targets.wanted.size(1) == 2),
      targets_(halves_ ? Targets{Term::sigmoid, targets.wanted.slice(1, 1, 2), targets.mass} : targets),
      columns_(targets_.wanted.size(1)),
      last_(at::zeros({columns_ * (basis.squares().size(0) + 1)}, at::kDouble)) {}

/// L-BFGS remembers 20 steps and what the gradients changed over them; outputs are held some times over.
std::int64_t LogisticPath::numbers_held() const {
    return 45 * last_.numel() + 8 * targets_.wanted.numel();
}

/// [P, N, K] at points [P, K (R + 1)].
at::Tensor LogisticPath::outputs(const at::Tensor& points) const {
    const at::Tensor rows = points.reshape({points.size(0) * columns_, -1});
    const at::Tensor intercepts = rows.slice(1, -1);
    return at::addmm(intercepts, rows.slice(1, 0, -1), basis_.samples().t())
        .view({points.size(0), columns_, -1})
        .transpose(1, 2);
}

at::Tensor LogisticPath::values(const at::Tensor& strengths, const at::Tensor& points,
                                at::Tensor& gradients) const {
    const at::Tensor outputs = this->outputs(points);
    const at::Tensor slopes = loss_gradient(targets_, outputs)
                                  .mul_(strengths.view({-1, 1, 1}))
                                  .transpose(1, 2)
                                  .reshape({points.size(0) * columns_, -1});
    const at::Tensor weights = points.view({slopes.size(0), -1}).slice(1, 0, -1);
    gradients = at::cat({at::addmm(weights, slopes, basis_.samples()), slopes.sum(1, /*keepdim=*/true)}, 1)
                    .view_as(points);
    const at::Tensor penalties = weights.square().sum(1).view({-1, columns_}).sum(1) / 2;
    return strengths * loss_sums(targets_, outputs) + penalties;
}

/// Where all outputs are 0 and every sample counts alike: about right at the beginning, and the scale later.
at::Tensor LogisticPath::curvature(const at::Tensor& strengths) const {
    const auto columns = static_cast<double>(columns_);
    const double bend = targets_.term == Term::sigmoid ? 0.25 : (columns - 1) / (columns * columns);
    const at::Tensor mass = targets_.mass.sum(0).clamp_min(1e-12).expand({columns_}).unsqueeze(1);
    const auto samples = static_cast<double>(targets_.wanted.size(0));
    const at::Tensor of_one = at::cat({mass * basis_.squares() / samples, mass}, 1).mul_(bend);
    at::Tensor all = at::outer(strengths, of_one.flatten());
    all.view({-1, of_one.size(1)}).slice(1, 0, -1).add_(1);
    return all;
}

/// [K (R + 1), K (R + 1)], in the order of a point.
at::Tensor LogisticPath::second_derivative(double strength, const at::Tensor& point) const {
    const at::Tensor outputs = this->outputs(point.unsqueeze(0))[0];
    const at::Tensor samples = at::cat({basis_.samples(), at::ones({outputs.size(0), 1}, at::kDouble)}, 1);
    const std::int64_t rows = samples.size(1);
    const bool shared = targets_.term == Term::softmax;
    const at::Tensor chances = shared ? at::softmax(outputs, 1) : at::sigmoid(outputs);
    const at::Tensor mass = targets_.mass * strength;
    at::Tensor result = at::zeros({columns_, rows, columns_, rows}, at::kDouble);
    for (std::int64_t first = 0; first < columns_; ++first) {
        for (std::int64_t second = shared ? 0 : first; second <= first; ++second) {
            const at::Tensor own = chances.select(1, first);
            const at::Tensor bend = first == second ? own * (1 - own) : -own * chances.select(1, second);
            const at::Tensor counts = mass.select(1, shared ? 0 : first);
            const at::Tensor block = samples.t().mm(samples * (bend * counts).unsqueeze(1));
            result.select(2, second).select(0, first).copy_(block);
            result.select(2, first).select(0, second).copy_(block);
        }
    }
    at::Tensor diagonal = at::ones({columns_, rows}, at::kDouble);
    // Of a softmax all intercepts may move alike.
    diagonal.slice(1, -1).fill_(1e-10 * mass.sum() + 1e-14);
    result = result.view({columns_ * rows, columns_ * rows});
    result.diagonal().add_(diagonal.flatten());
    return result;
}

Weights LogisticPath::unpacked(const at::Tensor& point) const {
    const at::Tensor table = point.view({columns_, -1}).t();
    const at::Tensor weights = table.slice(0, 0, -1);
    const at::Tensor intercepts = table[-1];
    if (!halves_) {
        return {weights, intercepts};
    }
    return {at::cat({-weights, weights}, 1) / 2, at::cat({-intercepts, intercepts}) / 2};
}

std::vector<Weights> LogisticPath::side_by_side(const at::Tensor& strengths, const Effort& effort) {
    Functions functions;
    functions.evaluate = [&](const at::Tensor& which, const at::Tensor& points, at::Tensor& gradients) {
        effort.go_on();
        return values(strengths.index_select(0, which), points, gradients);
    };
    functions.curvature = curvature(strengths);
    if (last_.numel() <= most_for_newton) {
        functions.newton = [&](std::int64_t which, const at::Tensor& point, const at::Tensor& gradient) {
            const double strength = strengths[which].item<double>();
            const at::Tensor lower = at::linalg_cholesky(second_derivative(strength, point));
            return at::cholesky_solve(gradient.unsqueeze(1), lower).squeeze(1);
        };
    }
    const at::Tensor bends =
        functions.curvature.view({strengths.size(0), columns_, -1}).select(2, -1).amin(1).clamp_max(1);
    // The penalty's second derivative is 1, so the weights are no further off than their gradient is long.
    functions.are_minima = [&](const at::Tensor& which, const at::Tensor& points,
                               const at::Tensor& gradients) {
        const at::Tensor point = points.view({points.size(0), columns_, -1});
        const at::Tensor slope = gradients.view_as(point);
        const at::Tensor length = point.slice(2, 0, -1).square().sum({1, 2}).sqrt();
        const at::Tensor far = slope.slice(2, 0, -1).square().sum({1, 2}).sqrt();
        const at::Tensor level = slope.select(2, -1).square().sum(1).sqrt();
        return (far <= effort.tolerance * length.clamp_min(1)) &
               (level <= effort.tolerance * bends.index_select(0, which));
    };
    const Minima minima = minimise(functions, last_.expand({strengths.size(0), -1}), effort.most_steps);
    last_ = minima.points[-1];
    std::vector<Weights> found;
    for (std::int64_t index = 0; index < strengths.size(0); ++index) {
        found.push_back(unpacked(minima.points[index]));
        found.back().reached = minima.reached[index].item<bool>();
    }
    return found;
}

}  // namespace graft::solve
