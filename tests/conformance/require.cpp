// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include "case.hpp"

namespace graft::conformance {

std::string shape_text(const at::Tensor& tensor) {
    std::string text;
    for (const std::int64_t side : tensor.sizes()) {
        text += (text.empty() ? "" : ", ") + std::to_string(side);
    }
    return "[" + text + "]";
}

void require_equal(const at::Tensor& got, const at::Tensor& wanted, double tolerance,
                   const std::string& what) {
    require(got.sizes() == wanted.sizes(),
            fmt::format("{}: shape {}, expected {}", what, shape_text(got), shape_text(wanted)));
    require(got.scalar_type() == wanted.scalar_type(), what + ": another type of number");
    if (got.numel() == 0) {
        return;
    }
    const auto left = got.to(at::kDouble);
    const auto right = wanted.to(at::kDouble);
    const double difference = (left - right).abs().max().item<double>();
    const double scale = std::max(1.0, right.abs().max().item<double>());
    require(difference <= tolerance * scale,
            fmt::format("{}: differs by {:.3g}, allowed {:.3g}", what, difference, tolerance * scale));
}

void require_float(const at::Tensor& tensor, const std::string& what) {
    require(tensor.scalar_type() == at::kFloat, what + " is not float");
    require(at::isfinite(tensor).all().item<bool>(), what + " holds a number that is not finite");
}

void require_traceable(const Function& function, const std::vector<at::Tensor>& example,
                       const std::vector<at::Tensor>& other) {
    const at::NoGradGuard no_gradients;
    torch::jit::Stack inputs(example.begin(), example.end());
    const auto traced = torch::jit::tracer::trace(
        std::move(inputs),
        [&](torch::jit::Stack stack) -> torch::jit::Stack {
            std::vector<at::Tensor> tensors;
            for (const auto& value : stack) {
                tensors.push_back(value.toTensor());
            }
            const auto outputs = function(tensors);  // a traced method has one output: a tuple
            return {c10::ivalue::Tuple::create({outputs.begin(), outputs.end()})};
        },
        [](const at::Tensor&) { return std::string(); }, false);
    torch::jit::CompilationUnit unit;
    auto* compiled = unit.create_function(c10::QualifiedName("traced"), traced.first->graph);
    torch::jit::Stack stack(other.begin(), other.end());
    compiled->run(stack);
    std::vector<at::Tensor> got;
    for (const auto& element : stack.at(0).toTupleRef().elements()) {
        got.push_back(element.toTensor());
    }
    const auto wanted = function(other);
    require(got.size() == wanted.size(), "the trace returns another number of tensors");
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        require_equal(got[index], wanted[index], 1e-4,
                      fmt::format("the trace at another batch size, output {}", index));
    }
}

void require_gradients(const torch::nn::Module& module, const std::vector<at::Tensor>& outputs) {
    at::Tensor sum = at::zeros({});
    for (const at::Tensor& output : outputs) {
        sum = sum + (output * at::randn_like(output)).sum();
    }
    const auto parameters = module.named_parameters();
    if (parameters.is_empty()) {
        return;
    }
    require(sum.requires_grad(), "the outputs do not depend on any trainable parameter");
    sum.backward();
    for (const auto& parameter : parameters) {
        if (parameter.value().requires_grad()) {
            require(parameter.value().grad().defined(), "no gradient reaches parameter " + parameter.key());
        }
    }
}

void require_same_state(const torch::nn::Module& left, const torch::nn::Module& right) {
    const auto compare = [](const auto& ours, const auto& theirs) {
        require(ours.size() == theirs.size(), "another number of parameters or buffers");
        for (const auto& item : ours) {
            require(theirs.contains(item.key()), item.key() + " is missing");
            require_equal(theirs[item.key()], item.value(), 0, item.key());
        }
    };
    compare(left.named_parameters(), right.named_parameters());
    compare(left.named_buffers(), right.named_buffers());
}

void copy_state(const torch::nn::Module& from, const torch::nn::Module& into) {
    const at::NoGradGuard no_gradients;
    const auto copy = [](const auto& source, auto target) {
        for (const auto& item : source) {
            require(target.contains(item.key()),
                    item.key() + " is missing in another object of the same options");
            target[item.key()].copy_(item.value());
        }
    };
    copy(from.named_parameters(), into.named_parameters());
    copy(from.named_buffers(), into.named_buffers());
}

void without_gradients(const torch::nn::Module& module) {
    for (auto& parameter : module.parameters()) {
        parameter.requires_grad_(false);
    }
}

}  // namespace graft::conformance
