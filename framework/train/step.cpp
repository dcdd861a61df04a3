// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/step.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/profile.hpp"
#include "plugin/call.hpp"

namespace graft::train {
namespace {

using core::Category;
using core::Failure;

std::vector<at::Tensor> weight_sums(const std::vector<LossValue>& values) {
    std::vector<at::Tensor> sums;
    sums.reserve(values.size());
    for (const LossValue& value : values) {
        sums.push_back(value.weight.detach().sum());
    }
    return sums;
}

/// Of one part: what its outputs are compared with.
struct HeadTargets {
    EncodedTargets encoded;
    std::optional<Mixture> mixture;
};

/// Changes the features of the frozen stages, which are kept or worked out here.
std::optional<Mixture> change(const model::Model& model, data::Batch& batch, std::size_t frozen_stages,
                              const at::Device& device, const std::vector<pipeline::Augment>& augment) {
    if (augment.empty() || frozen_stages == 0) {
        return std::nullopt;
    }
    if (!batch.stored) {
        batch.stored = model.prefix(model.normalized(batch.images, device), frozen_stages);
    }
    return change_features(augment, *batch.stored);
}

/// The losses of outputs of zeros: only their weights mean anything.
std::vector<at::Tensor> weights_ahead(const model::Model& model, const Outputs& like,
                                      const HeadTargets& targets, std::int64_t samples) {
    const at::NoGradGuard no_gradients;
    Outputs zeros;
    for (const auto& head : like) {
        zeros.emplace_back();
        for (const at::Tensor& output : head) {
            std::vector<std::int64_t> sizes = output.sizes().vec();
            sizes.front() = samples;
            zeros.back().push_back(at::zeros(sizes, output.options().requires_grad(false)));
        }
    }
    return weight_sums(compute_losses(model, zeros, targets.encoded, targets.mixture));
}

/// This part's share of the whole effective batch's loss.
at::Tensor share(const model::Model& model, const std::vector<LossValue>& values,
                 const std::vector<at::Tensor>& totals) {
    const auto names = loss_names(model);
    at::Tensor sum;
    for (std::size_t index = 0; index < values.size(); ++index) {
        // Without any target the numerator is 0; dividing by 1 instead of 0 keeps it so.
        const at::Tensor total = at::where(totals[index] == 0, at::ones_like(totals[index]), totals[index]);
        const at::Tensor term =
            (values[index].loss * values[index].weight).sum() / total * names[index].weight;
        sum = sum.defined() ? sum + term : term;
    }
    return sum;
}

std::vector<LossValue> detached(const std::vector<LossValue>& values) {
    std::vector<LossValue> copies;
    copies.reserve(values.size());
    for (const LossValue& value : values) {
        copies.push_back({value.loss.detach(), value.weight.detach()});
    }
    return copies;
}

Outputs detached(const Outputs& outputs, const std::vector<std::size_t>& heads) {
    Outputs copies;
    for (const std::size_t head : heads) {
        copies.emplace_back();
        for (const at::Tensor& output : outputs[head]) {
            copies.back().push_back(output.detach());
        }
    }
    return copies;
}

}  // namespace

StepOutcome forward_backward(const model::Model& model, const StepBatches& step, std::size_t frozen_stages,
                             const at::Device& device, const std::vector<pipeline::Augment>& feature_augment,
                             const std::vector<std::size_t>& told_heads) {
    const core::Timed forward(core::Work::forward);
    StepOutcome outcome;
    std::vector<HeadTargets> targets;
    for (const BatchPointer& part : step.parts) {
        targets.push_back({encode_targets(model, *part, device),
                           change(model, *part, frozen_stages, device, feature_augment)});
        outcome.ids.push_back(part->ids);
    }
    std::vector<std::vector<at::Tensor>> ahead(step.parts.size());
    std::vector<at::Tensor> totals;
    std::vector<at::Tensor> changed;
    for (std::size_t index = 0; index < step.parts.size(); ++index) {
        const Outputs outputs = model.outputs(model.read(*step.parts[index], device, frozen_stages));
        const std::vector<LossValue> values =
            compute_losses(model, outputs, targets[index].encoded, targets[index].mixture);
        if (index == 0) {
            totals = weight_sums(values);
            for (std::size_t later = 1; later < step.parts.size(); ++later) {
                const auto samples = static_cast<std::int64_t>(step.parts[later]->ids.size());
                ahead[later] = weights_ahead(model, outputs, targets[later], samples);
                for (std::size_t loss = 0; loss < totals.size(); ++loss) {
                    totals[loss] = totals[loss] + ahead[later][loss];
                }
            }
        } else {
            changed.push_back(at::stack(weight_sums(values)).ne(at::stack(ahead[index])));
        }
        const at::Tensor loss = share(model, values, totals);
        if (!loss.requires_grad()) {
            throw Failure(Category::pipeline, "nothing that this phase trains reaches a loss",
                          "freeze less in train.phases: a loss must depend on what is left");
        }
        const core::Timed backward(core::Work::backward);
        // What a plugin put into the graph runs here.
        plugin::call({"network", model.backbone_id(), "", {}}, "backward", {}, [&] { loss.backward(); });
        outcome.parts.push_back(detached(values));
        outcome.outputs.push_back(targets[index].mixture ? Outputs() : detached(outputs, told_heads));
    }
    if (!changed.empty()) {
        outcome.weight_changed = at::stack(changed);
    }
    return outcome;
}

FiniteWatch::FiniteWatch(const model::Model& model, const at::Device& device)
    : names_(loss_names(model)), patience_(device.is_cpu() ? 1 : 16) {}

void FiniteWatch::add(StepOutcome outcome) {
    waiting_.push_back(std::move(outcome));
    if (waiting_.size() >= patience_) {
        check();
    }
}

namespace {

/// The samples whose loss is not finite, and one such value.
[[noreturn]] void report(const StepOutcome& outcome, std::size_t part, std::size_t loss,
                         const LossName& name) {
    constexpr std::size_t shown = 16;
    const LossValue& value = outcome.parts[part][loss];
    const at::Tensor numbers = (value.loss * value.weight).cpu().to(at::kDouble).contiguous();
    const std::vector<std::string>& all = outcome.ids[part];
    std::vector<std::string> bad;
    double example = 0;
    for (std::size_t sample = 0; sample < all.size(); ++sample) {
        const double number = numbers.const_data_ptr<double>()[sample];
        if (!std::isfinite(number)) {
            bad.push_back(all[sample]);
            example = number;
        }
    }
    // Each may be finite while their sum is not.
    const std::size_t count = bad.empty() ? all.size() : bad.size();
    bad = bad.empty() ? all : bad;
    const bool more = bad.size() > shown;
    bad.resize(std::min(bad.size(), shown));
    throw Failure(
        Category::training,
        fmt::format("the loss of head '{}' ({}) is {} for {} of {} samples in epoch {}, step {}: {}{}",
                    name.head, name.loss, example == 0 ? "too large to add up" : fmt::format("{}", example),
                    count, all.size(), outcome.epoch, outcome.step, core::listed(bad), more ? ", ..." : ""),
        "try a smaller learning rate or a warm-up; if it stays with these samples, look at them. The "
        "checkpoints are as they were");
}

}  // namespace

/// All sums go to the CPU in one transfer.
void FiniteWatch::check_losses(const std::vector<StepOutcome>& steps) const {
    struct Summand {
        const StepOutcome& step;
        std::size_t part;
        std::size_t loss;
    };
    std::vector<Summand> summands;
    std::vector<at::Tensor> sums;
    for (const StepOutcome& step : steps) {
        for (std::size_t part = 0; part < step.parts.size(); ++part) {
            for (std::size_t loss = 0; loss < step.parts[part].size(); ++loss) {
                const LossValue& value = step.parts[part][loss];
                summands.push_back({step, part, loss});
                sums.push_back((value.loss * value.weight).sum().to(at::kDouble));
            }
        }
    }
    if (sums.empty()) {
        return;
    }
    const at::Tensor finite = at::stack(sums).isfinite().cpu();
    for (std::size_t index = 0; index < summands.size(); ++index) {
        if (!finite.const_data_ptr<bool>()[index]) {
            const Summand& wrong = summands[index];
            report(wrong.step, wrong.part, wrong.loss, names_[wrong.loss]);
        }
    }
}

void FiniteWatch::check() {
    const std::vector<StepOutcome> steps = std::exchange(waiting_, {});
    check_losses(steps);
    std::vector<at::Tensor> changes;
    for (const StepOutcome& step : steps) {
        if (step.weight_changed.defined()) {
            changes.push_back(step.weight_changed.any());
        }
    }
    if (!changes.empty() && at::stack(changes).any().item<bool>()) {
        throw Failure(
            Category::plugin,
            "a loss weighs samples by the network's outputs; with train.accumulate above 1 the weights must "
            "follow from the targets alone",
            "set train.accumulate to 1, or have the loss put that factor into its per-sample loss");
    }
}

}  // namespace graft::train
