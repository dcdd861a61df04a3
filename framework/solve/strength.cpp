// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/strength.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/problem.hpp"
#include "core/random.hpp"

namespace graft::solve {
namespace {

/// Good enough to tell strengths apart: a loss is off by the square of this.
constexpr double tolerance_of_trials = 1e-4;

/// A strength that needs more is so great that the samples are met exactly.
constexpr std::int64_t most_steps_of_trials = 200;

/// While it lives, a problem of few numbers has one thread: handing its parts to others would take longer.
class Threads {
public:
    explicit Threads(std::int64_t numbers) {
        constexpr std::int64_t few = 1 << 18;
        if (numbers < few) {
            at::set_num_threads(1);
        }
    }
    ~Threads() { at::set_num_threads(before_); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int before_ = at::get_num_threads();
};

/// The mean losses of the minima for all strengths, on samples that were not learned from.
std::vector<Trial> tried(const Basis& basis, const Targets& targets, const LabelledFeatures& judge,
                         const Effort& effort) {
    const at::Tensor samples = basis.samples_of(judge.features);
    const std::vector<double> all = strengths();
    const std::vector<Weights> minima = make_path(basis, targets)
                                            ->minima(all, {std::max(effort.tolerance, tolerance_of_trials),
                                                           effort.stop, most_steps_of_trials});
    std::vector<Trial> trials;
    for (std::size_t index = 0; index < all.size(); ++index) {
        trials.push_back(
            {all[index], mean_loss(judge.targets, minima[index].outputs(samples)), minima[index].reached});
    }
    return trials;
}

double best_of(const std::vector<Trial>& trials) {
    double strength = trials.front().strength;
    double least = INFINITY;
    for (const Trial& trial : trials) {
        if (trial.reached && trial.loss < least) {
            least = trial.loss;
            strength = trial.strength;
        }
    }
    return strength;
}

LabelledFeatures present(const LabelledFeatures& samples, const char* which) {
    LabelledFeatures some = samples.present();
    if (some.features.size(0) == 0) {
        throw core::Failure(core::Category::data,
                            std::string("no ") + which + " sample has the target, so nothing can be solved");
    }
    return some;
}

/// Without what cannot be known from the others: a class of which they have no sample, a label that is the
/// same for all of them. Its loss says how far the intercept went, and not which strength is better.
LabelledFeatures known_from(const Targets& others, LabelledFeatures judge) {
    constexpr double rounding = 1e-6;
    const at::Tensor& wanted = judge.targets.wanted;
    const at::Tensor least = rounding * others.mass.sum(0);
    const at::Tensor no_yes = (others.wanted * others.mass).sum(0) <= least;
    const at::Tensor no_no = ((1 - others.wanted) * others.mass).sum(0) <= least;
    at::Tensor unknown;
    if (others.term == Term::softmax) {
        unknown = (wanted * no_yes).sum(1, /*keepdim=*/true) > rounding;
    } else if (others.term == Term::sigmoid) {
        unknown = (no_yes & (wanted > rounding)) | (no_no & (wanted < 1 - rounding));
    } else {
        return judge;
    }
    judge.targets.mass = judge.targets.mass.masked_fill(unknown, 0);
    return judge;
}

Solution at_strength(const Basis& basis, const Targets& targets, double strength, const Effort& effort) {
    const auto path = make_path(basis, targets);
    const Weights weights = path->minima({strength}, effort).front();
    return {basis.layer(weights.weight, weights.intercept), strength, {}, weights.reached};
}

Solution chosen(const Basis& basis, const Targets& targets, std::vector<Trial> trials, const Effort& effort) {
    Solution solution = at_strength(basis, targets, best_of(trials), effort);
    solution.trials = std::move(trials);
    return solution;
}

}  // namespace

std::vector<double> strengths() {
    constexpr int count = 45;
    std::vector<double> all;
    all.reserve(count);
    for (int index = 0; index < count; ++index) {
        all.push_back(std::pow(10.0, -6 + 0.25 * index));
    }
    return all;
}

Solution solve_at(const LabelledFeatures& samples, double strength, const Effort& effort) {
    const Threads threads(samples.features.numel());
    const LabelledFeatures some = present(samples, "training");
    return at_strength(Basis(some.features), some.targets, strength, effort);
}

Solution solve_by_judge(const LabelledFeatures& samples, const LabelledFeatures& judge,
                        const Effort& effort) {
    const Threads threads(samples.features.numel());
    const LabelledFeatures some = present(samples, "training");
    const Basis basis(some.features);
    return chosen(basis, some.targets, tried(basis, some.targets, present(judge, "validation"), effort),
                  effort);
}

Solution solve_by_folds(const LabelledFeatures& samples, const at::Tensor& folds, std::int64_t count,
                        const Effort& effort) {
    const Threads threads(samples.features.numel());
    const LabelledFeatures some = present(samples, "training");
    std::vector<Trial> sums;
    for (const double strength : strengths()) {
        sums.push_back({strength});
    }
    std::int64_t judged = 0;
    for (std::int64_t fold = 0; fold < count; ++fold) {
        const LabelledFeatures others = samples.rows((folds != fold).nonzero().squeeze(1)).present();
        const LabelledFeatures judge =
            known_from(others.targets, samples.rows((folds == fold).nonzero().squeeze(1))).present();
        if (others.features.size(0) == 0 || judge.features.size(0) == 0) {
            continue;
        }
        ++judged;
        const Basis basis(others.features);
        const std::vector<Trial> trials = tried(basis, others.targets, judge, effort);
        for (std::size_t index = 0; index < sums.size(); ++index) {
            sums[index].loss += trials[index].loss;
            sums[index].reached = sums[index].reached && trials[index].reached;
        }
    }
    if (judged == 0) {
        throw core::Failure(core::Category::data,
                            "folds cannot choose a strength: no training sample can be judged by what the "
                            "others teach, since each is the only one, or the only one of its class",
                            "give solve.strength or a validation split, or write solve: nearest_mean");
    }
    for (Trial& sum : sums) {
        sum.loss /= static_cast<double>(judged);
    }
    return chosen(Basis(some.features), some.targets, std::move(sums), effort);
}

at::Tensor stratified_folds(const std::vector<std::string>& names, const std::vector<std::int64_t>& strata,
                            std::int64_t count, std::uint64_t seed) {
    std::map<std::int64_t, std::map<std::string, std::vector<std::size_t>>> places;
    for (std::size_t index = 0; index < names.size(); ++index) {
        places[strata[index]][names[index]].push_back(index);
    }
    std::vector<std::int64_t> chosen(names.size());
    std::int64_t next = 0;  // goes on from stratum to stratum, so that folds are of one size
    for (const auto& [stratum, samples] : places) {
        const auto order = core::permutation(static_cast<std::int64_t>(samples.size()), seed,
                                             static_cast<std::uint64_t>(stratum), "folds");
        std::vector<std::int64_t> fold_of(order.size());
        for (const std::int64_t position : order) {
            fold_of[static_cast<std::size_t>(position)] = next++ % count;
        }
        auto fold = fold_of.begin();
        for (const auto& [name, indices] : samples) {
            for (const std::size_t index : indices) {
                chosen[index] = *fold;
            }
            ++fold;
        }
    }
    return at::tensor(chosen, at::kLong);
}

}  // namespace graft::solve
