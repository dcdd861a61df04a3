// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/network.hpp"

#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_conv_folding.h>

#include "core/problem.hpp"

namespace graft::exporting {
namespace {

using torch::jit::Module;

constexpr std::int64_t traced_batch = 2;

/// Heads on a normalised input.
std::vector<at::Tensor> outputs_of(const model::Model& model, const at::Tensor& input,
                                   const NetworkOptions& options) {
    const auto outputs = model.forward(input);
    std::vector<at::Tensor> all;
    for (std::size_t index = 0; index < model.heads.size(); ++index) {
        const auto made = options.raw ? outputs[index] : model.heads[index].head.decode(outputs[index]);
        all.insert(all.end(), made.begin(), made.end());
    }
    return all;
}

at::Tensor channels(const std::array<double, 3>& values) {
    return at::tensor({values[0], values[1], values[2]}, at::kFloat);
}

/// (image - mean) / std as a batch norm: OpenCV 4.6 subtracts a constant of three channels wrongly.
at::Tensor normalized(const at::Tensor& image, const at::Tensor& mean, const at::Tensor& variance) {
    return at::batch_norm(image, {}, {}, mean, variance, /*training=*/false, 0, /*eps=*/0, false);
}

/// A module tree of TorchScript that holds the model's own tensors under their paths.
class Mirror {
public:
    Mirror() : unit_(std::make_shared<torch::jit::CompilationUnit>()), root_(made()) {}

    void add(const std::string& path, const at::Tensor& tensor, bool is_buffer) {
        const auto dot = path.rfind('.');
        Module owner = dot == std::string::npos ? root_ : module_at(path.substr(0, dot));
        const std::string name = path.substr(dot == std::string::npos ? 0 : dot + 1);
        if (is_buffer) {
            owner.register_buffer(name, tensor);
        } else {
            owner.register_parameter(name, tensor, false);
        }
    }

    Module root() const { return root_; }

private:
    Module made() const { return Module(c10::QualifiedName("graft.Part"), unit_, true); }

    Module module_at(const std::string& path) {
        const auto known = modules_.find(path);
        if (known != modules_.end()) {
            return known->second;
        }
        const auto dot = path.rfind('.');
        Module owner = dot == std::string::npos ? root_ : module_at(path.substr(0, dot));
        Module child = made();
        child.register_attribute("training", c10::BoolType::get(), false);
        owner.register_module(path.substr(dot == std::string::npos ? 0 : dot + 1), child);
        return modules_.emplace(path, child).first->second;
    }

    std::shared_ptr<torch::jit::CompilationUnit> unit_;
    Module root_;
    std::map<std::string, Module> modules_;
};

/// For as long as it lives the model's tensors are plain: contiguous and without gradients, as strangers'
/// programs expect them in a file. Afterwards they are what they were.
class Settled {
public:
    explicit Settled(const std::vector<model::NamedTensor>& tensors) {
        for (const model::NamedTensor& named : tensors) {
            before_.push_back({named.tensor, named.tensor.detach(), named.tensor.requires_grad()});
            named.tensor.requires_grad_(false);
            named.tensor.set_data(named.tensor.detach().contiguous());
        }
    }
    Settled(const Settled&) = delete;
    Settled& operator=(const Settled&) = delete;
    ~Settled() {
        // Backwards: a tensor that stands twice gets back what it was first.
        for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
            one->tensor.set_data(one->data);
            one->tensor.requires_grad_(one->requires_grad);
        }
    }

private:
    struct Before {
        at::Tensor tensor;
        at::Tensor data;
        bool requires_grad;
    };
    std::vector<Before> before_;
};

void add_forward(Module& module, const model::Model& model, const NetworkOptions& options,
                 const at::Tensor& mean, const at::Tensor& variance) {
    const auto traced = torch::jit::tracer::trace(
        {at::rand({traced_batch, 3, model.preprocess.height, model.preprocess.width})},
        [&](torch::jit::Stack stack) -> torch::jit::Stack {
            const at::Tensor image = stack.front().toTensor();
            std::vector<at::Tensor> outputs = outputs_of(model, normalized(image, mean, variance), options);
            if (outputs.size() == 1) {
                return {outputs.front()};
            }
            return {c10::ivalue::Tuple::create({outputs.begin(), outputs.end()})};
        },
        [](const at::Tensor&) { return std::string(); }, /*strict=*/false, /*force_outplace=*/true, &module,
        {"image"});
    auto* forward = module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*module.type()->name(), "forward"), traced.first->graph);
    module.type()->addMethod(forward);
}

/// at::tensor and at::empty leave memory without its numbers in a trace.
void refuse_lost_numbers(const Module& module) {
    for (const torch::jit::Node* node : module.get_method("forward").graph()->nodes()) {
        if (node->kind() == c10::aten::empty) {
            throw core::Failure(
                core::Category::plugin,
                "the model cannot be traced: a forward or decode makes a tensor by at::tensor or "
                "at::empty, whose numbers a trace does not see",
                "make it in the constructor, or by at::full and at::arange");
        }
    }
}

Module folded(const Module& module) {
    Module frozen = torch::jit::freeze_module(module);
    auto graph = frozen.get_method("forward").graph();
    torch::jit::FoldFrozenConvBatchnorm(graph);
    return frozen;
}

/// HEAD, or HEAD.PORT where it has several, and where HEAD alone is the name of the network's input.
std::vector<std::string> names_of(const model::HeadPart& head, bool raw) {
    std::vector<std::string> names;
    const auto add = [&](const auto& ports) {
        for (const auto& port : ports) {
            const bool is_plain = ports.size() == 1 && head.name != "image";
            names.push_back(is_plain ? head.name : head.name + "." + port.name);
        }
    };
    if (raw) {
        add(head.ports.outputs);
    } else {
        add(head.predictions);
    }
    return names;
}

}  // namespace

std::vector<at::Tensor> reference(const model::Model& model, const at::Tensor& images,
                                  const NetworkOptions& options) {
    const at::NoGradGuard no_gradients;
    return outputs_of(model, model.normalized(images, at::kCPU), options);
}

Network trace(const model::Model& model, const NetworkOptions& options) {
    const at::NoGradGuard no_gradients;
    Network network;
    network.height = model.preprocess.height;
    network.width = model.preprocess.width;
    network.metadata = describe(model, options);
    network.metadata["input"] = "image: float32 [N, 3, height, width], RGB, 0..1; normalised inside";
    std::vector<model::NamedTensor> tensors = model.tensors();
    std::erase_if(tensors, [](const model::NamedTensor& named) { return named.path.starts_with("losses."); });
    const Settled settled(tensors);
    Mirror mirror;
    mirror.root().register_attribute("training", c10::BoolType::get(), false);
    for (const model::NamedTensor& named : tensors) {
        mirror.add(named.path, named.tensor, named.is_buffer);
    }
    const at::Tensor mean = channels(model.preprocess.normalization.mean);
    const at::Tensor variance = channels(model.preprocess.normalization.std).square();
    mirror.add("normalization.mean", mean, true);
    mirror.add("normalization.variance", variance, true);
    network.module = mirror.root();
    try {
        add_forward(network.module, model, options, mean, variance);
    } catch (const c10::Error& error) {
        throw core::Failure(core::Category::plugin,
                            fmt::format("the model cannot be traced: {}", error.what_without_backtrace()),
                            "its backbone, pool and heads must do with at:: operators and without branches "
                            "on values; `graft-conformance PLUGIN.so` tells which does not");
    }
    network.module = network.module.deepcopy();  // the model's own tensors stay its own
    refuse_lost_numbers(network.module);
    if (options.fold) {
        network.module = folded(network.module);
    }
    const auto examples =
        reference(model, at::zeros({1, network.height, network.width, 3}, at::kByte), options);
    for (const model::HeadPart& head : model.heads) {
        for (const std::string& name : names_of(head, options.raw)) {
            network.outputs.push_back({name, examples[network.outputs.size()].sizes().slice(1).vec()});
        }
    }
    return network;
}

}  // namespace graft::exporting
