// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/path.hpp"

#include <ATen/ATen.h>

#include "solve/logistic.hpp"
#include "solve/ridge.hpp"

namespace graft::solve {

at::Tensor Weights::outputs(const at::Tensor& samples) const {
    return at::addmm(intercept, samples, weight);
}

std::unique_ptr<Path> make_path(const Basis& basis, const Targets& targets) {
    if (targets.term == Term::softmax || targets.term == Term::sigmoid) {
        return std::make_unique<LogisticPath>(basis, targets);
    }
    if (targets.term == Term::squares && count_alike(targets)) {
        return std::make_unique<RidgePath>(basis, targets);
    }
    return std::make_unique<WeightedRidgePath>(basis, targets);
}

}  // namespace graft::solve
