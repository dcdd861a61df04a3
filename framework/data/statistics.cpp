// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/statistics.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "data/sample.hpp"

namespace graft::data {
namespace {

/// "a: why", for the first few of a list of bad things.
constexpr std::size_t named_at_most = 5;

core::Problem too_many(const std::string& message, const std::vector<std::string>& lines, double limit) {
    std::string text = message;
    for (std::size_t number = 0; number < std::min(lines.size(), named_at_most); ++number) {
        text += "\n  " + lines[number];
    }
    if (lines.size() > named_at_most) {
        text += fmt::format("\n  and {} more", lines.size() - named_at_most);
    }
    return {{}, text, fmt::format("mend or remove them, or allow more than {} with data.bad_images", limit)};
}

}  // namespace

Statistics::Statistics(std::size_t samples, const std::vector<TargetSchema>& targets)
    : targets_(targets), contents_(samples), unread_(samples) {
    for (const TargetSchema& target : targets_) {
        places_.push_back({target.name, {}});
    }
}

void Statistics::note(const Sample& sample) {
    std::optional<std::uint64_t>& known = contents_[static_cast<std::size_t>(sample.position)];
    unread_ -= known ? 0 : 1;
    if (!known && sample.traits) {
        survey_.note(sample.id, *sample.traits);
    }
    known = sample.content;
    if (!sample.problem.empty()) {
        skipped_.emplace(sample.id, sample.problem);
    }
}

void Statistics::count(const Batch& batch) {
    const image::Extent input{batch.images.size(1), batch.images.size(2)};
    for (std::size_t index = 0; index < places_.size(); ++index) {
        const auto more = target::kind_of(targets_[index]).count_places(batch.targets[index], input);
        places_[index].count.known += more.known;
        places_[index].count.outside += more.outside;
    }
}

std::vector<Skipped> Statistics::skipped() const {
    std::vector<Skipped> list;
    for (const auto& [id, reason] : skipped_) {
        list.push_back({id, reason});
    }
    return list;
}

std::string Statistics::content() const {
    if (unread_ > 0) {
        return "";
    }
    core::Hasher hasher;
    for (const auto& content : contents_) {
        hasher.add(&*content, sizeof(*content));
    }
    return hasher.hex();
}

void check_bad_images(const Subset& subset, const Statistics& statistics, std::int64_t samples,
                      double limit) {
    core::Problems problems;
    std::vector<std::string> skipped;
    for (const Skipped& sample : statistics.skipped()) {
        skipped.push_back(sample.id + ": " + sample.reason);
    }
    if (static_cast<double>(skipped.size()) > limit * static_cast<double>(samples)) {
        problems.push_back(too_many(fmt::format("{} of {} samples cannot be read:", skipped.size(), samples),
                                    skipped, limit));
    }
    std::vector<std::string> records;
    for (const DataProblem& problem : subset.dataset.problems()) {
        if (problem.record) {
            records.push_back(problem.place + ": " + problem.message);
        }
    }
    const auto total = static_cast<std::size_t>(subset.dataset.size()) + records.size();
    if (static_cast<double>(records.size()) > limit * static_cast<double>(total)) {
        problems.push_back(
            too_many(fmt::format("{} of {} records cannot be used:", records.size(), total), records, limit));
    }
    core::throw_if_any(core::Category::data, problems);
}

}  // namespace graft::data
