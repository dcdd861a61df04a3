// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How strongly the samples pull at the weights against the penalty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "solve/path.hpp"

namespace graft::solve {

/// The 45 that are tried: 10^-6, 10^-5.75, ..., 10^5.
std::vector<double> strengths();

/// A strength and the mean loss on samples that were not learned from.
struct Trial {
    double strength = 0;
    double loss = 0;
    bool reached = true;  ///< false: the minimum was not, so the strength is not chosen
};

struct Solution {
    Linear linear;
    double strength = 0;
    std::vector<Trial> trials;  ///< one a strength that was tried; empty: it was given
    bool reached = true;        ///< false: the tolerance was not, and the weights are as near as they came
};

/// The minimum for a given strength. This and the next two throw Failure(data) where no sample counts, and
/// Stopped. They set LibTorch's number of threads for the process while they run: no other thread may use
/// LibTorch then.
Solution solve_at(const LabelledFeatures& samples, double strength, const Effort& effort);

/// For the strength whose minimum is best (the smaller of equal ones) on `judge`.
Solution solve_by_judge(const LabelledFeatures& samples, const LabelledFeatures& judge, const Effort& effort);

/// For the strength that is best in the mean over folds: each is judged by what was learned from the others,
/// with features standardised over those others. What the others cannot tell (a class that they lack) is not
/// judged; where that is everything, Failure(data). `folds`: int64 [N], 0 to `count` - 1.
Solution solve_by_folds(const LabelledFeatures& samples, const at::Tensor& folds, std::int64_t count,
                        const Effort& effort);

/// Divides samples into folds, so that equal names stay together and every stratum is spread evenly. The
/// same seed and samples, in whatever order, give the same folds. int64 [N].
at::Tensor stratified_folds(const std::vector<std::string>& names, const std::vector<std::int64_t>& strata,
                            std::int64_t count, std::uint64_t seed);

}  // namespace graft::solve
