// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/out_of_fold.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "solve/strength.hpp"

namespace graft::solve {
namespace {

at::Tensor places(const at::Tensor& chosen) {
    return chosen.nonzero().squeeze(1);
}

/// The strength that serves best: on a part of the samples where there are many, which folds divide evenly.
double strength_for(const LabelledFeatures& samples, const at::Tensor& folds, std::int64_t count,
                    std::int64_t most, const Effort& effort) {
    const std::int64_t rows = folds.size(0);
    const std::int64_t step = (rows + most - 1) / most;
    const at::Tensor some = at::arange(0, rows, std::max<std::int64_t>(step, 1), at::kLong);
    return solve_by_folds(samples.rows(some), folds.index_select(0, some), count, effort).strength;
}

}  // namespace

OutOfFold out_of_fold(const LabelledFeatures& samples, const at::Tensor& trains,
                      const std::vector<std::string>& names, const std::vector<std::int64_t>& strata,
                      std::int64_t count, std::uint64_t seed, const Effort& effort,
                      std::int64_t most_to_choose) {
    const at::Tensor training = places(trains);
    std::vector<std::string> training_names;
    std::vector<std::int64_t> training_strata;
    for (std::int64_t place = 0; place < training.size(0); ++place) {
        const auto sample = static_cast<std::size_t>(training[place].item<std::int64_t>());
        training_names.push_back(names[sample]);
        training_strata.push_back(strata[sample]);
    }
    const LabelledFeatures known = samples.rows(training);
    const at::Tensor folds = stratified_folds(training_names, training_strata, count, seed);
    OutOfFold judged;
    judged.strength = strength_for(known, folds, count, most_to_choose, effort);
    judged.outputs = at::zeros({samples.features.size(0), samples.targets.wanted.size(1)}, at::kDouble);
    for (std::int64_t fold = 0; fold < count; ++fold) {
        const at::Tensor held_out = places(folds == fold);
        if (held_out.size(0) == 0) {
            continue;
        }
        const Linear layer = solve_at(known.rows(places(folds != fold)), judged.strength, effort).linear;
        judged.outputs.index_copy_(0, training.index_select(0, held_out),
                                   layer.outputs(known.features.index_select(0, held_out)));
    }
    const at::Tensor others = places(trains.logical_not());
    if (others.size(0) > 0) {
        const Linear layer = solve_at(known, judged.strength, effort).linear;
        judged.outputs.index_copy_(0, others, layer.outputs(samples.features.index_select(0, others)));
    }
    return judged;
}

}  // namespace graft::solve
