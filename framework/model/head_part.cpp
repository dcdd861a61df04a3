// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/head_part.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>

#include "target/kind.hpp"

namespace graft::model {
namespace {

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
                                            part.ports.outputs[port].name,
                                            fmt::format("[{}]", fmt::join(output.sizes(), ", "))));
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

bool joins_stages(const std::vector<InputPort>& ports) {
    return ports.size() == 1 && ports.front().layout == Layout::vector;
}

std::vector<FeatureShape> port_shapes(const std::vector<InputPort>& ports,
                                      const std::vector<std::size_t>& stages,
                                      const std::vector<FeatureShape>& grids) {
    const auto pooled = [&](std::size_t stage) {
        return FeatureShape{vector_feature(grids.at(stage).layout.channels), 1, 1};
    };
    std::vector<FeatureShape> shapes;
    for (std::size_t port = 0; port < ports.size(); ++port) {
        const std::size_t stage = stages.at(port);
        shapes.push_back(ports[port].layout == Layout::vector ? pooled(stage) : grids.at(stage));
    }
    for (std::size_t more = ports.size(); more < stages.size(); ++more) {
        shapes.front().layout.channels += pooled(stages[more]).layout.channels;
    }
    return shapes;
}

std::vector<Tap> taps_of(const HeadPart& part) {
    std::vector<Tap> taps;
    for (std::size_t index = 0; index < part.stages.size(); ++index) {
        const InputPort& port = part.ports.inputs[joins_stages(part.ports.inputs) ? 0 : index];
        taps.push_back({part.stages[index], port.layout == Layout::vector});
    }
    return taps;
}

std::vector<at::Tensor> inputs_of(const HeadPart& part, const Taps& taps) {
    std::vector<at::Tensor> read;
    for (const Tap& tap : taps_of(part)) {
        read.push_back(taps.at(tap));
    }
    const bool joined = read.size() > part.ports.inputs.size();
    return joined ? std::vector<at::Tensor>{at::cat(read, 1)} : read;
}

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
