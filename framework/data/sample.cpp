// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/sample.hpp"

#include <utility>
#include <variant>

#include <ATen/ATen.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "core/random.hpp"
#include "data/augment.hpp"
#include "image/decode.hpp"
#include "image/warp.hpp"
#include "target/kind.hpp"

namespace graft::data {
namespace {

cv::Mat input_view(const image::Preprocess& preprocess, std::uint8_t* pixels) {
    return cv::Mat(static_cast<int>(preprocess.height), static_cast<int>(preprocess.width), CV_8UC3, pixels);
}

/// Targets that are there, read and moved into the input; what their files held joins the picture's content.
void take_targets(const std::vector<TargetSchema>& schemas, Sample& sample) {
    for (std::size_t index = 0; index < schemas.size(); ++index) {
        TargetValue& value = sample.targets[index];
        if (!std::holds_alternative<std::monostate>(value)) {
            const target::Kind& kind = target::kind_of(schemas[index]);
            if (const std::uint64_t content = kind.load(schemas[index], value); content != 0) {
                sample.content = core::hash64(std::to_string(content), sample.content);
            }
            kind.move(schemas[index], sample.motion, value);
        }
    }
}

void fill_sample(const plugin::DatasetHandle& dataset, std::int64_t index, const LoaderOptions& options,
                 const View& view, std::uint8_t* pixels, Sample& sample) {
    const image::Preprocess& preprocess = options.preprocess;
    sample.targets = dataset.targets(index);
    dataset.hold(index, [&] { target::check_targets(options.targets, sample.targets); });
    const image::Picture original = image::read_picture(dataset.image(index), preprocess.bits);
    sample.traits = original.traits;
    sample.content = original.content;
    target::Motion& motion = sample.motion;
    motion.original = {original.pixels.rows, original.pixels.cols};
    motion.input = {preprocess.height, preprocess.width};
    motion.orientation = original.traits.orientation;
    core::RandomStream random(options.seed, static_cast<std::uint64_t>(view.epoch), sample.id, view.number);
    const Drawn drawn = draw(options.augment, motion.input, random);
    motion.matrix = image::then(image::placement(preprocess, motion.original), drawn.matrix);
    motion.mirrored = drawn.mirrored;
    cv::Mat input = input_view(preprocess, pixels);
    image::warp(original.pixels, motion.matrix, image::fill_color(preprocess.normalization),
                preprocess.interpolation, input);
    change_colors(input, drawn);
    take_targets(options.targets, sample);
}

}  // namespace

Sample read_sample(const plugin::DatasetHandle& dataset, std::int64_t index, const LoaderOptions& options,
                   const View& view, std::uint8_t* pixels) {
    Sample sample;
    sample.id = dataset.id(index);
    try {
        fill_sample(dataset, index, options, view, pixels, sample);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        sample.problem = core::messages(failure.problems());
    }
    return sample;
}

Prepared prepare(const ImageSource& source, const image::Preprocess& preprocess) {
    image::Picture original;
    try {
        original = image::read_picture(source, preprocess.bits);
    } catch (const core::Failure& failure) {
        const auto* path = std::get_if<std::filesystem::path>(&source);
        core::Problems problems = failure.problems();
        for (core::Problem& problem : problems) {
            problem.place.file = path != nullptr ? path->string() : "the picture";
        }
        throw core::Failure(failure.category(), std::move(problems));
    }
    Prepared prepared;
    prepared.traits = original.traits;
    target::Motion& motion = prepared.motion;
    motion.original = {original.pixels.rows, original.pixels.cols};
    motion.input = {preprocess.height, preprocess.width};
    motion.orientation = original.traits.orientation;
    motion.matrix = image::placement(preprocess, motion.original);
    prepared.image = at::empty({1, preprocess.height, preprocess.width, 3}, at::kByte);
    cv::Mat input = input_view(preprocess, prepared.image.data_ptr<std::uint8_t>());
    image::warp(original.pixels, motion.matrix, image::fill_color(preprocess.normalization),
                preprocess.interpolation, input);
    prepared.original =
        at::from_blob(original.pixels.data, {original.pixels.rows, original.pixels.cols, 3}, at::kByte)
            .clone();
    return prepared;
}

}  // namespace graft::data
