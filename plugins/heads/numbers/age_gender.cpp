// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "layers.hpp"

namespace graft::numbers {
namespace {

/// Age and gender from shared hidden layers. The output `age`, [N], is in parts of `age_scale`; `gender`,
/// [N, 1], is the logit of the second class. The defaults with `neck: conv` are the head of the book "Modern
/// Computer Vision with PyTorch", whose scale of 80 years cannot reach older people: a sigmoid ends at the
/// scale.
class AgeGender : public Head {
public:
    static OptionTable options() {
        OptionTable table = layer_options({512, 128, 64}, 0.4);
        table.push_back(option::choice("neck", {"pool", "conv"}, "pool",
                                       "pool: from the pooled vector; conv: a convolution over the map, "
                                       "then flattened"));
        table.push_back(option::real("age_scale", 116,
                                     "the age that the output 1 stands for; with a sigmoid "
                                     "the oldest that can be told")
                            .above(0, 1000)
                            .in("years"));
        table.push_back(option::choice("age_activation", {"sigmoid", "linear"}, "sigmoid",
                                       "linear: ages beyond the scale, and below 0, can be told"));
        return table;
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::IdleOptions idle = [](const Options& options) {
            return HiddenLayers::idle_options(options, HiddenLayers::Drop::between);
        };
        return name == ability::idle_options ? &idle : nullptr;
    }

    static HeadPorts ports(const Options& options, const std::vector<TargetKind>&) {
        const bool pools = options.text("neck") == "pool";
        return {{pools ? InputPort{Layout::vector, 1} : InputPort{Layout::map, ConvNeck::minimum_grid}},
                {{"age", {TargetKind::scalar}}, {"gender", {TargetKind::category}}},
                {{"age", space::values, "l1"}, {"gender", space::binary_logits, "bce"}}};
    }

    static std::string example() {
        return "use: age_gender\n"
               "hidden: [128]\n"
               "targets: {age: age, gender: gender}\n"
               "loss: {age: {use: l1}, gender: {use: bce, weight: 0.5}}\n";
    }

    AgeGender(const Options& options, const HeadContext& context)
        : age_scale_(options.real("age_scale")), sigmoid_(options.text("age_activation") == "sigmoid") {
        const TargetSchema& gender = context.targets.at(1);
        if (gender.classes.size() != 2) {
            throw Error(ErrorKind::options, "target '" + gender.name + "' has " +
                                                std::to_string(gender.classes.size()) +
                                                " classes; age_gender tells exactly 2 apart. For more, use a "
                                                "head classification beside a head regression");
        }
        const FeatureShape& input = context.inputs.front();
        std::int64_t inputs = input.layout.channels;
        if (options.text("neck") == "conv") {
            neck_ = register_module("neck", std::make_shared<ConvNeck>(input));
            inputs = neck_->outputs();
        }
        hidden_ = register_module(
            "hidden", std::make_shared<HiddenLayers>(inputs, options, HiddenLayers::Drop::between));
        age_ = register_module("age", torch::nn::Linear(hidden_->outputs(), 1));
        gender_ = register_module("gender", torch::nn::Linear(hidden_->outputs(), 1));
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        const at::Tensor vector =
            neck_ != nullptr ? neck_->forward(features.front()).relu() : features.front();
        const at::Tensor shared = hidden_->forward(vector);
        const at::Tensor age = age_->forward(shared).squeeze(1);
        return {sigmoid_ ? at::sigmoid(age) : age, gender_->forward(shared)};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        const Column& gender = targets.at(1);
        return {{targets.front().values / age_scale_, targets.front().present},
                {gender.values.to(at::kFloat).unsqueeze(1), gender.present}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const at::Tensor& logit = outputs.at(1);
        return {outputs.front() * age_scale_, at::sigmoid(at::cat({-logit, logit}, 1))};
    }

private:
    double age_scale_;
    bool sigmoid_;
    std::shared_ptr<ConvNeck> neck_;
    std::shared_ptr<HiddenLayers> hidden_;
    torch::nn::Linear age_{nullptr};
    torch::nn::Linear gender_{nullptr};
};

}  // namespace
}  // namespace graft::numbers

GRAFT_HEAD(graft::numbers::AgeGender, "age_gender", "1.0.0", "Age and gender of a face")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
