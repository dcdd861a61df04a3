// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/losses.hpp"

#include <limits>

#include <ATen/ATen.h>

namespace graft::train {
namespace {

LossValue compute(const model::LossPart& part, const std::vector<at::Tensor>& outputs,
                  const std::vector<Column>& targets) {
    std::vector<at::Tensor> joined_outputs;
    std::vector<Column> joined_targets;
    for (const std::size_t output : part.outputs) {
        joined_outputs.push_back(outputs.at(output));
        joined_targets.push_back(targets.at(output));
    }
    return part.loss.forward(joined_outputs, joined_targets);
}

/// The targets of each sample's partner.
EncodedTargets partners_targets(const EncodedTargets& targets, const at::Tensor& partner) {
    EncodedTargets others;
    for (const auto& head : targets) {
        others.emplace_back();
        for (const Column& column : head) {
            const at::Tensor index = partner.to(column.values.device());
            others.back().push_back(
                {column.values.index_select(0, index), column.present.index_select(0, index)});
        }
    }
    return others;
}

/// The same sum of loss times weight as both together; the weights of all samples sum up to what they did.
LossValue mixed(const LossValue& own, const LossValue& other, double share) {
    const at::Tensor own_weight = own.weight * share;
    const at::Tensor other_weight = other.weight * (1 - share);
    const at::Tensor weight = own_weight + other_weight;
    const at::Tensor divisor = at::where(weight == 0, at::ones_like(weight), weight);
    return {(own.loss * own_weight + other.loss * other_weight) / divisor, weight};
}

}  // namespace

std::vector<LossName> loss_names(const model::Model& model) {
    std::vector<LossName> names;
    for (const model::HeadPart& head : model.heads()) {
        for (const model::LossPart& part : head.losses) {
            names.push_back({head.name, part.id, part.weight});
        }
    }
    return names;
}

EncodedTargets encode_targets(const model::Model& model, const data::Batch& batch, const at::Device& device) {
    const at::NoGradGuard no_gradients;
    std::vector<Column> moved;
    for (const Column& column : batch.targets) {
        moved.push_back({column.values.to(device, /*non_blocking=*/true), column.present.to(device, true)});
    }
    EncodedTargets encoded;
    for (const model::HeadPart& head : model.heads()) {
        std::vector<Column> bound;
        for (const std::size_t target : head.targets) {
            bound.push_back(moved.at(target));
        }
        encoded.push_back(head.head.encode(bound));
    }
    return encoded;
}

std::vector<LossValue> compute_losses(const model::Model& model, const Outputs& outputs,
                                      const EncodedTargets& targets) {
    std::vector<LossValue> values;
    for (std::size_t index = 0; index < model.heads().size(); ++index) {
        for (const model::LossPart& part : model.heads()[index].losses) {
            values.push_back(compute(part, outputs.at(index), targets.at(index)));
        }
    }
    return values;
}

std::vector<LossValue> compute_losses(const model::Model& model, const Outputs& outputs,
                                      const EncodedTargets& targets, const std::optional<Mixture>& mixture) {
    std::vector<LossValue> values = compute_losses(model, outputs, targets);
    if (mixture) {
        const std::vector<LossValue> others =
            compute_losses(model, outputs, partners_targets(targets, mixture->partner));
        for (std::size_t index = 0; index < values.size(); ++index) {
            values[index] = mixed(values[index], others[index], mixture->share);
        }
    }
    return values;
}

LossTotals::LossTotals(const model::Model& model, const at::Device& device)
    : names_(loss_names(model)),
      sums_(at::zeros({static_cast<std::int64_t>(names_.size()), 2},
                      at::TensorOptions(device).dtype(at::kDouble))) {}

void LossTotals::add(const std::vector<LossValue>& values) {
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> numbers;
    for (const LossValue& value : values) {
        const at::Tensor weight = value.weight.to(at::kDouble);
        numbers.push_back((value.loss.to(at::kDouble) * weight).sum());
        numbers.push_back(weight.sum());
    }
    if (!numbers.empty()) {  // a run's losses may be absent where it is only evaluated
        sums_.add_(at::stack(numbers).view_as(sums_));
    }
}

std::vector<std::array<double, 2>> LossTotals::sums() const {
    const at::Tensor on_cpu = sums_.cpu();
    std::vector<std::array<double, 2>> sums(names_.size());
    for (std::size_t index = 0; index < sums.size(); ++index) {
        const double* row = on_cpu.const_data_ptr<double>() + 2 * index;
        sums[index] = {row[0], row[1]};
    }
    return sums;
}

void LossTotals::restore(const std::vector<std::array<double, 2>>& sums) {
    at::Tensor on_cpu = at::zeros(sums_.sizes(), at::kDouble);
    for (std::size_t index = 0; index < sums.size(); ++index) {
        on_cpu.mutable_data_ptr<double>()[2 * index] = sums[index][0];
        on_cpu.mutable_data_ptr<double>()[2 * index + 1] = sums[index][1];
    }
    sums_.copy_(on_cpu);
}

double LossTotals::mean() const {
    const auto all = sums();
    double total = 0;
    bool counted = false;
    for (std::size_t index = 0; index < all.size(); ++index) {
        if (all[index][1] != 0) {
            total += names_[index].weight * all[index][0] / all[index][1];
            counted = true;
        }
    }
    return counted ? total : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace graft::train
