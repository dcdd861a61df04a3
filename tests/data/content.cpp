// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a loader tells of the pictures that it read, besides the fingerprint, which reads none.
#include <filesystem>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "core/files.hpp"
#include "data/loader.hpp"
#include "data/sampler.hpp"
#include "support.hpp"
#include "target/mask_file.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;

namespace {

/// A folder of six pictures of one size.
class Pictures {
public:
    Pictures() {
        for (std::int64_t index = 0; index < 6; ++index) {
            write(index, static_cast<char>('a' + index));
        }
        dataset_->samples = 6;
        dataset_->picture = [this](std::int64_t index) { return path(index); };
    }

    std::filesystem::path path(std::int64_t index) const {
        return folder_.path() / (std::to_string(index) + ".ppm");
    }

    /// A picture whose bytes are all the same; its file's time stays as it was.
    void write(std::int64_t index, char byte) const {
        const bool before = std::filesystem::exists(path(index));
        const auto time =
            before ? std::filesystem::last_write_time(path(index)) : std::filesystem::file_time_type();
        core::write_atomically(path(index), "P6 4 4 255\n" + std::string(48, byte));
        if (before) {
            std::filesystem::last_write_time(path(index), time);
        }
    }

    std::string fingerprint() const { return data::fingerprint(all_of(dataset_), {}); }

    std::unique_ptr<Loader> loader(int threads = 1, std::shared_ptr<const Sampler> sampler = nullptr) const {
        LoaderOptions options;
        options.preprocess.height = options.preprocess.width = 4;
        options.batch = 2;
        options.threads = threads;
        options.sampler = std::move(sampler);
        return std::make_unique<Loader>(all_of(dataset_), options);
    }

    /// After a whole epoch.
    std::string content(int threads = 1, std::shared_ptr<const Sampler> sampler = nullptr) const {
        const auto made = loader(threads, std::move(sampler));
        made->start(1);
        while (made->next() != nullptr) {
        }
        return made->content();
    }

private:
    test::TemporaryFolder folder_;
    std::shared_ptr<FakeDataset> dataset_ = std::make_shared<FakeDataset>();
};

}  // namespace

// Proves: the content is known once every sample was handed out, and not before.
TEST_CASE("content is empty until every picture was read once") {
    const Pictures pictures;
    const auto loader = pictures.loader();
    CHECK(loader->content() == "");
    loader->start(1);
    for (int batch = 0; batch < 2; ++batch) {
        REQUIRE(loader->next() != nullptr);
        CHECK(loader->content() == "");
    }
    loader->start(2, 2);  // the epoch's rest, as a resumed run reads it
    REQUIRE(loader->next() != nullptr);
    CHECK(loader->content().size() == 32);
    const std::string content = loader->content();
    CHECK(loader->next() == nullptr);
    CHECK(loader->content() == content);
}

// Proves: a mask's file is part of what the data hold, though its name and size stay.
TEST_CASE("another mask of the same picture changes the content") {
    test::TemporaryFolder folder;
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 1;
    dataset->picture = [](std::int64_t) { return RgbImage{4, 4, std::vector<std::uint8_t>(48, 9)}; };
    const auto content = [&](std::uint8_t last) {
        cv::Mat mask(4, 4, CV_8UC1, cv::Scalar(1));
        mask.at<std::uint8_t>(3, 3) = last;
        core::write_atomically(folder.path() / "mask.png", target::encode_mask(mask));
        dataset->values = [&](std::int64_t) {
            return std::vector<TargetValue>{MaskSource(folder.path() / "mask.png")};
        };
        LoaderOptions options;
        options.preprocess.height = options.preprocess.width = 4;
        options.targets = {mask_target("scene", {"sky", "road"})};
        options.batch = 1;
        Loader loader(all_of(dataset), options);
        loader.start(1);
        REQUIRE(loader.next() != nullptr);
        return loader.content();
    };
    const std::string before = content(0);
    CHECK(before.size() == 32);
    CHECK(content(1) != before);
    CHECK(content(0) == before);
}

// Proves: neither threads nor the order of an epoch matter; a sampler that leaves samples out leaves it
// empty.
TEST_CASE("content does not depend on who reads when") {
    const Pictures pictures;
    const std::string content = pictures.content();
    CHECK(pictures.content(3) == content);
    CHECK(pictures.content(2, random_sampler(6, 4)) == content);
    CHECK(pictures.content(1, balanced_sampler({0, 0, 0, -1, 1, 1}, 4)) == "");
}

// Proves: what file sizes cannot tell, the content does.
TEST_CASE("a picture that is replaced by another of the same size and time changes the content") {
    const Pictures pictures;
    const std::string content = pictures.content();
    const std::string fingerprint = pictures.fingerprint();
    const auto time = std::filesystem::last_write_time(pictures.path(3));
    pictures.write(3, 'X');
    CHECK(std::filesystem::last_write_time(pictures.path(3)) == time);
    CHECK(pictures.fingerprint() == fingerprint);
    CHECK(pictures.content() != content);
    pictures.write(3, 'd');
    CHECK(pictures.content() == content);
    pictures.write(0, 'b');  // two pictures change places
    pictures.write(1, 'a');
    CHECK(pictures.content() != content);
}

// Proves: a picture that cannot be read counts as read, and as another than one that can.
TEST_CASE("content with a picture that is gone") {
    const Pictures pictures;
    const std::string content = pictures.content();
    std::filesystem::remove(pictures.path(2));
    const std::string without = pictures.content();
    CHECK(without.size() == 32);
    CHECK(without != content);
}
