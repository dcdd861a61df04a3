// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"

namespace {

/// One of several classes: K logits and a softmax, or for two classes one logit and a sigmoid, where the
/// second class is the positive one. Any number of several labels: K logits and a sigmoid each. Modules are
/// named as in a sequence of Linear, ReLU, Dropout for every hidden layer (0, 1, 2, 3, ...) and the last
/// Linear.
class Classification : public graft::Head {
public:
    static graft::OptionTable options() {
        return {
            graft::option::integers("hidden", {}, "widths of the hidden layers, each followed by a ReLU")
                .between(1, 65536),
            graft::option::real("dropout", 0.0, "probability of dropping a number after each hidden layer")
                .below(0, 1),
            graft::option::choice("activation", {"softmax", "sigmoid"}, "softmax",
                                  "softmax: a logit a class; sigmoid: one logit for two classes; absent: "
                                  "softmax, and for labels a sigmoid each")
                .optional()};
    }

    static graft::HeadPorts ports(const graft::Options& options,
                                  const std::vector<graft::TargetKind>& bound) {
        const bool has_labels = !bound.empty() && bound.front() == graft::TargetKind::labels;
        const bool binary = has_labels || wants_sigmoid(options);
        return {{{graft::Layout::vector, 1}},
                {{"target", {graft::TargetKind::category, graft::TargetKind::labels}}},
                {{"logits", binary ? graft::space::binary_logits : graft::space::class_logits,
                  binary ? "bce" : "cross_entropy"}}};
    }

    static std::string example() {
        return "use: classification\nhidden: [128]\ndropout: 0.2\nloss: {use: cross_entropy, smoothing: "
               "0.1}\n";
    }

    static const void* ability(std::string_view name) {
        static constexpr graft::ability::IdleOptions idle = &idle_options;
        return name == graft::ability::idle_options ? &idle : nullptr;
    }

    Classification(const graft::Options& options, const graft::HeadContext& context)
        : has_labels_(context.targets.front().kind == graft::TargetKind::labels),
          one_logit_(!has_labels_ && wants_sigmoid(options)) {
        if (has_labels_ && options.has("activation") && !wants_sigmoid(options)) {
            throw graft::Error(graft::ErrorKind::options,
                               "activation 'softmax' chooses one class, target '" +
                                   context.targets.front().name +
                                   "' may have several labels at once; leave `activation` out");
        }
        const std::int64_t classes = count_classes(context.targets.front());
        std::int64_t inputs = context.inputs.front().layout.channels;
        for (const std::int64_t width : options.integers("hidden")) {
            layers_.push_back(add_linear(inputs, width));
            ++position_;  // the ReLU, which owns nothing
            dropouts_.push_back(
                register_module(std::to_string(position_++), torch::nn::Dropout(options.real("dropout"))));
            inputs = width;
        }
        layers_.push_back(add_linear(inputs, one_logit_ ? 1 : classes));
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        at::Tensor feature = features.front();
        for (std::size_t index = 0; index < dropouts_.size(); ++index) {
            feature = dropouts_[index]->forward(layers_[index]->forward(feature).relu());
        }
        return {layers_.back()->forward(feature)};
    }

    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        const graft::Column& target = targets.front();
        if (one_logit_) {
            return {{target.values.to(at::kFloat).unsqueeze(1), target.present}};
        }
        return {target};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const at::Tensor& logits = outputs.front();
        if (has_labels_) {
            return {at::sigmoid(logits)};
        }
        return {one_logit_ ? at::sigmoid(at::cat({-logits, logits}, 1)) : at::softmax(logits, 1)};
    }

private:
    static std::vector<graft::ability::IdleOption> idle_options(const graft::Options& options) {
        if (options.real("dropout") > 0 && options.integers("hidden").empty()) {
            return {{"dropout", "it follows hidden layers, and there is none"}};
        }
        return {};
    }

    static bool wants_sigmoid(const graft::Options& options) {
        return options.has("activation") && options.text("activation") == "sigmoid";
    }

    std::int64_t count_classes(const graft::TargetSchema& target) const {
        const std::size_t classes = target.classes.size();
        if (has_labels_ && classes > 0) {
            return static_cast<std::int64_t>(classes);
        }
        if (classes < 2) {
            throw graft::Error(graft::ErrorKind::options,
                               "target '" + target.name + "' has " + std::to_string(classes) +
                                   " classes; there must be 2 or more to tell apart");
        }
        if (one_logit_ && classes != 2) {
            throw graft::Error(graft::ErrorKind::options,
                               "activation 'sigmoid' makes one logit for exactly 2 classes, target '" +
                                   target.name + "' has " + std::to_string(classes) +
                                   "; use activation: softmax");
        }
        return static_cast<std::int64_t>(classes);
    }

    torch::nn::Linear add_linear(std::int64_t inputs, std::int64_t outputs) {
        return register_module(std::to_string(position_++), torch::nn::Linear(inputs, outputs));
    }

    bool has_labels_;
    bool one_logit_;
    std::int64_t position_ = 0;
    std::vector<torch::nn::Linear> layers_;
    std::vector<torch::nn::Dropout> dropouts_;
};

}  // namespace

GRAFT_HEAD(Classification, "classification", "1.0.0", "One of several classes, or any number of labels")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
