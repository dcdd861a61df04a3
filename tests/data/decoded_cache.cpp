// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Decoded pictures that stay in memory between epochs.
#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "data/loader.hpp"
#include "data/sampler.hpp"
#include "jpeg.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;

namespace {

constexpr std::int64_t samples = 12;
constexpr std::uint64_t plenty = 1 << 30;

/// JPEGs of noise, large enough that they are decoded at half of their size; `reads` counts them.
std::shared_ptr<FakeDataset> counted_pictures(std::atomic<int>& reads) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = samples;
    dataset->picture = [&reads](std::int64_t index) {
        ++reads;
        cv::Mat noise(130, 170, CV_8UC3);
        cv::RNG generator(static_cast<std::uint64_t>(index) + 1);
        generator.fill(noise, cv::RNG::UNIFORM, 0, 256);
        const std::string bytes = test::jpeg_of(noise);
        return EncodedImage{{bytes.begin(), bytes.end()}};
    };
    return dataset;
}

LoaderOptions options_of(std::uint64_t decoded_limit, int threads) {
    LoaderOptions options;
    options.preprocess.height = 24;
    options.preprocess.width = 32;
    options.batch = 5;
    options.seed = 3;
    options.sampler = random_sampler(samples, options.seed);
    options.threads = threads;
    options.augment = {
        {"flip", {0.5}, {}}, {"rotate", {20}, {}}, {"scale", {0.7, 1.5}, {}}, {"color", {0.3}, {}}};
    options.decoded_limit = decoded_limit;
    return options;
}

/// The pixels of every batch of an epoch, by their samples' names.
std::vector<std::pair<std::vector<std::string>, at::Tensor>> epoch_of(Loader& loader, std::int64_t epoch) {
    std::vector<std::pair<std::vector<std::string>, at::Tensor>> batches;
    loader.start(epoch);
    while (const auto batch = loader.next()) {
        batches.emplace_back(batch->ids, batch->images);
    }
    return batches;
}

}  // namespace

// Proves: with the same draws of augmentation the pixels are the same bytes whether pictures are kept or
// decoded again, on any number of threads; what is kept is read once, and in whole or not at all.
TEST_CASE("decoded pictures that are kept change no pixel") {
    std::atomic<int> reads_kept = 0;
    std::atomic<int> reads_fresh = 0;
    Loader kept(all_of(counted_pictures(reads_kept)), options_of(plenty, 3));
    Loader fresh(all_of(counted_pictures(reads_fresh)), options_of(0, 1));
    for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
        const auto one = epoch_of(kept, epoch);
        const auto other = epoch_of(fresh, epoch);
        REQUIRE(one.size() == other.size());
        for (std::size_t batch = 0; batch < one.size(); ++batch) {
            CHECK(one[batch].first == other[batch].first);
            CHECK(one[batch].second.equal(other[batch].second));
        }
    }
    CHECK(reads_kept == samples);
    CHECK(reads_fresh == 3 * samples);
    CHECK(kept.content() == fresh.content());
    CHECK_FALSE(kept.content().empty());
    const DecodedCache::Count count = kept.decoded();
    CHECK(count.fits);
    CHECK(count.pictures == samples);
    // 130 x 170 at a scale of 1.5 * 32 / 170 = 0.28: half of it is decoded.
    CHECK(count.bytes == samples * 65 * 85 * 3);
    CHECK(fresh.decoded().pictures == 0);
}

// Proves: memory is bounded: pictures that do not all fit are let go, and the epochs go on from the files.
TEST_CASE("decoded pictures that do not fit are not kept") {
    std::atomic<int> reads = 0;
    Loader loader(all_of(counted_pictures(reads)), options_of(samples * 65 * 85 * 3 - 1, 2));
    CHECK(epoch_of(loader, 1).size() == 3);
    CHECK_FALSE(loader.decoded().fits);
    CHECK(epoch_of(loader, 2).size() == 3);
    CHECK(reads == 2 * samples);
}

// Proves: it is seen early that a large data set will not fit, not when the memory is full.
TEST_CASE("a data set that will not fit is seen by its first pictures") {
    image::Picture picture;
    picture.pixels = cv::Mat(10, 10, CV_8UC3, cv::Scalar::all(1));
    DecodedCache cache(1000, 300 * 500);
    for (std::size_t position = 0; position < 63; ++position) {
        cache.keep(position, picture);
        cache.keep(position, picture);  // counts once
    }
    CHECK(cache.count().fits);
    CHECK(cache.count().bytes == 63 * 300);
    CHECK(cache.find(5) != nullptr);
    cache.keep(63, picture);
    CHECK_FALSE(cache.count().fits);
    CHECK(cache.find(5) == nullptr);
}
