// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/parts.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/hash.hpp"

namespace graft::model {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

std::string text_of(at::IntArrayRef sizes) {
    std::ostringstream text;
    text << sizes;
    return text.str();
}

Failure fault(const std::string& kind, const std::string& id, const core::Place& place,
              const std::string& what) {
    return Failure(Category::plugin, Problems{{place, fmt::format("{} '{}': {}", kind, id, what),
                                               "this is a fault of the plugin; tell its author"}});
}

/// Whether a stage's entry ("layer1", "class_token") is the path or lies above it.
bool covers(const std::string& entry, const std::string& path) {
    return path == entry ||
           (path.starts_with(entry) && path.size() > entry.size() && path[entry.size()] == '.');
}

std::vector<std::string> owners(const Backbone& backbone, const std::string& path) {
    std::vector<std::string> names;
    for (const Stage& stage : backbone.stages()) {
        for (const std::string& entry : stage.modules) {
            if (covers(entry, path)) {
                names.push_back(stage.name);
                break;
            }
        }
    }
    return names;
}

void check_ownership(const Model& model, const core::Place& place) {
    std::string wrong;
    const auto look = [&](const auto& tensors) {
        for (const auto& tensor : tensors) {
            const std::vector<std::string> names = owners(*model.backbone, tensor.key());
            if (names.size() != 1) {
                wrong += fmt::format(
                    "{}{} ({})", wrong.empty() ? "" : ", ", tensor.key(),
                    names.empty() ? "no stage" : "stages " + fmt::format("{} and {}", names[0], names[1]));
            }
        }
    };
    look(model.backbone->named_parameters());
    look(model.backbone->named_buffers());
    if (!wrong.empty()) {
        throw fault("backbone", model.backbone_id, place,
                    "every parameter and buffer must belong to exactly one stage; wrong: " + wrong);
    }
    if (model.backbone->stages().empty()) {
        throw fault("backbone", model.backbone_id, place,
                    "it has no stages; its constructor must call add_stage");
    }
}

/// The grid of a stage's output; throws where it is not as declared.
FeatureShape measured(const Model& model, const Stage& stage, const at::Tensor& output,
                      const core::Place& place) {
    const FeatureLayout& layout = stage.output;
    FeatureShape shape{layout, 1, 1};
    bool right = output.scalar_type() == at::kFloat && output.dim() > 0 && output.size(0) == 1;
    if (layout.layout == Layout::map) {
        right = right && output.dim() == 4 && output.size(1) == layout.channels;
        if (right) {
            shape = {layout, output.size(2), output.size(3)};
        }
    } else if (layout.layout == Layout::vector) {
        right = right && output.dim() == 2 && output.size(1) == layout.channels;
    } else {
        shape.height = layout.stride > 0 ? model.preprocess.height / layout.stride : 0;
        shape.width = layout.stride > 0 ? model.preprocess.width / layout.stride : 0;
        right = right && output.dim() == 3 && output.size(2) == layout.channels &&
                output.size(1) == layout.prefix_tokens + shape.height * shape.width;
    }
    if (!right) {
        throw fault(
            "backbone", model.backbone_id, place,
            fmt::format(
                "stage '{}' declares a {} of {} channels, float, stride {}, but made {} {} of {} x {} pixels",
                stage.name, layout_name(layout.layout), layout.channels, layout.stride,
                at::toString(output.scalar_type()), text_of(output.sizes()), model.preprocess.height,
                model.preprocess.width));
    }
    return shape;
}

std::int64_t count_parameters(const Model& model, std::size_t stage) {
    std::int64_t count = 0;
    for (const auto& parameter : model.backbone->named_parameters()) {
        if (owning_stage(*model.backbone, parameter.key()) == stage) {
            count += parameter.value().numel();
        }
    }
    return count;
}

at::Tensor blank_feature(const FeatureShape& shape) {
    const std::int64_t channels = shape.layout.channels;
    switch (shape.layout.layout) {
        case Layout::map:
            return at::zeros({1, channels, shape.height, shape.width})
                .contiguous(at::MemoryFormat::ChannelsLast);
        case Layout::tokens:
            return at::zeros({1, shape.layout.prefix_tokens + shape.height * shape.width, channels});
        case Layout::vector:
            break;
    }
    return at::zeros({1, channels});
}

std::vector<at::Tensor> blank_outputs(const HeadPart& part) {
    std::vector<at::Tensor> outputs;
    for (const auto& shape : part.output_shapes) {
        std::vector<std::int64_t> sizes{1};
        sizes.insert(sizes.end(), shape.begin(), shape.end());
        outputs.push_back(at::zeros(sizes));
    }
    return outputs;
}

void check_count(const std::string& id, const core::Place& place, const char* what, std::size_t made,
                 std::size_t declared) {
    if (made != declared) {
        throw fault("head", id, place,
                    fmt::format("{} gives {} tensors, its ports declare {}", what, made, declared));
    }
}

Column blank_target(const TargetSchema& schema, std::int64_t samples) {
    const auto classes = static_cast<std::int64_t>(schema.classes.size());
    const auto none = [](at::IntArrayRef sizes) { return at::zeros(sizes, at::kBool); };
    switch (schema.kind) {
        case TargetKind::category:
            return {at::zeros({samples}, at::kLong), none({samples})};
        case TargetKind::labels:
            return {at::zeros({samples, classes}), none({samples, classes})};
        case TargetKind::scalar:
            return {at::zeros({samples}), none({samples})};
        case TargetKind::points:
            return {at::zeros({samples, schema.point_count, 2}), none({samples, schema.point_count})};
        case TargetKind::tensor:
            break;
    }
    std::vector<std::int64_t> sizes{samples};
    sizes.insert(sizes.end(), schema.shape.begin(), schema.shape.end());
    return {at::zeros(sizes), none({samples})};
}

}  // namespace

const char* layout_name(Layout layout) {
    static constexpr const char* names[] = {"map", "tokens", "vector"};
    return names[static_cast<std::size_t>(layout)];
}

const char* kind_name(TargetKind kind) {
    static constexpr const char* names[] = {"category", "labels", "scalar", "points", "tensor"};
    return names[static_cast<std::size_t>(kind)];
}

void seed_from(std::uint64_t seed, const std::string& name) {
    at::manual_seed(core::hash64(name, seed));
}

std::optional<std::size_t> owning_stage(const Backbone& backbone, const std::string& path) {
    const auto& stages = backbone.stages();
    for (std::size_t index = 0; index < stages.size(); ++index) {
        for (const std::string& entry : stages[index].modules) {
            if (covers(entry, path)) {
                return index;
            }
        }
    }
    return std::nullopt;
}

void create_backbone(Model& model, const Component& component, const core::Place& place) {
    model.backbone = plugin::guarded("backbone", component.id, place, [&] {
        return component.backbone.create(model.backbone_options,
                                         {model.preprocess.height, model.preprocess.width});
    });
    check_ownership(model, place);
    model.backbone->eval();
}

std::vector<FeatureShape> measure_stages(Model& model, const core::Place& place) {
    const at::NoGradGuard no_gradients;
    at::Tensor feature = at::zeros({1, 3, model.preprocess.height, model.preprocess.width})
                             .contiguous(at::MemoryFormat::ChannelsLast);
    std::vector<FeatureShape> shapes;
    model.stages.clear();
    for (std::size_t index = 0; index < model.kept_stages; ++index) {
        const Stage& stage = model.backbone->stages()[index];
        feature =
            plugin::guarded("backbone", model.backbone_id, place, [&] { return stage.forward(feature); });
        shapes.push_back(measured(model, stage, feature, place));
        model.stages.push_back({stage.name, feature.sizes().slice(1).vec(), count_parameters(model, index)});
    }
    return shapes;
}

FeatureShape port_shape(const InputPort& port, const FeatureShape& stage) {
    return port.layout == Layout::vector ? FeatureShape{vector_feature(stage.layout.channels), 1, 1} : stage;
}

std::vector<Column> blank_targets(const HeadContext& context, std::int64_t samples) {
    std::vector<Column> columns;
    for (const TargetSchema& schema : context.targets) {
        columns.push_back(blank_target(schema, samples));
    }
    return columns;
}

void create_head(HeadPart& part, const Component& component, const core::Place& place) {
    plugin::guarded("head", part.id, place, [&] {
        const at::NoGradGuard no_gradients;
        {
            const at::AutoGradMode gradients(true);  // parameters are made here
            part.head = component.head.create(part.options, part.context);
        }
        part.head->eval();
        std::vector<at::Tensor> features;
        for (const FeatureShape& shape : part.context.inputs) {
            features.push_back(blank_feature(shape));
        }
        const std::vector<at::Tensor> outputs = part.head->forward(features);
        check_count(part.id, place, "forward", outputs.size(), part.ports.outputs.size());
        check_count(part.id, place, "decode", part.head->decode(outputs).size(), part.ports.targets.size());
        check_count(part.id, place, "encode", part.head->encode(blank_targets(part.context, 1)).size(),
                    part.ports.outputs.size());
        part.output_shapes.clear();
        for (const at::Tensor& output : outputs) {
            if (output.dim() == 0 || output.size(0) != 1) {
                throw fault("head", part.id, place,
                            fmt::format("an output of one sample has the shape {}; the first side must be 1",
                                        text_of(output.sizes())));
            }
            part.output_shapes.push_back(output.sizes().slice(1).vec());
        }
    });
}

void create_loss(LossPart& loss, const HeadPart& head, const Component& component, const core::Place& place) {
    plugin::guarded("loss", loss.id, place, [&] {
        loss.loss = component.loss.create(loss.options, {head.context.targets});
        loss.loss->eval();
        const at::NoGradGuard no_gradients;
        const std::vector<at::Tensor> all = blank_outputs(head);
        const std::vector<Column> encoded = head.head->encode(blank_targets(head.context, 1));
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        for (const std::size_t port : loss.outputs) {
            outputs.push_back(all.at(port));
            targets.push_back(encoded.at(port));
        }
        const LossValue value = loss.loss->forward(outputs, targets);
        if (value.loss.sizes() != at::IntArrayRef{1} || value.weight.sizes() != at::IntArrayRef{1}) {
            throw fault("loss", loss.id, place,
                        fmt::format("loss and weight of one sample must be [1]; got {} and {}",
                                    text_of(value.loss.sizes()), text_of(value.weight.sizes())));
        }
    });
}

}  // namespace graft::model
