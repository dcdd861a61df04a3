// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/frozen_copy.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <ATen/ATen.h>

#include "model/fused_graph.hpp"
#include "model/model.hpp"

namespace graft::model {
namespace {

/// Pictures at a time on a CPU: what lies between two layers stays in its caches.
constexpr std::int64_t at_a_time = 8;

/// The taps in their order, then the cut where there is one.
std::vector<at::Tensor> in_order(const data::StoredFeatures& features) {
    std::vector<at::Tensor> tensors;
    for (const auto& [tap, feature] : features.taps) {
        tensors.push_back(feature);
    }
    if (features.cut.feature.defined()) {
        tensors.push_back(features.cut.feature);
    }
    return tensors;
}

bool are_close(const std::vector<at::Tensor>& ours, const std::vector<at::Tensor>& wanted, double share) {
    return ours.size() == wanted.size() &&
           std::equal(
               ours.begin(), ours.end(), wanted.begin(), [&](const at::Tensor& our, const at::Tensor& want) {
                   return our.sizes() == want.sizes() && our.scalar_type() == want.scalar_type() &&
                          (our - want).abs().max().item<double>() <= share * want.abs().max().item<double>();
               });
}

}  // namespace

bool FrozenCopy::is_of(const Model& model, const at::Tensor& input, std::size_t stages) const {
    return stages == stages_ && model.computing_type() == type_ &&
           input.sizes().slice(1) == at::IntArrayRef(sizes_) && input.device() == device_ &&
           std::all_of(seen_.begin(), seen_.end(), [](const Seen& seen) {
               return seen.live.is_alias_of(seen.then) && seen.live._version() == seen.version;
           });
}

/// Traces two pictures, so that nothing takes the side of the batch for a constant, and holds the graph to
/// what the modules give for the first of them alone.
void FrozenCopy::make(const Model& model, const at::Tensor& input, std::size_t stages) {
    graph_ = nullptr;
    stages_ = stages;
    sizes_ = input.sizes().slice(1).vec();
    device_ = input.device();
    type_ = model.computing_type();
    seen_.clear();
    TraceRequest request;
    for (const NamedTensor& named : model.tensors()) {
        const auto& all = model.backbone().stages();
        if (std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(stages),
                        [&](const auto& stage) { return stage.name == named.stage; })) {
            request.tensors.push_back(named);
            seen_.push_back({named.tensor, named.tensor.detach(), named.tensor._version()});
        }
    }
    const at::Tensor first = input.slice(0, 0, 1);
    request.input = input.size(0) > 1 ? input.slice(0, 0, 2) : at::cat({first, first});
    request.input_name = "image";
    request.function = [&](const at::Tensor& images) {
        const data::StoredFeatures features = model.prefix(images, stages, at::kFloat);
        taps_.clear();
        for (const auto& [tap, feature] : features.taps) {
            taps_.push_back(tap);
        }
        return in_order(features);
    };
    const double share = type_ == at::kFloat ? 1e-4 : 5e-2;
    try {
        graph_ = std::make_shared<FusedGraph>(request, type_);
        if (!are_close(outputs(first), in_order(model.prefix(first, stages)), share)) {
            graph_ = nullptr;
        }
    } catch (const std::exception&) {
        graph_ = nullptr;  // the modules say what is wrong, if anything is
    }
}

/// Of the graph, as float.
std::vector<at::Tensor> FrozenCopy::outputs(const at::Tensor& input) const {
    std::vector<at::Tensor> outputs = graph_->run(input.to(type_));
    for (at::Tensor& output : outputs) {
        output = output.to(at::kFloat);
    }
    return outputs;
}

data::StoredFeatures FrozenCopy::run(const Model& model, const at::Tensor& input, std::size_t stages) {
    if (!is_of(model, input, stages)) {
        make(model, input, stages);
    }
    if (graph_ == nullptr) {
        return model.prefix(input, stages);
    }
    std::vector<std::vector<at::Tensor>> parts;  // of each output
    for (const at::Tensor& chunk : input.split(device_.is_cpu() ? at_a_time : input.size(0))) {
        const std::vector<at::Tensor> made = outputs(chunk);
        parts.resize(made.size());
        for (std::size_t index = 0; index < made.size(); ++index) {
            parts[index].push_back(made[index]);
        }
    }
    const auto joined = [&](std::size_t index) {
        return parts[index].size() == 1 ? parts[index].front() : at::cat(parts[index]);
    };
    data::StoredFeatures features;
    for (std::size_t index = 0; index < taps_.size(); ++index) {
        features.taps[taps_[index]] = joined(index);
    }
    features.cut = {stages, parts.size() > taps_.size() ? joined(taps_.size()) : at::Tensor()};
    return features;
}

}  // namespace graft::model
