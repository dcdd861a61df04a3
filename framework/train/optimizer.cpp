// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/optimizer.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::train {
namespace {

/// Whether two tensors of one shape hold their elements in the same order in memory. Strides of
/// dimensions of size 1 say nothing.
bool same_memory_order(const at::Tensor& left, const at::Tensor& right) {
    for (std::int64_t dimension = 0; dimension < left.dim(); ++dimension) {
        if (left.size(dimension) > 1 && left.stride(dimension) != right.stride(dimension)) {
            return false;
        }
    }
    return true;
}

/// The gradient with the parameter's strides: the fused CPU kernels walk both by memory order alone.
at::Tensor aligned_gradient(const at::Tensor& parameter) {
    const at::Tensor& gradient = parameter.grad();
    if (gradient.scalar_type() == parameter.scalar_type() && same_memory_order(gradient, parameter)) {
        return gradient;
    }
    return at::empty_like(parameter).copy_(gradient);
}

}  // namespace

UpdateKernel update_kernel(const at::Device& device) {
    return device.is_cpu() || device.is_cuda() ? UpdateKernel::fused : UpdateKernel::plain;
}

void Optimizer::begin(const pipeline::Optimizer& options, NamedTensors parameters, UpdateKernel kernel) {
    const bool was_adam = is_adam();
    options_ = options;
    kernel_ = kernel;
    parameters_ = std::move(parameters);
    std::map<std::string, State> kept;
    if (was_adam == is_adam() && has_state()) {
        for (const auto& [path, parameter] : parameters_) {
            if (const auto found = states_.find(path); found != states_.end()) {
                kept.emplace(path, found->second);
            }
        }
    }
    states_ = std::move(kept);
}

void Optimizer::make_state(State& state, const at::Tensor& parameter) const {
    if (is_adam()) {
        state.step = at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false));
        state.exp_avg = at::zeros_like(parameter);
        state.exp_avg_sq = at::zeros_like(parameter);
    } else if (has_state()) {
        state.momentum_buffer = at::zeros_like(parameter);
    }
}

std::vector<std::pair<std::string, at::Tensor*>> Optimizer::slots(State& state) const {
    if (!has_state()) {
        return {};
    }
    if (is_adam()) {
        return {{"exp_avg", &state.exp_avg}, {"exp_avg_sq", &state.exp_avg_sq}, {"step", &state.step}};
    }
    return {{"momentum_buffer", &state.momentum_buffer}};
}

/// Parameters that have a gradient: those whose state is new in this step, or all others. Without state
/// none is new.
Optimizer::Group Optimizer::gather(bool first_step) {
    Group group;
    for (const auto& [path, parameter] : parameters_) {
        const bool is_new = has_state() && states_.count(path) == 0;
        if (!parameter.grad().defined() || is_new != first_step) {
            continue;
        }
        group.parameters.push_back(parameter);
        group.gradients.push_back(aligned_gradient(parameter));
        if (first_step) {
            make_state(states_[path], parameter);
        }
        group.states.push_back(has_state() ? &states_.at(path) : nullptr);
    }
    return group;
}

void Optimizer::step(double learning_rate) {
    const at::NoGradGuard no_gradients;
    // Known ones first: gathering the new ones makes their state, and they would be found twice.
    for (const bool first_step : {false, true}) {
        Group group = gather(first_step);
        if (group.parameters.empty()) {
            continue;
        }
        const bool fused = kernel_ == UpdateKernel::fused;
        if (is_adam()) {
            fused ? adam(group, learning_rate) : plain_adam(group, learning_rate);
        } else {
            fused ? sgd(group, learning_rate, first_step) : plain_sgd(group, learning_rate, first_step);
        }
    }
}

void Optimizer::adam(Group& group, double learning_rate) const {
    std::vector<at::Tensor> averages;
    std::vector<at::Tensor> squares;
    std::vector<at::Tensor> steps;
    for (State* state : group.states) {
        averages.push_back(state->exp_avg);
        squares.push_back(state->exp_avg_sq);
        steps.push_back(state->step);
    }
    at::_foreach_add_(steps, 1);
    const auto update =
        options_.use == "adamw"
            ? static_cast<decltype(&at::_ops::_fused_adam_::call)>(&at::_ops::_fused_adamw_::call)
            : &at::_ops::_fused_adam_::call;
    update(group.parameters, group.gradients, averages, squares, {}, steps, learning_rate, options_.betas[0],
           options_.betas[1], options_.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false,
           {}, {});
}

void Optimizer::plain_adam(Group& group, double learning_rate) const {
    for (std::size_t index = 0; index < group.parameters.size(); ++index) {
        at::Tensor& parameter = group.parameters[index];
        at::Tensor gradient = group.gradients[index];
        State& state = *group.states[index];
        if (options_.use == "adamw") {
            parameter.mul_(1 - learning_rate * options_.weight_decay);
        } else if (options_.weight_decay != 0) {
            gradient = gradient.add(parameter, options_.weight_decay);
        }
        state.step.add_(1);
        const auto count = state.step.item<double>();
        state.exp_avg.lerp_(gradient, 1 - options_.betas[0]);
        state.exp_avg_sq.mul_(options_.betas[1]).addcmul_(gradient, gradient, 1 - options_.betas[1]);
        const double correction = 1 - std::pow(options_.betas[0], count);
        const double square_correction = std::sqrt(1 - std::pow(options_.betas[1], count));
        const at::Tensor denominator = state.exp_avg_sq.sqrt().div_(square_correction).add_(options_.epsilon);
        parameter.addcdiv_(state.exp_avg, denominator, -learning_rate / correction);
    }
}

void Optimizer::sgd(Group& group, double learning_rate, bool first_step) const {
    std::vector<at::Tensor> buffers;
    if (options_.momentum != 0) {
        for (State* state : group.states) {
            buffers.push_back(state->momentum_buffer);
        }
    }
    at::_fused_sgd_(group.parameters, group.gradients, buffers, options_.weight_decay, options_.momentum,
                    learning_rate,
                    /*dampening=*/0, options_.nesterov, /*maximize=*/false, first_step);
}

void Optimizer::plain_sgd(Group& group, double learning_rate, bool first_step) const {
    for (std::size_t index = 0; index < group.parameters.size(); ++index) {
        at::Tensor& parameter = group.parameters[index];
        at::Tensor gradient = group.gradients[index];
        if (options_.weight_decay != 0) {
            gradient = gradient.add(parameter, options_.weight_decay);
        }
        if (options_.momentum != 0) {
            at::Tensor& buffer = group.states[index]->momentum_buffer;
            first_step ? buffer.copy_(gradient) : buffer.mul_(options_.momentum).add_(gradient);
            gradient = options_.nesterov ? gradient.add(buffer, options_.momentum) : buffer;
        }
        parameter.add_(gradient, -learning_rate);
    }
}

void Optimizer::clear_gradients() {
    for (auto& [path, parameter] : parameters_) {
        parameter.mutable_grad().reset();
    }
}

NamedTensors Optimizer::state() const {
    NamedTensors tensors;
    for (const auto& [path, state] : states_) {
        State copy = state;
        for (const auto& [name, tensor] : slots(copy)) {
            tensors.emplace_back(path + "/" + name, *tensor);
        }
    }
    return tensors;
}

void Optimizer::load_state(const NamedTensors& tensors, const std::string& source) {
    std::map<std::string, State> loaded;
    for (const auto& [path, parameter] : parameters_) {
        make_state(loaded[path], parameter);
    }
    core::Problems problems;
    std::map<std::string, std::size_t> filled;
    for (const auto& [name, tensor] : tensors) {
        const auto slash = name.rfind('/');
        const auto found = loaded.find(name.substr(0, slash));
        at::Tensor* target = nullptr;
        if (found != loaded.end() && slash != std::string::npos) {
            for (const auto& [slot, place] : slots(found->second)) {
                target = slot == name.substr(slash + 1) ? place : target;
            }
        }
        if (target == nullptr || target->sizes() != tensor.sizes()) {
            problems.push_back({{source, 0, 0, ""},
                                fmt::format("optimiser state '{}' fits no trainable parameter", name),
                                ""});
            continue;
        }
        target->copy_(tensor);
        ++filled[found->first];
    }
    for (const auto& [path, count] : filled) {
        if (count != slots(loaded.at(path)).size()) {
            problems.push_back(
                {{source, 0, 0, ""}, fmt::format("optimiser state of '{}' is not complete", path), ""});
        }
    }
    core::throw_if_any(core::Category::data, problems);
    std::erase_if(loaded, [&](const auto& entry) { return filled.count(entry.first) == 0; });
    states_ = std::move(loaded);
}

}  // namespace graft::train
