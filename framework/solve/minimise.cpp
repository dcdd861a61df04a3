// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/minimise.hpp"

#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

namespace graft::solve {
namespace {

constexpr std::size_t remembered = 20;
constexpr std::int64_t steps_before_newton = 30;

double inner_product(const at::Tensor& left, const at::Tensor& right) {
    return left.dot(right).item<double>();
}

/// Steps taken and how the gradient changed over each: what is known of the second derivative.
class Memory {
public:
    explicit Memory(at::Tensor curvature) : curvature_(std::move(curvature)) {}

    void add(at::Tensor step, at::Tensor change) {
        const double product = inner_product(step, change);
        if (product <= 0) {
            return;  // rounding: a convex function has none such
        }
        scale_ = product / inner_product(change, change / curvature_);
        pairs_.push_back({std::move(step), std::move(change), 1 / product});
        if (pairs_.size() > remembered) {
            pairs_.pop_front();
        }
    }

    /// The inverse of the second derivative times a gradient, as far as it is known.
    at::Tensor applied(const at::Tensor& gradient) const {
        at::Tensor direction = gradient.clone();
        std::vector<double> factors(pairs_.size());
        for (std::size_t index = pairs_.size(); index-- > 0;) {
            factors[index] = pairs_[index].inverse * inner_product(pairs_[index].step, direction);
            direction.sub_(pairs_[index].change, factors[index]);
        }
        direction.div_(curvature_).mul_(scale_);
        for (std::size_t index = 0; index < pairs_.size(); ++index) {
            const double factor = pairs_[index].inverse * inner_product(pairs_[index].change, direction);
            direction.add_(pairs_[index].step, factors[index] - factor);
        }
        return direction;
    }

    void forget() {
        pairs_.clear();
        scale_ = 1;
    }
    bool empty() const { return pairs_.empty(); }

private:
    struct Pair {
        at::Tensor step;
        at::Tensor change;
        double inverse;
    };

    at::Tensor curvature_;
    double scale_ = 1;
    std::deque<Pair> pairs_;
};

struct Place {
    at::Tensor point;
    at::Tensor gradient;
    double value = 0;
};

Place look(const Function& function, at::Tensor point) {
    Place place{std::move(point), {}, 0};
    place.value = function.at(place.point, place.gradient);
    return place;
}

/// A point along the direction that is lower by enough, or, where rounding hides how much lower it is, one
/// that does not lie beyond the valley (Hager and Zhang 2005); false where there is none.
bool go_down(const Function& function, const at::Tensor& direction, Place& place) {
    constexpr double enough = 1e-4;
    constexpr double rounding = 1e-13;
    constexpr int most_halvings = 40;
    const double slope = inner_product(place.gradient, direction);
    double length = 1;
    for (int halving = 0; halving < most_halvings; ++halving, length /= 2) {
        Place next = look(function, place.point + length * direction);
        const bool lower = next.value <= place.value + enough * length * slope;
        const bool level = next.value <= place.value + rounding * std::abs(place.value) &&
                           inner_product(next.gradient, direction) <= (2 * enough - 1) * slope;
        if (lower || level) {
            place = std::move(next);
            return true;
        }
    }
    return false;
}

}  // namespace

Minimum minimise(const Function& function, at::Tensor start, std::int64_t most_steps) {
    Memory memory(function.curvature);
    Place place = look(function, std::move(start));
    Minimum minimum;
    for (; minimum.steps < most_steps; ++minimum.steps) {
        minimum.reached = function.is_minimum(place.point, place.gradient);
        if (minimum.reached) {
            break;
        }
        const Place before = place;
        const bool newton = function.newton && minimum.steps >= steps_before_newton;
        const at::Tensor direction =
            newton ? function.newton(place.point, place.gradient) : memory.applied(place.gradient);
        if (!go_down(function, -direction, place)) {
            if (newton || memory.empty()) {
                break;
            }
            memory.forget();
            continue;
        }
        memory.add(place.point - before.point, place.gradient - before.gradient);
    }
    minimum.point = place.point;
    return minimum;
}

}  // namespace graft::solve
