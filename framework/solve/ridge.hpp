// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/path.hpp"

namespace graft::solve {

/// `squares` of entries that all count alike, in closed form.
class RidgePath : public Path {
public:
    RidgePath(const Basis& basis, const Targets& targets);

    Weights at(double strength, double tolerance) override;

private:
    const Basis& basis_;
    double mass_;         ///< of every entry
    at::Tensor mean_;     ///< [K] of what is wanted
    at::Tensor product_;  ///< [R, K]: samples^T (wanted - mean)
};

/// Whether RidgePath can do it.
bool count_alike(const Targets& targets);

/// `absolutes`: ridge regressions of samples weighted by the inverse of how far off they were, until nothing
/// moves. `squares`: one such regression, with the weights that the entries have.
class WeightedRidgePath : public Path {
public:
    WeightedRidgePath(const Basis& basis, const Targets& targets);

    Weights at(double strength, double tolerance) override;

private:
    at::Tensor times(const at::Tensor& mass, double strength, const at::Tensor& table) const;
    bool settle(const at::Tensor& near, double strength, double tolerance);
    bool regress(const at::Tensor& mass, double strength, double tolerance);

    const Basis& basis_;
    const Targets& targets_;
    at::Tensor table_;  ///< [R + 1, K]: weights, then intercepts
    at::Tensor scale_;  ///< [K]: how much what is wanted varies
};

}  // namespace graft::solve
