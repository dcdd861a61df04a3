// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/absolutes.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

namespace graft::solve {
namespace {

/// By how much a step of this length changes the function, and its derivative there, of errors that a step
/// of 1 lessens by `change`.
struct Line {
    at::Tensor errors;  ///< [N], contiguous
    at::Tensor change;  ///< [N], contiguous
    at::Tensor pull;    ///< [N], contiguous: mass by strength
    double width;       ///< below which errors count as squares
    double linear;      ///< of the penalty: its derivative at length 0
    double quadratic;   ///< and by how much that grows with the length

    double slope(double length) const {
        const double* error = errors.const_data_ptr<double>();
        const double* less = change.const_data_ptr<double>();
        const double* count = pull.const_data_ptr<double>();
        double sum = linear + quadratic * length;
        for (std::int64_t index = 0; index < errors.size(0); ++index) {
            const double left = error[index] - length * less[index];
            sum -= count[index] * less[index] * std::clamp(left / width, -1.0, 1.0);
        }
        return sum;
    }

    /// Where the slope is 0: the function is convex, so between a length below and one above.
    double best() const {
        constexpr int most_halvings = 60;
        double low = 0;
        double high = 1;
        for (int doubling = 0; doubling < most_halvings && slope(high) < 0; ++doubling) {
            low = high;
            high *= 2;
        }
        for (int halving = 0; halving < most_halvings && high - low > 1e-10 * high; ++halving) {
            const double middle = (low + high) / 2;
            (slope(middle) < 0 ? low : high) = middle;
        }
        return high;
    }
};

/// (I + X^T D X)^-1 of a table [R, C], for rows X [A, R] with D > 0: by the smaller of the two systems.
at::Tensor ridge_solved(const at::Tensor& rows, const at::Tensor& mass, const at::Tensor& table) {
    if (rows.size(0) == 0) {
        return table;
    }
    const at::Tensor root = rows * mass.sqrt().unsqueeze(1);
    const bool by_rows = root.size(0) < root.size(1);
    at::Tensor system = by_rows ? root.mm(root.t()) : root.t().mm(root);
    system.diagonal().add_(1);
    const at::Tensor lower = at::linalg_cholesky(system);
    return by_rows ? table - root.t().mm(at::cholesky_solve(root.mm(table), lower))
                   : at::cholesky_solve(table, lower);
}

}  // namespace

AbsolutePath::AbsolutePath(const Basis& basis, const Targets& targets) : basis_(basis), targets_(targets) {
    for (std::int64_t column = 0; column < targets.wanted.size(1); ++column) {
        const at::Tensor wanted = targets.wanted.select(1, column).contiguous();
        const at::Tensor mass = targets.mass.select(1, column).contiguous();
        const at::Tensor total = mass.sum().clamp_min(1e-300);
        const at::Tensor mean = (mass * wanted).sum() / total;
        const at::Tensor scale = ((mass * (wanted - mean).square()).sum() / total).sqrt().clamp_min(1e-300);
        outputs_.push_back({wanted, mass, scale.item<double>(),
                            at::zeros({basis.squares().size(0)}, at::kDouble), mean.item<double>()});
    }
}

/// The minimum for this width. The penalty's second derivative is 1, so the weights are no further off than
/// the gradient by them is long.
bool AbsolutePath::reach(Output& output, double strength, double width, const Effort& effort) const {
    constexpr int most_steps = 200;
    const at::Tensor& samples = basis_.samples();
    const at::Tensor pull = output.mass * strength;
    const double total = pull.sum().item<double>();
    at::Tensor errors = output.wanted - at::mv(samples, output.weights) - output.intercept;
    for (int step = 0; step < most_steps; ++step) {
        effort.go_on();
        const at::Tensor sloping = pull * (errors / width).clamp(-1, 1);
        const at::Tensor gradient = output.weights - at::mv(samples.t(), sloping);
        const double level = -sloping.sum().item<double>();
        const double length = std::max(output.weights.norm().item<double>(), output.scale);
        if (gradient.norm().item<double>() <= effort.tolerance * length &&
            std::abs(level) <= effort.tolerance * total) {
            return true;
        }
        const at::Tensor inside = ((errors.abs() < width) & (pull > 0)).nonzero().squeeze(1);
        const at::Tensor rows = samples.index_select(0, inside);
        const at::Tensor mass = pull.index_select(0, inside) / width;
        const at::Tensor column = at::mv(rows.t(), mass);
        const at::Tensor solved = ridge_solved(rows, mass, at::stack({gradient, column}, 1));
        // Of the intercept alone, where the others do their best; errors outside bend nothing, and where all
        // are, some bend says how far to look.
        const double bend = (mass.sum() - column.dot(solved.select(1, 1))).item<double>() +
                            1e-6 * total / std::max(width, errors.abs().max().item<double>());
        const double up = (level - column.dot(solved.select(1, 0)).item<double>()) / bend;
        const at::Tensor direction = solved.select(1, 1) * up - solved.select(1, 0);
        const Line line{
            errors, (at::mv(samples, direction) - up).contiguous(), pull,
            width,  output.weights.dot(direction).item<double>(),   direction.square().sum().item<double>()};
        const double best = line.best();
        if (best * line.change.abs().max().item<double>() <= 1e-15 * errors.abs().max().item<double>()) {
            return false;  // as near as rounding allows
        }
        output.weights = output.weights + best * direction;
        output.intercept -= best * up;
        errors = errors - best * line.change;
    }
    return false;
}

Weights AbsolutePath::by_newton(double strength, const Effort& effort) {
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> intercepts;
    bool all_reached = true;
    for (Output& output : outputs_) {
        bool reached = true;
        for (double width = 0.1; width > effort.tolerance / 2; width /= 10) {
            reached = reach(output, strength, width * output.scale, {effort.tolerance / 10, effort.stop});
        }
        all_reached = all_reached && reached;
        weights.push_back(output.weights);
        intercepts.push_back(at::scalar_tensor(output.intercept, at::kDouble));
    }
    return {at::stack(weights, 1), at::stack(intercepts), all_reached};
}

/// A column for each output of each strength. Errors are variables of their own, held to what the weights
/// leave of them by a spring, whose stiffness follows whichever of both lags.
std::vector<Weights> AbsolutePath::by_alternating(const at::Tensor& strengths, const Effort& effort) const {
    constexpr int most_steps = 1000;
    constexpr int steps_between_looks = 10;
    constexpr double tolerance = 1e-3;
    constexpr double further = 1.6;  // over-relaxation
    const std::int64_t count = strengths.size(0);
    const std::int64_t outputs = targets_.wanted.size(1);
    const at::Tensor& samples = basis_.samples();
    const at::Tensor squares = basis_.squares().unsqueeze(1);
    const at::Tensor wanted = targets_.wanted.repeat({1, count});
    const at::Tensor pull =
        targets_.mass.repeat({1, count}).mul_(strengths.repeat_interleave(outputs).unsqueeze(0));
    std::vector<double> scales;
    for (const Output& output : outputs_) {
        scales.push_back(output.scale);
    }
    const at::Tensor scale = at::tensor(scales, at::kDouble).repeat({count});
    const at::Tensor most_pull = pull.amax(0);
    at::Tensor stiffness = most_pull / (0.1 * scale);
    at::Tensor errors = at::zeros_like(wanted);
    at::Tensor tension = at::zeros_like(wanted);
    at::Tensor weights;
    at::Tensor intercepts;
    at::Tensor lag = at::full_like(scale, 1.0);  // of either: in parts of the scale
    for (int step = 1; step <= most_steps; ++step) {
        effort.go_on();
        const at::Tensor left = wanted - errors - tension;
        weights = samples.t().mm(left) / (squares + 1 / stiffness);
        intercepts = left.mean(0);
        const at::Tensor fitted = at::addmm(intercepts, samples, weights);
        const at::Tensor before = errors;
        const at::Tensor relaxed = further * (wanted - fitted) + (1 - further) * before;
        const at::Tensor loose = relaxed - tension;
        errors = loose - at::minimum(at::maximum(loose, -pull / stiffness), pull / stiffness);
        tension = errors - loose;
        if (step % steps_between_looks != 0) {
            continue;
        }
        const at::Tensor apart = (errors - (wanted - fitted)).square().mean(0).sqrt() / scale;
        const at::Tensor moving = (errors - before).square().mean(0).sqrt() * stiffness / most_pull;
        lag = at::maximum(apart, moving);
        if ((lag <= tolerance).all().item<bool>()) {
            break;
        }
        const at::Tensor factor = at::where(apart > 5 * moving, 2.0, at::where(moving > 5 * apart, 0.5, 1.0));
        stiffness = stiffness * factor;
        tension = tension / factor;
    }
    std::vector<Weights> found;
    for (std::int64_t index = 0; index < count; ++index) {
        const auto own = [&](const at::Tensor& all) { return all.narrow(-1, index * outputs, outputs); };
        found.push_back({own(weights), own(intercepts), (own(lag) <= tolerance).all().item<bool>()});
    }
    return found;
}

/// By alternating directions.
std::int64_t AbsolutePath::numbers_held() const {
    return 10 * targets_.wanted.numel();
}

std::vector<Weights> AbsolutePath::side_by_side(const at::Tensor& strengths, const Effort& effort) {
    return strengths.size(0) > 1 ? by_alternating(strengths, effort)
                                 : std::vector<Weights>{by_newton(strengths.item<double>(), effort)};
}

}  // namespace graft::solve
