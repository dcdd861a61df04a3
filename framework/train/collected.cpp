// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/collected.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"

namespace graft::train {
namespace {

/// The parts of one tensor, batch by batch.
using Parts = std::vector<at::Tensor>;

/// Gathers batches; what several heads read alike is there once.
class Gatherer {
public:
    explicit Gatherer(const model::Model& model) : model_(model), targets_(model.heads().size()) {}

    void add(const model::Taps& taps, const EncodedTargets& encoded) {
        for (std::size_t head = 0; head < model_.heads().size(); ++head) {
            const model::HeadPart& part = model_.heads()[head];
            if (is_first(head)) {
                const std::vector<at::Tensor> inputs = model::inputs_of(part, taps);
                std::vector<Parts>& ports = features_[model::taps_of(part)];
                ports.resize(inputs.size());
                for (std::size_t port = 0; port < ports.size(); ++port) {
                    ports[port].push_back(inputs[port].cpu());
                }
            }
            targets_[head].resize(encoded[head].size());
            for (std::size_t output = 0; output < encoded[head].size(); ++output) {
                const Column& column = encoded[head][output];
                if (column.values.defined()) {
                    targets_[head][output].first.push_back(column.values.cpu());
                    targets_[head][output].second.push_back(column.present.cpu());
                }
            }
        }
    }

    void finish(Collected& collected) const {
        std::map<std::vector<model::Tap>, std::vector<at::Tensor>> joined;
        for (const auto& [read, ports] : features_) {
            for (const Parts& parts : ports) {
                joined[read].push_back(at::cat(parts));
            }
        }
        for (std::size_t head = 0; head < model_.heads().size(); ++head) {
            collected.features.push_back(joined.at(model::taps_of(model_.heads()[head])));
            std::vector<Column>& columns = collected.targets.emplace_back();
            for (const auto& [values, present] : targets_[head]) {
                columns.push_back(values.empty() ? Column() : Column{at::cat(values), at::cat(present)});
            }
        }
    }

private:
    bool is_first(std::size_t head) const {
        for (std::size_t before = 0; before < head; ++before) {
            if (model::taps_of(model_.heads()[before]) == model::taps_of(model_.heads()[head])) {
                return false;
            }
        }
        return true;
    }

    const model::Model& model_;
    std::map<std::vector<model::Tap>, std::vector<Parts>> features_;  ///< by what heads read
    std::vector<std::vector<std::pair<Parts, Parts>>> targets_;
};

/// No layer can be found on numbers that are not finite: names the samples that have such.
void require_finite(const Collected& collected) {
    constexpr std::size_t shown = 16;
    at::Tensor finite = at::ones({collected.samples()}, at::kBool);
    for (const std::vector<at::Tensor>& ports : collected.features) {
        for (const at::Tensor& feature : ports) {
            finite = finite & feature.flatten(1).isfinite().all(1);
        }
    }
    std::vector<std::string> bad;
    for (std::size_t sample = 0; sample < collected.ids.size(); ++sample) {
        if (!finite.const_data_ptr<bool>()[sample]) {
            bad.push_back(collected.ids[sample]);
        }
    }
    if (bad.empty()) {
        return;
    }
    const std::size_t count = bad.size();
    bad.resize(std::min(count, shown));
    throw core::Failure(
        core::Category::training,
        fmt::format("what the frozen stages give is not finite for {} of {} samples: {}{}", count,
                    collected.samples(), core::listed(bad), count > shown ? ", ..." : ""),
        "look at these samples; where it is most of them, at the backbone's weights and at "
        "data.image");
}

}  // namespace

std::optional<Collected> collect(const model::Model& model, data::BatchSource& source,
                                 const at::Device& device, const Collecting& how) {
    const at::NoGradGuard no_gradients;
    Collected collected;
    Gatherer gatherer(model);
    source.start(how.epoch);
    std::int64_t batches = 0;
    for (auto batch = source.next(); batch != nullptr; batch = source.next()) {
        if (how.stop != nullptr && *how.stop) {
            return std::nullopt;
        }
        gatherer.add(model.read(*batch, device, model.kept_stages()), encode_targets(model, *batch, device));
        collected.ids.insert(collected.ids.end(), batch->ids.begin(), batch->ids.end());
        if (how.read) {
            how.read(collected);
        }
        if (++batches == how.most_batches) {
            break;
        }
    }
    if (collected.ids.empty()) {
        throw core::Failure(core::Category::data, "no sample could be read, so there is nothing to solve");
    }
    gatherer.finish(collected);
    require_finite(collected);
    return collected;
}

void add_losses(const model::Model& model, const Collected& collected, const at::Device& device,
                LossTotals& totals) {
    constexpr std::int64_t at_once = 1024;
    const at::NoGradGuard no_gradients;
    for (std::int64_t begin = 0; begin < collected.samples(); begin += at_once) {
        const std::int64_t count = std::min(at_once, collected.samples() - begin);
        const auto part = [&](const at::Tensor& all) {
            return all.defined() ? all.narrow(0, begin, count).to(device) : all;
        };
        Outputs outputs;
        EncodedTargets targets;
        for (std::size_t head = 0; head < model.heads().size(); ++head) {
            std::vector<at::Tensor> inputs;
            for (const at::Tensor& feature : collected.features[head]) {
                inputs.push_back(part(feature));
            }
            outputs.push_back(model.heads()[head].head.forward(inputs));
            std::vector<Column>& columns = targets.emplace_back();
            for (const Column& column : collected.targets[head]) {
                columns.push_back({part(column.values), part(column.present)});
            }
        }
        totals.add(compute_losses(model, outputs, targets));
    }
}

}  // namespace graft::train
