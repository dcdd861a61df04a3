// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/sample.hpp"

#include <utility>
#include <variant>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "core/random.hpp"
#include "data/augment.hpp"
#include "data/decode.hpp"
#include "data/targets.hpp"
#include "data/warp.hpp"
#include "graft/error.hpp"

namespace graft::data {
namespace {

std::string messages(const core::Failure& failure) {
    std::string text;
    for (const core::Problem& problem : failure.problems()) {
        text += (text.empty() ? "" : "; ") + problem.message;
    }
    return text;
}

cv::Mat input_view(const Preprocess& preprocess, std::uint8_t* pixels) {
    return cv::Mat(static_cast<int>(preprocess.height), static_cast<int>(preprocess.width), CV_8UC3, pixels);
}

void fill_sample(const Dataset& dataset, std::int64_t index, const LoaderOptions& options, std::int64_t epoch,
                 std::uint8_t* pixels, Sample& sample) {
    const Preprocess& preprocess = options.preprocess;
    sample.targets = dataset.targets(index);
    check_targets(options.targets, sample.targets);
    const cv::Mat original = decode(dataset.image(index));
    sample.original_size = {original.rows, original.cols};
    core::RandomStream random(options.seed, static_cast<std::uint64_t>(epoch), sample.id);
    const Drawn drawn = draw(options.augment, {preprocess.height, preprocess.width}, random);
    sample.matrix = then(placement(preprocess, {original.rows, original.cols}), drawn.matrix);
    cv::Mat input = input_view(preprocess, pixels);
    warp(original, sample.matrix, fill_color(preprocess.normalization), preprocess.interpolation, input);
    change_colors(input, drawn);
    for (std::size_t target = 0; target < options.targets.size(); ++target) {
        move_points(options.targets[target], sample.matrix, drawn.mirrored, sample.targets[target]);
    }
}

}  // namespace

Sample read_sample(const Dataset& dataset, std::int64_t index, const LoaderOptions& options,
                   std::int64_t epoch, std::uint8_t* pixels) {
    Sample sample;
    sample.id = dataset.id(index);
    try {
        fill_sample(dataset, index, options, epoch, pixels, sample);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        sample.problem = messages(failure);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) {
            throw;
        }
        sample.problem = error.what();
    }
    return sample;
}

Prepared prepare(const ImageSource& source, const Preprocess& preprocess) {
    cv::Mat original;
    try {
        original = decode(source);
    } catch (const core::Failure& failure) {
        const auto* path = std::get_if<std::filesystem::path>(&source);
        core::Problems problems = failure.problems();
        for (core::Problem& problem : problems) {
            problem.place.file = path != nullptr ? path->string() : "the picture";
        }
        throw core::Failure(failure.category(), std::move(problems));
    }
    Prepared prepared;
    prepared.matrix = placement(preprocess, {original.rows, original.cols});
    prepared.image = at::empty({1, preprocess.height, preprocess.width, 3}, at::kByte);
    cv::Mat input = input_view(preprocess, prepared.image.data_ptr<std::uint8_t>());
    warp(original, prepared.matrix, fill_color(preprocess.normalization), preprocess.interpolation, input);
    prepared.original = at::from_blob(original.data, {original.rows, original.cols, 3}, at::kByte).clone();
    return prepared;
}

}  // namespace graft::data
