// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/sampler.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/random.hpp"
#include "target/kind.hpp"

namespace graft::data {
namespace {

using Positions = std::vector<std::int64_t>;

/// Samples by class; those whose class nobody knows are left out.
std::vector<std::pair<std::int64_t, Positions>> by_class(const std::vector<std::int64_t>& classes) {
    std::map<std::int64_t, Positions> groups;
    for (std::size_t position = 0; position < classes.size(); ++position) {
        if (classes[position] >= 0) {
            groups[classes[position]].push_back(static_cast<std::int64_t>(position));
        }
    }
    return {groups.begin(), groups.end()};
}

/// One class's samples for ever: all of them in a random order, then all of them in another.
class Turns {
public:
    Turns(const std::pair<std::int64_t, Positions>& group, std::uint64_t seed)
        : samples_(group.second), name_(fmt::format("class {}", group.first)), seed_(seed) {}

    /// The number-th that is drawn, 0, 1, ...
    std::int64_t draw(std::int64_t number) {
        const auto size = static_cast<std::int64_t>(samples_.size());
        if (number / size != round_) {
            round_ = number / size;
            order_ = core::permutation(size, seed_, static_cast<std::uint64_t>(round_), name_);
        }
        return samples_[static_cast<std::size_t>(order_[static_cast<std::size_t>(number % size)])];
    }

    /// The number from which `count` samples that are drawn together begin: not across the end of an order,
    /// where one could come twice.
    std::int64_t together(std::int64_t number, std::int64_t count) const {
        const auto size = static_cast<std::int64_t>(samples_.size());
        const std::int64_t left = size - number % size;
        return left < std::min(count, size) ? number + left : number;
    }

private:
    const Positions& samples_;
    std::string name_;
    std::uint64_t seed_;
    std::int64_t round_ = -1;
    std::vector<std::int64_t> order_;
};

class RandomSampler : public Sampler {
public:
    RandomSampler(std::int64_t samples, std::uint64_t seed) : samples_(samples), seed_(seed) {}

    std::int64_t size() const override { return samples_; }
    std::vector<std::int64_t> order(std::int64_t epoch) const override {
        return core::permutation(samples_, seed_, static_cast<std::uint64_t>(epoch), "order");
    }

private:
    std::int64_t samples_;
    std::uint64_t seed_;
};

class BalancedSampler : public Sampler {
public:
    BalancedSampler(const std::vector<std::int64_t>& classes, std::uint64_t seed)
        : groups_(by_class(classes)), seed_(seed) {
        for (const auto& [index, samples] : groups_) {
            size_ += static_cast<std::int64_t>(samples.size());
        }
    }

    std::int64_t size() const override { return size_; }
    std::vector<std::int64_t> order(std::int64_t epoch) const override {
        const auto classes = static_cast<std::int64_t>(groups_.size());
        std::vector<Turns> turns;
        for (const auto& group : groups_) {
            turns.emplace_back(group, seed_);
        }
        // The classes take turns over all epochs, so that none is left behind where they do not divide.
        std::vector<std::int64_t> chosen;
        for (std::int64_t number = (epoch - 1) * size_; number < epoch * size_; ++number) {
            chosen.push_back(turns[static_cast<std::size_t>(number % classes)].draw(number / classes));
        }
        std::vector<std::int64_t> order;
        for (const std::int64_t place :
             core::permutation(size_, seed_, static_cast<std::uint64_t>(epoch), "order")) {
            order.push_back(chosen[static_cast<std::size_t>(place)]);
        }
        return order;
    }

private:
    std::vector<std::pair<std::int64_t, Positions>> groups_;
    std::int64_t size_ = 0;
    std::uint64_t seed_;
};

class ClassSampler : public Sampler {
public:
    ClassSampler(const std::vector<std::int64_t>& classes, const pipeline::SamplerRule& rule,
                 std::uint64_t seed)
        : groups_(by_class(classes)), rule_(rule), seed_(seed) {
        std::int64_t known = 0;
        for (const auto& [index, samples] : groups_) {
            known += static_cast<std::int64_t>(samples.size());
        }
        batches_ = std::max<std::int64_t>(1, known / (rule.classes * rule.samples));
    }

    std::int64_t size() const override { return batches_ * rule_.classes * rule_.samples; }
    std::vector<std::int64_t> order(std::int64_t epoch) const override {
        std::vector<Turns> turns;
        for (const auto& group : groups_) {
            turns.emplace_back(group, seed_ ^ static_cast<std::uint64_t>(epoch));
        }
        std::vector<std::int64_t> drawn(groups_.size(), 0);
        std::vector<std::int64_t> order;
        for (std::int64_t batch = 0; batch < batches_; ++batch) {
            const auto number = static_cast<std::uint64_t>(epoch * batches_ + batch);
            const auto classes =
                core::permutation(static_cast<std::int64_t>(groups_.size()), seed_, number, "classes");
            for (std::int64_t place = 0; place < rule_.classes; ++place) {
                const auto group = static_cast<std::size_t>(classes[static_cast<std::size_t>(place)]);
                drawn[group] = turns[group].together(drawn[group], rule_.samples);
                for (std::int64_t sample = 0; sample < rule_.samples; ++sample) {
                    order.push_back(turns[group].draw(drawn[group]++));
                }
            }
        }
        return order;
    }

private:
    std::vector<std::pair<std::int64_t, Positions>> groups_;
    pipeline::SamplerRule rule_;
    std::uint64_t seed_;
    std::int64_t batches_ = 1;
};

core::Problem refusal(const pipeline::SamplerRule& rule, std::string message, std::string remedy) {
    return {rule.place, std::move(message), std::move(remedy)};
}

}  // namespace

std::shared_ptr<const Sampler> random_sampler(std::int64_t samples, std::uint64_t seed) {
    return std::make_shared<RandomSampler>(samples, seed);
}

std::shared_ptr<const Sampler> balanced_sampler(const std::vector<std::int64_t>& classes,
                                                std::uint64_t seed) {
    return std::make_shared<BalancedSampler>(classes, seed);
}

std::shared_ptr<const Sampler> class_sampler(const std::vector<std::int64_t>& classes,
                                             const pipeline::SamplerRule& rule, std::uint64_t seed) {
    return std::make_shared<ClassSampler>(classes, rule, seed);
}

std::optional<std::size_t> sampler_target(const pipeline::SamplerRule& rule,
                                          const std::vector<TargetSchema>& targets,
                                          core::Problems& problems) {
    if (rule.use == "random") {
        return std::nullopt;
    }
    std::vector<std::string> names;
    std::vector<std::size_t> fitting;
    for (std::size_t index = 0; index < targets.size(); ++index) {
        if (targets[index].kind == TargetKind::category) {
            names.push_back(targets[index].name);
            if (rule.target.empty() || rule.target == targets[index].name) {
                fitting.push_back(index);
            }
        }
    }
    if (fitting.size() == 1) {
        return fitting.front();
    }
    if (names.empty()) {
        problems.push_back(refusal(
            rule, fmt::format("train.sampler: {} needs a category, and the data set has none", rule.use),
            "use: random"));
    } else if (fitting.empty()) {
        problems.push_back(refusal(
            rule,
            fmt::format("train.sampler.target is '{}', which is no category of the data set", rule.target),
            core::suggest(rule.target, names)));
    } else {
        problems.push_back(refusal(
            rule, fmt::format("train.sampler: {} could count the classes of several categories", rule.use),
            "choose one with `target`: " + core::listed(names)));
    }
    return std::nullopt;
}

std::shared_ptr<const Sampler> make_sampler(const pipeline::SamplerRule& rule, const Subset& subset,
                                            const std::vector<TargetSchema>& targets, std::uint64_t seed) {
    core::Problems problems;
    const std::optional<std::size_t> target = sampler_target(rule, targets, problems);
    core::throw_if_any(core::Category::pipeline, problems);
    if (!target) {
        return random_sampler(static_cast<std::int64_t>(subset.indices.size()), seed);
    }
    std::vector<std::int64_t> classes;
    for (const std::int64_t index : subset.indices) {
        classes.push_back(class_of_sample(subset.dataset, index, targets, *target));
    }
    const auto known = static_cast<std::int64_t>(by_class(classes).size());
    const std::int64_t wanted = std::max<std::int64_t>(1, rule.classes);
    if (known < wanted) {
        throw core::Failure(
            core::Category::pipeline,
            core::Problems{refusal(
                rule,
                fmt::format(
                    "train.sampler asks for {} classes a batch; the training split has samples of {} ({})",
                    wanted, known, targets[*target].name),
                "ask for fewer classes")});
    }
    return rule.use == "balanced" ? balanced_sampler(classes, seed) : class_sampler(classes, rule, seed);
}

}  // namespace graft::data
