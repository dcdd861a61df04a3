// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which samples make up a batch. Everything follows from (seed, epoch), so a sampler has no state of its own:
// a checkpoint keeps the epoch, and the rule, which must be the same on resuming.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/subset.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::data {

/// Thread-safety: any thread.
class Sampler {
public:
    virtual ~Sampler() = default;

    /// Samples an epoch, the same for every one.
    virtual std::int64_t size() const = 0;

    /// The epoch's samples, batch after batch: positions in the subset; one may occur several times.
    virtual std::vector<std::int64_t> order(std::int64_t epoch) const = 0;
};

/// Every sample once, in an order of (seed, epoch).
std::shared_ptr<const Sampler> random_sampler(std::int64_t samples, std::uint64_t seed);

/// As many samples as have a known class, every class equally often: a rare class's samples are repeated, a
/// frequent one's take turns from epoch to epoch. `classes[i]`: of sample i; -1: unknown, never drawn.
std::shared_ptr<const Sampler> balanced_sampler(const std::vector<std::int64_t>& classes, std::uint64_t seed);

/// Batches of `classes_a_batch` different classes, `samples_a_class` samples of each (Schroff et al. 2015);
/// a class with fewer repeats them. An epoch has as many whole batches as samples whose class is known allow,
/// at least one. At least rule.classes classes must be known (make_sampler sees to it).
std::shared_ptr<const Sampler> class_sampler(const std::vector<std::int64_t>& classes,
                                             const pipeline::SamplerRule& rule, std::uint64_t seed);

/// The category whose classes a rule counts; nothing for `random`, or after a problem at the sampler's place.
std::optional<std::size_t> sampler_target(const pipeline::SamplerRule& rule,
                                          const std::vector<TargetSchema>& targets, core::Problems& problems);

/// The sampler that a pipeline asks for, over the training split. All but `random` read every sample's
/// targets, and throw as class_of_sample. Throws Failure(pipeline) at the sampler's place: no such category,
/// too few classes.
std::shared_ptr<const Sampler> make_sampler(const pipeline::SamplerRule& rule, const Subset& subset,
                                            const std::vector<TargetSchema>& targets, std::uint64_t seed);

}  // namespace graft::data
