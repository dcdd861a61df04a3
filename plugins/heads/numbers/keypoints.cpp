// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "graft/plugin.hpp"
#include "heatmap.hpp"
#include "layers.hpp"

namespace graft::numbers {
namespace {

/// Places in the picture. The output, [N, P, 2], is x in parts of the input's width and y in parts of its
/// height, so a loss compares parts of the picture. With `neck: conv`, `hidden: [512]` and `dropout: 0.5` it
/// is the head of the book "Modern Computer Vision with PyTorch".
class Keypoints : public Head {
public:
    static OptionTable options() {
        OptionTable table = layer_options({}, 0.0);
        table.push_back(
            option::choice("neck", {"pool", "conv", "flatten", "heatmap"}, "pool",
                           "pool: from the pooled vector; conv: a convolution over the map, then "
                           "flattened; flatten: the map itself, every cell for itself; heatmap: a "
                           "map a point and its expected place, without hidden layers"));
        table.push_back(option::choice("activation", {"sigmoid", "linear"}, "sigmoid",
                                       "sigmoid keeps points inside the picture (all but heatmap)"));
        return table;
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::IdleOptions idle = [](const Options& options) {
            if (options.text("neck") == "heatmap") {
                const std::string reason = "with neck: heatmap there are no hidden layers";
                return std::vector<ability::IdleOption>{
                    {"hidden", reason}, {"dropout", reason}, {"activation", reason + " and no activation"}};
            }
            return HiddenLayers::idle_options(options, HiddenLayers::Drop::after_each);
        };
        return name == ability::idle_options ? &idle : nullptr;
    }

    static HeadPorts ports(const Options& options, const std::vector<TargetKind>&) {
        const std::string& neck = options.text("neck");
        const InputPort input = neck == "pool"      ? InputPort{Layout::vector, 1}
                                : neck == "conv"    ? InputPort{Layout::map, ConvNeck::minimum_grid}
                                : neck == "flatten" ? InputPort{Layout::map, 1}
                                                    : InputPort{Layout::map, 2};
        return {{input}, {{"points", {TargetKind::points}}}, {{"points", space::values, "l1"}}};
    }

    static std::string example() { return "use: keypoints\nneck: pool\nhidden: [256]\nloss: smooth_l1\n"; }

    Keypoints(const Options& options, const HeadContext& context)
        : points_(context.targets.front().point_count),
          height_(context.height),
          width_(context.width),
          sigmoid_(options.text("activation") == "sigmoid") {
        const FeatureShape& input = context.inputs.front();
        if (options.text("neck") == "heatmap") {
            heatmap_ = register_module("heatmap", std::make_shared<HeatmapNeck>(input, points_));
            return;
        }
        std::int64_t inputs = input.layout.channels;
        if (options.text("neck") == "conv") {
            neck_ = register_module("neck", std::make_shared<ConvNeck>(input));
            inputs = neck_->outputs();
        } else if (options.text("neck") == "flatten") {
            inputs *= input.height * input.width;
        }
        hidden_ = register_module(
            "hidden", std::make_shared<HiddenLayers>(inputs, options, HiddenLayers::Drop::after_each));
        last_ = register_module("last", torch::nn::Linear(hidden_->outputs(), 2 * points_));
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        if (heatmap_ != nullptr) {
            return {heatmap_->forward(features.front())};
        }
        const at::Tensor vector =
            neck_ != nullptr ? neck_->forward(features.front()) : features.front().flatten(1);
        const at::Tensor places = last_->forward(hidden_->forward(vector));
        return {(sigmoid_ ? at::sigmoid(places) : places).reshape({-1, points_, 2})};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        const Column& target = targets.front();
        return {{target.values / sides(target.values), target.present}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs.front() * sides(outputs.front())};
    }

    std::vector<std::unique_ptr<Metric>> metrics(const TargetSchema& target) const override {
        std::vector<std::unique_ptr<Metric>> made;
        made.push_back(points_metric(target, height_, width_));
        return made;
    }

private:
    at::Tensor sides(const at::Tensor& like) const {
        // A trace keeps at::full, but of at::tensor only that it is empty.
        return at::stack({at::full({}, width_, like.options()), at::full({}, height_, like.options())});
    }

    std::int64_t points_;
    std::int64_t height_;
    std::int64_t width_;
    bool sigmoid_;
    std::shared_ptr<HeatmapNeck> heatmap_;
    std::shared_ptr<ConvNeck> neck_;
    std::shared_ptr<HiddenLayers> hidden_;
    torch::nn::Linear last_{nullptr};
};

}  // namespace
}  // namespace graft::numbers

GRAFT_HEAD(graft::numbers::Keypoints, "keypoints", "1.0.0",
           "Places in the picture, from a vector, a convolution or heat maps")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
