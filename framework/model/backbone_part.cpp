// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/backbone_part.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>

namespace graft::model {
namespace {

/// What is wrong with a backbone as it was made.
core::Failure fault(const plugin::BackboneHandle& backbone, const std::string& what) {
    return plugin::fault(backbone.caller(), "create", {}, what);
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

void check_ownership(const plugin::BackboneHandle& backbone) {
    std::string wrong;
    const auto look = [&](const auto& tensors) {
        for (const auto& tensor : tensors) {
            const std::vector<std::string> names = owners(backbone, tensor.key());
            if (names.size() != 1) {
                wrong += fmt::format(
                    "{}{} ({})", wrong.empty() ? "" : ", ", tensor.key(),
                    names.empty() ? "no stage" : "stages " + fmt::format("{} and {}", names[0], names[1]));
            }
        }
    };
    look(backbone.module().named_parameters());
    look(backbone.module().named_buffers());
    if (!wrong.empty()) {
        throw fault(backbone, "every parameter and buffer must belong to exactly one stage; wrong: " + wrong);
    }
    if (backbone.stages().empty()) {
        throw fault(backbone, "it has no stages; its constructor must call add_stage");
    }
}

/// The grid of a stage's output, whose sides and channels the handle has checked; throws where type or grid
/// are not as declared.
FeatureShape measured(const ModelParts& model, const plugin::StageInfo& stage, const at::Tensor& output) {
    const FeatureLayout& layout = stage.output;
    FeatureShape shape{layout, 1, 1};
    bool right = output.scalar_type() == at::kFloat;
    if (layout.layout == Layout::map) {
        shape = {layout, output.size(2), output.size(3)};
    } else if (layout.layout == Layout::tokens) {
        shape.height = layout.stride > 0 ? model.preprocess.height / layout.stride : 0;
        shape.width = layout.stride > 0 ? model.preprocess.width / layout.stride : 0;
        right = right && output.size(1) == layout.prefix_tokens + shape.height * shape.width;
    }
    if (!right) {
        throw fault(
            model.backbone,
            fmt::format(
                "stage '{}' declares a {} of {} channels, float, stride {}, but made {} {} of {} x {} pixels",
                stage.name, layout_name(layout.layout), layout.channels, layout.stride,
                at::toString(output.scalar_type()), fmt::format("[{}]", fmt::join(output.sizes(), ", ")),
                model.preprocess.height, model.preprocess.width));
    }
    return shape;
}

std::int64_t count_parameters(const ModelParts& model, std::size_t stage) {
    std::int64_t count = 0;
    for (const auto& parameter : model.backbone.module().named_parameters()) {
        if (owning_stage(model.backbone, parameter.key()) == stage) {
            count += parameter.value().numel();
        }
    }
    return count;
}

}  // namespace

const char* layout_name(Layout layout) {
    static constexpr const char* names[] = {"map", "tokens", "vector"};
    return names[static_cast<std::size_t>(layout)];
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

void create_backbone(ModelParts& model, const plugin::ComponentHandle& component, const core::Place& place) {
    model.backbone = plugin::BackboneHandle::create(component, model.backbone_options,
                                                    {model.preprocess.height, model.preprocess.width}, place);
    check_ownership(model.backbone);
    model.backbone.set_training(false);
}

std::vector<FeatureShape> measure_stages(ModelParts& model) {
    const at::NoGradGuard no_gradients;
    at::Tensor feature = at::zeros({1, 3, model.preprocess.height, model.preprocess.width})
                             .contiguous(at::MemoryFormat::ChannelsLast);
    std::vector<FeatureShape> shapes;
    model.stages.clear();
    for (std::size_t index = 0; index < model.kept_stages; ++index) {
        const plugin::StageInfo& stage = model.backbone.stages()[index];
        feature = model.backbone.forward(index, feature);
        shapes.push_back(measured(model, stage, feature));
        model.stages.push_back({stage.name, feature.sizes().slice(1).vec(), count_parameters(model, index)});
    }
    return shapes;
}

}  // namespace graft::model
