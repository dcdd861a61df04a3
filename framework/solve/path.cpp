// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/path.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "core/clock.hpp"
#include "core/profile.hpp"
#include "solve/absolutes.hpp"
#include "solve/logistic.hpp"
#include "solve/ridge.hpp"

namespace graft::solve {

at::Tensor Weights::outputs(const at::Tensor& samples) const {
    return at::addmm(intercept, samples, weight);
}

void Effort::go_on() const {
    if (stop != nullptr && *stop) {
        throw Stopped();
    }
    if (core::Profile* profile = core::Profile::here(); profile != nullptr) {
        profile->worked(core::steady_seconds());
    }
}

std::vector<Weights> Path::minima(const std::vector<double>& strengths, const Effort& effort) {
    constexpr std::int64_t most_numbers = 32 << 20;  // 256 MB
    const auto all = static_cast<std::int64_t>(strengths.size());
    const std::int64_t held = std::max<std::int64_t>(numbers_held(), 1);  // none: features that are all alike
    const std::int64_t at_once = std::clamp<std::int64_t>(most_numbers / held, 1, all);
    std::vector<Weights> found;
    for (std::int64_t begin = 0; begin < all; begin += at_once) {
        const auto part = strengths.begin() + begin;
        const at::Tensor some =
            at::tensor(std::vector<double>(part, part + std::min(at_once, all - begin)), at::kDouble);
        for (Weights& weights : side_by_side(some, effort)) {
            found.push_back(std::move(weights));
        }
    }
    return found;
}

std::unique_ptr<Path> make_path(const Basis& basis, const Targets& targets) {
    if (targets.term == Term::softmax || targets.term == Term::sigmoid) {
        return std::make_unique<LogisticPath>(basis, targets);
    }
    if (targets.term == Term::absolutes) {
        return std::make_unique<AbsolutePath>(basis, targets);
    }
    if (count_alike(targets)) {
        return std::make_unique<RidgePath>(basis, targets);
    }
    return std::make_unique<WeightedRidgePath>(basis, targets);
}

}  // namespace graft::solve
