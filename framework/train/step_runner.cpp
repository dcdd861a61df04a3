// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/step_runner.hpp"

#include <set>
#include <string>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/profile.hpp"
#include "core/random.hpp"
#include "plugin/out_of_memory.hpp"

namespace graft::train {
namespace {

using core::Category;
using core::Failure;

/// LibTorch tells these apart by their text alone; the guard around a plugin may have wrapped them as well.
[[noreturn]] void explain(const std::exception& error, const StepBatches& batches) {
    const std::string text = error.what();
    const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
    if (plugin::is_out_of_memory(error)) {
        throw Failure(Category::training,
                      fmt::format("not enough memory for a step of {} samples", batches.samples()),
                      "set `train.recompute: true` where the backbone trains, or a smaller train.batch; "
                      "train.accumulate brings the effective batch back to the same size");
    }
    if (says("Expected more than 1 value per channel")) {
        throw Failure(Category::training,
                      "a step of one sample: a BatchNorm that trains cannot normalise over a single value",
                      "set train.batch to at least 2, or freeze that BatchNorm");
    }
    throw;
}

}  // namespace

NamedTensors trainable_parameters(const model::Model& model, const model::Freezing& freezing) {
    const std::set<std::string> wanted(freezing.trainable.begin(), freezing.trainable.end());
    NamedTensors parameters;
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (!tensor.is_buffer && wanted.count(tensor.path) > 0) {
            parameters.emplace_back(tensor.path, tensor.tensor);
        }
    }
    return parameters;
}

NamedTensors all_parameters(const model::Model& model) {
    NamedTensors parameters;
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (!tensor.is_buffer) {
            parameters.emplace_back(tensor.path, tensor.tensor);
        }
    }
    return parameters;
}

StepOutcome take_step(const StepContext& context, const StepBatches& batches, std::int64_t epoch,
                      std::int64_t step, double learning_rate) {
    at::manual_seed(core::RandomStream(context.seed, static_cast<std::uint64_t>(epoch), "step",
                                       static_cast<std::uint64_t>(step))
                        .bits());
    StepOutcome outcome;
    try {
        outcome = forward_backward(context.model, batches, context.frozen_stages, context.device,
                                   context.feature_augment, context.told_heads);
        const core::Timed step(core::Work::step);
        context.optimizer.step(learning_rate);
        context.optimizer.clear_gradients();
    } catch (const std::exception& error) {
        explain(error, batches);
    }
    outcome.epoch = epoch;
    outcome.step = step;
    return outcome;
}

}  // namespace graft::train
