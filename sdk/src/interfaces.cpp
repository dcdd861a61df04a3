// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The key functions of every interface and exception: one typeinfo for all libraries.
#include <stdexcept>
#include <utility>

#include "graft/backbone.hpp"
#include "graft/dataset.hpp"
#include "graft/error.hpp"
#include "graft/head.hpp"
#include "graft/loss.hpp"

namespace graft {

Error::Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
Error::~Error() = default;

Backbone::Backbone() = default;
Backbone::~Backbone() = default;

at::Tensor Backbone::pool(const at::Tensor& feature, const FeatureLayout& layout) {
    switch (layout.layout) {
        case Layout::map:
            return at::flatten(at::adaptive_avg_pool2d(feature, {1, 1}), 1);
        case Layout::tokens:
            return at::mean(at::slice(feature, 1, layout.prefix_tokens), 1);
        case Layout::vector:
            break;
    }
    return feature;
}

void Backbone::add_stage(std::string name, std::vector<std::string> modules, FeatureLayout output,
                         std::function<at::Tensor(const at::Tensor&)> forward) {
    for (const Stage& stage : stages_) {
        if (stage.name == name) {
            throw std::logic_error("stage '" + name + "' is added twice");
        }
    }
    stages_.push_back({std::move(name), std::move(modules), output, std::move(forward)});
}

Head::Head() = default;
Head::~Head() = default;

std::vector<std::unique_ptr<Metric>> Head::metrics(const TargetSchema& target) const {
    return default_metrics(target);
}

std::vector<std::unique_ptr<Metric>> Head::head_metrics() const {
    return {};
}

std::vector<at::Tensor> Head::decode(const std::vector<at::Tensor>& outputs) const {
    (void)outputs;
    throw Error(ErrorKind::internal, "the head has no decode; its ports must say decodes = false");
}

Loss::Loss() = default;
Loss::~Loss() = default;

Dataset::Dataset() = default;
Dataset::~Dataset() = default;
std::string Dataset::group(std::int64_t index) const {
    return id(index);
}
std::vector<DataProblem> Dataset::problems() const {
    return {};
}

}  // namespace graft
