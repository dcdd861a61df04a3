// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/state.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/require.hpp"

namespace graft::conformance {

void require_same_state(const torch::nn::Module& left, const torch::nn::Module& right,
                        const std::string& remedy) {
    const auto compare = [&remedy](const auto& ours, const auto& theirs) {
        require(ours.size() == theirs.size(), "another number of parameters or buffers", remedy);
        for (const auto& item : ours) {
            require(theirs.contains(item.key()), item.key() + " is missing", remedy);
            require_equal(theirs[item.key()], item.value(), 0, item.key(), remedy);
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
                    item.key() + " is missing in another object of the same options",
                    "register the same tensors whatever the random numbers are");
            at::Tensor& tensor = target[item.key()];
            if (tensor.sizes() != item.value().sizes()) {
                tensor.resize_(item.value().sizes());
            }
            tensor.copy_(item.value());
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

State state_of(const torch::nn::Module& module) {
    State state;
    for (const auto& parameter : module.named_parameters()) {
        state.emplace_back(parameter.key(), parameter.value().detach().clone());
    }
    for (const auto& buffer : module.named_buffers()) {
        state.emplace_back(buffer.key(), buffer.value().detach().clone());
    }
    return state;
}

void require_state_kept(const torch::nn::Module& module, const State& before, bool values,
                        const std::string& after_what) {
    const State after = state_of(module);
    require(after.size() == before.size(),
            fmt::format("{} there are {} parameters and buffers, before there were {}", after_what,
                        after.size(), before.size()),
            "register in the constructor alone");
    for (std::size_t index = 0; index < after.size(); ++index) {
        const auto& [name, tensor] = after[index];
        require(tensor.sizes() == before[index].second.sizes(),
                fmt::format("{} {} has the shape {}, before it had {}", after_what, name, shape_text(tensor),
                            shape_text(before[index].second)),
                "what is saved keeps its shape: a checkpoint is read into an object that was just made");
        require(!values || at::equal(tensor, before[index].second),
                fmt::format("{} {} has other values", after_what, name),
                "change buffers while is_training() alone");
    }
}

}  // namespace graft::conformance
