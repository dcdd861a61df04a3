// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.hpp"
#include "data/subset.hpp"
#include "data/survey.hpp"
#include "target/kind.hpp"

namespace graft::data {

struct Sample;

/// A sample that was skipped, and why.
struct Skipped {
    std::string id;
    std::string reason;
};

/// How many known places of a target lay in the input and beside it: they stay where they are and count, but
/// many of them outside tell of a crop or an augmentation that cuts too much.
struct TargetPlaces {
    std::string target;
    target::PlaceCount count;
};

/// What a loader learns of its samples while it hands them out. One thread per object.
class Statistics {
public:
    /// Of a subset whose data set has these targets.
    Statistics(std::size_t samples, const std::vector<TargetSchema>& targets);

    /// Takes a sample that was read, or could not be.
    void note(const Sample& sample);

    /// Batches are counted from 0 again.
    void begin_epoch();

    /// Takes a batch that is handed out, by its number in the epoch.
    void count(const Batch& batch, std::int64_t number);

    /// Samples that could not be read, each once, sorted by id.
    std::vector<Skipped> skipped() const;

    /// XXH3-128 over the samples' contents by their positions; empty until each was read once.
    std::string content() const;

    /// Of the pictures that could be read, each once.
    const Survey& survey() const { return survey_; }

    std::vector<TargetPlaces> places() const;

    /// All of it, but of the running epoch only the first `batches` batches' places: what was handed out
    /// beyond them is handed out again when a run goes on there.
    std::string to_bytes(std::int64_t batches) const;

    /// The inverse. Throws Failure(data) where the bytes tell of another number of samples or targets.
    void restore(const std::string& bytes);

private:
    /// Places of one batch, an entry a target.
    struct BatchPlaces {
        std::int64_t number = 0;
        std::vector<target::PlaceCount> counts;
    };

    std::vector<TargetPlaces> places_before(std::int64_t batches) const;

    std::vector<TargetSchema> targets_;
    std::map<std::string, std::string> skipped_;  ///< why, by id
    std::vector<TargetPlaces> places_;            ///< of the epochs before
    std::vector<BatchPlaces> running_;            ///< of the running epoch
    Survey survey_;
    std::vector<std::optional<std::uint64_t>> contents_;  ///< hashes by position
    std::size_t unread_ = 0;                              ///< of them that are not known
};

/// Throws Failure(data), naming the first ones, when more than `limit` (a fraction) of `samples` could not be
/// read or of the data set's records could not be used.
void check_bad_images(const Subset& subset, const Statistics& statistics, std::int64_t samples, double limit);

}  // namespace graft::data
