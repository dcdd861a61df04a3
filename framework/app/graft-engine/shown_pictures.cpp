// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "shown_pictures.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

ImageSource image_in(const std::string& file) {
    const std::string bytes = core::read_file(file);
    return EncodedImage{{bytes.begin(), bytes.end()}};
}

Opened open(const GivenPicture& shown, const image::Preprocess& preprocess) {
    try {
        return {data::prepare(shown.source(), preprocess), ""};
    } catch (const Failure& failure) {
        if (failure.category() != Category::data) {
            throw;
        }
        return {std::nullopt, failure.what()};
    }
}

}  // namespace

std::vector<GivenPicture> gather(const std::vector<std::string>& given, const std::string& input) {
    std::vector<fs::path> paths;
    for (const std::string& name : given) {
        std::error_code unknown;  // a name that cannot be looked up is told beside the others' predictions
        if (name == piped_image || !fs::is_directory(name, unknown)) {
            paths.emplace_back(name);
            continue;
        }
        std::vector<fs::path> found;
        std::error_code error;
        for (fs::recursive_directory_iterator entry(name, error), end; !error && entry != end;
             entry.increment(error)) {
            std::error_code gone;
            if (entry->is_regular_file(gone) && entry->path().filename().string().front() != '.') {
                found.push_back(entry->path());
            }
        }
        if (error) {
            throw Failure(Category::data,
                          fmt::format("the folder '{}' cannot be read to its end: {}", name, error.message()),
                          "mend its permissions, or name the images themselves");
        }
        std::sort(found.begin(), found.end());
        paths.insert(paths.end(), found.begin(), found.end());
    }
    if (paths.empty()) {
        throw Failure(Category::data, "there is no image to look at: the folders named hold no file");
    }
    std::vector<GivenPicture> shown;
    for (const fs::path& path : paths) {
        if (path == piped_image) {
            shown.push_back({piped_image, [input] { return image_in(input); }});
        } else {
            shown.push_back({path.string(), [path] { return ImageSource(path); }});
        }
    }
    return shown;
}

std::vector<GivenPicture> gather(const data::Subset& subset) {
    std::vector<GivenPicture> shown;
    for (const std::int64_t index : subset.indices) {
        shown.push_back({subset.dataset.id(index), [&subset, index] { return subset.dataset.image(index); }});
    }
    for (const DataProblem& problem : subset.dataset.problems()) {
        if (problem.record) {
            shown.push_back({problem.place,
                             [problem]() -> ImageSource { throw Failure(Category::data, problem.message); }});
        }
    }
    if (shown.empty()) {
        throw Failure(Category::data, "there is no image to look at: the data set is empty");
    }
    return shown;
}

std::vector<Opened> open_all(std::span<const GivenPicture> shown, const image::Preprocess& preprocess,
                             std::size_t threads) {
    std::vector<Opened> opened(shown.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t index = next++; index < shown.size(); index = next++) {
            opened[index] = open(shown[index], preprocess);
        }
    };
    std::vector<std::future<void>> others;
    for (std::size_t thread = 1; thread < std::min(threads, shown.size()); ++thread) {
        others.push_back(std::async(std::launch::async, work));
    }
    work();
    for (std::future<void>& other : others) {
        other.get();
    }
    return opened;
}

}  // namespace graft::engine
