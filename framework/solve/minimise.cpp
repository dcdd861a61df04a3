// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/minimise.hpp"

#include <deque>
#include <utility>

#include <ATen/ATen.h>

namespace graft::solve {
namespace {

constexpr std::size_t remembered = 20;
constexpr std::int64_t steps_before_newton = 30;

/// Of every row.
at::Tensor inner_products(const at::Tensor& left, const at::Tensor& right) {
    return at::linalg_vecdot(left, right, 1);
}

at::Tensor positions_of(const at::Tensor& truths) {
    return truths.nonzero().squeeze(1);
}

/// Steps taken and how the gradients changed over each: what is known of the second derivatives.
class Memory {
public:
    explicit Memory(at::Tensor curvature)
        : curvature_(std::move(curvature)), scale_(at::ones({curvature_.size(0)}, at::kDouble)) {}

    void add(at::Tensor steps, at::Tensor changes) {
        const at::Tensor products = inner_products(steps, changes);
        // A row that did not move, or whose product is not positive by rounding, adds nothing.
        const at::Tensor says = products > 0;
        const at::Tensor scale = products / inner_products(changes, changes / curvature_);
        scale_ = at::where(says, scale, scale_);
        pairs_.push_back({std::move(steps), std::move(changes),
                          at::where(says, products.reciprocal(), at::zeros_like(products))});
        if (pairs_.size() > remembered) {
            pairs_.pop_front();
        }
    }

    /// The inverses of the second derivatives times gradients, as far as they are known.
    at::Tensor applied(const at::Tensor& gradients) const {
        at::Tensor directions = gradients.clone();
        std::vector<at::Tensor> factors(pairs_.size());
        for (std::size_t index = pairs_.size(); index-- > 0;) {
            const Pair& pair = pairs_[index];
            factors[index] = (pair.inverses * inner_products(pair.steps, directions)).unsqueeze(1);
            directions.addcmul_(pair.changes, factors[index], -1);
        }
        directions.div_(curvature_).mul_(scale_.unsqueeze(1));
        for (std::size_t index = 0; index < pairs_.size(); ++index) {
            const Pair& pair = pairs_[index];
            const at::Tensor factor = (pair.inverses * inner_products(pair.changes, directions)).unsqueeze(1);
            directions.addcmul_(pair.steps, factors[index] - factor);
        }
        return directions;
    }

    /// Which rows know nothing but the curvature.
    at::Tensor empty() const {
        at::Tensor known = at::zeros_like(scale_, at::kBool);
        for (const Pair& pair : pairs_) {
            known = known | (pair.inverses > 0);
        }
        return ~known;
    }

    void forget(const at::Tensor& rows) {
        for (Pair& pair : pairs_) {
            pair.inverses.masked_fill_(rows, 0);
        }
        scale_.masked_fill_(rows, 1);
    }

    void keep(const at::Tensor& positions) {
        curvature_ = curvature_.index_select(0, positions);
        scale_ = scale_.index_select(0, positions);
        for (Pair& pair : pairs_) {
            pair = {pair.steps.index_select(0, positions), pair.changes.index_select(0, positions),
                    pair.inverses.index_select(0, positions)};
        }
    }

private:
    struct Pair {
        at::Tensor steps;
        at::Tensor changes;
        at::Tensor inverses;  ///< of their products; 0: the row has none
    };

    at::Tensor curvature_;
    at::Tensor scale_;
    std::deque<Pair> pairs_;
};

/// Where the functions `which` are looked at.
struct Places {
    at::Tensor which;
    at::Tensor points;
    at::Tensor values;
    at::Tensor gradients;

    Places rows(const at::Tensor& positions) const {
        return {which.index_select(0, positions), points.index_select(0, positions),
                values.index_select(0, positions), gradients.index_select(0, positions)};
    }
};

Places look(const Functions& functions, at::Tensor which, at::Tensor points) {
    Places places{std::move(which), std::move(points), {}, {}};
    places.values = functions.evaluate(places.which, places.points, places.gradients);
    return places;
}

/// Moves every row to the first of halved steps that is lower, or, where rounding hides how much lower it is,
/// to one that does not lie beyond the valley (Hager and Zhang 2005). Which rows found one.
at::Tensor go_down(const Functions& functions, const at::Tensor& directions, Places& places) {
    constexpr double enough = 1e-4;
    constexpr double rounding = 1e-13;
    constexpr int most_halvings = 40;
    const at::Tensor slopes = inner_products(places.gradients, directions);
    at::Tensor moved = at::zeros_like(slopes, at::kBool);
    double length = 1;
    for (int halving = 0; halving < most_halvings; ++halving, length /= 2) {
        const at::Tensor pending = positions_of(~moved);
        if (pending.numel() == 0) {
            break;
        }
        const Places before = places.rows(pending);
        const at::Tensor direction = directions.index_select(0, pending);
        const at::Tensor slope = slopes.index_select(0, pending);
        const Places next = look(functions, before.which, before.points + length * direction);
        const at::Tensor lower = next.values <= before.values + enough * length * slope;
        const at::Tensor level = (next.values <= before.values + rounding * before.values.abs()) &
                                 (inner_products(next.gradients, direction) <= (2 * enough - 1) * slope);
        const at::Tensor good = positions_of(lower | level);
        const at::Tensor rows = pending.index_select(0, good);
        places.points.index_copy_(0, rows, next.points.index_select(0, good));
        places.values.index_copy_(0, rows, next.values.index_select(0, good));
        places.gradients.index_copy_(0, rows, next.gradients.index_select(0, good));
        moved.index_fill_(0, rows, true);
    }
    return moved;
}

bool newton_reaches(const Functions& functions, Places& place, std::int64_t most_steps) {
    const std::int64_t which = place.which.item<std::int64_t>();
    for (std::int64_t step = 0; step < most_steps; ++step) {
        if (functions.are_minima(place.which, place.points, place.gradients).item<bool>()) {
            return true;
        }
        const at::Tensor direction = functions.newton(which, place.points[0], place.gradients[0]);
        if (!go_down(functions, -direction.unsqueeze(0), place).item<bool>()) {
            return false;
        }
    }
    return false;
}

class Minimiser {
public:
    Minimiser(const Functions& functions, const at::Tensor& start)
        : functions_(functions),
          memory_(functions.curvature),
          places_(look(functions, at::arange(start.size(0)), start.clone())),
          minima_{start.clone(), at::zeros({start.size(0)}, at::kBool)} {}

    Minima run(std::int64_t most_steps) {
        for (std::int64_t step = 0; step < most_steps; ++step) {
            end(functions_.are_minima(places_.which, places_.points, places_.gradients), true);
            if (places_.which.numel() == 0) {
                return std::move(minima_);
            }
            if (functions_.newton && step == steps_before_newton) {
                newton(most_steps);
                return std::move(minima_);
            }
            this->step();
        }
        end(at::ones_like(places_.which, at::kBool), false);
        return std::move(minima_);
    }

private:
    void step() {
        const Places before{places_.which, places_.points.clone(), {}, places_.gradients.clone()};
        const at::Tensor moved = go_down(functions_, -memory_.applied(places_.gradients), places_);
        at::Tensor stuck = ~moved;
        if (stuck.any().item<bool>()) {
            stuck = stuck & memory_.empty();
            memory_.forget(~moved);
        }
        memory_.add(places_.points - before.points, places_.gradients - before.gradients);
        end(stuck, false);
    }

    /// One after the other; functions beside each other are alike, so each begins where the one before ended,
    /// if that is lower than what L-BFGS has reached.
    void newton(std::int64_t most_steps) {
        at::Tensor ended;
        for (std::int64_t row = 0; row < places_.which.size(0); ++row) {
            Places place = places_.rows(at::full({1}, row, at::kLong));
            if (ended.defined()) {
                Places there = look(functions_, place.which, ended);
                place = (there.values < place.values).item<bool>() ? std::move(there) : std::move(place);
            }
            const bool reached = newton_reaches(functions_, place, most_steps);
            minima_.reached.index_fill_(0, place.which, reached);
            minima_.points.index_copy_(0, place.which, place.points);
            ended = place.points;
        }
    }

    /// Rows that go no further are written down.
    void end(const at::Tensor& rows, bool reached) {
        if (!rows.any().item<bool>()) {
            return;
        }
        const Places ended = places_.rows(positions_of(rows));
        minima_.points.index_copy_(0, ended.which, ended.points);
        minima_.reached.index_fill_(0, ended.which, reached);
        const at::Tensor kept = positions_of(~rows);
        places_ = places_.rows(kept);
        memory_.keep(kept);
    }

    const Functions& functions_;
    Memory memory_;
    Places places_;
    Minima minima_;
};

}  // namespace

Minima minimise(const Functions& functions, const at::Tensor& start, std::int64_t most_steps) {
    return Minimiser(functions, start).run(most_steps);
}

}  // namespace graft::solve
