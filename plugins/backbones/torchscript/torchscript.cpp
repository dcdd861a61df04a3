// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "graft/ability.hpp"
#include "graft/plugin.hpp"

namespace {

using graft::Error;
using graft::ErrorKind;

/// A module of the file: its tensors, which both share, under their names, so that the host freezes, trains
/// and saves them, and its mode.
class Part : public torch::nn::Module {
public:
    explicit Part(torch::jit::Module script) : script_(std::move(script)) {
        for (const auto& parameter : script_.named_parameters(false)) {
            register_parameter(parameter.name, parameter.value, parameter.value.is_floating_point());
        }
        for (const auto& buffer : script_.named_buffers(false)) {
            register_buffer(buffer.name, buffer.value);
        }
        for (const auto& child : script_.named_children()) {
            register_module(child.name, std::make_shared<Part>(child.value));
        }
    }

    at::Tensor forward(const at::Tensor& input) {
        const c10::IValue made = script_.forward({input});
        if (!made.isTensor()) {
            throw Error(ErrorKind::options,
                        c10::str("the TorchScript module returns ", made.tagKind(),
                                 ", must return one tensor; wrap it in a module that picks one"));
        }
        return made.toTensor();
    }

    void train(bool on = true) override {
        script_.train(on);
        torch::nn::Module::train(on);
    }

private:
    torch::jit::Module script_;
};

torch::jit::Module read_archive(const std::string& file) {
    if (!std::ifstream(file).good()) {
        throw Error(ErrorKind::data,
                    c10::str("'", file,
                             "' cannot be read; name a file that torch.jit.save or ScriptModule.save wrote"));
    }
    try {
        return torch::jit::load(file, at::kCPU);
    } catch (const std::exception&) {
        throw Error(ErrorKind::data,
                    c10::str("'", file,
                             "' is no TorchScript archive, or one of a newer LibTorch; write it with "
                             "torch.jit.script(model).save(FILE), not with torch.save"));
    }
}

/// Tokens: the largest square cells whose grid, and a few prefix tokens before it, are all tokens.
graft::FeatureLayout tokens_layout(const at::Tensor& feature, const graft::BackboneContext& context) {
    constexpr std::int64_t most_prefix_tokens = 8;
    for (std::int64_t stride = 1; stride <= std::min(context.height, context.width); ++stride) {
        const std::int64_t cells = (context.height / stride) * (context.width / stride);
        const std::int64_t prefix = feature.size(1) - cells;
        if (context.height % stride == 0 && context.width % stride == 0 && prefix >= 0 &&
            prefix <= most_prefix_tokens) {
            return graft::token_feature(feature.size(2), stride, prefix);
        }
    }
    throw Error(ErrorKind::options, c10::str(feature.size(1), " tokens are no grid of an image of ",
                                             context.height, " x ", context.width, " pixels"));
}

graft::FeatureLayout layout_of(const at::Tensor& feature, const graft::BackboneContext& context) {
    switch (feature.dim()) {
        case 2:
            return graft::vector_feature(feature.size(1));
        case 3:
            return tokens_layout(feature, context);
        case 4: {
            const std::int64_t stride = (context.height + feature.size(2) - 1) / feature.size(2);
            return graft::map_feature(feature.size(1), stride);
        }
        default:
            throw Error(ErrorKind::options,
                        c10::str("a stage gives ", feature.dim(),
                                 " dimensions; must be 4 (a map), 3 (tokens) or 2 (vectors)"));
    }
}

/// Whatever Python saved as TorchScript. Without `stages` it is one stage `features`; with it, the module's
/// children of those names, one after the other, are the stages, and other children are left out.
class TorchScript : public graft::Backbone {
public:
    static graft::OptionTable options() {
        return {
            graft::option::path("file",
                                "what torch.jit.script(model).save wrote; it is code, and trusted "
                                "like a plugin")
                .must(),
            graft::option::texts(
                "stages", {}, "children that are applied one after the other; none: the module as a whole")};
    }

    static std::string example() { return "use: torchscript\nfile: features.pt\n"; }

    static const void* ability(std::string_view name) {
        static constexpr bool always = true;
        return name == graft::ability::own_weights ? &always : nullptr;
    }

    TorchScript(const graft::Options& options, const graft::BackboneContext& context) {
        const torch::jit::Module script = read_archive(options.text("file"));
        at::Tensor feature = at::zeros({1, 3, context.height, context.width});
        if (options.texts("stages").empty()) {
            add("features", script, feature, context);
        }
        for (const std::string& name : options.texts("stages")) {
            add(name, child(script, name, options.text("file")), feature, context);
        }
    }

private:
    static torch::jit::Module child(const torch::jit::Module& script, const std::string& name,
                                    const std::string& file) {
        std::string known;
        for (const auto& each : script.named_children()) {
            if (each.name == name) {
                return each.value;
            }
            known += (known.empty() ? "" : ", ") + each.name;
        }
        throw Error(ErrorKind::options, c10::str("stages: '", file, "' has no child '", name, "'; allowed: ",
                                                 known.empty() ? "none, leave `stages` out" : known));
    }

    /// Adds the stage and sends the blank feature through it, which tells its layout.
    void add(const std::string& name, const torch::jit::Module& script, at::Tensor& feature,
             const graft::BackboneContext& context) {
        const at::NoGradGuard no_gradients;
        auto part = register_module(name, std::make_shared<Part>(script));
        part->eval();
        try {
            feature = part->forward(feature);
        } catch (const c10::Error& error) {
            throw Error(ErrorKind::options,
                        c10::str("stage '", name, "' takes no image of ", context.height, " x ",
                                 context.width, " pixels: ", error.what_without_backtrace()));
        }
        add_stage(name, {name}, layout_of(feature, context),
                  [part](const at::Tensor& input) { return part->forward(input); });
    }
};

}  // namespace

GRAFT_BACKBONE(TorchScript, "torchscript", "1.0.0", "Any feature extractor that Python saved as TorchScript")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
