// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/gradients.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>

#include "conformance/case.hpp"
#include "conformance/require.hpp"

namespace graft::conformance {
namespace {

using torch::autograd::Node;

/// The tensors at which a backward pass from the outputs ends.
std::vector<at::Tensor> leaves_of(const std::vector<at::Tensor>& outputs) {
    std::vector<at::Tensor> leaves;
    std::vector<Node*> open;
    std::set<const Node*> seen;
    for (const at::Tensor& output : outputs) {
        if (output.grad_fn() != nullptr) {
            open.push_back(output.grad_fn().get());
        }
    }
    while (!open.empty()) {
        Node* node = open.back();
        open.pop_back();
        if (!seen.insert(node).second) {
            continue;
        }
        if (const auto* end = dynamic_cast<const torch::autograd::AccumulateGrad*>(node)) {
            leaves.push_back(end->variable);
        }
        for (const auto& edge : node->next_edges()) {
            if (edge.function != nullptr) {
                open.push_back(edge.function.get());
            }
        }
    }
    return leaves;
}

void require_registered(const torch::nn::Module& module, const std::vector<at::Tensor>& outputs) {
    std::set<const at::TensorImpl*> known;
    for (const at::Tensor& parameter : module.parameters()) {
        known.insert(parameter.unsafeGetTensorImpl());
    }
    at::Tensor unknown;  // the largest says most: a convolution's weight rather than its bias
    for (const at::Tensor& leaf : leaves_of(outputs)) {
        const bool is_known = known.contains(leaf.unsafeGetTensorImpl());
        if (!is_known && (!unknown.defined() || leaf.numel() > unknown.numel())) {
            unknown = leaf;
        }
    }
    require(
        !unknown.defined(),
        fmt::format("forward uses a trainable tensor of shape {} that is not registered: it would be neither "
                    "trained nor saved",
                    unknown.defined() ? shape_text(unknown) : ""),
        "give its module to register_module, the tensor itself to register_parameter");
}

/// A number that depends on every element of the outputs, each time in the same way.
at::Tensor mixed(const std::vector<at::Tensor>& outputs) {
    at::manual_seed(11);
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const at::Tensor& output : outputs) {
        sum = sum + (output.to(at::kDouble) * at::randn(output.sizes(), at::kDouble)).sum();
    }
    return sum;
}

/// A tensor that is moved along a direction, and what it is in words.
struct Moved {
    std::string name;
    at::Tensor tensor;
};

class Jacobian {
public:
    using Value = std::function<at::Tensor()>;

    explicit Jacobian(Value value) : value_(std::move(value)) {}

    /// Central differences of several widths: float has few digits, and an activation may have a corner.
    void check(const Moved& moved) const {
        const at::NoGradGuard no_gradients;
        const at::Tensor given = moved.tensor.grad();
        const at::Tensor gradient = given.defined() ? given : at::zeros_like(moved.tensor);
        const double usual = moved.tensor.square().mean().sqrt().item<double>();
        at::manual_seed(13);
        constexpr int directions = 3;
        for (int number = 0; number < directions; ++number) {
            const at::Tensor direction = at::randn_like(moved.tensor) * (usual > 0 ? usual : 1.0);
            const at::Tensor parts = gradient.to(at::kDouble) * direction.to(at::kDouble);
            // Parts of both signs cancel, their errors do not.
            check_along(moved, direction, parts.sum().item<double>(), parts.norm().item<double>());
        }
    }

private:
    void check_along(const Moved& moved, const at::Tensor& direction, double told, double size) const {
        double nearest = std::numeric_limits<double>::infinity();
        double found = 0;
        for (const double width : {1e-2, 3e-3, 1e-3, 3e-4, 3e-2, 1e-1}) {
            const double slope = slope_of(moved.tensor, direction, width);
            if (std::abs(slope - told) < nearest) {
                nearest = std::abs(slope - told);
                found = slope;
            }
            if (nearest <= 0.2 * std::max({std::abs(told), std::abs(found), size, 1e-4})) {
                return;
            }
        }
        throw Fault(
            fmt::format("along a random direction of {} the outputs change by {:.4g}, the backward pass "
                        "says {:.4g}",
                        moved.name, found, told),
            "a forward that leaves autograd (detach, data(), item, a NoGradGuard), changes a tensor in "
            "place, or has a wrong backward of its own");
    }

    double slope_of(const at::Tensor& tensor, const at::Tensor& direction, double width) const {
        const at::Tensor before = tensor.clone();
        tensor.add_(direction, width);
        const double above = value_().item<double>();
        tensor.copy_(before).sub_(direction, width);
        const double below = value_().item<double>();
        tensor.copy_(before);
        return (above - below) / (2 * width);
    }

    Value value_;
};

}  // namespace

void require_gradients(const torch::nn::Module& module, const std::vector<at::Tensor>& outputs) {
    require_registered(module, outputs);
    at::Tensor sum = at::zeros({});
    for (const at::Tensor& output : outputs) {
        sum = sum + (output * at::randn_like(output)).sum();
    }
    const auto parameters = module.named_parameters();
    if (parameters.is_empty()) {
        return;
    }
    require(sum.requires_grad(), "the outputs do not depend on any trainable parameter",
            "forward runs without autograd (a NoGradGuard, detach), or does not use what it has registered");
    sum.backward();
    for (const auto& parameter : parameters) {
        if (parameter.value().requires_grad()) {
            require(parameter.value().grad().defined(), "no gradient reaches parameter " + parameter.key(),
                    "use it in forward, or do not register it; what is no parameter is a buffer");
        }
    }
}

void require_jacobian(
    const torch::nn::Module& module, const std::vector<at::Tensor>& inputs,
    const std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>& function) {
    std::vector<Moved> moved;
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        inputs[index].requires_grad_(true);
        moved.push_back(
            {inputs.size() == 1 ? "its input" : fmt::format("input {}", index + 1), inputs[index]});
    }
    for (const auto& parameter : module.named_parameters()) {
        if (parameter.value().requires_grad()) {
            moved.push_back({"parameter " + parameter.key(), parameter.value()});
        }
    }
    const auto value = [&] { return mixed(function(inputs)); };
    const at::Tensor whole = value();
    if (!whole.requires_grad()) {
        throw Skip("nothing that it gives can be moved");
    }
    whole.backward();
    const Jacobian jacobian(value);
    for (const Moved& one : moved) {
        jacobian.check(one);
    }
}

}  // namespace graft::conformance
