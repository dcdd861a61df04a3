// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/parts.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>

#include "core/hash.hpp"
#include "target/kind.hpp"

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

std::vector<std::string> owners(const plugin::BackboneHandle& backbone, const std::string& path) {
    std::vector<std::string> names;
    for (const plugin::StageInfo& stage : backbone.stages()) {
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
            const std::vector<std::string> names = owners(model.backbone, tensor.key());
            if (names.size() != 1) {
                wrong += fmt::format(
                    "{}{} ({})", wrong.empty() ? "" : ", ", tensor.key(),
                    names.empty() ? "no stage" : "stages " + fmt::format("{} and {}", names[0], names[1]));
            }
        }
    };
    look(model.backbone.module().named_parameters());
    look(model.backbone.module().named_buffers());
    if (!wrong.empty()) {
        throw fault("backbone", model.backbone_id, place,
                    "every parameter and buffer must belong to exactly one stage; wrong: " + wrong);
    }
    if (model.backbone.stages().empty()) {
        throw fault("backbone", model.backbone_id, place,
                    "it has no stages; its constructor must call add_stage");
    }
}

/// The grid of a stage's output; throws where it is not as declared.
FeatureShape measured(const Model& model, const plugin::StageInfo& stage, const at::Tensor& output,
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
    for (const auto& parameter : model.backbone.module().named_parameters()) {
        if (owning_stage(model.backbone, parameter.key()) == stage) {
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

}  // namespace

const char* layout_name(Layout layout) {
    static constexpr const char* names[] = {"map", "tokens", "vector"};
    return names[static_cast<std::size_t>(layout)];
}

void seed_from(std::uint64_t seed, const std::string& name) {
    at::manual_seed(core::hash64(name, seed));
}

std::optional<std::size_t> owning_stage(const plugin::BackboneHandle& backbone, const std::string& path) {
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

void create_backbone(Model& model, const plugin::ComponentHandle& component, const core::Place& place) {
    model.backbone = plugin::BackboneHandle::create(component, model.backbone_options,
                                                    {model.preprocess.height, model.preprocess.width}, place);
    check_ownership(model, place);
    model.backbone.set_training(false);
}

std::vector<FeatureShape> measure_stages(Model& model, const core::Place& place) {
    const at::NoGradGuard no_gradients;
    at::Tensor feature = at::zeros({1, 3, model.preprocess.height, model.preprocess.width})
                             .contiguous(at::MemoryFormat::ChannelsLast);
    std::vector<FeatureShape> shapes;
    model.stages.clear();
    for (std::size_t index = 0; index < model.kept_stages; ++index) {
        const plugin::StageInfo& stage = model.backbone.stages()[index];
        feature = model.backbone.forward(index, feature);
        shapes.push_back(measured(model, stage, feature, place));
        model.stages.push_back({stage.name, feature.sizes().slice(1).vec(), count_parameters(model, index)});
    }
    return shapes;
}

FeatureShape port_shape(const InputPort& port, const FeatureShape& stage) {
    return port.layout == Layout::vector ? FeatureShape{vector_feature(stage.layout.channels), 1, 1} : stage;
}

namespace {

/// What the head says of a picture: its own list, its outputs as they are, or one prediction a target.
std::vector<TargetSchema> predictions_of(const HeadPart& part) {
    if (!part.ports.decodes) {
        std::vector<TargetSchema> outputs;
        for (std::size_t port = 0; port < part.ports.outputs.size(); ++port) {
            const auto& shape = part.output_shapes[port];
            outputs.push_back(
                embedding_target(part.ports.outputs[port].name, shape.empty() ? 1 : shape.front()));
        }
        return outputs;
    }
    if (!part.ports.predictions.empty()) {
        return part.ports.predictions;
    }
    std::vector<TargetSchema> targets = part.context.targets;
    for (std::size_t port = 0; port < targets.size(); ++port) {
        targets[port].name = part.ports.targets[port].name;
    }
    return targets;
}

void check_outputs(HeadPart& part, const std::vector<at::Tensor>& outputs) {
    part.output_shapes.clear();
    for (std::size_t port = 0; port < outputs.size(); ++port) {
        const at::Tensor& output = outputs[port];
        if (!part.ports.decodes && output.dim() != 2) {
            throw plugin::fault(part.head.caller(), "forward", {},
                                fmt::format("output '{}' of a head without decode has the shape {}; must be "
                                            "[N, length]",
                                            part.ports.outputs[port].name, text_of(output.sizes())));
        }
        part.output_shapes.push_back(output.sizes().slice(1).vec());
    }
    part.head.keep_shapes(part.output_shapes);
}

/// Holds one picture's predictions to their kinds.
void check_predictions(const HeadPart& part, const std::vector<at::Tensor>& made, image::Extent input) {
    for (std::size_t index = 0; index < made.size(); ++index) {
        const TargetSchema& schema = part.predictions[index];
        const std::string wrong = target::prediction_problem(schema, made[index], input);
        if (!wrong.empty()) {
            throw plugin::fault(part.head.caller(), "decode", {},
                                fmt::format("the prediction '{}' {}", schema.name, wrong));
        }
    }
}

}  // namespace

void create_head(HeadPart& part, const plugin::ComponentHandle& component, const core::Place& place) {
    const image::Extent input{part.context.height, part.context.width};
    {
        const at::AutoGradMode gradients(true);  // parameters are made here
        part.head =
            plugin::HeadHandle::create(component, part.name, part.options, part.ports, part.context, place);
    }
    const at::NoGradGuard no_gradients;
    part.head.set_training(false);
    std::vector<at::Tensor> features;
    for (const FeatureShape& shape : part.context.inputs) {
        features.push_back(blank_feature(shape));
    }
    const std::vector<at::Tensor> outputs = part.head.forward(features);
    check_outputs(part, outputs);
    part.predictions = predictions_of(part);
    for (const std::string& problem : target::schema_problems(part.predictions)) {
        throw plugin::fault(part.head.caller(), "ports", {}, "of its predictions, " + problem);
    }
    check_predictions(part, part.head.decode(outputs), input);
    part.head.encode(target::blank_targets(part.context.targets, 1, input));
}

void create_loss(LossPart& loss, const HeadPart& head, const plugin::ComponentHandle& component,
                 const core::Place& place) {
    loss.loss = plugin::LossHandle::create(component, loss.name, loss.options, {head.context.targets}, place);
    loss.couples_samples = component.couples_samples(loss.options);
    loss.loss.set_training(false);
    const at::NoGradGuard no_gradients;
    const std::vector<at::Tensor> all = blank_outputs(head);
    const std::vector<Column> encoded = head.head.encode(
        target::blank_targets(head.context.targets, 1, {head.context.height, head.context.width}));
    std::vector<at::Tensor> outputs;
    std::vector<Column> targets;
    for (const std::size_t port : loss.outputs) {
        outputs.push_back(all.at(port));
        targets.push_back(encoded.at(port));
    }
    loss.loss.forward(outputs, targets);
}

}  // namespace graft::model
