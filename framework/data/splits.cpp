// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "data/splits.hpp"

namespace graft::data {
namespace {

using core::Category;
using core::Failure;

/// Samples that stay together, and the class that most of them have (-1: none known).
struct Group {
    std::uint64_t order = 0;  ///< a hash of its name: where it stands in its class
    std::string name;
    std::vector<std::int64_t> indices;
    std::map<std::int64_t, std::int64_t> classes;

    std::int64_t usual_class() const {
        const auto most =
            std::max_element(classes.begin(), classes.end(),
                             [](const auto& left, const auto& right) { return left.second < right.second; });
        return most == classes.end() ? -1 : most->first;
    }
};

[[noreturn]] void refuse(const pipeline::SplitRule& split, Category category, std::string message,
                         std::string remedy) {
    throw Failure(category, core::Problems{{split.place, std::move(message), std::move(remedy)}});
}

/// The place of the stratifying target among the targets; nothing: none was asked for.
std::optional<std::size_t> stratifying_target(const pipeline::SplitRule& split,
                                              const std::vector<TargetSchema>& targets) {
    std::vector<std::string> fitting;
    for (std::size_t index = 0; index < targets.size(); ++index) {
        if (targets[index].kind == TargetKind::category) {
            if (targets[index].name == split.stratify) {
                return index;
            }
            fitting.push_back(targets[index].name);
        }
    }
    if (!split.stratify.empty()) {
        refuse(
            split, Category::pipeline,
            fmt::format("data.split.stratify is '{}', which is no category of the data set", split.stratify),
            core::suggest(split.stratify, fitting));
    }
    return std::nullopt;
}

std::vector<Group> make_groups(const pipeline::SplitRule& split, const plugin::DatasetHandle& dataset,
                               const std::vector<TargetSchema>& targets) {
    const std::optional<std::size_t> stratify = stratifying_target(split, targets);
    std::map<std::string, Group> groups;
    for (std::int64_t index = 0; index < dataset.size(); ++index) {
        const std::string name = split.by_group ? dataset.group(index) : dataset.id(index);
        Group& group = groups[name];
        group.name = name;
        group.order = core::hash64(name, split.seed);
        group.indices.push_back(index);
        if (stratify) {
            ++group.classes[class_of_sample(dataset, index, targets, *stratify)];
        }
    }
    std::vector<Group> list;
    list.reserve(groups.size());
    for (auto& [name, group] : groups) {
        list.push_back(std::move(group));
    }
    std::sort(list.begin(), list.end(), [](const Group& left, const Group& right) {
        return std::tie(left.order, left.name) < std::tie(right.order, right.name);
    });
    return list;
}

/// Moves groups of each class from the front of `groups` to the result until its fraction is reached. What
/// whole groups leave over of one class goes to the next, so the sum comes out right too.
std::vector<std::int64_t> take_fraction(double fraction, std::vector<Group>& groups,
                                        const std::map<std::int64_t, double>& class_sizes) {
    std::vector<std::int64_t> taken;
    std::vector<Group> left_over;
    double owed = 0;
    for (const auto& [usual_class, size] : class_sizes) {
        owed += fraction * size;
        for (Group& group : groups) {
            const auto members = static_cast<double>(group.indices.size());
            if (group.usual_class() == usual_class && owed > 1e-9 && owed >= members / 2) {
                taken.insert(taken.end(), group.indices.begin(), group.indices.end());
                owed -= members;
                group.indices.clear();
            }
        }
    }
    std::erase_if(groups, [](const Group& group) { return group.indices.empty(); });
    std::sort(taken.begin(), taken.end());
    return taken;
}

Splits by_fraction(const pipeline::SplitRule& split, const plugin::DatasetHandle& dataset,
                   const std::vector<TargetSchema>& targets) {
    std::vector<Group> groups = make_groups(split, dataset, targets);
    std::map<std::int64_t, double> class_sizes;
    for (const Group& group : groups) {
        class_sizes[group.usual_class()] += static_cast<double>(group.indices.size());
    }
    const auto group_count = groups.size();
    Splits splits;
    if (split.by_group && static_cast<std::int64_t>(group_count) == dataset.size()) {
        splits.notes.emplace_back(
            "every sample is a group of its own, so data.split.group keeps nothing together; tell the data "
            "set "
            "what belongs together, or leave `group` out");
    }
    splits.test = {dataset, take_fraction(split.test_fraction, groups, class_sizes)};
    splits.val = {dataset, take_fraction(split.val_fraction, groups, class_sizes)};
    splits.train.dataset = dataset;
    for (const Group& group : groups) {
        splits.train.indices.insert(splits.train.indices.end(), group.indices.begin(), group.indices.end());
    }
    std::sort(splits.train.indices.begin(), splits.train.indices.end());
    const auto require = [&](const char* name, double fraction, const Subset& subset) {
        if (fraction > 0 && subset.indices.empty()) {
            refuse(split, Category::data,
                   fmt::format("the split '{}' would hold no sample: the data set has {} samples in {} {}",
                               name, dataset.size(), group_count, split.by_group ? "groups" : "pieces"),
                   "use more data, or other fractions");
        }
    };
    require("train", 1, splits.train);
    require("val", split.val_fraction, splits.val);
    require("test", split.test_fraction, splits.test);
    return splits;
}

Subset open_named(const pipeline::SplitRule& split, const std::string& role, const std::string& name,
                  const std::function<plugin::DatasetHandle(const std::string&)>& open) {
    Subset subset = all_of(open(name));
    if (subset.indices.empty()) {
        refuse(split, Category::data,
               fmt::format("the split '{}' (data.split.{}) holds no sample", name, role),
               "look at the data set's folder, or name another split");
    }
    return subset;
}

void note_shared(const Subset& train, const Subset& other, const std::string& name,
                 std::vector<std::string>& notes) {
    if (!other.dataset) {
        return;
    }
    std::set<std::string> ids;
    for (const std::int64_t index : train.indices) {
        ids.insert(train.dataset.id(index));
    }
    std::vector<std::string> shared;
    for (const std::int64_t index : other.indices) {
        if (ids.contains(other.dataset.id(index))) {
            shared.push_back(other.dataset.id(index));
        }
    }
    if (!shared.empty()) {
        notes.push_back(
            fmt::format("{} of the {} samples of '{}' are in 'train' as well ({}{}): the results on '{}' say "
                        "little about new pictures",
                        shared.size(), other.indices.size(), name, shared.front(),
                        shared.size() > 1 ? ", ..." : "", name));
    }
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

/// The first name that means one of the words, those in front preferred; "": none does.
std::string meant(const std::vector<std::string>& names, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        const auto found = std::find_if(names.begin(), names.end(),
                                        [&](const std::string& name) { return lower(name) == word; });
        if (found != names.end()) {
            return *found;
        }
    }
    return "";
}

}  // namespace

pipeline::SplitRule found_splits(pipeline::SplitRule split, const std::vector<std::string>& names,
                                 std::vector<std::string>& notes) {
    const auto has = [&](const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (split.is_given || (has(split.train) && has(split.val))) {
        return split;
    }
    const std::string train = has(split.train) ? split.train : meant(names, {"train", "training"});
    const std::string val = meant(names, {"val", "valid", "validation", "dev", "test", "testing"});
    if (train.empty() || val.empty()) {
        return split;
    }
    split.train = train;
    split.val = val;
    notes.push_back(
        fmt::format("data.split is not given; found there: split: {{train: {}, val: {}}}", train, val));
    return split;
}

Splits make_splits(const pipeline::SplitRule& split,
                   const std::function<plugin::DatasetHandle(const std::string& split)>& open,
                   const std::vector<TargetSchema>& targets) {
    stratifying_target(split, targets);  // a wrong one is told, also where nothing is divided
    if (split.by_fraction) {
        const plugin::DatasetHandle dataset = open("");
        if (dataset.size() == 0) {
            refuse(split, Category::data, "the data set holds no sample", "look at the data set's folder");
        }
        return by_fraction(split, dataset, targets);
    }
    Splits splits;
    splits.train = open_named(split, "train", split.train, open);
    if (!split.val.empty()) {
        splits.val = open_named(split, "val", split.val, open);
    }
    if (!split.test.empty()) {
        splits.test = open_named(split, "test", split.test, open);
    }
    note_shared(splits.train, splits.val, "val", splits.notes);
    note_shared(splits.train, splits.test, "test", splits.notes);
    return splits;
}

}  // namespace graft::data
