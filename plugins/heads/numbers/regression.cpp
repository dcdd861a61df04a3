// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "graft/plugin.hpp"
#include "layers.hpp"

namespace graft::numbers {
namespace {

/// One number. The output, [N], is (value - offset) / scale, so that a loss compares numbers of size 1.
class Regression : public Head {
public:
    static OptionTable options() {
        OptionTable table = layer_options({}, 0.0);
        table.push_back(option::real("offset", 0, "the value that the output 0 stands for"));
        table.push_back(option::real("scale", 1,
                                     "how much the value grows as the output grows by 1; about the "
                                     "spread of the values")
                            .above(0, std::numeric_limits<double>::infinity()));
        return table;
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::IdleOptions idle = [](const Options& options) {
            return HiddenLayers::idle_options(options, HiddenLayers::Drop::after_each);
        };
        return name == ability::idle_options ? &idle : nullptr;
    }

    static HeadPorts ports(const Options&, const std::vector<TargetKind>&) {
        return {{{Layout::vector, 1}},
                {{"target", {TargetKind::scalar}}},
                {{"value", space::values, "smooth_l1"}}};
    }

    static std::string example() {
        return "use: regression\ntarget: age\nhidden: [128]\noffset: 40\nscale: 20\n";
    }

    Regression(const Options& options, const HeadContext& context)
        : offset_(options.real("offset")),
          scale_(options.real("scale")),
          hidden_(register_module(
              "hidden", std::make_shared<HiddenLayers>(context.inputs.front().layout.channels, options,
                                                       HiddenLayers::Drop::after_each))),
          last_(register_module("last", torch::nn::Linear(hidden_->outputs(), 1))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {last_->forward(hidden_->forward(features.front())).squeeze(1)};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        return {{(targets.front().values - offset_) / scale_, targets.front().present}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs.front() * scale_ + offset_};
    }

private:
    double offset_;
    double scale_;
    std::shared_ptr<HiddenLayers> hidden_;
    torch::nn::Linear last_;
};

}  // namespace
}  // namespace graft::numbers

GRAFT_HEAD(graft::numbers::Regression, "regression", "1.0.0", "One number with a unit")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
