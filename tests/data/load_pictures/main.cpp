// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// load-pictures FOLDER [THREADS [EPOCHS]]: how fast the loader fills batches of 32 with the JPEGs below a
// folder, at 224 px of 256 (torchvision's Resize and CenterCrop), decoding each in every epoch. Pictures a
// second on standard output, a line an epoch, after one that is not counted.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../support.hpp"
#include "data/loader.hpp"
#include "data/sampler.hpp"

namespace fs = std::filesystem;
using namespace graft;

int main(int count, char** words) {
    if (count < 2) {
        return 2;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(words[1])) {
        if (entry.path().extension() == ".jpg") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    auto dataset = std::make_shared<test::FakeDataset>();
    dataset->samples = static_cast<std::int64_t>(files.size());
    dataset->picture = [&](std::int64_t index) { return files[static_cast<std::size_t>(index)]; };
    data::LoaderOptions options;
    options.preprocess.resize = pipeline::Resize::crop;
    options.threads = count > 2 ? std::atoi(words[2]) : 2;
    options.sampler = data::random_sampler(dataset->samples, 1);
    data::Loader loader(test::all_of(dataset), options);
    const int epochs = count > 3 ? std::atoi(words[3]) : 3;
    for (int epoch = 0; epoch <= epochs; ++epoch) {
        const auto begin = std::chrono::steady_clock::now();
        loader.start(epoch + 1);
        std::size_t pictures = 0;
        while (const auto batch = loader.next()) {
            pictures += batch->ids.size();
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        if (epoch > 0) {
            std::printf("%.1f\n", static_cast<double>(pictures) / seconds.count());
        }
    }
}
