// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/evaluation.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "plugin/registry.hpp"

namespace graft::train {
namespace {

core::Json to_json(const Table& table) {
    return {{"name", table.name}, {"columns", table.columns}, {"rows", table.rows}, {"values", table.values}};
}

}  // namespace

std::vector<TargetMetrics> make_metrics(const model::Model& model) {
    std::vector<TargetMetrics> all;
    for (std::size_t index = 0; index < model.heads.size(); ++index) {
        const model::HeadPart& head = model.heads[index];
        for (std::size_t port = 0; port < head.ports.targets.size(); ++port) {
            TargetMetrics target;
            target.key =
                head.ports.targets.size() > 1 ? head.name + "/" + head.ports.targets[port].name : head.name;
            target.head = index;
            target.port = port;
            target.metrics = plugin::guarded(
                "head", head.id, {}, [&] { return head.head->metrics(head.context.targets.at(port)); });
            all.push_back(std::move(target));
        }
    }
    return all;
}

Evaluator::Evaluator(const model::Model& model, const at::Device& device)
    : model_(model), device_(device), totals_(model, device), targets_(make_metrics(model)) {}

void Evaluator::add(const data::Batch& batch) {
    if (batch.ids.empty()) {
        return;
    }
    const at::NoGradGuard no_gradients;
    const Outputs outputs = model_.forward(model_.normalized(batch.images, device_));
    totals_.add(compute_losses(model_, outputs, encode_targets(model_, batch, device_)));
    std::vector<std::vector<at::Tensor>> predictions;
    for (std::size_t index = 0; index < model_.heads.size(); ++index) {
        const model::HeadPart& head = model_.heads[index];
        predictions.push_back(
            plugin::guarded("head", head.id, {}, [&] { return head.head->decode(outputs[index]); }));
        if (predictions.back().size() != head.ports.targets.size()) {
            throw core::Failure(
                core::Category::plugin,
                fmt::format("head '{}' ({}): decode returned {} tensors for {} targets", head.name, head.id,
                            predictions.back().size(), head.ports.targets.size()));
        }
    }
    for (TargetMetrics& target : targets_) {
        update(target, predictions[target.head][target.port].cpu(), batch);
    }
    samples_ += static_cast<std::int64_t>(batch.ids.size());
}

void Evaluator::update(TargetMetrics& target, const at::Tensor& prediction, const data::Batch& batch) {
    const model::HeadPart& head = model_.heads[target.head];
    const Column& truth = batch.targets.at(head.targets[target.port]);
    for (const auto& metric : target.metrics) {
        plugin::guarded("head", head.id, {}, [&] { metric->update({prediction, truth.present}, truth); });
    }
}

Evaluation Evaluator::result() const {
    Evaluation evaluation;
    evaluation.samples = samples_;
    evaluation.loss = totals_.mean();
    evaluation.scores = {{"loss", evaluation.loss}};
    evaluation.tables = core::Json::object();
    evaluation.units = core::Json::object();
    evaluation.lower_is_better = {"loss"};
    for (const TargetMetrics& target : targets_) {
        for (const auto& metric : target.metrics) {
            const MetricResult made =
                plugin::guarded("head", model_.heads[target.head].id, {}, [&] { return metric->compute(); });
            for (const Score& score : made.scores) {
                const std::string key = target.key + "/" + score.name;
                evaluation.scores[key] = score.value;
                if (!score.unit.empty()) {
                    evaluation.units[key] = score.unit;
                }
                if (score.direction == Direction::lower_is_better) {
                    evaluation.lower_is_better.push_back(key);
                }
            }
            for (const Table& table : made.tables) {
                evaluation.tables[target.key].push_back(to_json(table));
            }
        }
    }
    return evaluation;
}

std::optional<Evaluation> evaluate_until(model::Model& model, data::Loader& loader, const at::Device& device,
                                         const std::atomic<bool>& stop) {
    model::set_mode(model, {}, false);
    Evaluator evaluator(model, device);
    loader.start(1);
    while (const auto batch = loader.next()) {
        if (stop) {
            return std::nullopt;
        }
        evaluator.add(*batch);
    }
    return evaluator.result();
}

Evaluation evaluate(model::Model& model, data::Loader& loader, const at::Device& device) {
    const std::atomic<bool> never{false};
    return *evaluate_until(model, loader, device, never);
}

}  // namespace graft::train
