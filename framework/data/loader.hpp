// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/batch.hpp"
#include "data/decoded_cache.hpp"
#include "data/statistics.hpp"
#include "data/subset.hpp"
#include "features/file_index.hpp"
#include "features/table.hpp"
#include "image/preprocess.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::data {

class Sampler;

struct LoaderOptions {
    image::Preprocess preprocess;
    std::vector<TargetSchema> targets;
    std::vector<pipeline::Augment> augment;  ///< empty for validation
    std::int64_t batch = 32;
    std::shared_ptr<const Sampler> sampler;  ///< null: every sample once, in its order
    std::uint64_t seed = 0;                  ///< of augmentation
    int threads = 1;
    int ahead = 3;                    ///< batches prepared before they are asked for
    std::uint64_t decoded_limit = 0;  ///< bytes that decoded pictures may take in memory; 0: none is kept
    /// Batches lie where a GPU copies them from while the host goes on; needs CUDA.
    bool pinned = false;
};

/// Augmented views of each picture that are kept and seen again, in place of new ones in every epoch.
struct KeptViews {
    std::int64_t count = 0;   ///< 0: none, so each epoch draws anew
    std::int64_t redraw = 0;  ///< epochs after which others take their place; 0: never

    /// Which views an epoch (1, 2, ...) has: 0, 1, ...
    std::int64_t generation(std::int64_t epoch) const { return redraw > 0 ? (epoch - 1) / redraw : 0; }

    /// The epoch whose random draws an epoch has.
    std::int64_t drawn_epoch(std::int64_t epoch) const {
        return count > 0 ? generation(epoch) * count + (epoch - 1) % count + 1 : epoch;
    }
};

/// A table of features and the index that says what picture files hold, which must outlive the loader.
struct FeatureRows {
    std::shared_ptr<const features::FeatureTable> table;
    features::FileIndex* files = nullptr;
};

/// Fills batches ahead in threads of its own. What a batch holds depends on (seed, epoch, its number)
/// alone, never on threads. Host thread only.
class Loader : public BatchSource {
public:
    /// Throws Failure(internal) for a batch below 1 or no data set. Its threads begin here, and time into the
    /// profile of the thread that makes it.
    Loader(Subset subset, LoaderOptions options);
    ~Loader() override;  ///< waits for at most one picture a thread
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    std::int64_t size() const override;
    std::int64_t batches() const override;
    void start(std::int64_t epoch, std::int64_t first_batch = 0) override;
    std::unique_ptr<Batch> next() override;
    std::int64_t position() const override;
    void check_bad_images(double limit) const override;
    std::string statistics(std::int64_t epoch, std::int64_t batches) const override;
    void restore_statistics(const std::string& bytes) override;

    /// From the next `start` on: rows of this table in place of pixels, where they are there; the batches
    /// then have `rows`. A row is that of the picture as augmentation changes it. An empty table: pixels
    /// again.
    void use_rows(const FeatureRows& rows);

    /// From the next `start` on.
    void use_views(const KeptViews& views);

    const Subset& subset() const;

    /// Samples skipped in the batches handed out so far, each once, sorted by id.
    std::vector<Skipped> skipped() const;

    /// XXH3-128 over what the files of pictures and masks held when they were read, sample by sample; empty
    /// until each was read once. So it costs no pass of its own.
    std::string content() const;

    /// Of the pictures in the batches handed out so far.
    const Survey& survey() const;

    /// Of the decoded pictures that are kept, or do not fit.
    DecodedCache::Count decoded() const;

    /// Of the batches handed out so far, one entry a target.
    std::vector<TargetPlaces> places() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace graft::data
