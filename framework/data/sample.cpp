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

features::Origin origin_of(const image::Picture& picture) {
    const image::Traits& traits = picture.traits;
    return {0,
            picture.pixels.rows,
            picture.pixels.cols,
            static_cast<std::uint16_t>(traits.orientation),
            traits.is_transparent,
            traits.has_several,
            static_cast<std::uint8_t>(traits.bits),
            static_cast<std::int32_t>(traits.highest)};
}

image::Traits traits_of(const features::Origin& origin) {
    return {origin.orientation, origin.is_transparent, origin.has_several, origin.bits, origin.highest};
}

/// Notes what a file holds under the state that it had before it was read.
image::Picture read_and_note(const ImageSource& source, std::int64_t bits, features::FileIndex* files) {
    const auto* path = std::get_if<std::filesystem::path>(&source);
    if (files == nullptr || path == nullptr) {
        return image::read_picture(source, bits);
    }
    const std::int64_t moment = features::FileIndex::now();
    const auto before = features::state_of(*path);
    image::Picture picture = image::read_picture(source, bits);
    if (before) {
        files->note(*path, *before, moment, picture.content);
    }
    return picture;
}

/// The row of a picture as it is changed.
std::uint64_t row_key(std::uint64_t content, const Drawn& drawn) {
    return drawn == Drawn{} ? content : core::hash64(to_bytes(drawn), content);
}

/// Whether the picture's row was there; nothing of the picture is read then.
bool take_row(const ImageSource& source, const Drawn& drawn, const SamplePlace& place, Sample& sample) {
    if (place.rows.table == nullptr) {
        return false;
    }
    const auto* path = std::get_if<std::filesystem::path>(&source);
    const std::optional<std::uint64_t> content =
        path != nullptr ? place.rows.files->content(*path) : image::content_in_memory(source);
    const auto origin = content ? place.rows.table->read(row_key(*content, drawn), place.row) : std::nullopt;
    sample.has_row = origin.has_value();
    sample.origin = origin.value_or(features::Origin{});
    sample.content = content.value_or(0);
    return sample.has_row;
}

void fill_sample(const plugin::DatasetHandle& dataset, std::int64_t index, const LoaderOptions& options,
                 const View& view, const SamplePlace& place, Sample& sample) {
    const image::Preprocess& preprocess = options.preprocess;
    sample.targets = dataset.targets(index);
    dataset.hold(index, [&] { target::check_targets(options.targets, sample.targets); });
    const ImageSource source = dataset.image(index);
    target::Motion& motion = sample.motion;
    motion.input = {preprocess.height, preprocess.width};
    // Nothing is drawn by what a picture shows, so a row does without it.
    core::RandomStream random(options.seed, static_cast<std::uint64_t>(view.epoch), sample.id, view.number);
    const Drawn drawn = draw(options.augment, motion.input, random);
    cv::Mat pixels;
    if (!take_row(source, drawn, place, sample)) {
        const image::Picture original = read_and_note(source, preprocess.bits, place.rows.files);
        pixels = original.pixels;
        sample.content = original.content;
        sample.origin = origin_of(original);
        sample.origin.key = row_key(original.content, drawn);
        // The picture of a file that is new to the index may still be known by its content.
        sample.has_row = place.rows.table != nullptr && place.rows.table->read(sample.origin.key, place.row);
    }
    sample.traits = traits_of(sample.origin);
    motion.original = {sample.origin.height, sample.origin.width};
    motion.orientation = sample.traits->orientation;
    motion.matrix = image::then(image::placement(preprocess, motion.original), drawn.matrix);
    motion.mirrored = drawn.mirrored;
    if (!sample.has_row) {
        cv::Mat input = input_view(preprocess, place.pixels);
        image::warp(pixels, motion.matrix, image::fill_color(preprocess.normalization),
                    preprocess.interpolation, input);
        change_colors(input, drawn);
    }
    take_targets(options.targets, sample);
}

}  // namespace

Sample read_sample(const plugin::DatasetHandle& dataset, std::int64_t index, const LoaderOptions& options,
                   const View& view, const SamplePlace& place) {
    Sample sample;
    sample.id = dataset.id(index);
    try {
        fill_sample(dataset, index, options, view, place, sample);
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
