// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What linear layers say of samples that they did not learn from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "solve/path.hpp"

namespace graft::solve {

/// Outputs [N, K] of every sample by layers that had not seen it.
struct OutOfFold {
    at::Tensor outputs;
    double strength = 0;  ///< of the penalty, the best over the folds
};

/// Samples with `trains` (bool [N]) are divided into `count` folds by their names and strata, the same seed
/// giving the same; each fold is judged by a layer of the others, every other sample by a layer of all that
/// train. The strength is chosen on at most `most_to_choose` of those. Throws Failure(data) where none
/// trains, and Stopped.
OutOfFold out_of_fold(const LabelledFeatures& samples, const at::Tensor& trains,
                      const std::vector<std::string>& names, const std::vector<std::int64_t>& strata,
                      std::int64_t count, std::uint64_t seed, const Effort& effort,
                      std::int64_t most_to_choose = 4000);

}  // namespace graft::solve
