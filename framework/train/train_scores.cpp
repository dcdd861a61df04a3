// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/train_scores.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "core/profile.hpp"

namespace graft::train {
namespace {

/// Parts that are looked at together; the same everywhere, so that sums are added up in the same order.
constexpr std::size_t looked_at_once = 16;

/// Numbers of a state that can be added to at each look without being noticed.
constexpr std::int64_t most_numbers = 256 * 256;

bool is_cheap(const plugin::MetricHandle& metric) {
    const MetricState state = metric.state();
    return std::all_of(state.begin(), state.end(), [](const at::Tensor& tensor) {
        return tensor.numel() > 0 && tensor.numel() <= most_numbers;  // 0: it grows with the samples
    });
}

bool is_cheap(const model::HeadPart& head) {
    return std::none_of(head.predictions.begin(), head.predictions.end(), [](const TargetSchema& schema) {
        return schema.kind == TargetKind::mask || schema.kind == TargetKind::boxes;
    });
}

std::vector<MetricGroup> cheap_metrics(const model::Model& model) {
    std::vector<MetricGroup> groups = make_metrics(model);
    for (MetricGroup& group : groups) {
        const bool of_cheap_head = is_cheap(model.heads()[group.head_index]);
        std::erase_if(group.metrics, [&](const plugin::MetricHandle& metric) {
            return !of_cheap_head || !is_cheap(metric);
        });
    }
    std::erase_if(groups, [](const MetricGroup& group) { return group.metrics.empty(); });
    return groups;
}

}  // namespace

TrainScores::TrainScores(const model::Model& model, const at::Device& device)
    : model_(model), device_(device), groups_(cheap_metrics(model)) {
    std::set<std::size_t> heads;
    std::set<std::size_t> targets;
    for (const MetricGroup& group : groups_) {
        heads.insert(group.head_index);
        for (const std::size_t port : group.targets) {
            targets.insert(model.heads()[group.head_index].targets[port]);
        }
    }
    heads_.assign(heads.begin(), heads.end());
    targets_.assign(targets.begin(), targets.end());
}

void TrainScores::add(std::vector<model::Outputs> parts, const StepBatches& batches) {
    for (std::size_t part = 0; part < parts.size() && is_whole_ && !heads_.empty(); ++part) {
        if (parts[part].size() != heads_.size()) {
            is_whole_ = false;
            waiting_.clear();
            return;
        }
        MetricState& entry = waiting_.emplace_back();
        for (const std::vector<at::Tensor>& outputs : parts[part]) {
            entry.insert(entry.end(), outputs.begin(), outputs.end());
        }
        for (const std::size_t target : targets_) {
            const Column& column = batches.parts[part]->targets.at(target);
            entry.insert(entry.end(), {column.values, column.present});
        }
        ++parts_;
        if (waiting_.size() == looked_at_once) {
            look();
        }
    }
}

void TrainScores::look() {
    if (waiting_.empty()) {
        return;
    }
    const core::Timed evaluation(core::Work::evaluation);
    const at::NoGradGuard no_gradients;
    MetricState all;
    for (std::size_t index = 0; index < waiting_.front().size(); ++index) {
        std::vector<at::Tensor> parts;
        for (const MetricState& entry : waiting_) {
            parts.push_back(entry[index]);
        }
        all.push_back(at::cat(parts));
    }
    waiting_.clear();
    std::size_t next = 0;
    std::vector<std::vector<at::Tensor>> predictions(model_.heads().size());
    for (const std::size_t head : heads_) {
        const std::size_t count = model_.heads()[head].ports.outputs.size();
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(next);
        predictions[head] =
            model_.heads()[head].head.decode({first, first + static_cast<std::ptrdiff_t>(count)});
        for (at::Tensor& prediction : predictions[head]) {
            prediction = prediction.cpu();
        }
        next += count;
    }
    std::vector<Column> targets(model_.schema().size());
    for (const std::size_t target : targets_) {
        targets[target] = {all[next], all[next + 1]};
        next += 2;
    }
    for (const MetricGroup& group : groups_) {
        update(model_, group, predictions, targets);
    }
}

std::vector<NamedScore> TrainScores::scores() {
    if (!is_whole_ || parts_ == 0) {
        return {};
    }
    look();
    std::vector<NamedScore> scores = scores_of(groups_);
    std::erase_if(scores,
                  [](const NamedScore& score) { return score.name.metric.find('/') != std::string::npos; });
    return scores;
}

std::vector<MetricState> TrainScores::state() const {
    if (!is_whole_) {
        return {};
    }
    std::vector<MetricState> states{{at::scalar_tensor(parts_, at::kLong)}};
    for (const MetricGroup& group : groups_) {
        for (const plugin::MetricHandle& metric : group.metrics) {
            states.push_back(metric.state());
        }
    }
    for (const MetricState& entry : waiting_) {
        MetricState& moved = states.emplace_back();
        for (const at::Tensor& tensor : entry) {
            moved.push_back(tensor.cpu().contiguous());
        }
    }
    return states;
}

void TrainScores::restore(const std::vector<MetricState>& states) {
    std::size_t next = 1;
    for (const MetricGroup& group : groups_) {
        next += group.metrics.size();
    }
    if (states.size() < next) {  // mixed, or of a graft that kept none
        is_whole_ = false;
        return;
    }
    parts_ = states[0].at(0).item<std::int64_t>();
    next = 1;
    for (const MetricGroup& group : groups_) {
        for (const plugin::MetricHandle& metric : group.metrics) {
            metric.merge(states.at(next++));
        }
    }
    const std::size_t outputs = states.size() > next ? states[next].size() - 2 * targets_.size() : 0;
    for (; next < states.size(); ++next) {
        MetricState& entry = waiting_.emplace_back(states[next]);
        for (std::size_t index = 0; index < outputs; ++index) {
            entry[index] = entry[index].to(device_);
        }
    }
}

}  // namespace graft::train
