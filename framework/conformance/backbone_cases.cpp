// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "conformance/case.hpp"
#include "conformance/gradients.hpp"
#include "conformance/require.hpp"
#include "conformance/state.hpp"
#include "conformance/traceable.hpp"
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
        require(!backbone.stages().empty(), "there is no stage", "call add_stage in the constructor");
        const auto outputs = run(backbone, input());
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            const plugin::StageInfo& stage = backbone.stages()[index];
            require_float(outputs[index], "what stage " + stage.name + " gives");
            require_shape(stage, outputs[index]);
            backbone.pool(index, outputs[index]);  // the handle holds it to [N, channels]
        }
    }

    void ownership() const {
        auto backbone = make();
        std::vector<std::string> tensors;
        for (const auto& [name, tensor] : state_of(backbone.module())) {
            tensors.push_back(name);
        }
        std::map<std::string, std::string> owners;
        for (const plugin::StageInfo& stage : backbone.stages()) {
            for (const std::string& path : stage.modules) {
                require(has_module(backbone.module(), path) || owns_any(path, tensors),
                        fmt::format("stage {} owns '{}', and there is no module, parameter or buffer of that "
                                    "path",
                                    stage.name, path),
                        "write the path as it was registered");
                for (const std::string& tensor : tensors) {
                    if (owns(path, tensor)) {
                        const auto [owner, is_first] = owners.emplace(tensor, stage.name);
                        require(is_first || owner->second == stage.name,
                                fmt::format("{} belongs to the stages {} and {}", tensor, owner->second,
                                            stage.name),
                                "name it in one stage alone");
                    }
                }
            }
        }
        for (const std::string& tensor : tensors) {
            require(owners.count(tensor) == 1, tensor + " belongs to no stage",
                    "name its path, or its module's, in the stage that uses it: freezing goes by stages");
        }
    }

    void gradients() const {
        auto backbone = make();
        backbone.set_training(true);
        require_gradients(backbone.module(), {run(backbone, input()).back()});
    }

    /// Each stage alone: float has too few digits for all of them one after another.
    void jacobian() const {
        auto backbone = make();
        backbone.set_training(false);
        without_gradients(backbone.module());
        at::Tensor feature = input(1);
        for (std::size_t index = 0; index < backbone.stages().size(); ++index) {
            const auto stage = [&](const std::vector<at::Tensor>& in) {
                return std::vector<at::Tensor>{backbone.forward(index, in.front())};
            };
            try {
                require_jacobian(backbone.module(), {feature}, stage);
            } catch (const Fault& fault) {
                throw Fault(fmt::format("stage {}: {}", backbone.stages()[index].name, fault.what()),
                            fault.remedy());
            }
            const at::NoGradGuard no_gradients;
            feature = backbone.forward(index, feature).detach();
        }
    }

    void eval_mode() const {
        const at::NoGradGuard no_gradients;
        auto backbone = make();
        backbone.set_training(false);
        const State before = state_of(backbone.module());
        const at::Tensor given = input();
        const auto together = run(backbone, given);
        const auto again = run(backbone, given);
        for (std::size_t index = 0; index < together.size(); ++index) {
            require_equal(again[index], together[index], 0,
                          fmt::format("stage {}: a second pass over the same input in eval mode",
                                      backbone.stages()[index].name),
                          "something random (dropout, noise) runs in eval mode: do it while is_training() "
                          "alone");
        }
        require_state_kept(backbone.module(), before, true, "after a pass in eval mode");
        const auto alone = run(backbone, given.slice(0, 0, 1));
        require_equal(alone.back(), together.back().slice(0, 0, 1), 1e-4,
                      "the first sample alone instead of in a batch, in eval mode",
                      "a sample's feature depends on no other sample in eval mode: no mean over the batch");
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
                require_equal(
                    feature, before, 0, "the input of stage " + stage.name + " after its forward",
                    "heads read the same tensor: use relu(x) and not x.relu_(), x + y and not x += y");
                feature = after;
            }
        }
    }

    void memory() const {
        auto backbone = make();
        backbone.set_training(true);
        const at::Tensor given = input();
        require_no_growth([&] { run(backbone, given); }, "forward");
    }

    void traceable() const {
        auto backbone = make();
        backbone.set_training(false);
        without_gradients(backbone.module());
        require_traceable([&](const std::vector<at::Tensor>& in) { return run(backbone, in.front()); },
                          {input(2)}, {input(3)}, "forward");
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
        std::vector<at::Tensor> got;
        run_traced([&] { got = graph.run(input(3)); }, 2, 3, "forward");
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
        const State before = state_of(first.module());
        first.set_training(true);
        for (int pass = 0; pass < 2; ++pass) {
            run(first, input());
        }
        require_state_kept(first.module(), before, false, "after two passes of training");
        copy_state(first.module(), second.module());
        require_same_state(first.module(), second.module());
        first.set_training(false);
        second.set_training(false);
        require_equal(
            run(second, input()).back(), run(first, input()).back(), 0,
            "the outputs of another object with the same parameters and buffers",
            "what changes the outputs and is neither a parameter nor a buffer is lost when the model "
            "is saved: register_parameter, register_buffer, register_module");
    }

    void determinism() const {
        const at::NoGradGuard no_gradients;
        const char* remedy = "draw random numbers from LibTorch alone (at::randn): graft seeds its generator";
        auto first = make(3);
        auto second = make(3);
        require_same_state(first.module(), second.module(), remedy);
        std::vector<at::Tensor> outputs;
        for (auto* backbone : {&first, &second}) {
            backbone->set_training(true);
            const at::Tensor given = input();
            at::manual_seed(5);
            outputs.push_back(run(*backbone, given).back());
        }
        require_equal(outputs[1], outputs[0], 1e-6, "the outputs of training from the same seed", remedy);
    }

private:
    static bool owns(const std::string& path, const std::string& tensor) {
        return tensor == path || tensor.rfind(path + ".", 0) == 0;
    }
    static bool owns_any(const std::string& path, const std::vector<std::string>& tensors) {
        return std::any_of(tensors.begin(), tensors.end(),
                           [&](const std::string& tensor) { return owns(path, tensor); });
    }
    /// A module may have no tensors (a ReLU).
    static bool has_module(const torch::nn::Module& module, const std::string& path) {
        return module.named_modules("", false).contains(path);
    }

    /// An odd side may be rounded up or down by a stride.
    static bool fits(std::int64_t cells, std::int64_t side, std::int64_t stride) {
        const double exact = static_cast<double>(side) / static_cast<double>(stride);
        return std::abs(static_cast<double>(cells) - exact) < 1.0;
    }

    void require_shape(const plugin::StageInfo& stage, const at::Tensor& output) const {
        const FeatureLayout& layout = stage.output;
        const std::string what = fmt::format("stage {} gives {} for an input of {} x {}", stage.name,
                                             shape_text(output), size_.height, size_.width);
        constexpr const char* remedy = "declare in add_stage what forward gives";
        if (layout.layout == Layout::map) {
            require(fits(output.size(2), size_.height, layout.stride) &&
                        fits(output.size(3), size_.width, layout.stride),
                    fmt::format("{}, declared stride {}", what, layout.stride), remedy);
        } else if (layout.layout == Layout::tokens) {
            const std::int64_t cells = (size_.height / layout.stride) * (size_.width / layout.stride);
            require(output.size(1) == layout.prefix_tokens + cells,
                    fmt::format("{}, declared {} tokens", what, layout.prefix_tokens + cells), remedy);
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
        add_case(cases,
                 fmt::format("{}.{}/{}x{}x{}", subject.label, check, size.batch, size.height, size.width),
                 [made, method] { (made.*method)(); });
    };
    const Size usual{2, side, side};
    add("shapes", usual, &BackboneCase::shapes);
    add("shapes", {1, wants.minimum_size, wants.minimum_size}, &BackboneCase::shapes);
    const std::int64_t odd = wants.multiple_of == 1 ? 5 : wants.multiple_of;
    add("shapes", {1, side + odd, side + 3 * odd}, &BackboneCase::shapes);
    add("ownership", usual, &BackboneCase::ownership);
    add("gradients", usual, &BackboneCase::gradients);
    add("jacobian", usual, &BackboneCase::jacobian);
    add("eval_mode", usual, &BackboneCase::eval_mode);
    add("inputs_unchanged", usual, &BackboneCase::unchanged);
    add("traceable", usual, &BackboneCase::traceable);
    add("fused", usual, &BackboneCase::fused);
    add("state", usual, &BackboneCase::state);
    add("determinism", usual, &BackboneCase::determinism);
    add("memory", usual, &BackboneCase::memory);
}

}  // namespace graft::conformance
