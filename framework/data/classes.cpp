// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/classes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "target/kind.hpp"

namespace graft::data {
namespace {

bool has_classes(const TargetSchema& target) {
    return target.kind == TargetKind::category || target.kind == TargetKind::labels;
}

/// The classes that a value names.
std::vector<std::size_t> classes_of(const TargetValue& value) {
    std::vector<std::size_t> classes;
    if (const auto* index = std::get_if<std::int64_t>(&value)) {
        classes.push_back(static_cast<std::size_t>(*index));
    } else if (const auto* labels = std::get_if<Labels>(&value)) {
        for (std::size_t label = 0; label < labels->size(); ++label) {
            if ((*labels)[label].value_or(false)) {
                classes.push_back(label);
            }
        }
    }
    return classes;
}

/// The targets of a sample; nothing where they cannot be read: it will be skipped, and named.
std::vector<TargetValue> readable_targets(const plugin::DatasetHandle& dataset, std::int64_t index,
                                          const std::vector<TargetSchema>& targets) {
    try {
        std::vector<TargetValue> values = dataset.targets(index);
        dataset.hold(index, [&] { target::check_targets(targets, values); });
        return values;
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return {};
    }
}

void count(const Subset& subset, const std::vector<TargetSchema>& targets, std::vector<ClassCounts>& counts,
           bool is_val) {
    for (const std::int64_t index : subset.indices) {
        const std::vector<TargetValue> values = readable_targets(subset.dataset, index, targets);
        for (ClassCounts& entry : counts) {
            if (values.empty()) {
                break;
            }
            for (const std::size_t name : classes_of(values[entry.target])) {
                ++(is_val ? entry.val : entry.train)[name];
                if (is_val && entry.first_val[name].empty()) {
                    entry.first_val[name] = subset.dataset.id(index);
                }
            }
        }
    }
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t index = 0; index < std::min(names.size(), most); ++index) {
        text += (index == 0 ? "'" : ", '") + names[index] + "'";
    }
    return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

/// The names of the classes for which `is_meant` holds.
template <class Predicate>
std::vector<std::string> classes_where(const TargetSchema& target, Predicate&& is_meant) {
    std::vector<std::string> names;
    for (std::size_t index = 0; index < target.classes.size(); ++index) {
        if (is_meant(index)) {
            names.push_back(target.classes[index]);
        }
    }
    return names;
}

}  // namespace

std::vector<ClassCounts> count_classes(const Splits& splits, const std::vector<TargetSchema>& targets) {
    std::vector<ClassCounts> counts;
    for (std::size_t index = 0; index < targets.size(); ++index) {
        if (has_classes(targets[index])) {
            const std::size_t classes = targets[index].classes.size();
            counts.push_back({index, std::vector<std::int64_t>(classes, 0),
                              std::vector<std::int64_t>(classes, 0), std::vector<std::string>(classes)});
        }
    }
    if (!counts.empty()) {
        count(splits.train, targets, counts, /*is_val=*/false);
        count(splits.val, targets, counts, /*is_val=*/true);
    }
    return counts;
}

std::vector<std::string> notes_of_classes(const std::vector<ClassCounts>& counts,
                                          const std::vector<TargetSchema>& targets) {
    std::vector<std::string> notes;
    for (const ClassCounts& entry : counts) {
        const TargetSchema& target = targets[entry.target];
        const auto absent = classes_where(target, [&](std::size_t index) { return entry.train[index] == 0; });
        if (!absent.empty()) {
            notes.push_back(fmt::format("no training sample is of {} ({}): a model cannot learn {}",
                                        listed(absent), target.name, absent.size() == 1 ? "it" : "them"));
        }
        const bool has_val =
            std::any_of(entry.val.begin(), entry.val.end(), [](std::int64_t samples) { return samples > 0; });
        const auto unseen = classes_where(
            target, [&](std::size_t index) { return entry.train[index] > 0 && entry.val[index] == 0; });
        if (has_val && !unseen.empty()) {
            notes.push_back(fmt::format("no validation sample is of {} ({}): scores say nothing about {}",
                                        listed(unseen), target.name, unseen.size() == 1 ? "it" : "them"));
        }
    }
    return notes;
}

void refuse_unknown_classes(const std::vector<ClassCounts>& counts, const std::vector<TargetSchema>& targets,
                            const std::vector<std::size_t>& predicted, const pipeline::SplitRule& split) {
    core::Problems problems;
    for (const ClassCounts& entry : counts) {
        const bool is_predicted =
            std::find(predicted.begin(), predicted.end(), entry.target) != predicted.end();
        for (std::size_t index = 0; !split.by_fraction && is_predicted && index < entry.val.size(); ++index) {
            if (entry.train[index] == 0 && entry.val[index] > 0) {
                problems.push_back(
                    {split.place,
                     fmt::format(
                         "the validation split has {} of '{}' ({}), of which the training split has none; "
                         "for example {}",
                         entry.val[index] == 1 ? "a sample" : fmt::format("{} samples", entry.val[index]),
                         targets[entry.target].classes[index], targets[entry.target].name,
                         entry.first_val[index]),
                     "add training samples of the class, or take these away"});
            }
        }
    }
    core::throw_if_any(core::Category::data, problems);
}

}  // namespace graft::data
