// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Frozen stages as inference, beside the modules that they are a copy of.
#include "model/frozen_copy.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "model/fixture.hpp"
#include "model/freeze.hpp"
#include "model/fused_graph.hpp"
#include "support/unguarded.hpp"

namespace graft::model::test {
namespace {

using Function = std::function<at::Tensor(const at::Tensor&)>;

double difference(const at::Tensor& ours, const at::Tensor& wanted) {
    return ((ours - wanted).abs().max() / wanted.abs().max()).item<double>();
}

double difference(const data::StoredFeatures& ours, const data::StoredFeatures& wanted) {
    REQUIRE(ours.taps.size() == wanted.taps.size());
    REQUIRE(ours.cut.stages == wanted.cut.stages);
    REQUIRE(ours.cut.feature.defined() == wanted.cut.feature.defined());
    double largest = wanted.cut.feature.defined() ? difference(ours.cut.feature, wanted.cut.feature) : 0;
    for (const auto& [tap, feature] : wanted.taps) {
        largest = std::max(largest, difference(ours.taps.at(tap), feature));
    }
    return largest;
}

at::Tensor pictures(std::int64_t count, std::int64_t side) {
    at::manual_seed(3);
    return at::rand({count, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
}

/// A ResNet with BatchNorms that do something.
Model resnet() {
    Model model = sound(two_readers, {animals()});
    model.to(at::kCPU);
    set_mode(model, {}, false);
    at::manual_seed(5);
    const at::NoGradGuard no_gradients;
    for (const NamedTensor& named : model.tensors()) {
        if (named.path.ends_with("running_mean")) {
            at::Tensor(named.tensor).uniform_(-0.1, 0.1);
        } else if (named.path.ends_with("running_var")) {
            at::Tensor(named.tensor).uniform_(0.5, 1.5);
        }
    }
    return model;
}

/// One stage with a weight; what it computes is the test's.
struct OneStage : Backbone {
    explicit OneStage(Function function) {
        weight = register_parameter("weight", at::rand({4, 3, 3, 3}) - 0.5, false);
        add_stage("first", {"weight"}, map_feature(4, 1), std::move(function));
        add_stage("second", {}, map_feature(4, 1), [](const at::Tensor& input) { return input; });
    }
    at::Tensor weight;
};

Model model_of(const std::shared_ptr<OneStage>& backbone) {
    ModelParts parts;
    parts.backbone = plugin::Unguarded::backbone(backbone);
    parts.kept_stages = 2;
    return Model(std::move(parts));
}

/// A graph of one convolution and what is done to it.
FusedGraph graph_of(const at::Tensor& weight, const at::Tensor& example,
                    const std::function<at::Tensor(const at::Tensor& sum)>& after) {
    return FusedGraph({{{"weight", weight, "", false}}, example, "image", [&](const at::Tensor& image) {
                           return std::vector<at::Tensor>{after(at::conv2d(image, weight, {}, 1, 1))};
                       }});
}

using Operators = std::vector<std::string>;

const char* const fused = "mkldnn::_convolution_pointwise";
const char* const fused_in_place = "mkldnn::_convolution_pointwise_";

}  // namespace

// Proves: every tap and the cut are those of the modules, wherever the prefix ends; how many pictures come
// together changes nothing; the model's own tensors stay as they are.
TEST_CASE("frozen stages give what their modules give") {
    const Model model = resnet();
    Freezing all;
    for (const NamedTensor& named : model.tensors()) {
        all.frozen.push_back(named.path);
    }
    const std::string before = frozen_hash(model, all);
    const at::Tensor input = pictures(17, 64);
    for (const std::size_t stages : {1, 2, 3}) {
        CAPTURE(stages);
        FrozenCopy copy;
        const data::StoredFeatures together = copy.run(model, input, stages);
        CHECK(copy.is_fused());
        CHECK(difference(together, model.prefix(input, stages)) < 1e-4);
        for (const std::int64_t count : {1, 3}) {
            const auto few = copy.run(model, input.slice(0, 14, 14 + count), stages);
            CHECK(copy.is_fused());
            for (const auto& [tap, feature] : few.taps) {
                CHECK(difference(feature, together.taps.at(tap).slice(0, 14, 14 + count)) < 1e-6);
            }
        }
    }
    CHECK(frozen_hash(model, all) == before);
}

// Proves: in bfloat16 the modules, the copy and what trains behind them give about the same, as float, from
// tensors that stay float; the copy is of one type, and another type makes another copy.
TEST_CASE("a model that computes in bfloat16") {
    Model model = resnet();
    const at::Tensor input = pictures(3, 64);
    const data::StoredFeatures in_float = model.frozen_prefix(input, 3);
    model.compute_in(at::kBFloat16);
    for (const data::StoredFeatures& features : {model.prefix(input, 3), model.frozen_prefix(input, 3)}) {
        const double apart = difference(features, in_float);
        CHECK(apart > 1e-5);
        CHECK(apart < 0.05);
        for (const auto& [tap, feature] : features.taps) {
            CHECK(feature.dtype() == at::kFloat);
        }
    }
    set_mode(model, {}, true);
    const Outputs outputs = model.forward(input, 1);
    CHECK(outputs[0][0].dtype() == at::kFloat);
    outputs[0][0].square().sum().backward();
    for (const NamedTensor& named : model.tensors()) {
        CHECK(named.tensor.dtype() != at::kBFloat16);
        if (named.path == "backbone.layer1.0.conv1.weight") {
            CHECK(named.tensor.grad().abs().max().item<float>() > 0);
        }
    }
    set_mode(model, {}, false);
    model.compute_in(at::kFloat);
    CHECK(difference(model.frozen_prefix(input, 3), model.prefix(input, 3)) < 1e-4);
}

TEST_CASE("a change of a frozen tensor is noticed, in place or not") {
    const Model model = resnet();
    const at::Tensor input = pictures(2, 64);
    const auto holds = [&] {
        return difference(model.frozen_prefix(input, 2), model.prefix(input, 2)) < 1e-4;
    };
    REQUIRE(holds());
    const at::NoGradGuard no_gradients;
    for (const NamedTensor& named : model.tensors()) {
        at::Tensor tensor = named.tensor;
        if (named.path == "backbone.layer1.0.conv1.weight") {
            const auto old = model.frozen_prefix(input, 2);
            tensor.mul_(-1);
            CHECK(difference(model.frozen_prefix(input, 2), old) > 1e-2);
            CHECK(holds());
            tensor.set_data(at::rand_like(tensor));
            CHECK(holds());
        } else if (named.path == "backbone.layer1.0.bn1.running_var") {
            tensor.copy_(tensor * 3);
            CHECK(holds());
        }
    }
    const at::Tensor larger = pictures(2, 96);
    CHECK(difference(model.frozen_prefix(larger, 2), model.prefix(larger, 2)) < 1e-4);
}

TEST_CASE("what cannot be traced, or is something else traced, runs as it is") {
    std::shared_ptr<OneStage> backbone;
    const auto convolved = [&](const at::Tensor& image) {
        return at::conv2d(image, backbone->weight, {}, 1, 1);
    };
    const auto of_values = [&](const at::Tensor& image) {
        return image.mean().item<double>() > 2 ? convolved(image) : convolved(-image);
    };
    const auto of_batch = [&](const at::Tensor& image) {
        return convolved(image) * static_cast<double>(image.size(0));
    };
    const auto throws = [&](const at::Tensor& image) {
        TORCH_CHECK(image.size(0) != 2, "not two");
        return convolved(image);
    };
    const std::vector<Function> functions{of_values, of_batch, throws};
    for (std::size_t index = 0; index < functions.size(); ++index) {
        CAPTURE(index);
        backbone = std::make_shared<OneStage>(functions[index]);
        const Model model = model_of(backbone);
        const at::Tensor input = pictures(3, 8);
        FrozenCopy copy;
        const auto features = copy.run(model, input, 1);
        CHECK_FALSE(copy.is_fused());
        CHECK(features.cut.feature.equal(model.prefix(input, 1).cut.feature));
    }
}

// Proves: each activation is the convolution's own, and is the one that LibTorch computes.
TEST_CASE("activations behind a convolution become part of it") {
    at::manual_seed(2);
    const at::NoGradGuard no_gradients;
    const at::Tensor weight = at::rand({4, 3, 3, 3}) - 0.5;
    const at::Tensor image = 4 * (pictures(2, 8) - 0.5);
    const std::vector<Function> activations = {
        [](const at::Tensor& sum) { return at::relu(sum); },
        [](const at::Tensor& sum) { return at::Tensor(sum).relu_(); },
        [](const at::Tensor& sum) { return at::hardtanh(sum, 0, 6); },
        [](const at::Tensor& sum) { return at::clamp(sum, -0.25, 0.5); },
        [](const at::Tensor& sum) { return at::hardswish(sum); },
        [](const at::Tensor& sum) { return at::silu(sum); },
        [](const at::Tensor& sum) { return at::sigmoid(sum); },
        [](const at::Tensor& sum) { return at::tanh(sum); },
        [](const at::Tensor& sum) { return at::gelu(sum); },
        [](const at::Tensor& sum) { return at::gelu(sum, "tanh"); },
        [](const at::Tensor& sum) { return at::leaky_relu(sum, 0.2); }};
    for (std::size_t index = 0; index < activations.size(); ++index) {
        CAPTURE(index);
        const FusedGraph graph = graph_of(weight, image, activations[index]);
        CHECK(graph.operators() == Operators{fused});
        CHECK(difference(graph.run(image)[0], activations[index](at::conv2d(image, weight, {}, 1, 1))) <
              1e-5);
    }
}

// Proves: nothing is fused, or written over, that would change a number: a sum that is read twice or seen
// through a view, broadcasting, a factor, a bound that is none.
TEST_CASE("additions become part of a convolution where the numbers allow it") {
    at::manual_seed(2);
    const at::NoGradGuard no_gradients;
    const at::Tensor weight = at::rand({3, 3, 3, 3}) - 0.5;
    const at::Tensor image = pictures(2, 8) - 0.5;
    const auto conv = [&](const at::Tensor& input) { return at::conv2d(input, weight, {}, 1, 1); };
    struct Case {
        Function after;
        Operators operators;
    };
    const std::vector<Case> cases = {
        {[&](const at::Tensor& sum) { return at::relu(sum + image); }, {fused}},
        {[&](const at::Tensor& sum) { return image + sum; }, {fused}},
        {[&](const at::Tensor& sum) { return at::relu(conv(conv(sum)) + sum); },
         {fused, fused, fused_in_place}},
        {[&](const at::Tensor& sum) { return conv(sum) + sum; }, {fused, fused}},
        {[&](const at::Tensor& sum) { return at::sigmoid(sum + image); }, {fused, "aten::sigmoid"}},
        {[&](const at::Tensor& sum) { return at::relu(sum) + sum; }, {fused, "aten::relu", "aten::add"}},
        {[&](const at::Tensor& sum) { return at::add(sum, image, 2); }, {fused, "aten::add"}},
        {[&](const at::Tensor& sum) {
             return sum + image.mean({2, 3}, true);
         },
         {fused, "aten::mean", "aten::add"}},
        {[&](const at::Tensor& sum) { return at::clamp(sum, 0); }, {fused, "aten::clamp"}},
        {[&](const at::Tensor& sum) {
             const at::Tensor view = sum.view(sum.sizes());
             return conv(sum) + sum + view;
         },
         {fused, "aten::view", fused, "aten::add"}},
    };
    for (std::size_t index = 0; index < cases.size(); ++index) {
        CAPTURE(index);
        const FusedGraph graph(
            {{{"weight", weight, "", false}}, image, "image", [&](const at::Tensor& input) {
                 return std::vector<at::Tensor>{cases[index].after(conv(input))};
             }});
        CHECK(graph.operators() == cases[index].operators);
        CHECK(difference(graph.run(image)[0], cases[index].after(conv(image))) < 1e-5);
    }
}

}  // namespace graft::model::test
