// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "conformance/case.hpp"
#include "conformance/gradients.hpp"
#include "conformance/loss_case.hpp"
#include "conformance/require.hpp"
#include "core/problem.hpp"

namespace graft::conformance {
namespace {

LossValue value(const LossCase& one, bool present = true) {
    const LossInputs given = one.inputs(present);
    return one.make().forward(given.outputs, given.targets);
}

void per_sample(const LossCase& one) {
    const LossValue got = value(one);
    require_float(got.loss, "the loss");
    require_float(got.weight, "the weight");
    require(got.weight.gt(0).all().item<bool>(), "a sample that is present has no weight",
            "the weight is `present` as a number, times class weights");
}

void missing(const LossCase& one) {
    const LossValue got = value(one, false);
    require_float(got.loss, "the loss of missing targets");
    require(got.weight.eq(0).all().item<bool>(), "a missing target has weight",
            "the weight of a sample is 0 where its target's `present` is false");
}

/// An entry that is missing weighs less and says nothing; [N, entries] of presence in spaces that have it.
void partly_missing(const LossCase& one) {
    LossInputs given = one.inputs(true);
    if (!one.is_common() || given.targets.size() != 1 || given.targets.front().values.dim() == 1) {
        throw Skip(
            "targets of several outputs, classes, and spaces of its own, are missing wholly or not at all");
    }
    given.outputs.front() = given.outputs.front().repeat({1, 2});
    Column& target = given.targets.front();
    target.values = target.values.repeat({1, 2});
    target.present = at::ones(target.values.sizes(), at::kBool);
    target.present[1][0].fill_(false);
    const auto loss = one.make();
    const LossValue before = loss.forward(given.outputs, given.targets);
    target.values = target.values.clone();
    target.values[1][0] += 1;
    const LossValue after = loss.forward(given.outputs, given.targets);
    constexpr const char* remedy =
        "leave entries out whose `present` is false: it may be [N] or [N, entries]";
    require_equal(after.loss, before.loss, 0, "the loss after another value of a missing entry", remedy);
    require_equal(after.weight, before.weight, 0, "the weight after another value of a missing entry",
                  remedy);
    require(before.weight[1].item<double>() < before.weight[0].item<double>(),
            "a sample with a missing entry weighs as much as a whole one", remedy);
}

void permutation(const LossCase& one) {
    LossInputs given = one.inputs(true);
    const auto loss = one.make();
    const LossValue straight = loss.forward(given.outputs, given.targets);
    for (std::size_t index = 0; index < given.outputs.size(); ++index) {
        given.outputs[index] = given.outputs[index].flip(0);
        given.targets[index] = {given.targets[index].values.flip(0), given.targets[index].present.flip(0)};
    }
    const LossValue turned = loss.forward(given.outputs, given.targets);
    require_equal(turned.loss.flip(0), straight.loss, 1e-6, "the loss of the samples in another order");
    require_equal(turned.weight.flip(0), straight.weight, 1e-6, "the weight of the samples in another order");
}

/// The host averages, over samples that may have come in several batches.
void alone(const LossCase& one) {
    if (one.couples_samples()) {
        throw Skip("it says that it couples samples");
    }
    LossInputs given = one.inputs(true);
    const auto loss = one.make();
    const LossValue together = loss.forward(given.outputs, given.targets);
    for (std::size_t index = 0; index < given.outputs.size(); ++index) {
        given.outputs[index] = given.outputs[index].slice(0, 0, 1);
        given.targets[index] = {given.targets[index].values.slice(0, 0, 1),
                                given.targets[index].present.slice(0, 0, 1)};
    }
    const LossValue first = loss.forward(given.outputs, given.targets);
    constexpr const char* remedy =
        "give a loss a sample and leave the mean to graft; a loss that must see all samples says so: "
        "static bool couples_samples(const Options&)";
    require_equal(first.loss, together.loss.slice(0, 0, 1), 1e-5, "the loss of the first sample alone",
                  remedy);
    require_equal(first.weight, together.weight.slice(0, 0, 1), 1e-5, "the weight of the first sample alone",
                  remedy);
}

void gradients(const LossCase& one) {
    const LossInputs given = one.inputs(true);
    for (const at::Tensor& output : given.outputs) {
        output.requires_grad_(true);
    }
    const LossValue got = one.make().forward(given.outputs, given.targets);
    require(got.loss.requires_grad(), "the loss does not depend on an output as far as autograd knows",
            "no NoGradGuard, detach, item or data() on the way");
    (got.loss * got.weight).sum().backward();
    for (const at::Tensor& output : given.outputs) {
        require(output.grad().defined() && output.grad().abs().sum().item<double>() > 0,
                "no gradient reaches an output", "no detach, argmax or comparison on the way");
        require_float(output.grad(), "the gradient of an output");
    }
}

void jacobian(const LossCase& one) {
    const LossInputs given = one.inputs(true);
    const auto loss = one.make();
    require_jacobian(loss.module(), given.outputs, [&](const std::vector<at::Tensor>& outputs) {
        const LossValue got = loss.forward(outputs, given.targets);
        return std::vector<at::Tensor>{got.loss * got.weight};
    });
}

void unchanged(const LossCase& one) {
    const LossInputs given = one.inputs(true);
    one.make().forward(given.outputs, given.targets);
    const LossInputs fresh = one.inputs(true);
    constexpr const char* remedy =
        "other losses and metrics read the same tensors: no operator with _ at its end";
    for (std::size_t index = 0; index < given.outputs.size(); ++index) {
        require_equal(given.outputs[index], fresh.outputs[index], 0, "an output after forward", remedy);
        require_equal(given.targets[index].values, fresh.targets[index].values, 0, "a target after forward",
                      remedy);
    }
}

/// [N] against [N, 1] would broadcast to N x N.
void refuses_broadcast(const LossCase& one) {
    LossInputs given = one.inputs(true);
    at::Tensor& values = given.targets.front().values;
    values = values.dim() == 1 ? values.unsqueeze(1) : values.select(1, 0).contiguous();
    const std::string what = fmt::format("targets of shape {} against an output of shape {}",
                                         shape_text(values), shape_text(given.outputs.front()));
    constexpr const char* remedy =
        "begin forward with graft::require_same_shape(output, target.values, \"my_loss\"), or throw "
        "graft::Error(graft::ErrorKind::internal, ...) with both shapes, so that whoever wrote the head "
        "learns "
        "what does not fit";
    try {
        one.make().forward(given.outputs, given.targets);
    } catch (const core::Failure& failure) {
        const std::string text = failure.what();
        require(text.find(": forward failed: ") != std::string::npos,
                fmt::format("{} must be refused by graft::Error, and end in: {}", what,
                            text.substr(0, text.find('\n'))),
                remedy);
        return;
    }
    require(false, what + " are taken: they would broadcast to every pair of samples", remedy);
}

void determinism(const LossCase& one) {
    at::manual_seed(5);
    const LossValue first = value(one);
    at::manual_seed(5);
    require_equal(value(one).loss, first.loss, 1e-6, "the loss of the same numbers in another object",
                  "draw random numbers from LibTorch alone (at::randn): graft seeds its generator");
}

void memory(const LossCase& one) {
    const LossInputs given = one.inputs(true);
    const auto loss = one.make();
    require_no_growth([&] { loss.forward(given.outputs, given.targets); }, "forward");
}

}  // namespace

void add_loss_cases(Cases& cases, const Subject& subject, const Library& library) {
    static const std::pair<const char*, void (*)(const LossCase&)> checks[] = {
        {"per_sample", per_sample},
        {"missing", missing},
        {"partly_missing", partly_missing},
        {"permutation", permutation},
        {"alone", alone},
        {"gradients", gradients},
        {"jacobian", jacobian},
        {"inputs_unchanged", unchanged},
        {"refuses_broadcast", refuses_broadcast},
        {"determinism", determinism},
        {"memory", memory},
    };
    const auto made = std::make_shared<LossCase>(subject, library);
    for (const auto& [check, function] : checks) {
        add_case(cases, fmt::format("{}.{}/{}", subject.label, check, made->spaces()),
                 [made, function = function] { function(*made); });
    }
}

}  // namespace graft::conformance
