// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/evaluation.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "model/freeze.hpp"

namespace graft::train {
namespace {

std::vector<std::size_t> all_of(std::size_t count) {
    std::vector<std::size_t> indices(count);
    std::iota(indices.begin(), indices.end(), 0);
    return indices;
}

void add_groups(const model::HeadPart& head, std::size_t index, std::vector<MetricGroup>& groups) {
    const bool several = head.ports.targets.size() > 1;
    for (std::size_t port = 0; port < head.ports.targets.size(); ++port) {
        const std::optional<std::size_t> beside = model::prediction_beside(head, port);
        if (!beside) {
            continue;
        }
        groups.push_back({head.name,
                          several ? head.ports.targets[port].name : "",
                          index,
                          {*beside},
                          {port},
                          head.head.metrics(head.context.targets[port])});
    }
    groups.push_back({head.name, "", index, all_of(head.predictions.size()),
                      all_of(head.ports.targets.size()), head.head.head_metrics()});
}

/// Every metric once: its scores and tables.
void compute(const std::vector<MetricGroup>& groups, Evaluation& evaluation) {
    for (const MetricGroup& group : groups) {
        const std::string owner = group.target.empty() ? group.head : group.head + "/" + group.target;
        for (const plugin::MetricHandle& metric : group.metrics) {
            MetricResult made = metric.compute();
            for (const Score& score : made.scores) {
                evaluation.scores.push_back(
                    {{group.head, group.target, score.name}, score.value, score.unit, score.direction});
            }
            for (Table& table : made.tables) {
                evaluation.tables.push_back({owner, std::move(table)});
            }
        }
    }
}

}  // namespace

std::vector<MetricGroup> make_metrics(const model::Model& model) {
    std::vector<MetricGroup> groups;
    for (std::size_t index = 0; index < model.heads().size(); ++index) {
        add_groups(model.heads()[index], index, groups);
    }
    std::erase_if(groups, [](const MetricGroup& group) { return group.metrics.empty(); });
    return groups;
}

std::vector<NamedScore> scores_of(const std::vector<MetricGroup>& groups) {
    Evaluation evaluation;
    compute(groups, evaluation);
    return evaluation.scores;
}

Evaluator::Evaluator(const model::Model& model, const at::Device& device, std::size_t frozen_stages)
    : model_(model),
      device_(device),
      frozen_stages_(frozen_stages),
      totals_(model, device),
      groups_(make_metrics(model)) {}

void Evaluator::add(const data::Batch& batch, SampleTable* table, const PredictionListener& heard) {
    if (batch.ids.empty()) {
        return;
    }
    const at::NoGradGuard no_gradients;
    const Outputs outputs = model_.outputs(model_.read(batch, device_, frozen_stages_));
    const std::vector<LossValue> losses =
        compute_losses(model_, outputs, encode_targets(model_, batch, device_));
    totals_.add(losses);
    std::vector<std::vector<at::Tensor>> predictions;
    for (std::size_t index = 0; index < model_.heads().size(); ++index) {
        predictions.push_back(model_.heads()[index].head.decode(outputs[index]));
        for (at::Tensor& prediction : predictions.back()) {
            prediction = prediction.cpu();
        }
    }
    for (const MetricGroup& group : groups_) {
        update(model_, group, predictions, batch.targets);
    }
    if (table != nullptr) {
        table->add(batch, predictions, losses);
    }
    if (heard) {
        heard(batch, predictions);
    }
    samples_ += static_cast<std::int64_t>(batch.ids.size());
}

void update(const model::Model& model, const MetricGroup& group,
            const std::vector<std::vector<at::Tensor>>& predictions, const std::vector<Column>& targets) {
    const model::HeadPart& head = model.heads()[group.head_index];
    std::vector<Column> predicted;
    std::vector<Column> truth;
    for (const std::size_t port : group.targets) {
        truth.push_back(targets.at(head.targets[port]));
    }
    for (const std::size_t index : group.predictions) {
        predicted.push_back(
            {predictions[group.head_index][index], truth.empty() ? at::Tensor() : truth.front().present});
    }
    for (const plugin::MetricHandle& metric : group.metrics) {
        metric.update(predicted, truth);
    }
}

std::vector<MetricState> Evaluator::state() const {
    const auto sums = totals_.sums();
    at::Tensor losses = at::empty({static_cast<std::int64_t>(sums.size()), 2}, at::kDouble);
    for (std::size_t index = 0; index < sums.size(); ++index) {
        losses.data_ptr<double>()[2 * index] = sums[index][0];
        losses.data_ptr<double>()[2 * index + 1] = sums[index][1];
    }
    std::vector<MetricState> states{{losses, at::scalar_tensor(samples_, at::kLong)}};
    for (const MetricGroup& group : groups_) {
        for (const plugin::MetricHandle& metric : group.metrics) {
            states.push_back(metric.state());
        }
    }
    return states;
}

void Evaluator::merge(const std::vector<MetricState>& state) {
    std::vector<const plugin::MetricHandle*> metrics;
    for (const MetricGroup& group : groups_) {
        for (const plugin::MetricHandle& metric : group.metrics) {
            metrics.push_back(&metric);
        }
    }
    if (state.size() != metrics.size() + 1) {
        throw core::Failure(core::Category::internal,
                            "states of another model's evaluation cannot be merged");
    }
    auto sums = totals_.sums();
    for (std::size_t index = 0; index < sums.size(); ++index) {
        sums[index][0] += state.front()[0].const_data_ptr<double>()[2 * index];
        sums[index][1] += state.front()[0].const_data_ptr<double>()[2 * index + 1];
    }
    totals_.restore(sums);
    samples_ += state.front()[1].item<std::int64_t>();
    for (std::size_t index = 0; index < metrics.size(); ++index) {
        metrics[index]->merge(state[index + 1]);
    }
}

Evaluation Evaluator::result() const {
    Evaluation evaluation;
    evaluation.samples = samples_;
    evaluation.scores.push_back({{"", "", "loss"}, totals_.mean(), "", Direction::lower_is_better});
    compute(groups_, evaluation);
    return evaluation;
}

std::optional<Evaluation> evaluate_until(model::Model& model, data::BatchSource& source,
                                         const at::Device& device, const std::atomic<bool>& stop,
                                         PartialEvaluation& part, std::size_t frozen_stages,
                                         SampleTable* table, const PredictionListener& heard) {
    model::set_mode(model, {}, false);
    Evaluator evaluator(model, device, frozen_stages);
    if (table != nullptr && part.states.size() != evaluator.state().size() + 1) {
        part = {};  // not begun, or begun by a graft that kept no rows
    }
    if (!part.states.empty()) {
        if (table != nullptr) {
            table->merge(part.states.back());
            part.states.pop_back();
        }
        evaluator.merge(part.states);
    }
    source.start(1, part.batches);
    while (!stop) {
        const auto batch = source.next();
        if (batch == nullptr) {
            return evaluator.result();
        }
        evaluator.add(*batch, table, heard);
        part.batches = source.position();
    }
    part.states = evaluator.state();
    if (table != nullptr) {
        part.states.push_back(table->state());
    }
    return std::nullopt;
}

Evaluation evaluate(model::Model& model, data::BatchSource& source, const at::Device& device,
                    std::size_t frozen_stages) {
    const std::atomic<bool> never{false};
    PartialEvaluation whole;
    return *evaluate_until(model, source, device, never, whole, frozen_stages);
}

}  // namespace graft::train
