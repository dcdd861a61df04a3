// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft show`: samples as the network gets them, before anything is trained.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <opencv2/imgproc.hpp>

#include "batch_numbers.hpp"
#include "command.hpp"
#include "composition.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "data/sample.hpp"
#include "data/sampler.hpp"
#include "image/png.hpp"
#include "legend.hpp"
#include "notes.hpp"
#include "sheet.hpp"
#include "target/value_picture.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// The samples of one split that are shown, and how they are read.
struct Choice {
    data::Subset subset;
    data::LoaderOptions options;
    std::vector<std::int64_t> positions;  ///< in the subset
};

/// What was read of them.
struct Seen {
    std::vector<data::Sample> samples;
    std::vector<at::Tensor> pixels;  ///< uint8 [1, H, W, 3], one a sample
};

/// Of training the first ones of the first epoch, changed as that changes them; of another split some from
/// everywhere, as they are.
Choice choose(const Composition& made, const std::string& split, std::size_t count) {
    const data::Splits splits = open_splits(made.pipeline, made.dataset, made.dataset_options, made.model);
    Choice choice{split == "train" ? splits.train : split == "test" ? splits.test : splits.val, {}, {}};
    const std::size_t size = choice.subset.indices.size();
    if (size == 0) {
        throw core::Failure(core::Category::data, fmt::format("the split '{}' holds no sample", split),
                            "the pipeline's data.split says what is in it; --split names another one");
    }
    choice.options.preprocess = made.model.preprocess();
    choice.options.targets = made.schema;
    choice.options.seed = made.pipeline.seed;
    count = std::min(count, size);
    if (split == "train") {
        choice.options.augment = made.pipeline.data.augment;
        choice.positions =
            data::make_sampler(made.pipeline.train.sampler, choice.subset, made.schema, made.pipeline.seed)
                ->order(1);
        choice.positions.resize(std::min(count, choice.positions.size()));
        return choice;
    }
    for (std::size_t number = 0; number < count; ++number) {
        choice.positions.push_back(static_cast<std::int64_t>(number * size / count));
    }
    return choice;
}

/// Reads as the loader does. Samples that cannot be read get a warning.
Seen read(CommandContext& context, const Choice& choice) {
    const image::Preprocess& preprocess = choice.options.preprocess;
    Seen seen;
    std::vector<std::uint64_t> times(choice.subset.indices.size(), 0);
    for (const std::int64_t position : choice.positions) {
        if (context.stop) {
            break;
        }
        const std::int64_t index = choice.subset.indices.at(static_cast<std::size_t>(position));
        const data::View view{1, times.at(static_cast<std::size_t>(position))++};
        at::Tensor pixels = at::empty({1, preprocess.height, preprocess.width, 3}, at::kByte);
        data::SamplePlace place;
        place.pixels = pixels.data_ptr<std::uint8_t>();
        data::Sample sample = data::read_sample(choice.subset.dataset, index, choice.options, view, place);
        if (!sample.problem.empty()) {
            context.warn(fmt::format("{} is left out: {}", sample.id, sample.problem));
            continue;
        }
        seen.samples.push_back(std::move(sample));
        seen.pixels.push_back(std::move(pixels));
    }
    if (seen.samples.empty() && !context.stop) {
        throw core::Failure(core::Category::data, "none of the samples could be read");
    }
    return seen;
}

/// Which targets of the data set heads learn.
std::vector<std::size_t> learnt_targets(const Composition& made) {
    const std::vector<TargetSchema> used = used_targets(made.model);
    std::vector<std::size_t> learnt;
    for (std::size_t target = 0; target < made.schema.size(); ++target) {
        if (std::any_of(used.begin(), used.end(), [&](const TargetSchema& schema) {
                return schema.name == made.schema[target].name;
            })) {
            learnt.push_back(target);
        }
    }
    return learnt;
}

/// The network's input, enlarged to `side`, with its targets.
Panel panel_of(const Composition& made, const data::Sample& sample, const at::Tensor& pixels, int side,
               lettering::Lettering& lettering) {
    const cv::Mat input(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(2)), CV_8UC3,
                        pixels.data_ptr());
    const double scale = static_cast<double>(side) / std::max(input.cols, input.rows);
    Panel panel;
    cv::resize(input, panel.picture,
               {std::max(1, static_cast<int>(std::lround(input.cols * scale))),
                std::max(1, static_cast<int>(std::lround(input.rows * scale)))},
               0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_NEAREST);
    panel.name = sample.id;
    for (const std::size_t target : learnt_targets(made)) {
        const TargetSchema& schema = made.schema[target];
        const TargetValue& value = sample.targets[target];
        if (std::holds_alternative<std::monostate>(value)) {
            panel.captions.push_back({schema.name + ": not known", target::Mood::faint, -1});
            continue;
        }
        target::draw_value(schema, value, {panel.picture, scale, lettering});
        add_keys(target::keys_of_value(schema, value), panel.keys);
        target::caption_value(schema, value, panel.captions);
    }
    panel.captions.push_back(
        {fmt::format("file {} x {}{}", sample.motion.original.width, sample.motion.original.height,
                     sample.motion.mirrored ? ", mirrored" : ""),
         target::Mood::faint, -1});
    return panel;
}

/// "ants-bees: training as the network sees it, 224 x 224 (...)".
std::string title_of(const Composition& made, const std::string& split) {
    const image::Preprocess& preprocess = made.model.preprocess();
    std::string title = fmt::format("{}: {} samples as the network sees them, {} x {}", made.pipeline.name,
                                    split, preprocess.width, preprocess.height);
    for (const TargetSchema& schema : used_targets(made.model)) {
        if (schema.kind == TargetKind::points && !schema.mirrored_points.empty()) {
            return title + " (left points are blue, right ones red, others green)";
        }
    }
    return title;
}

void draw(const Composition& made, const Seen& seen, const std::string& title, const std::string& path,
          CommandContext& context) {
    constexpr std::int64_t smallest = 256;
    constexpr std::int64_t largest = 512;
    const image::Preprocess& preprocess = made.model.preprocess();
    const auto side =
        static_cast<int>(std::clamp(std::max(preprocess.width, preprocess.height), smallest, largest));
    lettering::Lettering lettering;
    std::vector<Panel> panels;
    for (std::size_t index = 0; index < seen.samples.size(); ++index) {
        panels.push_back(panel_of(made, seen.samples[index], seen.pixels[index], side, lettering));
    }
    core::write_atomically(path, image::encode_png(sheet_of(panels, title, side, lettering)));
    for (const std::string& note : lettering.notes()) {
        context.warn(note);
    }
}

}  // namespace

int show(CommandContext& context) {
    const Composition made = compose(context, asked_pipeline(context.request));
    for (const std::string& note : notes_of(made)) {
        context.warn(note);
    }
    const std::string split = context.text("split");
    const auto count = context.request.value("count", std::size_t{0});
    const bool inspects = context.flag("inspect");
    const std::size_t batch = static_cast<std::size_t>(made.pipeline.train.batch);
    const Choice choice = choose(made, split, count > 0 ? count : inspects ? batch : 12);
    const Seen seen = read(context, choice);
    if (context.stop) {
        return core::exit_interrupted;
    }
    Json result = {{"split", split},
                   {"samples", choice.subset.indices.size()},
                   {"shown", seen.samples.size()},
                   {"picture", context.text("picture")}};
    if (!context.text("picture").empty()) {
        draw(made, seen, title_of(made, split), context.text("picture"), context);
    }
    if (inspects) {
        std::vector<std::vector<TargetValue>> targets;
        for (const data::Sample& sample : seen.samples) {
            targets.push_back(sample.targets);
        }
        result["batch"] = numbers_of_batch(made, at::cat(seen.pixels), targets);
    }
    context.events.emit({"result", result});
    return 0;
}

}  // namespace graft::engine
