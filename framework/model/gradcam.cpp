// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/gradcam.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/names.hpp"
#include "core/problem.hpp"

namespace graft::model {
namespace {

/// The cells behind a stage; nothing where its feature has no places.
std::optional<image::Extent> cells_of(const Model& model, std::size_t stage) {
    const FeatureLayout& layout = model.backbone().stages()[stage].output;
    const std::vector<std::int64_t>& shape = model.stages().at(stage).output;
    image::Extent cells;
    if (layout.layout == Layout::map && shape.size() == 3) {
        cells = {shape[1], shape[2]};
    } else if (layout.layout == Layout::tokens && layout.stride > 0) {
        cells = {model.preprocess().height / layout.stride, model.preprocess().width / layout.stride};
    }
    return cells.height * cells.width > 1 ? std::optional(cells) : std::nullopt;
}

/// A feature as [N, channels, rows, columns].
at::Tensor as_map(const FeatureLayout& layout, const image::Extent& cells, const at::Tensor& feature) {
    if (layout.layout == Layout::map) {
        return feature;
    }
    const at::Tensor places = feature.slice(1, layout.prefix_tokens);
    return places.transpose(1, 2).reshape({places.size(0), places.size(2), cells.height, cells.width});
}

/// A number a picture, of which the slope is wanted, and the classes predicted.
struct Score {
    at::Tensor number;       ///< [N]
    at::Tensor class_index;  ///< int64 [N]
};

Score score_of(const HeadPart& part, const Explained& explained, const std::vector<at::Tensor>& outputs) {
    const at::Tensor& output = outputs.at(explained.prediction);
    const at::Tensor numbers = output.to(at::kFloat).reshape({output.size(0), -1});
    std::vector<at::Tensor> detached;
    detached.reserve(outputs.size());
    for (const at::Tensor& each : outputs) {
        detached.push_back(each.detach());
    }
    const at::Tensor decoded = part.head.decode(detached).at(explained.prediction);
    const bool is_number = part.predictions[explained.prediction].kind == TargetKind::scalar;
    const at::Tensor predicted =
        is_number ? (decoded.reshape({-1}) >= explained.usual).to(at::kLong) : decoded.argmax(1);
    if (numbers.size(1) == 1) {  // a number, or one logit for two classes: it speaks for the second
        return {numbers.select(1, 0) * (2 * predicted - 1).to(at::kFloat), predicted};
    }
    return {numbers.gather(1, predicted.unsqueeze(1)).select(1, 0), predicted};
}

/// A stage's feature and the slope of the score by it, [N, channels, rows, columns].
struct Slope {
    at::Tensor feature;
    at::Tensor slope;  ///< not defined: the score does not depend on the feature
    at::Tensor class_index;
};

Slope slope_at(const Model& model, const at::Tensor& input, const Explained& explained, std::size_t stage) {
    const HeadPart& part = model.heads().at(explained.head);
    data::StoredFeatures before = model.prefix(input, stage);
    Taps& read = before.taps;
    at::Tensor feature;
    {
        const at::NoGradGuard no_gradients;
        feature = model.backbone().forward(stage, before.cut.feature).to(at::kFloat);
    }
    const at::AutoGradMode gradients(true);
    feature = feature.detach().clone().requires_grad_(true);
    for (const Tap& tap : taps_of(part)) {
        if (tap.stage == stage) {
            read[tap] = tap.pooled ? model.backbone().pool(stage, feature) : feature;
        }
    }
    for (auto& [tap, behind] : model.features({stage + 1, feature})) {
        read[tap] = behind;
    }
    const Score score = score_of(part, explained, part.head.forward(inputs_of(part, read)));
    at::Tensor slope;
    if (score.number.requires_grad()) {
        slope = torch::autograd::grad({score.number.sum()}, {feature}, {}, std::nullopt, false, true).front();
    }
    const FeatureLayout& layout = model.backbone().stages()[stage].output;
    const image::Extent cells = *cells_of(model, stage);
    return {as_map(layout, cells, feature.detach()),
            slope.defined() ? as_map(layout, cells, slope.detach()) : at::Tensor(), score.class_index};
}

/// The stages whose feature has places (a map, or tokens; more than one cell) and which the head reads, or
/// others that lead to those: indices, the last first.
std::vector<std::size_t> stages_with_places(const Model& model, std::size_t head) {
    const std::vector<std::size_t>& read = model.heads().at(head).stages;
    std::vector<std::size_t> stages;
    for (std::size_t stage = *std::max_element(read.begin(), read.end()) + 1; stage-- > 0;) {
        if (cells_of(model, stage)) {
            stages.push_back(stage);
        }
    }
    return stages;
}

}  // namespace

bool can_explain(const Model& model, const Explained& explained) {
    const HeadPart& part = model.heads().at(explained.head);
    if (!part.ports.decodes || part.predictions.size() != part.output_shapes.size()) {
        return false;
    }
    const TargetSchema& prediction = part.predictions.at(explained.prediction);
    const std::int64_t numbers = c10::multiply_integers(part.output_shapes[explained.prediction]);
    const auto classes = static_cast<std::int64_t>(prediction.classes.size());
    const bool has_places = !stages_with_places(model, explained.head).empty();
    return has_places && ((prediction.kind == TargetKind::scalar && numbers == 1) ||
                          (prediction.kind == TargetKind::category &&
                           (numbers == classes || (numbers == 1 && classes == 2))));
}

std::size_t stage_with_places(const Model& model, std::size_t head, const std::string& name) {
    std::vector<std::string> names;
    for (const std::size_t stage : stages_with_places(model, head)) {
        names.push_back(model.backbone().stages()[stage].name);
        if (names.back() == name) {
            return stage;
        }
    }
    throw core::Failure(
        core::Category::pipeline,
        fmt::format("there is no stage '{}' with places before head '{}'", name, model.heads().at(head).name),
        core::suggest(name, names));
}

Gradcam gradcam(const Model& model, const at::Tensor& input, const Explained& explained,
                std::optional<std::size_t> stage) {
    const std::vector<std::size_t> stages =
        stage ? std::vector<std::size_t>{*stage} : stages_with_places(model, explained.head);
    Slope found;
    Gradcam result;
    for (const std::size_t each : stages) {
        found = slope_at(model, input, explained, each);
        result.stage = each;
        if (found.slope.defined() && found.slope.ne(0).any().item<bool>()) {
            break;
        }
    }
    const at::NoGradGuard no_gradients;
    const at::Tensor& feature = found.feature;
    const at::Tensor grid =
        found.slope.defined()
            ? (found.slope.mean({2, 3}, /*keepdim=*/true) * feature).sum(1).relu()
            : at::zeros({feature.size(0), feature.size(2), feature.size(3)}, feature.options());
    const at::Tensor maps =
        at::upsample_bilinear2d(grid.unsqueeze(1), {input.size(2), input.size(3)}, false).squeeze(1);
    const at::Tensor largest = maps.amax({1, 2}, /*keepdim=*/true);
    result.maps = (maps / at::where(largest > 0, largest, at::ones_like(largest))).cpu().contiguous();
    result.grid = grid.cpu().contiguous();
    result.class_index = found.class_index.cpu();
    return result;
}

}  // namespace graft::model
