// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/statistics.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "data/sample.hpp"

namespace graft::data {
namespace {

using core::Json;

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

void Statistics::begin_epoch() {
    places_ = places();
    running_.clear();
}

void Statistics::count(const Batch& batch, std::int64_t number) {
    const image::Extent input{batch.images.size(1), batch.images.size(2)};
    BatchPlaces& places = running_.emplace_back();
    places.number = number;
    for (std::size_t index = 0; index < places_.size(); ++index) {
        places.counts.push_back(target::kind_of(targets_[index]).count_places(batch.targets[index], input));
    }
}

std::vector<TargetPlaces> Statistics::places() const {
    return places_before(std::numeric_limits<std::int64_t>::max());
}

std::vector<TargetPlaces> Statistics::places_before(std::int64_t batches) const {
    std::vector<TargetPlaces> all = places_;
    for (const BatchPlaces& batch : running_) {
        for (std::size_t index = 0; index < all.size() && batch.number < batches; ++index) {
            all[index].count.known += batch.counts[index].known;
            all[index].count.outside += batch.counts[index].outside;
        }
    }
    return all;
}

std::string Statistics::to_bytes(std::int64_t batches) const {
    // CBOR, since ids may hold any bytes and there is a hash a sample.
    Json places = Json::array();
    for (const TargetPlaces& target : places_before(batches)) {
        places.push_back({target.count.known, target.count.outside});
    }
    Json::binary_t known;
    Json::binary_t contents;
    for (const auto& content : contents_) {
        known.push_back(content ? 1 : 0);
        for (std::size_t byte = 0; byte < sizeof(std::uint64_t); ++byte) {
            contents.push_back(static_cast<std::uint8_t>(content.value_or(0) >> (8 * byte)));
        }
    }
    const Json all = {{"skipped", skipped_},
                      {"places", std::move(places)},
                      {"known", Json::binary(std::move(known))},
                      {"contents", Json::binary(std::move(contents))}};
    const std::vector<std::uint8_t> bytes = Json::to_cbor(all);
    return {bytes.begin(), bytes.end()};
}

void Statistics::restore(const std::string& bytes) {
    try {
        const Json all = Json::from_cbor(bytes);
        const auto& known = all.at("known").get_binary();
        const auto& contents = all.at("contents").get_binary();
        if (known.size() != contents_.size() || contents.size() != known.size() * sizeof(std::uint64_t) ||
            all.at("places").size() != places_.size()) {
            throw core::Failure(core::Category::data,
                                "what a checkpoint knows of the samples belongs to another data set");
        }
        skipped_ = all.at("skipped").get<std::map<std::string, std::string>>();
        running_.clear();
        for (std::size_t index = 0; index < places_.size(); ++index) {
            places_[index].count = {all.at("places")[index].at(0).get<std::int64_t>(),
                                    all.at("places")[index].at(1).get<std::int64_t>()};
        }
        unread_ = 0;
        for (std::size_t index = 0; index < known.size(); ++index) {
            std::uint64_t content = 0;
            for (std::size_t byte = 0; byte < sizeof(content); ++byte) {
                content |= std::uint64_t{contents[index * sizeof(content) + byte]} << (8 * byte);
            }
            contents_[index] = known[index] != 0 ? std::optional(content) : std::nullopt;
            unread_ += known[index] != 0 ? 0 : 1;
        }
    } catch (const Json::exception& error) {
        throw core::Failure(
            core::Category::data,
            fmt::format("what a checkpoint knows of the samples cannot be read: {}", error.what()));
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
