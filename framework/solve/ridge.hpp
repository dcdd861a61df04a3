// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/path.hpp"

namespace graft::solve {

/// `squares` of entries that all count alike, in closed form.
class RidgePath : public Path {
public:
    RidgePath(const Basis& basis, const Targets& targets);

private:
    std::vector<Weights> side_by_side(const at::Tensor& strengths, const Effort& effort) override;
    std::int64_t numbers_held() const override { return product_.numel(); }

    const Basis& basis_;
    double mass_;         ///< of every entry
    at::Tensor mean_;     ///< [K] of what is wanted
    at::Tensor product_;  ///< [R, K]: samples^T (wanted - mean)
};

/// Whether RidgePath can do it.
bool count_alike(const Targets& targets);

/// `squares` of entries that do not all count alike, by conjugate gradients.
class WeightedRidgePath : public Path {
public:
    WeightedRidgePath(const Basis& basis, const Targets& targets);

private:
    std::vector<Weights> side_by_side(const at::Tensor& strengths, const Effort& effort) override;
    std::int64_t numbers_held() const override;

    at::Tensor times(const at::Tensor& pull, const at::Tensor& table) const;

    const Basis& basis_;
    const Targets& targets_;
    at::Tensor last_;  ///< [R + 1, K]: weights, then intercepts
};

}  // namespace graft::solve
