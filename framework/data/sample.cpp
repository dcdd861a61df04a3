// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/sample.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <ATen/ATen.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "core/profile.hpp"
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
            static_cast<std::int32_t>(picture.original.height),
            static_cast<std::int32_t>(picture.original.width),
            static_cast<std::uint16_t>(traits.orientation),
            traits.is_transparent,
            traits.has_several,
            static_cast<std::uint8_t>(traits.bits),
            static_cast<std::int32_t>(traits.highest)};
}

image::Traits traits_of(const features::Origin& origin) {
    return {origin.orientation, origin.is_transparent, origin.has_several, origin.bits, origin.highest};
}

/// What is decoded serves every draw of the augmentation, so that it is the same whatever was drawn.
image::ReadOptions read_options(const image::Preprocess& preprocess,
                                const std::vector<pipeline::Augment>& augment) {
    return {preprocess.bits, [&preprocess, zoom = largest_zoom(augment)](image::Extent original) {
                const image::Matrix matrix = image::placement(preprocess, original);
                return zoom * std::max(matrix[0], matrix[4]);
            }};
}

image::Picture read_picture(const ImageSource& source, const image::ReadOptions& options) {
    thread_local image::PictureReader reader;  // for its memory alone
    return reader.read(source, options);
}

/// Notes what a file holds under the state that it had before it was read.
image::Picture read_and_note(const ImageSource& source, const image::ReadOptions& options,
                             features::FileIndex* files) {
    const auto* path = std::get_if<std::filesystem::path>(&source);
    if (files == nullptr || path == nullptr) {
        return read_picture(source, options);
    }
    const std::int64_t moment = features::FileIndex::now();
    const auto before = features::state_of(*path);
    image::Picture picture = read_picture(source, options);
    if (before) {
        files->note(*path, *before, moment, picture.content);
    }
    return picture;
}

/// The row of a picture as it is changed.
std::uint64_t row_key(std::uint64_t content, const Drawn& drawn) {
    return drawn == Drawn{} ? content : core::hash64(to_bytes(drawn), content);
}

/// The sample's picture: kept from an epoch before, or read. `opened`: its source, where somebody asked
/// already.
image::Picture picture_of(const plugin::DatasetHandle& dataset, std::int64_t index,
                          const LoaderOptions& options, const SamplePlace& place,
                          std::optional<ImageSource> opened) {
    const core::Timed decode(core::Work::decode);
    if (const auto kept = place.decoded != nullptr ? place.decoded->find(place.position) : nullptr) {
        return *kept;
    }
    const ImageSource source = opened ? std::move(*opened) : dataset.image(index);
    image::Picture picture =
        read_and_note(source, read_options(options.preprocess, options.augment), place.rows.files);
    if (place.decoded != nullptr && !std::holds_alternative<RgbImage>(source)) {
        place.decoded->keep(place.position, picture);
    }
    return picture;
}

/// Draws a picture into the input, by the matrix that moves its original there.
void draw_input(const image::Picture& picture, const image::Matrix& matrix,
                const image::Preprocess& preprocess, cv::Mat& input) {
    image::warp(picture.pixels, image::then(image::inverse(picture.reduction), matrix),
                image::fill_color(preprocess.normalization), preprocess.interpolation, input);
}

/// Whether the picture's row was there; nothing of the picture is read then.
bool take_row(const ImageSource& source, const Drawn& drawn, const SamplePlace& place, Sample& sample) {
    const core::Timed rows(core::Work::rows);
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
    target::Motion& motion = sample.motion;
    motion.input = {preprocess.height, preprocess.width};
    // Nothing is drawn by what a picture shows, so a row does without it.
    core::RandomStream random(options.seed, static_cast<std::uint64_t>(view.epoch), sample.id, view.number);
    const Drawn drawn = draw(options.augment, motion.input, random);
    image::Picture picture;
    std::optional<ImageSource> source;
    if (place.rows.table != nullptr) {
        source = dataset.image(index);
    }
    if (!source || !take_row(*source, drawn, place, sample)) {
        picture = picture_of(dataset, index, options, place, std::move(source));
        sample.content = picture.content;
        sample.origin = origin_of(picture);
        sample.origin.key = row_key(picture.content, drawn);
        // The picture of a file that is new to the index may still be known by its content.
        sample.has_row = place.rows.table != nullptr && place.rows.table->read(sample.origin.key, place.row);
    }
    sample.traits = traits_of(sample.origin);
    motion.original = {sample.origin.height, sample.origin.width};
    motion.orientation = sample.traits->orientation;
    motion.matrix = image::then(image::placement(preprocess, motion.original), drawn.matrix);
    motion.mirrored = drawn.mirrored;
    if (!sample.has_row) {
        const core::Timed warp(core::Work::warp);
        cv::Mat input = input_view(preprocess, place.pixels);
        draw_input(picture, motion.matrix, preprocess, input);
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
    image::Picture picture;
    cv::Mat original;
    try {
        image::PictureReader reader;
        picture = reader.read(source, read_options(preprocess, {}));
        const bool is_whole =
            picture.pixels.rows == picture.original.height && picture.pixels.cols == picture.original.width;
        original = is_whole ? picture.pixels : reader.read(source, {preprocess.bits, {}}).pixels;
    } catch (const core::Failure& failure) {
        const auto* path = std::get_if<std::filesystem::path>(&source);
        core::Problems problems = failure.problems();
        for (core::Problem& problem : problems) {
            problem.place.file = path != nullptr ? path->string() : "the picture";
        }
        throw core::Failure(failure.category(), std::move(problems));
    }
    Prepared prepared;
    prepared.traits = picture.traits;
    target::Motion& motion = prepared.motion;
    motion.original = picture.original;
    motion.input = {preprocess.height, preprocess.width};
    motion.orientation = picture.traits.orientation;
    motion.matrix = image::placement(preprocess, motion.original);
    prepared.image = at::empty({1, preprocess.height, preprocess.width, 3}, at::kByte);
    cv::Mat input = input_view(preprocess, prepared.image.data_ptr<std::uint8_t>());
    draw_input(picture, motion.matrix, preprocess, input);
    prepared.original = at::from_blob(original.data, {original.rows, original.cols, 3}, at::kByte).clone();
    return prepared;
}

}  // namespace graft::data
