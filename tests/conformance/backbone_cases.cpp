// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <map>
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "case.hpp"
#include "model/fused_graph.hpp"

namespace graft::conformance {
namespace {

struct Size {
    std::int64_t batch;
    std::int64_t height;
    std::int64_t width;
};

/// Creates backbones of one subject and pushes tensors through their stages.
class BackboneCase {
public:
    BackboneCase(const Subject& subject, Size size) : subject_(subject), size_(size) {}

    plugin::BackboneHandle make(std::uint64_t seed = 1) const {
        at::manual_seed(seed);
        return plugin::BackboneHandle::create(subject_.component, subject_.options,
                                              {size_.height, size_.width}, {});
    }

    at::Tensor input(std::int64_t batch) const {
        at::manual_seed(7);
        return at::randn({batch, 3, size_.height, size_.width}).contiguous(at::MemoryFormat::ChannelsLast);
    }
    at::Tensor input() const { return input(size_.batch); }

    static std::vector<at::Tensor> run(const plugin::BackboneHandle& backbone, const at::Tensor& input) {
        std::vector<at::Tensor> outputs;
        for (std::size_t stage = 0; stage < backbone.stages().size(); ++stage) {
            outputs.push_back(backbone.forward(stage, outputs.empty() ? input : outputs.back()));
        }
        return outputs;
    }

    void shapes() const {
        const at::NoGradGuard no_gradients;
        auto backbone = make();
        backbone.set_training(false);
        require(!backbone.stages().empty(), "there is no stage");
        const auto outputs = run(backbone, input());
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            const plugin::StageInfo& stage = backbone.stages()[index];
            require_float(outputs[index], "stage " + stage.name);
            require_shape(stage, outputs[index]);
            const at::Tensor pooled = backbone.pool(index, outputs[index]);
            require(
                pooled.dim() == 2 && pooled.size(0) == size_.batch && pooled.size(1) == stage.output.channels,
                fmt::format("pool after {} gives {}, expected [{}, {}]", stage.name, shape_text(pooled),
                            size_.batch, stage.output.channels));
        }
    }

    void ownership() const {
        auto backbone = make();
        std::map<std::string, std::string> owners;
        for (const auto& parameter : backbone.module().named_parameters()) {
            for (const plugin::StageInfo& stage : backbone.stages()) {
                for (const std::string& path : stage.modules) {
                    if (parameter.key() == path || parameter.key().rfind(path + ".", 0) == 0) {
                        require(owners.emplace(parameter.key(), stage.name).second ||
                                    owners[parameter.key()] == stage.name,
                                parameter.key() + " belongs to two stages");
                    }
                }
            }
            require(owners.count(parameter.key()) == 1, parameter.key() + " belongs to no stage");
        }
    }

    void gradients() const {
        auto backbone = make();
        backbone.set_training(true);
        require_gradients(backbone.module(), {run(backbone, input()).back()});
    }

    void eval_mode() const {
        const at::NoGradGuard no_gradients;
        auto backbone = make();
        backbone.set_training(false);
        const auto together = run(backbone, input()).back();
        require_equal(run(backbone, input()).back(), together, 0, "a second pass in eval mode");
        require_equal(run(backbone, input().slice(0, 0, 1)).back(), together.slice(0, 0, 1), 1e-4,
                      "the first sample alone in eval mode");
    }

    void unchanged() const {
        const at::NoGradGuard no_gradients;
        for (const bool training : {false, true}) {
            auto backbone = make();
            backbone.set_training(training);
            at::Tensor feature = input();
            for (std::size_t index = 0; index < backbone.stages().size(); ++index) {
                const plugin::StageInfo& stage = backbone.stages()[index];
                const at::Tensor before = feature.clone();
                const at::Tensor after = backbone.forward(index, feature);
                require_equal(feature, before, 0, "the input of stage " + stage.name + " after its forward");
                feature = after;
            }
        }
    }

    void traceable() const {
        auto backbone = make();
        backbone.set_training(false);
        without_gradients(backbone.module());
        require_traceable([&](const std::vector<at::Tensor>& in) { return run(backbone, in.front()); },
                          {input(2)}, {input(3)});
    }

    /// As frozen stages run: BatchNorm folded, and more. It must have numbers to fold.
    void fused() const {
        const at::NoGradGuard no_gradients;
        auto backbone = make();
        backbone.set_training(false);
        std::vector<model::NamedTensor> tensors;
        for (const auto& parameter : backbone.module().named_parameters()) {
            tensors.push_back({parameter.key(), parameter.value(), "", false});
        }
        for (const auto& buffer : backbone.module().named_buffers()) {
            if (buffer.key().ends_with("running_var")) {
                buffer.value().copy_(at::rand_like(buffer.value()) + 0.5);
            } else if (buffer.value().is_floating_point()) {
                buffer.value().copy_(0.1 * at::randn_like(buffer.value()));  // larger means end at a ReLU
            }
            tensors.push_back({buffer.key(), buffer.value(), "", true});
        }
        const auto eager = [&](const at::Tensor& in) { return run(backbone, in); };
        const model::FusedGraph graph({tensors, input(2), "image", eager});
        const auto got = graph.run(input(3));
        const auto wanted = eager(input(3));
        for (std::size_t index = 0; index < wanted.size(); ++index) {
            const at::Tensor largest = wanted[index].abs().max().clamp_min(1e-12);
            require_equal(got.at(index) / largest, wanted[index] / largest, 1e-4,
                          "as a frozen stage, " + backbone.stages()[index].name);
        }
    }

    void state() const {
        const at::NoGradGuard no_gradients;
        auto first = make(1);
        auto second = make(2);
        copy_state(first.module(), second.module());
        require_same_state(first.module(), second.module());
        first.set_training(false);
        second.set_training(false);
        require_equal(run(second, input()).back(), run(first, input()).back(), 0,
                      "outputs after copying the state");
    }

    void determinism() const { require_same_state(make(3).module(), make(3).module()); }

private:
    /// An odd side may be rounded up or down by a stride.
    static bool fits(std::int64_t cells, std::int64_t side, std::int64_t stride) {
        const double exact = static_cast<double>(side) / static_cast<double>(stride);
        return std::abs(static_cast<double>(cells) - exact) < 1.0;
    }

    void require_shape(const plugin::StageInfo& stage, const at::Tensor& output) const {
        const FeatureLayout& layout = stage.output;
        const std::string what = fmt::format("stage {} gives {}", stage.name, shape_text(output));
        require(output.dim() >= 2 && output.size(0) == size_.batch, what + ": another batch size");
        switch (layout.layout) {
            case Layout::map:
                require(output.dim() == 4 && output.size(1) == layout.channels,
                        fmt::format("{}, declared {} channels", what, layout.channels));
                require(fits(output.size(2), size_.height, layout.stride) &&
                            fits(output.size(3), size_.width, layout.stride),
                        fmt::format("{}, declared stride {}", what, layout.stride));
                break;
            case Layout::tokens: {
                const std::int64_t cells = (size_.height / layout.stride) * (size_.width / layout.stride);
                require(output.dim() == 3 && output.size(2) == layout.channels &&
                            output.size(1) == layout.prefix_tokens + cells,
                        fmt::format("{}, declared {} tokens of {}", what, layout.prefix_tokens + cells,
                                    layout.channels));
                break;
            }
            case Layout::vector:
                require(output.dim() == 2 && output.size(1) == layout.channels,
                        fmt::format("{}, declared {} numbers", what, layout.channels));
                break;
        }
    }

    Subject subject_;
    Size size_;
};

}  // namespace

void add_backbone_cases(Cases& cases, const Subject& subject) {
    const BackboneInput wants = subject.component.input(subject.options);
    const std::int64_t side =
        std::max<std::int64_t>(wants.minimum_size, 64) / wants.multiple_of * wants.multiple_of;
    const auto add = [&](const char* check, Size size, void (BackboneCase::*method)() const) {
        const BackboneCase made(subject, size);
        cases.push_back({fmt::format("{}(check={},batch={},size={}x{})", subject.component.id(), check,
                                     size.batch, size.height, size.width),
                         [made, method] { (made.*method)(); }});
    };
    const Size usual{2, side, side};
    add("shapes", usual, &BackboneCase::shapes);
    add("shapes", {1, wants.minimum_size, wants.minimum_size}, &BackboneCase::shapes);
    const std::int64_t odd = wants.multiple_of == 1 ? 5 : wants.multiple_of;
    add("shapes", {1, side + odd, side + 3 * odd}, &BackboneCase::shapes);
    add("ownership", usual, &BackboneCase::ownership);
    add("gradients", usual, &BackboneCase::gradients);
    add("eval_mode", usual, &BackboneCase::eval_mode);
    add("inputs_unchanged", usual, &BackboneCase::unchanged);
    add("traceable", usual, &BackboneCase::traceable);
    add("fused", usual, &BackboneCase::fused);
    add("state", usual, &BackboneCase::state);
    add("determinism", usual, &BackboneCase::determinism);
}

}  // namespace graft::conformance
